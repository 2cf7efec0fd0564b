"""Labels in three dimensions: simulated configurations, noisy crystals, foreign crystals.

Reference for the noisy crystals: OVITO 3.17.2, polyhedral template matching without RMSD cut-off,
on the same noise (docs/labels.md).
"""

from dataclasses import replace

import numpy as np
import pytest

from analysis.configuration import Configuration
from analysis.labelling import label_configuration
from analysis.labelling.three_dimensional import classify, lattice_constants, network
from analysis.neighbourhoods import nearest
from analysis.prototypes import crystal, names, prototype
from analysis.prototypes.defects import with_noise

REPEATS = {"fcc": 5, "hcp": (7, 4, 4), "bcc": 6, "sc": 8, "diamond": 4}


def noisy(name, noise, seed=0):
    configuration = crystal(name, REPEATS[name], 1.0)
    d = nearest(configuration, 1).distances[0, 0]
    return with_noise(configuration, noise * d, np.random.default_rng(seed))


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("liquid", "fluid"),
        ("hot_fcc", "fcc"),
        ("hcp", "hcp"),
        ("gaussian_core_bcc", "bcc"),
        ("fcc_slab", "fcc"),
    ],
)
def test_simulated(simulated, name, label):
    labels = label_configuration(simulated(name))
    assert labels.label == label
    assert labels.confidence > 0.8
    assert (labels.void_fraction > 0.4) == (name == "fcc_slab")
    assert labels.grains == (label != "fluid")


# OVITO's template matching identifies 0.897 (fcc), 0.915 (hcp), 0.912 (bcc), 0.977 (sc) and 0.999
# (diamond) at this noise.
@pytest.mark.parametrize(
    ("name", "reference"),
    [("fcc", 0.897), ("hcp", 0.915), ("bcc", 0.912), ("sc", 0.977), ("diamond", 0.998)],
)
def test_at_a_noise_of_a_tenth_no_worse_than_template_matching(name, reference):
    labels = label_configuration(noisy(name, 0.10))
    assert labels.label == name
    assert (labels.per_particle == labels.phase_names.index(name)).mean() >= reference


@pytest.mark.parametrize("name", list(REPEATS))
def test_perfect_and_slightly_noisy(name):
    for noise in (0.0, 0.05):
        labels = label_configuration(noisy(name, noise))
        assert (labels.label, labels.grains) == (name, 1)
        assert labels.confidence > 0.95
        assert len(labels.phases) == 1


@pytest.mark.parametrize(
    ("name", "constant"),
    [("fcc", 4 ** (1 / 3)), ("bcc", 2 ** (1 / 3)), ("sc", 1.0), ("diamond", 2.0)],
)
def test_lattice_constant(name, constant):
    (phase,) = label_configuration(noisy(name, 0.0)).phases
    assert phase["lattice_constant"] == pytest.approx(constant, rel=1e-3)


@pytest.mark.parametrize("name", ["AlB2", "CaCu5", "CaF2", "NaZn13"])
def test_foreign_crystals_are_unknown(name):
    """Binary crystals, whose positions without types are no structure trained on."""
    configuration = crystal(name, 2 if name == "NaZn13" else 5, 1.0)
    d = nearest(configuration, 1).distances.min()
    configuration.types[:] = 0
    labels = label_configuration(with_noise(configuration, 0.03 * d, np.random.default_rng(0)))
    assert labels.label == "unknown"
    assert labels.reason


@pytest.mark.parametrize("name", names(3, 1))
@pytest.mark.parametrize("noise", [0.0, 0.06])
def test_every_reference_structure(name, noise):
    """Another box than in training, and for the noise the one the issue of accuracy is about."""
    cell = prototype(name).cell()
    repeats = tuple(int(np.ceil(7.5 / length)) for length in crystal(name, 1, 1.0).box[:3])
    configuration = crystal(name, repeats, 1.0)
    d = nearest(cell, 1).distances.min()
    labels = label_configuration(with_noise(configuration, noise * d, np.random.default_rng(1)))
    assert labels.label == name
    assert (labels.per_particle == labels.phase_names.index(name)).mean() >= 0.95
    assert labels.grains == 1


@pytest.mark.parametrize("density", [0.03, 0.2])
def test_a_gas_of_hard_spheres_is_fluid(density):
    """By random sequential insertion, diameter 1; trained on soft repulsion, other densities."""
    rng = np.random.default_rng(8)
    edge = (500 / density) ** (1 / 3)
    positions = np.empty((0, 3))
    while len(positions) < 500:
        trial = rng.uniform(-edge / 2, edge / 2, 3)
        apart = trial - positions
        apart -= edge * np.round(apart / edge)
        if (np.linalg.norm(apart, axis=1) > 1.0).all():
            positions = np.concatenate([positions, [trial]])
    gas = Configuration(positions, [edge, edge, edge, 0, 0, 0], 3, np.zeros(500))
    found = classify(gas, network())[0].argmax(axis=1)
    unknown = len(network().classes)
    assert (found == unknown).mean() <= 0.05
    assert ((found != 0) & (found != unknown)).mean() <= 0.01
    assert label_configuration(gas).label == "fluid"


@pytest.mark.parametrize(("angle", "grains"), [(0.0, 1), (30.0, 2)])
def test_grains(angle, grains):
    large = crystal("fcc", 16, np.sqrt(2.0))
    t = np.radians(angle)
    turn = np.array([[np.cos(t), np.sin(t), 0], [-np.sin(t), np.cos(t), 0], [0, 0, 1]])
    left, right = large.positions, large.positions @ turn
    left = left[((left > [-6.8, -3.3, -3.3]) & (left < [0.1, 3.3, 3.3])).all(axis=1)]
    right = right[((right > [0.5, -3.3, -3.3]) & (right < [6.8, 3.3, 3.3])).all(axis=1)]
    both = np.concatenate([left, right])
    configuration = Configuration(both, [20, 10, 10, 0, 0, 0], 3, np.zeros(len(both)))
    labels = label_configuration(replace(configuration, periodic=False))
    assert labels.label == "fcc"
    assert labels.grains == grains


def test_orientation_does_not_matter():
    rng = np.random.default_rng(4)
    orthogonal, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    cluster = noisy("bcc", 0.05)
    kept = np.linalg.norm(cluster.positions, axis=1) < 2.9
    cluster = Configuration(
        cluster.positions[kept], [20, 20, 20, 0, 0, 0], 3, np.zeros(kept.sum()), periodic=False
    )
    turned = replace(cluster, positions=cluster.positions @ orthogonal)
    a, b = label_configuration(cluster), label_configuration(turned)
    assert a.label == b.label == "bcc"
    seen = [classify(each, network())[0] for each in (cluster, turned)]
    np.testing.assert_allclose(*seen, atol=2e-3)


def test_the_global_minimum_of_38_lennard_jones_particles_is_fcc():
    """A truncated octahedron: Wales and Doye, J. Phys. Chem. A 101, 5111 (1997)."""
    whole = crystal("fcc", 6, np.sqrt(2.0))
    from_hole = whole.positions - whole.positions[0] - [np.sqrt(0.5), 0, 0]
    from_hole -= whole.box[:3] * np.round(from_hole / whole.box[:3])
    closest = np.argsort(np.linalg.norm(from_hole, axis=1))[:38]
    rng = np.random.default_rng(0)
    positions = from_hole[closest] + rng.normal(0.0, 0.02, (38, 3))
    cluster = Configuration(positions, [20, 20, 20, 0, 0, 0], 3, np.zeros(38), periodic=False)
    labels = label_configuration(cluster)
    assert labels.label == "fcc"
    assert labels.phases[0]["lattice_constant"] == pytest.approx(np.sqrt(2.0), rel=0.03)


def test_the_network_is_complete():
    model = network()
    assert model.classes.tolist() == ["fluid", *names(3, 1)]
    assert model.output.shape[1] == len(model.classes) == len(model.reach)
    assert (model.reach > 0).any(axis=1).all()
    assert model.classes[model.sure.any(axis=1)].tolist() == ["fluid", "sc"]
    assert len(model.hash) == 16
    assert model.temperature > 0


def test_parts_do_not_matter(monkeypatch):
    """Particles are looked at in parts, so that memory is bounded."""
    from analysis.labelling import three_dimensional

    configuration = noisy("hcp", 0.08)
    whole, lengths, _ = classify(configuration, network())
    monkeypatch.setattr(three_dimensional, "PART", 100)
    parts, other, _ = classify(configuration, network())
    np.testing.assert_allclose(parts, whole, atol=1e-5)
    np.testing.assert_allclose(other, lengths, atol=1e-6)


def test_lattice_constants_of_lattices():
    expected = {"fcc": (12, 2**0.5), "sc": (6, 1.0), "diamond": (4, 4 / 3**0.5), "hcp": (12, 1.0)}
    for name, measure in expected.items():
        assert lattice_constants()[name] == pytest.approx(measure)

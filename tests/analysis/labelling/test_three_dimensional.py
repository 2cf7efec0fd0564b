"""Labels in three dimensions: simulated configurations, noisy crystals, foreign crystals.

Reference for the noisy crystals: OVITO 3.17.2, polyhedral template matching without RMSD cut-off,
on the same noise (docs/labels.md).
"""

from dataclasses import replace

import numpy as np
import pytest

from analysis.configuration import Configuration
from analysis.labelling import label_configuration
from analysis.labelling.three_dimensional import STRUCTURES, features, network
from analysis.neighbourhoods import nearest
from analysis.prototypes import crystal
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


def periodic(fractional, lengths, repeats):
    cells = np.stack(np.meshgrid(*[np.arange(repeats)] * 3, indexing="ij"), -1).reshape(-1, 1, 3)
    positions = (cells + np.array(fractional)).reshape(-1, 3) * lengths
    box = np.append(np.array(lengths) * repeats, [0.0, 0.0, 0.0])
    return Configuration(positions, box, 3, np.zeros(len(positions)))


def test_foreign_crystals_are_unknown():
    a15 = [(0, 0, 0), (0.5, 0.5, 0.5), (0.25, 0.5, 0), (0.75, 0.5, 0)]
    a15 += [(0, 0.25, 0.5), (0, 0.75, 0.5), (0.5, 0, 0.25), (0.5, 0, 0.75)]
    simple_hexagonal = [(0, 0, 0), (0.5, 0.5, 0)]
    for configuration in (
        periodic(a15, [1, 1, 1], 4),
        periodic(simple_hexagonal, [1, np.sqrt(3), 1], 6),
    ):
        labels = label_configuration(configuration)
        assert labels.label == "unknown"
        assert labels.reason


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
    seen = [features(each, nearest(each, 16)) for each in (cluster, turned)]
    np.testing.assert_allclose(*seen, atol=2e-3)  # freud computes in single precision


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
    assert model.output.shape[1] == len(STRUCTURES) == len(model.reach)
    assert len(model.hash) == 16
    assert model.temperature > 0

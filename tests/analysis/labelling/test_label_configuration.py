"""What holds for any configuration: small, open, ill-defined, turned, scaled."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.configuration import Configuration
from analysis.labelling import Labels, label_configuration, three_dimensional, two_dimensional
from analysis.prototypes import crystal, names
from analysis.prototypes.defects import with_noise

NAMED = [
    name
    for name in names()
    if name in (*two_dimensional.PHASES, *map(str, three_dimensional.network().classes))
]


@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("periodic", [True, False])
@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 5, 7, 12])
@pytest.mark.filterwarnings("error")
def test_tiny_systems_do_not_crash(n, periodic, dimensions):
    positions = np.random.default_rng(n).random((n, 3)) * 3.0 - 1.5
    if dimensions == 2:
        positions[:, 2] = 0.0
    configuration = Configuration(
        positions, [4, 4, 4, 0, 0, 0], dimensions, np.zeros(n), periodic=periodic
    )
    labels = label_configuration(configuration)
    assert labels.per_particle.shape == (n,)
    assert np.isfinite(labels.probabilities).all()
    if not periodic:
        assert labels.label == "unknown"
        assert labels.confidence == 0.0
        assert labels.reason


@pytest.mark.parametrize("name", NAMED)
def test_unit_cells_are_labelled(name):
    """A cell predicted by structure search has a few particles only, not a few neighbours."""
    cell = crystal(name, 1, 1.0)
    labels = label_configuration(cell)
    assert labels.label == name
    # A particle shares its average with twelve others: so few are hardly one vote.
    if cell.n_particles <= 13:
        assert labels.confidence < 0.9


@pytest.mark.parametrize("dimensions", [2, 3])
def test_coincident_particles(dimensions):
    everything = Configuration(np.zeros((30, 3)), [5, 5, 5, 0, 0, 0], dimensions, np.zeros(30))
    assert label_configuration(everything).label == "unknown"
    perfect = crystal("hexagonal" if dimensions == 2 else "fcc", 6, 1.0)
    doubled = replace(
        perfect,
        positions=np.concatenate([perfect.positions, perfect.positions[:1]]),
        types=np.zeros(perfect.n_particles + 1),
    )
    assert label_configuration(doubled).label == label_configuration(perfect).label


def test_not_finite_is_refused():
    configuration = crystal("fcc", 3, 1.0)
    configuration.positions[5, 2] = np.inf
    with pytest.raises(ValueError, match="particle 5"):
        label_configuration(configuration)
    configuration = crystal("fcc", 3, 1.0)
    configuration.box[0] = np.nan
    with pytest.raises(ValueError, match="box is"):
        label_configuration(configuration)


@pytest.mark.parametrize("name", ["square", "honeycomb", "bcc", "diamond"])
def test_scale_and_order_of_particles_do_not_matter(name):
    rng = np.random.default_rng(11)
    first = with_noise(crystal(name, 6, 1.0), 0.05, rng)
    box = first.box.copy()
    box[:3] *= 3.0
    shuffle = rng.permutation(first.n_particles)
    second = replace(first, positions=3.0 * first.positions[shuffle], box=box)
    a, b = label_configuration(first), label_configuration(second)
    assert a.label == b.label == name
    np.testing.assert_array_equal(a.per_particle[shuffle], b.per_particle)
    constants = [labels.phases[0]["lattice_constant"] for labels in (a, b)]
    assert constants[1] == pytest.approx(3 * constants[0], abs=1e-3)


def test_another_cell_of_the_same_lattice_has_the_same_label():
    square = crystal("square", 12, 1.0)
    sheared = replace(square, box=np.array([12, 12, 1, 1.0, 0, 0]))
    assert label_configuration(sheared).label == "square"
    assert label_configuration(sheared).phases == label_configuration(square).phases


def test_files(tmp_path):
    labels = label_configuration(crystal("hexagonal", 8, 1.0))
    labels.save(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["labels.json", "labels.npz"]
    again = Labels.load(tmp_path)
    assert again.to_json() == labels.to_json()
    np.testing.assert_array_equal(again.per_particle, labels.per_particle)
    np.testing.assert_array_equal(again.probabilities, labels.probabilities)

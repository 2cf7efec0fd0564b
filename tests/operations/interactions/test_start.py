"""Starting configurations have the density asked for and no overlaps."""

import numpy as np
import pytest

from operations.interactions.pair_functions import PairFunction
from operations.interactions.start import (
    core_diameter,
    lattice,
    random_configuration,
    spacing,
    thermal_velocities,
)
from workspace_schema.lattices import LATTICES
from workspace_schema.potentials import FORMS


def nearest(configuration) -> np.ndarray:
    from scipy.spatial import cKDTree

    d = configuration.dimensions
    box = configuration.box[:d]
    tree = cKDTree((configuration.positions[:, :d] + box / 2) % box, boxsize=box)
    return tree.query(tree.data, k=2)[0][:, 1]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("square", 1.0),
        ("hexagonal", (2 / np.sqrt(3)) ** 0.5),
        ("sc", 1.0),
        ("bcc", 3**0.5 / 2 * 2 ** (1 / 3)),
        ("fcc", 2 ** (-0.5) * 4 ** (1 / 3)),
    ],
)
def test_lattices_have_their_nearest_distance(name: str, expected: float) -> None:
    dimensions = LATTICES[name].dimensions
    n = {"square": 144, "hexagonal": 168, "sc": 216, "bcc": 250, "fcc": 256}[name]
    configuration = lattice(name, {"A": n}, dimensions, 1.0, np.random.default_rng(1))
    assert configuration.n_particles == n
    assert configuration.number_density == pytest.approx(1.0)
    np.testing.assert_allclose(nearest(configuration), expected, rtol=1e-9)


def test_a_lattice_that_does_not_fill_the_box_has_vacancies() -> None:
    configuration = lattice("square", {"A": 90, "B": 7}, 2, 0.8, np.random.default_rng(1))
    assert configuration.n_particles == 97
    assert np.bincount(configuration.types).tolist() == [90, 7]
    assert configuration.number_density == pytest.approx(0.8)
    np.testing.assert_allclose(nearest(configuration).min(), nearest(configuration).max())


@pytest.mark.parametrize(("dimensions", "name"), [(2, "square"), (3, "sc")])
@pytest.mark.parametrize("n", [1, 12, 27, 64, 250])
def test_a_regular_lattice_is_in_a_square_or_cube(dimensions, name, n) -> None:
    particles = {"A": n - n // 2, "B": n // 2} if n > 1 else {"A": 1}
    start = lattice(name, particles, dimensions, 0.5, np.random.default_rng(0), regular=True)
    lengths = start.box[:dimensions]
    assert start.n_particles == n
    assert lengths == pytest.approx(lengths[0])
    assert start.number_density == pytest.approx(0.5)
    assert spacing(start) == pytest.approx(lengths[0] / np.ceil(n ** (1 / dimensions) - 1e-9))


def test_the_wrong_dimension_is_named() -> None:
    with pytest.raises(ValueError, match="fcc is a lattice of 3 dimensions"):
        lattice("fcc", {"A": 4}, 2, 1.0, np.random.default_rng(1))


@pytest.mark.parametrize(("dimensions", "density"), [(2, 0.85), (3, 0.9), (2, 1.3)])
def test_random_starts_do_not_overlap(dimensions: int, density: float) -> None:
    pairs = {(0, 0): PairFunction(FORMS["lennard_jones"]())}
    configuration = random_configuration(
        {"A": 400}, dimensions, density, pairs, 1.0, np.random.default_rng(7)
    )
    assert configuration.number_density == pytest.approx(density)
    packed = {2: 0.8, 3: 0.58}[dimensions] / ({2: np.pi / 4, 3: np.pi / 6}[dimensions] * density)
    contact = min(core_diameter(pairs[0, 0], 2.0), packed ** (1 / dimensions))
    assert nearest(configuration).min() >= 0.97 * contact


def test_a_bounded_core_needs_no_room() -> None:
    assert core_diameter(PairFunction(FORMS["gaussian_core"]()), 2.0) == 0.0


def test_thermal_velocities() -> None:
    velocities = thermal_velocities(500, 2, 0.7, np.random.default_rng(3))
    assert np.sum(velocities**2) / (2 * 499) == pytest.approx(0.7)
    np.testing.assert_allclose(velocities.sum(axis=0), 0.0, atol=1e-12)
    assert not velocities[:, 2].any()

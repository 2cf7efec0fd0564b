"""Neighbourhoods, against lattice coordination numbers, freud and plain double loops."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.configuration import Configuration
from analysis.neighbourhoods import first_shell, nearest, solid_angle, voronoi, within
from analysis.prototypes import crystal
from analysis.prototypes.defects import with_noise


def noisy(name, repeats, seed=0):
    return with_noise(crystal(name, repeats, 1.0), 0.05, np.random.default_rng(seed))


@pytest.mark.parametrize(("name", "repeats"), [("hexagonal", (8, 5)), ("fcc", 3)])
def test_nearest_agrees_with_freud(name, repeats):
    freud = pytest.importorskip("freud")
    configuration = noisy(name, repeats)
    table = nearest(configuration, 6)
    query = freud.locality.AABBQuery(configuration.freud_box(), configuration.positions)
    found = query.query(configuration.positions, {"num_neighbors": 6, "exclude_ii": True})
    reference = np.sort(np.asarray(found.toNeighborList().distances).reshape(-1, 6), axis=1)
    np.testing.assert_allclose(table.distances, reference, atol=1e-5)


def test_nearest_agrees_with_a_double_loop_in_a_triclinic_box():
    rng = np.random.default_rng(3)
    box = np.array([6.0, 5.0, 4.0, 0.4, -0.3, 0.6])
    cell = Configuration(np.zeros((0, 3)), box, 3, []).cell
    positions = (rng.random((40, 3)) - 0.5) @ cell
    table = nearest(Configuration(positions, box, 3, np.zeros(40)), 12)
    shifts = np.stack(np.meshgrid(*[np.arange(-2, 3)] * 3), -1).reshape(-1, 3) @ cell
    for i in range(40):
        r = np.linalg.norm(positions[:, None] + shifts - positions[i], axis=-1).ravel()
        np.testing.assert_allclose(table.distances[i], np.sort(r)[1:13], atol=1e-12)
    step = positions[table.indices] - positions[:, None] - table.vectors
    np.testing.assert_allclose(
        step @ np.linalg.inv(cell), np.round(step @ np.linalg.inv(cell)), atol=1e-9
    )


def test_a_particle_neighbours_its_own_images():
    hexagonal = Configuration(np.zeros((1, 3)), [1, np.sqrt(0.75), 1, 1 / np.sqrt(3), 0, 0], 2, [0])
    table = nearest(hexagonal, 7)
    np.testing.assert_allclose(table.distances[0, :6], 1.0)
    assert table.distances[0, 6] == pytest.approx(np.sqrt(3))
    assert (table.indices == 0).all()


def test_open_boundary_leaves_neighbours_missing():
    configuration = Configuration(np.eye(3), [9, 9, 9, 0, 0, 0], 3, np.zeros(3), periodic=False)
    table = nearest(configuration, 4)
    np.testing.assert_allclose(table.distances[:, :2], np.sqrt(2))
    assert np.isinf(table.distances[:, 2:]).all()
    assert len(table.neighbour_list()) == 6


def test_coincident_particles_are_each_others_nearest():
    positions = np.zeros((5, 3))
    positions[4, 0] = 1.0
    table = nearest(Configuration(positions, [9, 9, 1, 0, 0, 0], 2, np.zeros(5)), 3)
    np.testing.assert_allclose(table.distances[:4], 0.0)
    assert (table.indices[:4] != np.arange(4)[:, None]).all()


# van Meel et al. (2012) name the 18 of simple cubic: its second shell counts.
@pytest.mark.parametrize(
    ("name", "repeats", "coordination"),
    [("hexagonal", 6, 6), ("square", 6, 4), ("fcc", 3, 12), ("bcc", 4, 14), ("sc", 5, 18)],
)
def test_solid_angle_coordination(name, repeats, coordination):
    counts = np.asarray(solid_angle(crystal(name, repeats, 0.7)).neighbor_counts)
    assert (counts == coordination).all()


def test_solid_angle_agrees_with_freud():
    freud = pytest.importorskip("freud")
    configuration = noisy("fcc", 4, seed=5)
    box, points = configuration.freud_box(), configuration.positions
    filtered = freud.locality.FilterSANN(allow_incomplete_shell=False)
    filtered.compute((box, points), {"r_max": 2.9, "exclude_ii": True})
    mine = np.asarray(solid_angle(configuration).neighbor_counts)
    agreement = (mine == np.asarray(filtered.filtered_nlist.neighbor_counts)).mean()
    assert agreement > 0.99  # float32 there, ties differ


@pytest.mark.parametrize(
    ("name", "repeats", "coordination"),
    [("hexagonal", 8, 6), ("square", 8, 4), ("honeycomb", 6, 3), ("fcc", 4, 12), ("sc", 6, 6)],
)
def test_first_shell_coordination_survives_noise(name, repeats, coordination):
    counts = np.asarray(first_shell(noisy(name, repeats)).neighbor_counts)
    assert counts.mean() == pytest.approx(coordination, rel=0.03)


def test_within_agrees_with_nearest():
    configuration = noisy("square", 10)
    table = nearest(configuration, 20)
    neighbours = within(configuration, 1.7)
    np.testing.assert_array_equal(neighbours.neighbor_counts, (table.distances < 1.7).sum(axis=1))


def test_not_finite_is_refused():
    configuration = crystal("square", 4, 1.0)
    configuration.positions[3, 1] = np.nan
    with pytest.raises(ValueError, match="particle 3"):
        nearest(configuration, 4)
    with pytest.raises(ValueError, match="r_max is -1"):
        within(crystal("square", 4, 1.0), -1)


@pytest.mark.parametrize(
    ("name", "number"), [("fcc", 12), ("bcc", 14), ("sc", 6), ("hexagonal", 6), ("square", 4)]
)
@pytest.mark.parametrize("noise", [0.0, 0.01])
def test_voronoi_faces(name, number, noise):
    """Faces that noise opens at the corners of cells are small."""
    configuration = with_noise(crystal(name, 6, 1.0), noise, np.random.default_rng(0))
    neighbours = voronoi(configuration, least=0.02)
    np.testing.assert_array_equal(neighbours.neighbor_counts, number)
    weights = np.asarray(neighbours.weights)
    assert weights.sum() / configuration.n_particles == pytest.approx(1.0, abs=0.02)


def test_voronoi_of_a_cluster():
    inside = replace(crystal("fcc", 4, 1.0), periodic=False)
    centre = np.linalg.norm(inside.positions, axis=1).argmin()
    assert voronoi(inside, least=0.02).neighbor_counts[centre] == 12


def test_voronoi_in_a_narrow_box():
    with pytest.raises(ValueError, match="its own Voronoi neighbour; repeat the cell"):
        voronoi(crystal("sc", (3, 3, 1), 1.0))

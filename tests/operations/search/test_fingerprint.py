"""What a fingerprint must not see, and what it must."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from analysis.configuration import Configuration
from analysis.prototypes import crystal, names
from operations.search.cells import in_box
from operations.search.fingerprint import SAME_DISTANCE, distance, fingerprint, same_structure


def close_packing(stacking: str) -> Configuration:
    """Close-packed layers in a given order, such as ABC."""
    height = np.sqrt(2 / 3)
    cell = np.array([[1, 0, 0], [0.5, np.sqrt(3) / 2, 0], [0, 0, len(stacking) * height]])
    shift = (cell[0] + cell[1]) / 3
    positions = ["ABC".index(name) * shift + [0, 0, k * height] for k, name in enumerate(stacking)]
    return in_box(cell, np.array(positions), np.zeros(len(stacking), int), ["A"], 3)


def transformed(configuration: Configuration, seed: int) -> Configuration:
    """The same structure: turned, reflected, shifted, in another cell, in another order."""
    rng = np.random.default_rng(seed)
    d, n = configuration.dimensions, configuration.n_particles
    cell = configuration.cell
    if d == 2:
        cell[2] = 0, 0, 1
    rotation = np.eye(3)
    rotation[:d, :d] = np.linalg.qr(rng.standard_normal((d, d)))[0]
    other = np.eye(3)
    for _ in range(4):
        i, j = rng.permutation(d)[:2]
        other[i] += rng.integers(-2, 3) * other[j]
    new_cell = other @ cell @ rotation
    positions = (configuration.positions + rng.random(3) * ([1] * d + [0] * (3 - d))) @ rotation
    if np.linalg.det(new_cell) < 0:
        new_cell[0] *= -1
    order = rng.permutation(n)
    return in_box(
        new_cell * 1.7,
        positions[order] * 1.7,
        configuration.types[order],
        configuration.type_names,
        d,
    )


#: Not those of many free coordinates that look much alike.
SIMPLE = {"fcc", "hcp", "dhcp", "bcc", "bct", "sc", "diamond", "lonsdaleite", "A15", *names(2)}
STRUCTURES = {name: crystal(name, 1, 1.0) for name in sorted(SIMPLE)} | {
    "9R": close_packing("ABCBCACAB"),
}
ROCK_SALT = Configuration(
    crystal("sc", 2, 1.0).positions,
    crystal("sc", 2, 1.0).box,
    3,
    [0, 1, 1, 0, 1, 0, 0, 1],
    ("A", "B"),
)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", [*STRUCTURES, "NaCl"])
def test_invariant(name, seed):
    structure = ROCK_SALT if name == "NaCl" else STRUCTURES[name]
    a, b = fingerprint(structure), fingerprint(transformed(structure, seed))
    np.testing.assert_allclose(a, b, atol=1e-9 * np.abs(a).max())


@pytest.mark.parametrize("name", [*STRUCTURES, "NaCl"])
def test_supercells_are_the_same(name):
    structure = ROCK_SALT if name == "NaCl" else STRUCTURES[name]
    repeats = (3, 2, 1) if structure.dimensions == 2 else (1, 3, 2)
    assert distance(fingerprint(structure), fingerprint(structure.replicate(repeats))) < 1e-9


def test_no_two_crystals_are_merged():
    """The closest pair is five times further apart than what counts as the same."""
    by_dimension: dict[int, list[np.ndarray]] = {2: [], 3: []}
    for structure in STRUCTURES.values():
        by_dimension[structure.dimensions].append(fingerprint(structure))
    for found in by_dimension.values():
        for i, a in enumerate(found):
            for b in found[:i]:
                assert distance(a, b) > 5 * SAME_DISTANCE


@pytest.mark.parametrize("name", [*STRUCTURES, "NaCl"])
def test_small_noise_does_not_split(name):
    """Displacements a hundred times those that a minimisation leaves."""
    structure = ROCK_SALT if name == "NaCl" else STRUCTURES[name]
    noise = np.random.default_rng(4).standard_normal((structure.n_particles, 3)) * 1e-3
    noise[:, structure.dimensions :] = 0.0
    near = replace(structure, positions=structure.positions + noise)
    a, b = fingerprint(structure), fingerprint(near)
    assert 0.0 < distance(a, b) < 0.2 * SAME_DISTANCE or structure.n_particles == 1
    assert same_structure(a, -1.0, b, -1.00001)


def test_hand_does_not_matter():
    """A helix and its mirror image."""
    t = np.arange(6) / 6
    points = np.stack([np.cos(2 * np.pi * t), np.sin(2 * np.pi * t), 2.0 * t], 1)
    cell = np.diag([3.5, 3.5, 2.0])
    right = in_box(cell, points, np.zeros(6, int), ["A"], 3)
    left = in_box(cell, points * [-1, 1, 1], np.zeros(6, int), ["A"], 3)
    assert distance(fingerprint(right), fingerprint(left)) < 1e-9


def test_types_matter():
    """Rock salt and CuAu ordering on one lattice; swapping the names of the types."""
    layered = replace(ROCK_SALT, types=np.array([0, 1] * 4))
    a, b = fingerprint(ROCK_SALT), fingerprint(layered)
    assert distance(a, b) > 0.1
    uneven = replace(ROCK_SALT, types=np.array([0, 0, 0, 0, 0, 0, 0, 1]))
    swapped = replace(uneven, types=1 - uneven.types)
    assert distance(fingerprint(uneven), fingerprint(swapped)) > 0.1


def test_energy_splits_what_looks_alike():
    """Free scale: two lattice constants of one crystal differ by their energies only."""
    a = fingerprint(STRUCTURES["fcc"])
    b = fingerprint(crystal("fcc", 1, 0.5))
    assert distance(a, b) < 1e-9
    assert not same_structure(a, -8.6, b, -8.5)
    assert not same_structure(a, -8.6, fingerprint(STRUCTURES["hcp"]), -8.6)
    assert not same_structure(a, -8.6, fingerprint(ROCK_SALT), -8.6)
    assert not same_structure(a, np.nan, a, np.nan)


def test_clusters():
    """Turned, reflected and shifted clusters; one with a particle elsewhere."""
    rng = np.random.default_rng(7)
    points = np.concatenate([np.eye(3), -np.eye(3), np.zeros((1, 3))]) * 1.1

    def cluster(positions):
        n = len(positions)
        return Configuration(positions, [20.0] * 3 + [0.0] * 3, 3, np.zeros(n), periodic=False)

    rotation = np.linalg.qr(rng.standard_normal((3, 3)))[0]
    a = fingerprint(cluster(points))
    b = fingerprint(cluster((points @ rotation + 3.0)[rng.permutation(7)]))
    assert distance(a, b) < 1e-9
    points[0] = [0.8, 0.8, 0.8]
    assert distance(a, fingerprint(cluster(points))) > 10 * SAME_DISTANCE
    assert np.isfinite(fingerprint(cluster(np.zeros((1, 3))))).all()


def test_flat_cells_have_none():
    cell = np.diag([1.0, 1.0, 1e-9])
    flat = in_box(cell, np.zeros((1, 3)), np.zeros(1, int), ["A"], 3)
    assert np.isnan(fingerprint(flat)).all()
    a = fingerprint(STRUCTURES["sc"])
    assert not same_structure(a, 0.0, fingerprint(flat), 0.0)


def test_coincident_particles_have_a_fingerprint():
    structure = STRUCTURES["fcc"]
    pile = replace(structure, positions=np.zeros((4, 3)))
    assert np.isfinite(fingerprint(pile)).all()


def bodies(seed: int, sizes: tuple[float, float] = (1.0, 0.6)) -> Configuration:
    """Six bodies of two types in a skew cell: unions of unlike spheres, and octahedra."""
    rng = np.random.default_rng(seed)
    cell = np.eye(3) * 2.0 + 0.4 * rng.standard_normal((3, 3))
    kinds = np.array([0, 0, 0, 1, 1, 1])
    found = in_box(cell, rng.random((6, 3)) @ cell, kinds, ("A", "B"), 3)
    found.orientations = np.roll(Rotation.random(6, random_state=seed).as_quat(), 1, axis=1)
    found.type_shapes = (
        {
            "type": "SphereUnion",
            "diameters": [1.0, *sizes],
            "centers": [[0, 0, 0], [0.5, 0, 0], [0, 0.6, 0]],
        },
        {"type": "ConvexPolyhedron", "rounding_radius": 0.0, "vertices": OCTAHEDRON.tolist()},
    )
    return found


OCTAHEDRON = np.concatenate([np.eye(3), -np.eye(3)])


def turned_bodies(what: Configuration, turns: Rotation | None, seed: int) -> Configuration:
    """Another cell of the same crystal of bodies, turned as a whole; a few bodies by themselves."""
    rng = np.random.default_rng(seed)
    whole = Rotation.random(random_state=seed)
    own = Rotation.from_quat(np.roll(what.orientations, -1, axis=1))
    own = whole * own if turns is None else whole * own * turns
    other = np.eye(3, dtype=int)
    other[0] += 2 * other[1] - other[2]
    other[2] += other[0]
    order = rng.permutation(what.n_particles)
    cell = whole.apply(other @ what.cell)
    found = in_box(
        cell,
        whole.apply(what.positions)[order],
        what.types[order],
        what.type_names,
        3,
    )
    turn = Rotation.from_matrix((np.linalg.inv(cell) @ found.cell).T)  # into the frame of GSD
    found.orientations = np.roll((turn * own).as_quat(), 1, axis=1)[order]
    found.type_shapes = what.type_shapes
    return found


@pytest.mark.parametrize("seed", range(3))
def test_orientations_of_bodies_are_seen(seed: int) -> None:
    what = bodies(seed)
    mine = fingerprint(what)
    assert distance(mine, fingerprint(turned_bodies(what, None, seed))) < 1e-9
    assert distance(mine, fingerprint(what.replicate((2, 1, 2)))) < 1e-9
    # An octahedron is the same after a quarter of a turn, and a union of three spheres is not.
    quarter = Rotation.from_rotvec([[0, 0, 0]] * 3 + [[0, 0, np.pi / 2]] * 3)
    assert distance(mine, fingerprint(turned_bodies(what, quarter, seed))) < 1e-9
    for one in (0, 5):
        vectors = np.zeros((6, 3))
        vectors[one] = 0.0, 0.0, 0.6
        turned = fingerprint(turned_bodies(what, Rotation.from_rotvec(vectors), seed))
        assert distance(mine, turned) > SAME_DISTANCE
    # Spheres of other sizes are other kinds of marks.
    assert mine.shape != fingerprint(bodies(seed, (1.0, 1.0))).shape


def test_bodies_that_look_the_same_from_everywhere_are_points() -> None:
    what = crystal("fcc", 3, 1.0)
    alone = fingerprint(what)
    what.orientations = np.roll(Rotation.random(4, random_state=1).as_quat(), 1, axis=1)
    for shape in ({"type": "Sphere", "diameter": 1.0}, ONE_SPHERE):
        what.type_shapes = (shape,)
        assert np.array_equal(fingerprint(what), alone)


ONE_SPHERE = {"type": "SphereUnion", "diameters": [1.0], "centers": [[0.0, 0.0, 0.0]]}

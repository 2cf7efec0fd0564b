"""Monte Carlo of bodies in small cells: energies, ensemble averages, images."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import TypeAdapter

from operations.interactions.start import random_orientations
from operations.search.compilation import compiled
from operations.search.hard_bodies import Placed, make_bodies, pair_energy, place
from operations.search.hard_monte_carlo import Crystal, energy, sweep
from tests.kern_frenkel import gas, kern_frenkel
from workspace_schema.building_blocks import AnyBuildingBlock

BLOCK = TypeAdapter(AnyBuildingBlock)


def blocks(**types):
    return {name: BLOCK.validate_python(block) for name, block in types.items()}


def test_patches_have_the_energy_of_kern_and_frenkel():
    north = {"directions": "pole", "half_angle": 0.9, "range": 1.5, "epsilon": 1.0}
    south = {"directions": [[0, 0, -1]], "half_angle": 0.6, "range": 1.3, "epsilon": 4.0}
    types = blocks(
        A={"form": "kern_frenkel", "patches": {"N": north, "S": south}},
        B={
            "form": "kern_frenkel",
            "diameter": 0.8,
            "patches": {"S": south | {"half_angle": 1.2}},
        },
        C={"form": "hard_sphere"},
    )
    kinds = np.arange(60) % 3
    wells = {("N", "N"): (1.0, 1.5), ("S", "S"): (4.0, 1.3), ("N", "S"): (2.0, 1.4)}
    configuration = gas(60, 4.6, 1, kinds, ("A", "B", "C"))
    expected = kern_frenkel(configuration, types, wells)
    assert expected < -5
    cell = configuration.cell
    s = configuration.positions @ np.linalg.inv(cell)
    crystal = Crystal(kinds, s, configuration.orientations, cell, 3)
    assert energy(make_bodies(types, 3), crystal) == pytest.approx(expected)


@pytest.mark.parametrize("dimensions", [2, 3])
def test_a_cell_counts_what_its_supercell_counts_twice(dimensions):
    block = {"form": "kern_frenkel", "patches": {"P": {}}}
    block["patches"]["P"] = {"half_angle": 1.2, "range": 1.9, "directions": "poles"}
    bodies = make_bodies(blocks(A=block), dimensions)
    random = np.random.default_rng(5)
    cell = np.eye(3)
    cell[:dimensions, :dimensions] *= 1.4
    cell[1, 0] = 0.5
    s = np.zeros((1, 3))
    q = random.normal(size=(1, 4))
    q /= np.linalg.norm(q)
    one = energy(bodies, Crystal(np.zeros(1, dtype=int), s, q, cell, dimensions))
    double = cell.copy()
    double[0] *= 2.0
    s, q = np.array([[0.0, 0, 0], [0.5, 0, 0]]), np.concatenate([q, q])
    two = energy(bodies, Crystal(np.zeros(2, dtype=int), s, q, double, dimensions))
    assert one < 0
    assert two == pytest.approx(2 * one)


def test_a_dilute_gas_has_the_volume_of_an_ideal_gas():
    """The weight V^N exp(-PV/kT) in ln V has a mean volume of N kT / P."""
    bodies = make_bodies(blocks(A={"form": "hard_sphere", "diameter": 1e-3}), 3)
    n, kT, pressure, volumes = 2, 0.5, 1.0, []
    random = np.random.default_rng(4)
    s, q = np.array([[0.0, 0, 0], [0.5, 0.5, 0.5]]), np.tile([1.0, 0, 0, 0], (n, 1))
    crystal = Crystal(np.zeros(n, dtype=int), s, q, np.eye(3), 3)
    enthalpies, lengths = np.empty(4000), np.array([1e-3, 1.0, 0.3, 0.5])
    sweep(bodies, crystal, lengths, kT, pressure, random, enthalpies)
    volumes = enthalpies / pressure
    blocks_of = volumes[400:].reshape(12, -1).mean(axis=1)
    error = blocks_of.std(ddof=1) / np.sqrt(len(blocks_of))
    assert abs(volumes[400:].mean() - n * kT / pressure) < 4 * error
    assert error < 0.1


@pytest.mark.parametrize(
    ("block", "dimensions", "packing"),
    [
        ({"form": "hard_polyhedron", "name": "cube"}, 3, 1.0),
        ({"form": "hard_polygon", "sides": 6}, 2, 1.0),
        ({"form": "hard_sphere"}, 2, np.pi / np.sqrt(12)),
    ],
)
def test_compression_finds_packings_that_fill_what_they_can(block, dimensions, packing):
    types = blocks(A=block)
    bodies = make_bodies(types, dimensions)
    random = np.random.default_rng(2)
    cell = np.eye(3)
    cell[:dimensions, :dimensions] *= 2.0
    s, q = np.zeros((1, 3)), np.array([[1.0, 0, 0, 0]])
    crystal = Crystal(np.zeros(1, dtype=int), s, q, cell, dimensions)
    lengths = np.array([0.1, 0.3, 0.05, 0.1])
    for exponent in np.linspace(0, 6, 61):
        sweep(bodies, crystal, lengths, 10.0**-exponent, 1.0, random, np.empty(200))
    from analysis.shapes import shape_of

    found = shape_of(types["A"], dimensions).volume / abs(np.linalg.det(cell))
    assert packing * 0.999 < found < packing * (1 + 1e-9)


def test_overlapping_bodies_have_no_finite_energy():
    cube = make_bodies(blocks(A={"form": "hard_polyhedron", "name": "cube"}), 3)
    corners, vectors = np.empty((8, 3)), np.empty((1, 3))
    place(cube, 0, np.array([1.0, 0, 0, 0]), corners, vectors)
    placed = Placed(0, corners, vectors)
    for x, expected in ((0.99, np.inf), (1.01, 0.0)):
        d = np.array([x, 0.3, -0.2])
        assert pair_energy(cube, placed, placed, d, np.empty((7, 3))) == expected


@compiled
def overlapping(bodies, q, d):
    """Pairs of bodies of the first type that overlap: orientations (n, 2, 4), at (n, 3)."""
    room = len(bodies.corners)
    corners, vectors = np.empty((2, room, 3)), np.empty((1, 3))
    scratch, found = np.empty((7, 3)), 0
    for k in range(len(d)):
        place(bodies, 0, q[k, 0], corners[0], vectors)
        place(bodies, 0, q[k, 1], corners[1], vectors)
        one, other = Placed(0, corners[0], vectors), Placed(0, corners[1], vectors)
        if pair_energy(bodies, one, other, d[k], scratch) == np.inf:
            found += 1
    return found


def ellipsoid(aspect):
    """Surface and mean radius of an ellipsoid of revolution of width 2: A. Isihara, J. Chem. Phys.
    18, 1446 (1950)."""
    e = np.sqrt(abs(1 - min(aspect, 1 / aspect) ** 2))
    if aspect > 1:
        surface = 2 * np.pi * (1 + aspect / e * np.arcsin(e))
        return surface, 0.5 * aspect * (1 + (1 - e * e) / (2 * e) * np.log((1 + e) / (1 - e)))
    surface = 2 * np.pi * (1 + aspect**2 / e * np.arctanh(e))
    return surface, 0.5 * (aspect + np.arcsin(e) / e)


def spherocylinder(elongation):
    """The same of a spherocylinder of diameter 2: L. Onsager, Ann. N. Y. Acad. Sci. 51, 627
    (1949)."""
    length = 2 * elongation
    return 4 * np.pi + 2 * np.pi * length, 1 + length / 4


@pytest.mark.parametrize(
    ("block", "volume", "exact"),
    [
        ({"form": "hard_ellipsoid", "aspect": 3}, 4 * np.pi, ellipsoid(3)),
        ({"form": "hard_ellipsoid", "aspect": 10}, 40 / 3 * np.pi, ellipsoid(10)),
        ({"form": "hard_ellipsoid", "aspect": 0.2}, 0.8 / 3 * np.pi, ellipsoid(0.2)),
        ({"form": "hard_spherocylinder", "elongation": 1}, 10 / 3 * np.pi, spherocylinder(1)),
        ({"form": "hard_spherocylinder", "elongation": 5}, 34 / 3 * np.pi, spherocylinder(5)),
    ],
)
def test_rods_and_discs_have_the_second_virial_coefficient_of_convex_bodies(block, volume, exact):
    """B2 = V + S R of the surface S and the mean radius R."""
    bodies = make_bodies(blocks(A=block | {"volume": volume}), 3)
    random, n = np.random.default_rng(6), 200_000
    reach = bodies.reach
    d = random.normal(size=(n, 3))
    d *= (reach * random.random(n) ** (1 / 3) / np.linalg.norm(d, axis=1))[:, None]
    q = random_orientations(2 * n, 3, random).reshape(n, 2, 4)
    part = overlapping(bodies, q, d) / n
    error = np.sqrt((1 - part) / part / n)
    found = 0.5 * part * 4 / 3 * np.pi * reach**3
    surface, radius = exact
    print(f"\n| {block} | {found:.4f} ± {found * error:.4f} | {volume + surface * radius:.4f} |")
    assert found == pytest.approx(volume + surface * radius, rel=3.5 * error)
    assert error < 0.015

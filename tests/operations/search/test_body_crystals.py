"""Crystals of bodies: energies against sums over images, gradients against differences."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from analysis.configuration import Configuration
from operations.search.bodies import Bodies
from operations.search.body_crystals import crystal_problem, energy_of, minimise_bodies
from operations.search.building_blocks import bodies_of
from operations.search.cells import in_box
from operations.search.kernels import _call
from operations.search.lbfgs import Outcome, evaluate
from workspace_schema.statepoint import StatePoint

PATCHY = {"form": "patchy_lennard_jones", "directions": "tetrahedron", "width": 0.5, "r_cut": 2.5}
OTHER = PATCHY | {"directions": "poles", "width": 0.9, "sigma": 1.2}
SQUARE = PATCHY | {"directions": "square"}
UNION = {"form": "sphere_union", "centers": [[0, 0, 0], [1, 0, 0], [0.3, 0.9, 0.1]]}
FLAT = {"form": "sphere_union", "centers": [[0, 0, 0], [1, 0, 0], [0.3, 0.9, 0]]}
LENNARD_JONES = {"form": "lennard_jones", "r_cut": 2.5, "truncation": "force_shift"}

#: Blocks, potential, types of the bodies, dimensions.
CASES: dict[str, Any] = {
    "patchy": ({"A": PATCHY, "B": OTHER}, None, [0, 1, 1], 3),
    "patchy in the plane": ({"A": SQUARE}, None, [0, 0], 2),
    "sites": ({"A": UNION, "B": None}, LENNARD_JONES, [0, 0, 1], 3),
    "sites in the plane": ({"A": FLAT}, LENNARD_JONES, [0, 0], 2),
    "one body": ({"A": PATCHY}, None, [0], 3),
}


def bodies(blocks: dict[str, Any], potential: Any, dimensions: int) -> Bodies:
    point = StatePoint.read(
        {
            "system": {
                "dimensions": dimensions,
                "particles": dict.fromkeys(blocks, 4),
                "building_blocks": {name: block for name, block in blocks.items() if block},
            },
            **({"potential": potential} if potential else {}),
            "method": {"name": "genetic"},
        }
    )
    return bodies_of(point, None)  # type: ignore[arg-type]


def crystal(what: Bodies, types: list[int], d: int, seed: int = 1) -> Configuration:
    """Bodies far enough apart in a skew cell smaller than the cut-off, turned at random."""
    random, n = np.random.default_rng(seed), len(types)
    width = 1.25 * what.distance
    cell = np.array([[width, 0.0, 0.0], [0.3, width, 0.0], [-0.2, 0.4, width]])
    cell[d - 1] *= n
    positions = np.zeros((n, 3))
    positions[:, d - 1] = width * np.arange(n)
    positions[:, :d] += 0.05 * random.standard_normal((n, d))
    if d == 2:
        half = random.uniform(0, np.pi, n)
        turned = np.stack([np.cos(half), 0 * half, 0 * half, np.sin(half)], axis=1)
    else:
        turned = np.roll(Rotation.random(n, random_state=seed).as_quat(), 1, axis=1)
    return in_box(cell, positions, np.array(types), ("A", "B")[: max(types) + 1], d, turned)


def images(configuration: Configuration, reach: float):
    """Pairs (i, j, r_j - r_i) of bodies and images within reach, each once from both sides."""
    d, cell = configuration.dimensions, configuration.cell
    most = [int(np.ceil(reach / width)) + 1 for width in configuration.widths] + [0] * (3 - d)
    for shift in product(*(range(-m, m + 1) for m in most)):
        for i, j in product(range(configuration.n_particles), repeat=2):
            apart = configuration.positions[j] - configuration.positions[i] + shift @ cell
            if 0.0 < np.linalg.norm(apart) < reach:
                yield i, j, apart


def vectors(what: Bodies, configuration: Configuration, i: int) -> np.ndarray:
    """Patches or sites of a body in space."""
    *row, number, _ = what.coefficients[configuration.types[i], 0]
    own = np.array(row[len(row) - 3 * int(number) :]).reshape(-1, 3)
    return Rotation.from_quat(np.roll(configuration.orientations[i], -1)).apply(own)


def patchy_pair(what, configuration, i, j, apart) -> float:
    blocks = (PATCHY, OTHER) if len(configuration.type_names) > 1 else (PATCHY,)
    one, other = (blocks[configuration.types[k]] for k in (i, j))
    sigma = 0.5 * (one.get("sigma", 1.0) + other.get("sigma", 1.0))
    r = np.linalg.norm(apart)
    if r >= 2.5 * sigma:
        return 0.0
    u = 4.0 * ((sigma / r) ** 12 - (sigma / r) ** 6 - 2.5**-12 + 2.5**-6)
    if u > 0.0:
        assert u > 0.1  # above the smoothed kink
        return u
    for k, block, towards in ((i, one, apart / r), (j, other, -apart / r)):
        angle = np.arccos(np.clip(vectors(what, configuration, k) @ towards, -1, 1)).min()
        u *= np.exp(-(angle**2) / (2 * block["width"] ** 2))
    return float(u)


def sites_pair(what, configuration, i, j, apart) -> float:
    one, other = (vectors(what, configuration, k) for k in (i, j))
    r = np.linalg.norm(apart + other[None] - one[:, None], axis=-1)
    r = r[r < 2.5]

    def u(r):
        return 4.0 * (r**-12.0 - r**-6.0)

    slope = 4.0 * (-12.0 * 2.5**-13 + 6.0 * 2.5**-7)
    return float(np.sum(u(r) - u(2.5) - slope * (r - 2.5)))


@pytest.mark.parametrize("case", ["patchy", "sites", "one body", "sites in the plane"])
def test_energy_is_a_sum_over_images(case):
    blocks, potential, types, d = CASES[case]
    what = bodies(blocks, potential, d)
    pair = sites_pair if potential else patchy_pair
    for seed in (1, 2):
        made = crystal(what, types, d, seed)
        assert made.widths.min() < what.reach  # several images of a pair count
        total = 0.5 * sum(pair(what, made, *each) for each in images(made, what.reach))
        assert abs(total) > 0.01
        assert energy_of(what, made) == pytest.approx(total, rel=1e-11)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("seed", [1, 2])
def test_gradient_is_that_of_differences(case, seed):
    """By centres, rotations and cell, at F and rotation vectors that are not 1 and 0."""
    blocks, potential, types, d = CASES[case]
    what = bodies(blocks, potential, d)
    enthalpy, problem, v = crystal_problem(what, crystal(what, types, d, seed), 0.7)
    n, random = len(types), np.random.default_rng(seed)
    plane, turns = range(d), (range(3, 6) if d == 3 else range(5, 6))
    free = [a * n + i for a in (*plane, *turns) for i in range(n)]
    strain = [6 * n + 3 * a + b for a in plane for b in plane]
    v[free[d * n :]] += 0.3 * random.standard_normal(len(free) - d * n)
    v[strain] += 0.05 * random.standard_normal(len(strain))
    gradient, scratch = np.zeros(len(v)), np.zeros(len(v))
    evaluate(enthalpy, problem, v, gradient)
    scale = 1.0 + np.abs(gradient).max()
    for k in free + strain:
        step = np.zeros(len(v))
        step[k] = 1e-5
        near, far = (
            [evaluate(enthalpy, problem, v + sign * m * step, scratch) for sign in (1, -1)]
            for m in (1, 2)
        )
        difference = (8 * (near[0] - near[1]) - (far[0] - far[1])) / 12e-5
        assert gradient[k] == pytest.approx(difference, abs=1e-6 * scale)
    fixed = sorted(set(range(len(v))) - set(free) - set(strain))
    assert not gradient[fixed].any()


@pytest.mark.parametrize("case", ["patchy", "sites"])
def test_supercell_other_cell_and_rotation_have_the_same_energy(case):
    blocks, potential, types, d = CASES[case]
    what = bodies(blocks, potential, d)
    made = crystal(what, types, d)
    energy = energy_of(what, made)
    assert energy_of(what, made.replicate((2, 1, 3))) == pytest.approx(6.0 * energy, rel=1e-11)
    # Other lattice vectors of the same lattice, turned in space: bodies turn with it.
    change = np.array([[1, 1, 0], [0, 1, -1], [0, 0, 1]])
    turn = Rotation.random(random_state=4).as_matrix()
    whole = np.roll(
        (
            Rotation.from_matrix(turn) * Rotation.from_quat(np.roll(made.orientations, -1, axis=1))
        ).as_quat(),
        1,
        axis=1,
    )
    other = in_box(
        change @ made.cell @ turn.T,
        made.positions @ turn.T,
        made.types,
        made.type_names,
        d,
        whole,
    )
    assert energy_of(what, other) == pytest.approx(energy, rel=1e-11)


def test_virial_is_the_derivative_by_strain():
    blocks, potential, types, d = CASES["patchy"]
    what = bodies(blocks, potential, d)
    made = crystal(what, types, d)
    enthalpy, problem, v = crystal_problem(what, made)
    virial, n = np.zeros((3, 3)), len(types)
    _call(enthalpy, problem, v, problem.cell, np.zeros(len(v)), virial)
    for a, b in product(range(3), repeat=2):
        values = []
        for size in (1e-5, -1e-5):
            f = np.eye(3)
            f[a, b] += size
            moved, frame = v.copy(), problem.cell.copy()
            moved[: 3 * n] = (f @ v[: 3 * n].reshape(3, n)).ravel()
            frame[n : n + 3, :3] = frame[n : n + 3, :3] @ f.T
            values.append(evaluate(enthalpy, problem._replace(cell=frame), moved, np.zeros(len(v))))
        assert virial[a, b] == pytest.approx(-(values[0] - values[1]) / 2e-5, abs=1e-6)


def test_a_minimum_at_pressure():
    """Square patches in the plane: the square lattice, where the pressure says."""
    what = bodies({"A": SQUARE | {"width": 0.2, "r_cut": 2.0}}, None, 2)
    start = crystal(what, [0], 2)
    start.orientations = np.array([[np.cos(0.1), 0.0, 0.0, np.sin(0.1)]])
    found = minimise_bodies(what, start, 0.5, tolerance=1e-9)
    assert found.outcome is Outcome.CONVERGED
    lx, ly, _, xy, _, _ = found.configuration.box
    assert lx == pytest.approx(ly, rel=1e-6)
    assert xy == pytest.approx(0.0, abs=1e-6)
    assert found.enthalpy == pytest.approx(found.energy + 0.5 * lx * ly)
    # u(r) per bond and two bonds a particle, bond along a patch.
    grid = np.linspace(1.0, 1.2, 200_001)
    shift = 4.0 * (2.0**-12 - 2.0**-6)
    curve = 2.0 * (4.0 * (grid**-12 - grid**-6) - shift) + 0.5 * grid**2
    assert lx == pytest.approx(grid[curve.argmin()], abs=1e-3)
    assert found.enthalpy == pytest.approx(curve.min(), abs=1e-3)


def test_a_cut_off_is_needed():
    point = {"form": "patchy_lennard_jones", "width": 0.5}
    with pytest.raises(ValueError, match=r"needs building_blocks\.A\.r_cut"):
        bodies({"A": point}, None, 3)

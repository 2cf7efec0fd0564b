"""Energies of rigid bodies: against sums written out, and gradients against differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from operations.search.bodies import Bodies
from operations.search.building_blocks import bodies_of
from operations.search.lbfgs import Outcome, evaluate, lbfgs
from operations.search.problem import Problem
from operations.search.rotations import absorb
from workspace_schema.statepoint import StatePoint

PATCHY = {"form": "patchy_lennard_jones", "directions": "tetrahedron", "width": 0.5}
UNION = {"form": "sphere_union", "centers": [[0, 0, 0], [1, 0, 0], [0.3, 0.9, 0.1]]}
LENNARD_JONES = {"form": "lennard_jones", "r_cut": 100.0}


def bodies(blocks: dict[str, Any], potential: Any = None, dimensions: int = 3) -> Bodies:
    names = sorted(blocks)
    given = {name: block for name, block in blocks.items() if block is not None}
    point = StatePoint.read(
        {
            "system": {
                "dimensions": dimensions,
                "boundary": "open",
                "particles": dict.fromkeys(names, 4),
                "building_blocks": given,
            },
            **({"potential": potential} if potential else {}),
            "method": {"name": "basin_hopping"},
        }
    )
    return bodies_of(point, None)  # type: ignore[arg-type]


def problem(what: Bodies, types: list[int], seed: int, d: int = 3) -> tuple[Problem, np.ndarray]:
    """Bodies on a jittered grid, turned at random, with rotation vectors that are not zero."""
    rng, n = np.random.default_rng(seed), len(types)
    grid = 1.15 * what.distance * np.array([[i % 2, i // 2 % 2, i // 4] for i in range(n)])
    positions = grid + 0.1 * rng.standard_normal((n, 3))
    rotations = 0.7 * rng.standard_normal((n, 3)) * what.coefficients[0, 0, -1]
    if d == 2:
        positions[:, 2] = 0.0
        rotations[:, :2] = 0.0
        turned = np.array([[np.cos(a), 0, 0, np.sin(a)] for a in rng.uniform(0, np.pi, n)])
    else:
        turned = np.roll(Rotation.random(n, random_state=seed).as_quat(), 1, axis=1)
    v = np.concatenate([positions.T.ravel(), rotations.T.ravel()])
    turned = np.ascontiguousarray(turned)
    return Problem(np.array(types), what.coefficients, what.forms, turned, d), v


def turned(made: Problem, v: np.ndarray) -> Rotation:
    n, length = len(made.types), made.coefficients[0, 0, -1]
    vectors = v[3 * n :].reshape(3, n).T / length
    return Rotation.from_rotvec(vectors) * Rotation.from_quat(np.roll(made.cell, -1, axis=1))


def vectors(what: Bodies, kind: int) -> np.ndarray:
    """Patches or sites of a type, from the end of its coefficients."""
    *row, number, _ = what.coefficients[kind, 0]
    return np.array(row[len(row) - 3 * int(number) :]).reshape(-1, 3)


MIXED = {"A": PATCHY, "B": {**PATCHY, "directions": "poles", "width": 0.9, "sigma": 1.2}}
CASES: dict[str, Any] = {
    "patchy": (MIXED, None, [0, 0, 0, 1, 1, 1, 0, 1], 3),
    "cut": ({"A": {**PATCHY, "r_cut": 3.0}}, None, [0] * 6, 3),
    "sites": ({"A": UNION, "B": None}, LENNARD_JONES, [0, 0, 0, 0, 1, 1], 3),
    "morse": ({"A": UNION}, {"form": "morse"}, [0, 0, 0], 3),
    "plane": ({"A": {**PATCHY, "directions": "square"}}, None, [0] * 4, 2),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("seed", [1, 2])
def test_gradient_is_that_of_differences(case, seed):
    blocks, potential, types, d = CASES[case]
    what = bodies(blocks, potential, d)
    made, v = problem(what, types, seed, d)
    gradient, scratch = np.zeros(len(v)), np.zeros(len(v))
    evaluate(what.sum, made, v, gradient)
    scale = 1.0 + np.abs(gradient).max()
    n = len(types)
    free = [k for k in range(len(v)) if d == 3 or k < 2 * n or k >= 5 * n]
    for k in free:
        step = np.zeros(len(v))
        step[k] = 1e-5
        near, far = (
            [evaluate(what.sum, made, v + sign * m * step, scratch) for sign in (1, -1)]
            for m in (1, 2)
        )
        difference = (8 * (near[0] - near[1]) - (far[0] - far[1])) / 12e-5
        assert gradient[k] == pytest.approx(difference, abs=1e-6 * scale)


def test_patchy_energy_is_the_published_formula():
    what = bodies(MIXED)
    types = [0, 1, 0, 1, 0, 1]
    made, v = problem(what, types, 5)
    n, total = len(types), 0.0
    r, rotations = v[: 3 * n].reshape(3, n).T, turned(made, v)
    width, sigma = (0.5, 0.9), (1.0, 1.2)
    for i in range(n):
        for j in range(i):
            bond = r[j] - r[i]
            length = np.linalg.norm(bond)
            s = (0.5 * (sigma[types[i]] + sigma[types[j]]) / length) ** 6
            u = 4.0 * (s * s - s)
            for k, towards in ((i, bond / length), (j, -bond / length)):
                patches = rotations[k].apply(vectors(what, types[k]))
                theta = np.arccos(np.clip(patches @ towards, -1, 1)).min()
                u *= np.exp(-(theta**2) / (2 * width[types[k]] ** 2)) if u < 0 else 1.0
            total += u
    assert evaluate(what.sum, made, v, np.zeros(6 * n)) == pytest.approx(total, rel=1e-12)


def test_sites_of_one_body_do_not_interact():
    what = bodies({"A": UNION, "B": None}, LENNARD_JONES)
    types = [0, 1, 0, 1]
    made, v = problem(what, types, 3)
    r, rotations = v[:12].reshape(3, 4).T, turned(made, v)
    sites = [r[i] + rotations[i].apply(vectors(what, types[i])) for i in range(4)]
    total = 0.0
    for i in range(4):
        for j in range(i):
            s = np.linalg.norm(sites[i][:, None] - sites[j][None], axis=-1) ** -6.0
            total += float(np.sum(4.0 * (s * s - s)))
    assert evaluate(what.sum, made, v, np.zeros(24)) == pytest.approx(total, rel=1e-12)


@pytest.mark.parametrize("case", ["patchy", "sites"])
def test_energy_does_not_change_with_rotation_or_frame(case):
    blocks, potential, types, d = CASES[case]
    what = bodies(blocks, potential, d)
    made, v = problem(what, types, 4)
    n, gradient = len(types), np.zeros(len(v))
    energy = evaluate(what.sum, made, v, gradient)
    whole = Rotation.random(random_state=9)
    r, each = whole.apply(v[: 3 * n].reshape(3, n).T), whole * turned(made, v)
    made.cell[:] = np.roll(each.as_quat(), 1, axis=1)
    new = np.concatenate([r.T.ravel(), np.zeros(3 * n)])
    assert evaluate(what.sum, made, new, gradient) == pytest.approx(energy, rel=1e-11)


def test_rotation_vectors_go_into_orientations():
    what = bodies(MIXED)
    made, v = problem(what, [0, 1, 1, 0], 6)
    before, energy = turned(made, v), evaluate(what.sum, made, v, np.zeros(24))
    absorb(made.cell, v, made.coefficients[0, 0, -1])
    assert not v[12:].any()
    assert np.abs((before * turned(made, v).inv()).magnitude()).max() < 1e-7
    assert evaluate(what.sum, made, v, np.zeros(24)) == pytest.approx(energy, rel=1e-12)


@pytest.mark.parametrize("angle", [0.0, 1e-6, 1e-3])
def test_small_rotations_are_smooth(angle):
    """The series near zero joins the closed form."""
    what = bodies({"A": PATCHY})
    made, v = problem(what, [0, 0, 0], 8)
    v[9:] *= angle / 0.7
    gradient, scratch = np.zeros(18), np.zeros(18)
    evaluate(what.sum, made, v, gradient)
    for k in range(9, 18):
        step = np.zeros(18)
        step[k] = 1e-4
        up, down = (evaluate(what.sum, made, v + sign * step, scratch) for sign in (1, -1))
        assert gradient[k] == pytest.approx((up - down) / 2e-4, abs=1e-6)


def test_a_quench_of_two_patches_ends_at_the_bond():
    what = bodies({"A": {**PATCHY, "directions": "pole", "width": 0.3}})
    turned = Rotation.from_euler("y", [[60], [-100]], degrees=True).as_quat()
    turned = np.ascontiguousarray(np.roll(turned, 1, axis=1))
    made = Problem(np.zeros(2, dtype=np.int64), what.coefficients, what.forms, turned, 3)
    v = np.zeros(12)
    v[1] = 1.3
    outcome, energy, _ = lbfgs(what.sum, made, v, 1e-9, 0.4, 1000)
    assert outcome == Outcome.CONVERGED
    assert energy == pytest.approx(-1.0, abs=1e-10)

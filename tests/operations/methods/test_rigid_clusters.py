"""Basin hopping of patchy particles and rigid bodies: published and exact global minima.

    pytest -m physical_validation -s tests/operations/methods/test_rigid_clusters.py

prints the rows of docs/validation.md.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.spatial.transform import Rotation

from analysis.configuration import Configuration
from operations.jobs import trajectory
from operations.jobs.driver import Task, drive
from operations.methods.basin_hopping import BasinHopping
from operations.search.walk import Count
from tests.operations.interruptions import ended, result, resumed

GOLDEN = (1.0 + 5.0**0.5) / 2.0
TRIANGLE = [[0, 0, 0], [1, 0, 0], [0.5, 0.75**0.5, 0]]
DUMBBELL = [[0, 0, 0], [1, 0, 0]]


def solid(name: str) -> np.ndarray:
    """Corners of a Platonic solid."""
    cube = list(itertools.product((-1.0, 1.0), repeat=3))
    corners: dict[str, Any] = {
        "tetrahedron": [corner for corner in cube if np.prod(corner) > 0],
        "octahedron": [*np.eye(3), *-np.eye(3)],
        "cube": cube,
        "icosahedron": [
            np.roll([0.0, x, y], k)
            for x, y in itertools.product((-1.0, 1.0), (-GOLDEN, GOLDEN))
            for k in range(3)
        ],
    }
    return np.array(corners[name], dtype=float)


def towards_neighbours(corners: np.ndarray) -> list[list[float]]:
    """Directions of the edges at the first corner."""
    bonds = corners - corners[0]
    lengths = np.linalg.norm(bonds, axis=1)
    return bonds[np.isclose(lengths, lengths[1:].min())].tolist()


def lennard_jones(r: float) -> float:
    return 4.0 * (r**-12.0 - r**-6.0)


def best_edge(distances: dict[float, int]) -> tuple[float, float]:
    """Edge and energy of a cluster of points that has so many pairs at these multiples of it."""
    found = minimize_scalar(
        lambda a: sum(n * lennard_jones(a * r) for r, n in distances.items()),
        bracket=(1.05, 1.15),
        tol=1e-14,
    )
    return float(found.x), float(found.fun)


OCTAHEDRON = best_edge({1.0: 12, 2.0**0.5: 3})
CENTRE = float(np.hypot(1.0, GOLDEN) / 2.0)
ICOSAHEDRON = best_edge({CENTRE: 12, 1.0: 30, GOLDEN: 30, 2.0 * CENTRE: 6})

#: Rigid bodies that are parts of a Lennard-Jones cluster: no arrangement of them is lower than the
#: global minimum of all sites as points, less the bonds inside the bodies.
PARTS: dict[str, tuple[dict[str, int], dict[str, Any], float]] = {
    "points": ({"A": 13}, {"centers": [[0, 0, 0]]}, ICOSAHEDRON[1]),
    "two dumbbells": ({"A": 2}, {"centers": DUMBBELL, "spacing": 2.0 ** (1 / 6)}, -4.0),
    "three dumbbells": (
        {"A": 3},
        {"centers": DUMBBELL, "spacing": OCTAHEDRON[0]},
        OCTAHEDRON[1] - 3 * lennard_jones(OCTAHEDRON[0]),
    ),
    "two triangles": (
        {"A": 2},
        {"centers": TRIANGLE, "spacing": OCTAHEDRON[0]},
        OCTAHEDRON[1] - 6 * lennard_jones(OCTAHEDRON[0]),
    ),
    "six dumbbells and a point": (
        {"A": 6, "B": 1},
        {"centers": DUMBBELL, "spacing": ICOSAHEDRON[0]},
        ICOSAHEDRON[1] - 6 * lennard_jones(ICOSAHEDRON[0]),
    ),
    "four triangles and a point": (
        {"A": 4, "B": 1},
        {"centers": TRIANGLE, "spacing": ICOSAHEDRON[0]},
        ICOSAHEDRON[1] - 12 * lennard_jones(ICOSAHEDRON[0]),
    ),
}
#: Particles whose patches point along the edges of these: A. W. Wilber, J. P. K. Doye, A. A.
#: Louis, J. Chem. Phys. 131, 175101 (2009).
SOLIDS = ("tetrahedron", "octahedron", "cube", "icosahedron")


def searches(
    tasks: Any, system: dict[str, Any], potential: Any, replicas: int = 1, **method: Any
) -> list[Task]:
    return tasks(
        system={"dimensions": 3, "boundary": "open"} | system,
        potential=potential,
        method={"name": "basin_hopping"} | method,
        replicas=replicas,
        settings=None,
    )


def patchy(name: str, width: float) -> dict[str, Any]:
    corners = solid(name)
    block = {
        "form": "patchy_lennard_jones",
        "directions": towards_neighbours(corners),
        "width": width,
    }
    return {"particles": {"A": len(corners)}, "building_blocks": {"A": block}}


def bond_energy(name: str) -> float:
    corners = solid(name)
    return -0.5 * len(corners) * len(towards_neighbours(corners))


def unions(name: str) -> tuple[dict[str, Any], dict[str, Any], float]:
    particles, block, energy = PARTS[name]
    system = {
        "particles": particles,
        "building_blocks": {"A": {"form": "sphere_union"} | block},
    }
    return system, {"form": "lennard_jones", "r_cut": 100.0}, energy


def lowest(task: Task) -> float:
    drive(task)
    return float(result(task)["minima"][0]["energy"])


def same_solid(positions: np.ndarray, corners: np.ndarray) -> bool:
    """Whether sorted distances agree to 2 %, in units of the edge."""
    lists = []
    for points in (positions, corners):
        rows = np.sort(np.linalg.norm(points[:, None] - points[None], axis=-1), axis=1)
        lists.append(rows[np.lexsort(rows.T[::-1])] / rows[:, 1].min())
    return bool(np.abs(lists[0] - lists[1]).max() < 0.02 * lists[1].max())


@pytest.mark.parametrize("name", SOLIDS)
def test_targets_of_patches_assemble(tasks, name):
    """No bond is deeper than ε: where every patch has one, only what is not bonded can add."""
    (task,) = searches(tasks, patchy(name, 0.3), None, hops=4000, target_energy=bond_energy(name))
    assert lowest(task) == pytest.approx(bond_energy(name), rel=2e-3)
    assert lowest(task) <= bond_energy(name) + 1e-5
    best = Configuration.read(task.folder / "final.gsd")
    assert same_solid(best.positions, solid(name))


@pytest.mark.parametrize("name", PARTS)
def test_parts_of_clusters_come_together(tasks, name):
    system, potential, energy = unions(name)
    (task,) = searches(tasks, system, potential, hops=3000, target_energy=energy)
    assert lowest(task) == pytest.approx(energy, abs=1e-6)


def test_clusters_of_bodies_in_pieces_are_rejected(tasks):
    """Sites reach 1.4, so that dumbbells 3 long are tied far from their centres, or not at all."""
    centers, cut = np.array([[-1.5, 0, 0], [1.5, 0, 0]]), 1.4
    (task,) = searches(
        tasks,
        {
            "particles": {"A": 6},
            "building_blocks": {"A": {"form": "sphere_union", "centers": centers.tolist()}},
        },
        {"form": "lennard_jones", "r_cut": cut},
        hops=300,
        keep=50,
    )
    drive(task)
    assert result(task)["in_pieces"] > 0
    for one in trajectory.read(task.folder / "final.gsd"):
        turned = Rotation.from_quat(np.roll(one.orientations, -1, axis=1))
        sites = one.positions[:, None] + np.stack([turned.apply(c) for c in centers], axis=1)
        gaps = np.linalg.norm(sites[:, None, :, None] - sites[None, :, None], axis=-1)
        near = gaps.min(axis=(2, 3)) < cut + 1e-5
        assert (np.linalg.matrix_power(near.astype(int), 6) > 0).all()


def test_products_have_orientations(tasks):
    """The energy of final.gsd, by the published formula: its centres and orientations are right."""
    (task,) = searches(tasks, patchy("octahedron", 0.4), None, hops=60)
    drive(task)
    for k in range(3):
        frame = Configuration.read(task.folder / "final.gsd", k)
        assert frame.orientations is not None
        assert frame.type_shapes is not None
        assert frame.type_shapes[0]["diameter"] == 1.0
        turned = Rotation.from_quat(np.roll(frame.orientations, -1, axis=1))
        patches = np.array(towards_neighbours(solid("octahedron")))
        patches /= np.linalg.norm(patches[0])
        assert np.allclose(frame.type_shapes[0]["patches"]["patch"], patches)
        total = 0.0
        for i, j in itertools.combinations(range(6), 2):
            bond = frame.positions[j] - frame.positions[i]
            r = float(np.linalg.norm(bond))
            u = lennard_jones(r)
            assert u < 0.0
            for one, towards in ((i, bond / r), (j, -bond / r)):
                theta = np.arccos(np.clip(turned[one].apply(patches) @ towards, -1, 1)).min()
                u *= np.exp(-(theta**2) / (2 * 0.4**2))
            total += u
        assert frame.log["energy_per_particle"] == pytest.approx(total / 6, abs=2e-5)
        assert result(task)["minima"][k]["energy"] == pytest.approx(total, abs=1e-4)


def test_in_the_plane_particles_turn_around_z(tasks):
    block = {"form": "patchy_lennard_jones", "directions": "square", "width": 0.3}
    system = {"dimensions": 2, "particles": {"A": 4}, "building_blocks": {"A": block}}
    (task,) = searches(tasks, system, None, hops=300)
    assert lowest(task) == pytest.approx(-4.0, abs=0.01)
    best = Configuration.read(task.folder / "final.gsd")
    assert not best.positions[:, 2].any()
    assert best.orientations is not None
    assert not best.orientations[:, 1:3].any()


def test_a_resumed_search_equals_an_uninterrupted_one(tasks):
    (task,) = searches(tasks, patchy("octahedron", 0.4), None, hops=800, walkers=2)
    whole, (method, state) = ended(BasinHopping(task)), resumed(task, BasinHopping)
    for a, b in zip(whole.walk, state.walk, strict=True):
        np.testing.assert_array_equal(a, b)
    # Displacements and rotations of both walkers have been adapted.
    assert not np.isin(whole.walk.step, method.start().walk.step).any()


def test_lengthening_goes_on_where_it_ended(tasks):
    system, potential, _ = unions("three dumbbells")
    (task,) = searches(tasks, system, potential, hops=40)
    drive(task)
    longer = Task(**{**vars(task), "extent": {"hops": 90}})
    method = BasinHopping(longer)
    state = method.start()
    assert state.walk.counts[Count.HOPS] == 40
    state = ended(method, state)
    (whole,) = searches(tasks, system, potential, hops=90)
    assert whole.id == task.id
    fresh = BasinHopping(Task(**{**vars(whole), "folder": task.folder.parent / "elsewhere"}))
    other = ended(fresh)
    for a, b in zip(state.walk, other.walk, strict=True):
        np.testing.assert_array_equal(a, b)


def test_minima_are_minima_and_distinct(tasks):
    (task,) = searches(tasks, patchy("octahedron", 0.3), None, hops=200)
    drive(task)
    energies = [minimum["energy"] for minimum in result(task)["minima"]]
    assert len(energies) > 5
    assert energies == sorted(energies)
    assert len(set(np.round(energies, 5))) > 5


ROWS = [("patches", name) for name in SOLIDS] + [("sites", n) for n in PARTS]


@pytest.mark.physical_validation
@pytest.mark.parametrize(("kind", "name"), ROWS)
def test_success_over_ten_seeds(tasks, kind, name):
    if kind == "patches":
        system, potential, energy = patchy(name, 0.3), None, bond_energy(name)
    else:
        system, potential, energy = unions(name)
    hops = 10_000
    found, quenches, evaluations, seconds = 0, [], [], []
    for task in searches(tasks, system, potential, 10, hops=hops, target_energy=energy):
        best = lowest(task)
        assert best > energy * 1.003
        found += best <= energy + 1e-5
        told = result(task)
        quenches.append(told["quenches"])
        evaluations.append(told["energy_evaluations"])
        seconds.append(told["wall_seconds"])
    print(
        f"| {name} | {sum(system['particles'].values())} | {energy:.6f} | {found}/10 |"
        f" {np.mean(quenches):.0f} | {np.mean(evaluations):.0f} | {np.mean(seconds):.2f} |"
    )
    assert found == 10

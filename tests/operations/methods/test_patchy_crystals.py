"""Crystals of patchy particles and rigid bodies by the genetic search, from start to products."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from analysis.configuration import Configuration
from operations.jobs.driver import drive
from operations.methods.genetic import Genetic
from operations.search.body_crystals import energy_of
from tests.operations import interruptions
from tests.operations.interruptions import result

#: Energy of a bond: the Lennard-Jones minimum, shifted at the cut-off. The second particle in the
#: direction of a patch lies beyond it.
R_CUT = 2.0
BOND = -1.0 - 4.0 * (R_CUT**-12 - R_CUT**-6)


@pytest.fixture
def searches(tasks):
    """Function that makes the tasks of a small search of bodies."""

    def make(blocks: dict[str, Any], particles: dict[str, int], dimensions=3, **more):
        potential = more.pop("potential", None)
        return tasks(
            system={
                "dimensions": dimensions,
                "particles": {"A": None} | particles,
                "building_blocks": blocks,
            },
            potential=potential and {"r0": None, "epsilon": None} | potential,
            method={"name": "genetic", "population": 8} | more,
            settings={"engine": "auto"},
        )

    return make


def patchy(directions: Any, width: float, **more: Any) -> dict[str, Any]:
    return {
        "form": "patchy_lennard_jones",
        "directions": directions,
        "width": width,
        "r_cut": R_CUT,
    } | more


#: Patches, width, particles, dimensions, prototype, bonds a particle.
KNOWN: dict[str, Any] = {
    "six patches": ("octahedron", 0.25, 2, 3, "sc", 3.0),
    "four in the plane": ("square", 0.25, 2, 2, "square", 2.0),
    "three in the plane": ("triangle", 0.25, 2, 2, "honeycomb", 1.5),
}


@pytest.mark.parametrize("name", KNOWN)
def test_patches_make_the_lattice_they_point_to(searches, name):
    directions, width, n, d, prototype, bonds = KNOWN[name]
    (task,) = searches({"A": patchy(directions, width)}, {"A": n}, d, generations=8)
    drive(task)
    found = result(task)
    assert found["prototype"] == prototype
    # Second neighbours, outside of the patches, add little.
    assert found["energy_per_particle"] == pytest.approx(bonds * BOND, rel=2e-3)
    assert found["energy_per_particle"] < bonds * BOND + 1e-9


def test_tetrahedra_make_diamond_and_two_diamonds_in_one(searches):
    """All with four bonds a particle, bcc the densest and lowest: E. G. Noya, C. Vega, J. P. K.
    Doye, A. A. Louis, J. Chem. Phys. 132, 234511 (2010)."""
    (task,) = searches({"A": patchy("tetrahedron", 0.3)}, {"A": 4}, population=12, generations=6)
    drive(task)
    rows = [row for row in result(task)["structures"] if row["prototype"] is not None]
    energy = {row["prototype"]: row["energy_per_particle"] for row in rows}
    density = {row["prototype"]: row["number_density"] for row in rows}
    assert energy["diamond"] == pytest.approx(2.0 * BOND, rel=0.02)
    assert energy["diamond"] < 2.0 * BOND
    assert energy["lonsdaleite"] == pytest.approx(energy["diamond"], abs=1e-5)
    assert energy["bcc"] < energy["diamond"]
    assert density["bcc"] == pytest.approx(2.0 * density["diamond"], rel=0.01)


def test_dumbbells_fill_the_hexagonal_lattice(searches):
    """No arrangement of sites is below the lattice, less the bonds inside of the bodies."""
    shells = np.array(
        [[i + 0.5 * j, np.sqrt(0.75) * j] for i in range(-4, 5) for j in range(-4, 5)]
    )
    distances = np.linalg.norm(shells, axis=1)
    distances = distances[distances > 0.0]

    def u(r: Any) -> Any:
        return 4.0 * (r**-12.0 - r**-6.0 - 2.5**-12.0 + 2.5**-6.0) * (r < 2.5)

    spacings = np.linspace(1.05, 1.15, 20_001)
    sums = 0.5 * u(spacings[:, None] * distances).sum(axis=1)
    a, lowest = float(spacings[sums.argmin()]), sums.min()
    (task,) = searches(
        {"A": {"form": "sphere_union", "centers": [[0, 0, 0], [a, 0, 0]]}},
        {"A": 2},
        2,
        potential={"form": "lennard_jones", "r_cut": 2.5, "truncation": "shift"},
        generations=8,
    )
    drive(task)
    assert result(task)["energy_per_particle"] == pytest.approx(2.0 * lowest - u(a), abs=1e-6)


def test_products_have_orientations(searches):
    """What final.gsd holds has the energy that is written beside it."""
    (task,) = searches({"A": patchy("tetrahedron", 0.3)}, {"A": 2}, generations=3, pressure=0.1)
    method = Genetic(task)
    drive(task)
    rows = result(task)["structures"]
    for frame, row in enumerate(rows):
        crystal = Configuration.read(task.folder / "final.gsd", frame)
        assert crystal.orientations is not None
        assert crystal.type_shapes is not None
        assert crystal.type_shapes[0]["type"] == "Sphere"
        assert len(crystal.type_shapes[0]["patches"]["patch"]) == 4
        # Positions there are of single precision.
        energy = energy_of(method._kernel, crystal) / crystal.n_particles
        assert energy == pytest.approx(row["energy_per_particle"], abs=1e-5)
        assert crystal.log["energy_per_particle"] == pytest.approx(row["energy_per_particle"])
        volume = 1.0 / row["number_density"]
        assert row["enthalpy_per_particle"] == pytest.approx(energy + 0.1 * volume, abs=1e-5)
    enthalpies = [row["enthalpy_per_particle"] for row in rows]
    assert enthalpies == sorted(enthalpies)


def test_resumed_equals_uninterrupted(searches):
    """Every number of a state goes through a checkpoint unchanged, orientations too."""
    blocks = {"A": patchy("pole", 0.5), "B": patchy("poles", 0.6, sigma=0.8)}
    (task,) = searches(blocks, {"A": 2, "B": 2}, generations=4)
    drive(task)
    folder, found = interruptions.interrupted_at_every_checkpoint(task, Genetic)
    assert result(task)["structures"] == json.loads(json.dumps(found["structures"]))
    for frame in range(len(found["structures"])):
        one, other = (
            Configuration.read(each / "final.gsd", frame) for each in (task.folder, folder)
        )
        assert np.array_equal(one.orientations, other.orientations)
        assert np.array_equal(one.positions, other.positions)


@pytest.mark.drill
@pytest.mark.slow
def test_killed_and_continued(searches):
    """SIGKILL after some checkpoints; the products are those of an uninterrupted search."""
    (task,) = searches({"A": patchy("tetrahedron", 0.3)}, {"A": 4}, generations=10, stagnation=10)
    interruptions.assert_kills_change_nothing(task, 3)


def test_bodies_that_nothing_holds_together_fail_clearly(searches):
    (task,) = searches(
        {"A": {"form": "sphere_union", "centers": [[0, 0, 0], [1, 0, 0]]}},
        {"A": 2},
        potential={"form": "inverse_power", "n": 12, "r_cut": 2.5},
    )
    drive(task)
    failed = json.loads((task.folder / "failed.json").read_text())
    assert "attracts nowhere" in failed["reason"]


CUBIC = {
    "sc": [[0.0, 0.0, 0.0]],
    "bcc": [[0.0, 0.0, 0.0], [0.5, 0.5, 0.5]],
    "fcc": [[0.0, 0.0, 0.0], [0.0, 0.5, 0.5], [0.5, 0.0, 0.5], [0.5, 0.5, 0.0]],
}


def aligned(name: str, width: float, pressure: float, r_cut: float) -> float:
    """Lowest enthalpy per particle of a cubic lattice with six patches along its axes, on all
    particles alike, over its density."""
    counts, basis = np.arange(-4, 5), np.array(CUBIC[name])
    cells = np.stack(np.meshgrid(counts, counts, counts), axis=-1).reshape(-1, 3)
    vectors = (cells[:, None] + basis).reshape(-1, 3)
    vectors = vectors[np.abs(vectors).max(axis=1) > 0.0]
    lengths = np.linalg.norm(vectors, axis=1)
    angles = np.arccos(np.clip(np.abs(vectors).max(axis=1) / lengths, -1.0, 1.0))
    both = np.exp(-(angles**2) / width**2)

    def enthalpy(a: float) -> float:
        r = a * lengths[a * lengths < r_cut]
        u = 4.0 * (r**-12.0 - r**-6.0 - r_cut**-12.0 + r_cut**-6.0)
        # What is modulated: all below zero, and less and less of it up to the smoothing of 0.1 ε.
        part = np.where(u < 0.0, u, u * np.clip(1.0 - u / 0.1, 0.0, None) ** 2)
        u = u + (both[a * lengths < r_cut] - 1.0) * part
        return 0.5 * float(u.sum()) + pressure * a**3 / len(basis)

    edges = np.linspace(0.9, 2.2, 2000)
    a = edges[np.argmin([enthalpy(edge) for edge in edges])]
    near = minimize_scalar(
        enthalpy, bounds=(a - 1e-3, a + 1e-3), method="bounded", options={"xatol": 1e-9}
    )
    return min(enthalpy(a), float(near.fun))


@pytest.mark.physical_validation
@pytest.mark.parametrize("pressure", [0.0, 0.1, 1.0, 10.0, 30.0, 100.0])
def test_octahedra_are_sc_then_bcc_then_fcc(searches, pressure):
    """The sequence of E. G. Noya, C. Vega, J. P. K. Doye, A. A. Louis, J. Chem. Phys. 127, 054501
    (2007); enthalpies against lattice sums."""
    sums = {name: aligned(name, 0.3, pressure, 2.5) for name in CUBIC}
    expected = min(sums, key=sums.__getitem__)
    block = patchy("octahedron", 0.3) | {"r_cut": 2.5}
    (task,) = searches({"A": block}, {"A": 4}, population=16, pressure=pressure)
    for seed in range(3):
        again = replace(interruptions.elsewhere(task, f"seed {seed}"), id=f"seed {seed}")
        drive(again)
        found = result(again)
        (first,) = [row for row in found["structures"] if row["prototype"] == expected][:1]
        h = found["enthalpy_per_particle"]
        print(
            f"| {pressure:g} | {expected} {sums[expected]:.5f} | {found['prototype']} {h:.5f} |"
            f" {first['first_quench']} | {first['first_energy_evaluations']} |"
        )
        assert found["prototype"] == expected
        assert h == pytest.approx(sums[expected], abs=2e-5)

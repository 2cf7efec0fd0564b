"""One formula, every engine: energies, forces and virials agree."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from analysis.configuration import Configuration
from operations.engines import Integration, engine_classes
from operations.interactions.model import Model
from operations.interactions.pair_functions import PairFunction, pair_functions
from operations.interactions.start import core_diameter
from operations.search.kernels import make_kernel
from tests.potentials import GIVEN
from workspace_schema.interactions import Interactions
from workspace_schema.potentials import FORMS

#: Relative to the largest force, energy per particle or virial.
TOLERANCE = 1e-6


def cases() -> list[Any]:
    single = [pytest.param({"form": form}, id=form) for form in sorted(set(FORMS) - GIVEN)]
    lj: dict[str, Any] = {"form": "lennard_jones", "r_cut": 2.5}
    return [
        *single,
        pytest.param(lj | {"truncation": "shift"}, id="shift"),
        pytest.param(lj | {"truncation": "force_shift"}, id="force_shift"),
        pytest.param(lj | {"truncation": "xplor", "r_on": 2.0}, id="xplor"),
        pytest.param(
            {
                "form": "expression",
                "formula": "a * exp(-r**2) + (1/r)**12",
                "parameters": {"a": 2.0},
                "r_cut": 2.5,
            },
            id="expression",
        ),
        pytest.param(
            lj
            | {
                "types": {"B": {"sigma": 0.8, "epsilon": 0.5}},
                "pairs": {"A-B": {"form": "morse", "r_cut": 2.2}},
            },
            id="mixture",
        ),
    ]


def configuration(
    functions: dict[tuple[int, int], PairFunction], dimensions: int, seed: int
) -> Configuration:
    """Random particles in a sheared box whose separations lie inside the tables."""
    random = np.random.default_rng(seed)
    diameters = [core_diameter(f, 10.0) for f in functions.values()]
    inner = max(f.r_inner for f in functions.values())
    closest = (
        max(*diameters, 1.02 * inner, 0.3)
        if len(diameters) > 1
        else max(diameters[0], 1.02 * inner, 0.3)
    )
    reach = max(f.r_cut for f in functions.values())
    edge = max(2.4 * (reach + 0.5), 6.0 * closest)
    box = np.array([edge, 1.1 * edge, 1.05 * edge, 0.1, -0.1, 0.2])
    if dimensions == 2:
        box[2:] = (1.0, 0.1, 0.0, 0.0)
    empty = Configuration(np.zeros((1, 3)), box, dimensions, np.zeros(1))
    cell = empty.cell
    placed = np.empty((0, 3))
    for _ in range(4000):
        trial = random.random(3) - 0.5
        if dimensions == 2:
            trial[2] = 0.0
        separation = placed - trial
        separation -= np.round(separation)
        if len(placed) == 0 or np.linalg.norm(separation @ cell, axis=1).min() > closest:
            placed = np.vstack([placed, trial])
        if len(placed) == 120:
            break
    names = ("A", "B") if len(functions) > 1 else ("A",)
    types = random.integers(0, len(names), len(placed))
    return Configuration(placed @ cell, box, dimensions, types, names)


def direct_sum(
    functions: dict[tuple[int, int], PairFunction], particles: Configuration
) -> tuple[float, np.ndarray, np.ndarray]:
    """Energy, forces and virial by a plain sum over pairs and images of the symbolic functions."""
    n, cell = particles.n_particles, particles.cell
    reach = max(f.r_cut for f in functions.values())
    layers = np.zeros(3, dtype=int)
    layers[: particles.dimensions] = np.ceil(reach / particles.widths)
    shifts = np.stack(np.meshgrid(*[np.arange(-k, k + 1) for k in layers], indexing="ij"), -1)
    energy, forces, virial = 0.0, np.zeros((n, 3)), np.zeros((3, 3))
    for shift in shifts.reshape(-1, 3):
        separation = particles.positions[:, None] - particles.positions + shift @ cell
        r = np.linalg.norm(separation, axis=-1)
        for (i, j), function in functions.items():
            of_pair = (np.minimum.outer(particles.types, particles.types) == i) & (
                np.maximum.outer(particles.types, particles.types) == j
            )
            a, b = np.nonzero(of_pair & (r > 1e-9) & (r < function.r_cut))
            energy += 0.5 * function.energy(r[a, b]).sum()
            pull = (function.force(r[a, b]) / r[a, b])[:, None] * separation[a, b]
            np.add.at(forces, a, pull)
            virial += 0.5 * np.einsum("pi,pj->ij", separation[a, b], pull)
    return energy, forces, virial


def check(evaluated: tuple[float, np.ndarray, np.ndarray], expected: Any, n: int) -> None:
    energy, forces, virial = evaluated
    largest = np.abs(expected[1]).max()
    assert np.abs(forces - expected[1]).max() < TOLERANCE * largest
    scale = max(abs(expected[0]) / n, largest)
    assert abs(energy - expected[0]) / n < TOLERANCE * scale
    flat = np.abs(expected[2]).max() / n
    assert np.abs(virial - expected[2])[:2, :2].max() / n < TOLERANCE * max(flat, largest)


@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("potential", cases())
@pytest.mark.parametrize(
    "engine",
    [
        "numba",
        # which compiles the text of the others once more, 5 s a potential
        pytest.param("batched", marks=pytest.mark.physical_validation),
        "lammps",
        pytest.param("hoomd", marks=pytest.mark.hoomd),
    ],
)
def test_agreement(engine: str, potential: dict[str, Any], dimensions: int) -> None:
    agrees(engine, potential, dimensions)


@pytest.mark.parametrize("dimensions", [2, 3])
def test_many_systems_at_once_agree(dimensions: int) -> None:
    (mixture,) = (case.values[0] for case in cases() if case.id == "mixture")
    agrees("batched", mixture, dimensions)


def agrees(engine: str, potential: dict[str, Any], dimensions: int) -> None:
    names = ["A", "B"] if "types" in potential else ["A"]
    functions = pair_functions(Interactions.model_validate(potential), names)
    particles = configuration(functions, dimensions, seed=11)
    assert particles.n_particles > 20
    expected = direct_sum(functions, particles)
    if engine == "numba":
        evaluated = make_kernel(functions).evaluate(particles)
    else:
        model = Model(dimensions, tuple(names), functions)
        kind = engine_classes(engine)[0]
        evaluated = kind(model, Integration("nve", 0.005), 1, "cpu").energy_and_forces(particles)
    check(evaluated, expected, particles.n_particles)

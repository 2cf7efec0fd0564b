"""Forward simulation against published state points of Lennard-Jones and WCA fluids.

    pytest -m physical_validation -s tests/operations/methods/test_state_points.py

prints a row of docs/validation.md for each.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from operations.jobs.driver import drive

LJ: dict[str, Any] = {"form": "lennard_jones", "epsilon": 1.0, "sigma": 1.0}


@dataclass(frozen=True)
class StatePoint:
    """A published state point and how it is simulated.

    `error_P` and `error_U` are what the source states (0 where it states nothing).
    """

    name: str
    source: str
    kT: float
    number_density: float
    P: float
    U: float | None
    potential: dict[str, Any]
    tail: bool = False
    error_P: float = 0.0
    error_U: float = 0.0
    n: int = 500
    method: dict[str, Any] = field(default_factory=dict)


def nist(rho: float, P: float, U: float, error_U: float) -> StatePoint:
    # The reference has r_cut = 3 and long-range corrections. Molecular dynamics with a plain cut
    # samples the shifted potential, which at r_cut = 3 lowers the number of bound pairs by
    # 0.6 %, more than the error bar; a cut at 6 makes this 0.01 %.
    return StatePoint(
        name=f"gas ρ = {rho}",
        source="NIST SRSW",
        kT=0.9,
        number_density=rho,
        P=P,
        U=U,
        error_U=error_U,
        potential=LJ | {"r_cut": 6.0},
        tail=True,
        method={
            "thermostat": "langevin",
            "thermostat_time": 5.0,
            "steps": 50_000,
            "production_steps": 600_000,
        },
    )


def kolafa_nezbeda(
    kT: float, rho: float, P: float, U: float, error_P: float, error_U: float, steps: int
) -> StatePoint:
    # Systematic errors, measured for kT = 1.5, ρ = 0.6 (docs/validation.md), stay below the
    # standard error. With the kinetic temperature of full steps at kT, velocity Verlet samples
    # positions at kT (1 + ω² dt² / 4): + 0.0005 in U at dt = 0.004. That g(r) is not 1 beyond the
    # cut-off adds 0.0008 at r_cut = 3 and less than 0.0001 at 4. The error of the equation of
    # state is taken to be its distance from that of Johnson, Zollweg and Gubbins (1993).
    return StatePoint(
        name=f"liquid kT = {kT}, ρ = {rho}",
        source="Kolafa, Nezbeda 1994",
        kT=kT,
        number_density=rho,
        P=P,
        U=U,
        error_P=error_P,
        error_U=error_U,
        potential=LJ | {"r_cut": 4.0},
        tail=True,
        n=600,
        method={"dt": 0.004, "steps": 10_000, "production_steps": steps},
    )


STATE_POINTS = [
    nist(0.001, 0.00089429, -0.0099165, 1.89e-5),
    nist(0.003, 0.0026485, -0.029787, 3.21e-5),
    nist(0.005, 0.0043569, -0.049771, 3.80e-5),
    nist(0.007, 0.0060193, -0.069805, 7.66e-5),
    nist(0.009, 0.0076363, -0.089936, 2.44e-5),
    StatePoint(
        name="smoothed liquid",
        source="hoomd-validation",
        kT=1.5,
        number_density=0.6269137133228043,
        P=1.0,
        U=None,
        potential=LJ | {"r_cut": 4.0, "truncation": "xplor", "r_on": 3.2},
        n=600,
        method={"steps": 10_000, "production_steps": 60_000},
    ),
    StatePoint(
        name="WCA",
        source="hoomd-validation",
        kT=1.0,
        number_density=0.9193740949934834,
        P=11.0,
        U=None,
        potential={"form": "wca", "epsilon": 1.0, "sigma": 1.0},
        n=1000,
        method={"dt": 0.002, "steps": 20_000, "production_steps": 300_000},
    ),
    kolafa_nezbeda(1.5, 0.6, 0.76936447, -3.9616165, 0.0010, 0.0014, 100_000),
    kolafa_nezbeda(2.0, 0.8, 5.2902027, -4.7506944, 0.0215, 0.0096, 30_000),
]


def tail_corrections(point: StatePoint) -> tuple[float, float]:
    """Energy per particle and pressure beyond the cut-off, g = 1 there (Allen, Tildesley, 2.8)."""
    if not point.tail:
        return 0.0, 0.0
    rho, cut = point.number_density, point.potential["r_cut"]
    energy = 8 / 3 * np.pi * rho * (cut**-9 / 3 - cut**-3)
    pressure = 16 / 3 * np.pi * rho**2 * (2 / 3 * cut**-9 - cut**-3)
    return energy, pressure


@pytest.mark.physical_validation
@pytest.mark.parametrize("engine", ["lammps", pytest.param("hoomd", marks=pytest.mark.hoomd)])
@pytest.mark.parametrize("point", STATE_POINTS, ids=lambda point: point.name)
def test_state_point(tasks, point: StatePoint, engine: str) -> None:
    (task,) = tasks(
        system={"dimensions": 3, "particles": {"A": point.n}},
        potential={"r0": None, "epsilon": None} | point.potential,
        method={"kT": point.kT, "number_density": point.number_density} | point.method,
        settings={"engine": engine, "frames": 0, "log_period": 20},
    )
    drive(task)
    averages = json.loads((task.folder / "result.json").read_text())["averages"]
    energy_tail, pressure_tail = tail_corrections(point)
    pressure, energy = averages["pressure"], averages["energy_per_particle"]
    P, error_P = pressure["mean"] + pressure_tail, pressure["standard_error"]
    U, error_U = energy["mean"] + energy_tail, energy["standard_error"]
    pull_P = (P - point.P) / np.hypot(error_P, point.error_P)
    row = f"| {engine} | {point.name} | {point.source} | {P:.6g} ± {error_P:.1g} | {point.P:.6g} |"
    row += f" {pull_P:+.1f} |"
    assert error_P < 0.05 * point.P
    pulls = [pull_P]
    if point.U is not None:
        pulls.append((U - point.U) / np.hypot(error_U, point.error_U))
        row += f" {U:.6g} ± {error_U:.1g} | {point.U:.6g} | {pulls[1]:+.1f} |"
        assert error_U < 0.02 * abs(point.U)
    else:
        row += " | | |"
    print("\n" + row)
    assert np.abs(pulls).max() < 3.0, row

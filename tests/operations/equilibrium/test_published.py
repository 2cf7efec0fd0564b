"""Free energies against published ones.

pytest -m physical_validation -s tests/operations/equilibrium/test_published.py
"""

from __future__ import annotations

import numpy as np
import pytest
import yaml

from operations.jobs.driver import drive
from tests.conftest import REPOSITORY
from tests.operations.equilibrium.test_crystal import COLD, HARD, merged
from tests.operations.interruptions import result

pytestmark = pytest.mark.physical_validation

#: J. M. Polson, E. Trizac, S. Pronk and D. Frenkel, J. Chem. Phys. 112, 5339 (2000): N → ∞.
FCC = 5.91889
#: βF_ex/N of fcc Lennard-Jones at kT = 1, ρ = 1.006283, where it coexists with the liquid of
#: Kolafa and Nezbeda, by the densities of E. A. Mastny and J. J. de Pablo, J. Chem. Phys. 127,
#: 104504 (2007).
LENNARD_JONES = -2.079


def compared(
    name: str,
    task,
    expected: float,
    without_cut_off: bool = False,
    most: float = 0.02,
    lacking: float = 0.0,
) -> None:
    """Drive a job; its excess free energy, with what N particles are `lacking`, is the expected one
    within three errors."""
    drive(task)
    found = result(task)["free_energy"]
    more = found["truncation"]["energy_per_particle"] if without_cut_off else 0.0
    more += lacking
    value, error = found["beta_F_excess"] + more, found["error"]
    pull = (value - expected) / error
    print(f"{name}: {value:.4f} ± {error:.4f}, expected {expected:.4f}, pull {pull:+.1f}")
    assert error < most
    assert abs(pull) < 3.0


@pytest.mark.hoomd
@pytest.mark.parametrize("n", [108, 256])
def test_fcc_hard_spheres(tasks, n) -> None:
    method = {"number_density": 1.0409, "points": 12, "steps": 4000, "equilibration_steps": 500}
    changes = {"system": {"particles": {"A": n}}, "method": method}
    (task,) = tasks(**merged(HARD, changes))
    compared(f"hard spheres, fcc, N = {n}", task, FCC)


@pytest.mark.hoomd
def test_fluid_of_hard_spheres(tasks) -> None:
    method = {"phase": "fluid", "number_density": 0.8, "points": 8, "steps": 4000}
    (task,) = tasks(**merged(HARD, {"system": {"particles": {"A": 108}}, "method": method}))
    eta = np.pi / 6.0 * 0.8
    expected = (4.0 * eta - 3.0 * eta**2) / (1.0 - eta) ** 2
    # ½ ln(∂βP/∂ρ) / N
    lacking = 0.5 * np.log(27.3) / 108
    name = "hard spheres, fluid, Carnahan and Starling"
    compared(name, task, expected, most=0.1, lacking=lacking)


def test_fcc_lennard_jones(tasks) -> None:
    changes = {
        "system": {"particles": {"A": 256}},
        "potential": {"r_cut": 3.1},
        "method": {"number_density": 1.006283, "kT": 1.0, "points": 12, "steps": 20_000},
    }
    (task,) = tasks(**merged(COLD, changes))
    compared("Lennard-Jones, fcc", task, LENNARD_JONES, without_cut_off=True)


def test_liquid_lennard_jones(tasks) -> None:
    """μ and P of the liquid at coexistence by the equation of J. Kolafa and I. Nezbeda, Fluid Phase
    Equilib. 100, 1 (1994): βF/N = βμ_ex + ln ρ - βP/ρ."""
    changes = {
        "system": {"particles": {"A": 256}},
        "potential": {"r_cut": 3.2},
        "method": {
            "phase": "fluid",
            "number_density": 0.91857,
            "kT": 1.0,
            "hot": 2.0,
            "points": 12,
            "steps": 20_000,
        },
    }
    (task,) = tasks(**merged(COLD, changes))
    expected = 0.8891 - 3.9017 / 0.91857 + 1.0
    lacking = 0.5 * np.log(37.6) / 256
    compared("Lennard-Jones, liquid", task, expected, without_cut_off=True, lacking=lacking)


def test_direct_coexistence_of_lennard_jones(tasks) -> None:
    """Where the liquid of Kolafa and Nezbeda has the density of Mastny and de Pablo."""
    campaign = yaml.safe_load((REPOSITORY / "campaigns" / "direct_coexistence.yaml").read_text())
    parts = {key: campaign[key] for key in ("system", "potential", "method", "axes")}
    parts["potential"] |= {"epsilon": None, "r0": None}
    (task,) = tasks(**parts)
    drive(task)
    content = result(task)
    pressure = content["averages"]["pressure"]
    value = pressure["mean"] + content["coexistence"]["truncation"]["pressure"]
    pull = (value - 3.9017) / pressure["standard_error"]
    print(f"{value:.3f} ± {pressure['standard_error']:.3f}, expected 3.9017, pull {pull:+.1f}")
    assert pressure["standard_error"] < 0.2
    assert abs(pull) < 3.0

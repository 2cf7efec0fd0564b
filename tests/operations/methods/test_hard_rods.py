"""Spherocylinders and ellipsoids against virial coefficients and published equations of state.

    pytest -m physical_validation -s tests/operations/methods/test_hard_rods.py

prints a row of docs/validation.md for each.
"""

from __future__ import annotations

import math

import pytest

from tests.operations.methods.test_hard_particles import pressure, report, simulate

pytestmark = [pytest.mark.hoomd, pytest.mark.physical_validation]

#: Volume of a spherocylinder with L/D = 5, in D³, and its virial coefficients from B2 (L. Onsager,
#: exact) to B5 in the isotropic phase, in powers of D³ (M. Dennison, Monte Carlo integration;
#: errors of 0.03, 0.3 and 1.6 %).
VOLUME = 17 / 12 * math.pi
VIRIALS = (math.pi / 4 * 25 + math.pi * 5 + 2 / 3 * math.pi, 587.777, 2766.92, 21763.3)


@pytest.mark.parametrize("eta", [0.05, 0.1, 0.15])
def test_isotropic_spherocylinders(tasks, eta) -> None:
    """In nvt, against the virial series, of which the last term is taken as its error."""
    (result,) = simulate(
        tasks,
        {"form": "hard_spherocylinder", "elongation": 5},
        n=256,
        number_density=eta,
        equilibration_steps=2000,
        steps=3000,
        production_steps=20_000,
    )
    P, error = pressure(result)
    terms = [b * (eta / VOLUME) ** (k + 1) for k, b in enumerate(VIRIALS)]
    both = math.hypot(error / eta, 0.3 * terms[-1])
    report(f"spherocylinders, L/D = 5, η = {eta}, Z", "virials", P / eta, both, 1 + sum(terms))


@pytest.mark.parametrize(("eta", "published"), [(0.310, 2.53), (0.352, 3.63)])
def test_dense_isotropic_spherocylinders(tasks, eta, published) -> None:
    """Against S. C. McGrother, D. C. Williamson, G. Jackson, J. Chem. Phys. 104, 6755 (1996), table
    V, as the examples of M. P. Allen and D. J. Tildesley quote it, with densities of three digits.
    """
    (result,) = simulate(
        tasks,
        {"form": "hard_spherocylinder", "elongation": 5},
        n=256,
        number_density=eta,
        equilibration_steps=5000,
        steps=5000,
        production_steps=20_000,
    )
    P, error = pressure(result)
    both = math.hypot(error, 0.0015 * 25)  # of which 25 is dP/dη
    report(f"spherocylinders, L/D = 5, η = {eta}, P", "McGrother et al.", P, both, published)

"""Hard spheres against their equations of state."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.equilibrium.stability import GibbsEnergies, Potentials, Stability
from tests.analysis.equilibrium.test_coexistence import (
    carnahan_starling,
    fluid,
    points,
    speedy,
)

CRYSTAL = [1.0, 1.04, 1.08, 1.12]


def known(error):
    words = {"error": error}
    return [fluid(**words), points("fcc", speedy, CRYSTAL, seed=1, **words)]


def difference(beta_p):
    """β(μ_fcc - μ_fluid) of the equations of state."""
    potentials = []
    for state, low, high in ((carnahan_starling, 0.8, 1.02), (speedy, 0.98, 1.2)):
        rho = np.linspace(low, high, 4000)
        free, pressure = state(rho)
        potentials.append(np.interp(beta_p, pressure, free + pressure / rho))
    return potentials[1] - potentials[0]


@pytest.mark.parametrize(("beta_p", "verdict"), [(10.5, "metastable by 0.1"), (12.3, "stable")])
def test_the_crystal_is_stable_above_freezing_only(beta_p, verdict) -> None:
    found = Potentials(known(2e-3)).stability("fcc", beta_p)
    assert found is not None
    assert found.other == "fluid"
    assert abs(found.above - difference(beta_p)) < 4.0 * found.error
    assert found.error < 0.02
    assert found.verdict.startswith(verdict)
    opposite = Potentials(known(2e-3)).stability("fluid", beta_p)
    assert opposite is not None
    assert opposite.above == pytest.approx(-found.above)


def test_near_freezing_large_errors_decide_nothing() -> None:
    found = Potentials(known(3e-2)).stability("fcc", 11.6)
    assert found is not None
    assert found.verdict.startswith("undecided within")


def test_what_is_not_known_at_the_pressure_has_no_verdict() -> None:
    assert Potentials(known(1e-3)).stability("bcc", 11.0) is None
    assert Potentials(known(1e-3)).stability("fcc", 60.0) is None
    assert Potentials(known(1e-3)[1:]).stability("fcc", 11.6) is None


@pytest.mark.parametrize(
    ("above", "error", "words"),
    [
        (0.1234, 0.011, "metastable by 0.12 ± 0.01 kT"),
        (3.2, 0.4, "metastable by 3.2 ± 0.4 kT"),
        (-0.1, 0.01, "stable"),
        (0.01, 0.02, "undecided within 0.02 kT"),
        (0.5, np.inf, "undecided within inf kT"),
    ],
)
def test_words(above, error, words) -> None:
    assert Stability("fluid", above, error).verdict == words


def test_the_error_of_the_pressure_is_that_of_the_difference_of_volumes() -> None:
    """|1/ρ_fcc - 1/ρ_fluid| is 1/0.943 - 1/1.041 at freezing (J. P. Hansen, I. R. McDonald)."""
    potentials = Potentials(known(1e-6))
    exact, vague = (potentials.stability("fcc", 11.57, error) for error in (0.0, 0.5))
    assert exact is not None
    assert vague is not None
    more = np.sqrt(vague.error**2 - exact.error**2)
    assert more == pytest.approx(0.5 * (1 / 0.943 - 1 / 1.041), rel=0.05)


@pytest.mark.parametrize(
    ("above", "name", "verdict"),
    [
        (0.3, "decagonal", "undecided within 0.48 kT of random tilings"),
        (0.7, "decagonal", "metastable by 0.70 ± 0.01 kT, less 0.48 kT of random tilings at most"),
        (-0.3, "decagonal", "stable"),
        (0.3, "square", "undecided within 0.48 kT of random tilings"),
        (0.7, "square", "stable"),
        (-0.3, "square", "metastable by 0.30 ± 0.01 kT"),
    ],
)
def test_random_tilings_may_make_a_quasicrystal_lower(above, name, verdict) -> None:
    """`above`: of its approximant over the square crystal."""
    values = {"decagonal": (above, 0.006, 1.0), "square": (0.0, 0.008, 1.0)}
    energies = GibbsEnergies(1.0, values, {"decagonal": 0.481})
    found = energies.stability(name, 1.0)
    assert found is not None
    assert found.verdict == verdict

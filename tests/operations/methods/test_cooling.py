"""Cooling schedules."""

from __future__ import annotations

import numpy as np
import pytest

from operations.methods.cooling import Cooling, CoolingState, heat_capacity


def temperatures(law: str, capacity, stages: int = 50) -> np.ndarray:
    """Temperatures of all stages where the heat capacity is a known function of kT."""
    cooling = Cooling(law, 2.0, 0.02, stages)
    state = cooling.start()
    kT = [state.kT]
    random = np.random.default_rng(3)
    while not cooling.finished(state):
        energies = random.standard_normal(4000) * state.kT * np.sqrt(capacity(state.kT))
        state = cooling.next(state, energies)
        kT.append(state.kT)
    return np.array(kT)


def test_linear_and_exponential() -> None:
    np.testing.assert_allclose(temperatures("linear", lambda _: 9.0), np.linspace(2, 0.02, 51))
    np.testing.assert_allclose(
        temperatures("exponential", lambda _: 9.0), np.geomspace(2, 0.02, 51)
    )


def test_adaptive_is_exponential_where_the_heat_capacity_is_constant() -> None:
    kT = temperatures("adaptive", lambda _: 9.0)
    np.testing.assert_allclose(kT, np.geomspace(2, 0.02, 51), rtol=0.05)


def test_adaptive_has_constant_thermodynamic_speed_across_a_transition() -> None:
    """√C Δ ln T is even where C is; fewer degrees per stage in the peak, and it arrives."""

    def capacity(kT: float) -> float:
        return 9.0 + 300.0 * np.exp(-(np.log(kT / 0.2) ** 2) / 0.08)

    kT = temperatures("adaptive", capacity, 200)
    steps = -np.diff(np.log(kT))
    peak = np.abs(np.log(kT[:-1] / 0.2)) < 0.15
    before = kT[:-1] > 0.6
    assert np.median(steps[peak]) < 0.4 * np.median(steps[before])
    assert kT[-1] == 0.02
    assert (np.diff(kT) <= 0).all()
    speed = steps * np.sqrt([capacity(one) for one in kT[:-1]])
    exponential = np.log(100) / 200 * np.sqrt([capacity(one) for one in kT[:-1]])
    busy = kT[:-1] > 0.1
    assert (
        speed[busy].std() / speed[busy].mean() < exponential[busy].std() / exponential[busy].mean()
    )


def test_heat_capacity_of_harmonic_energies() -> None:
    random = np.random.default_rng(1)
    energies = random.gamma(shape=25.0, scale=0.3, size=20_000)
    assert heat_capacity(energies, 0.3) == pytest.approx(25.0, rel=0.05)
    drifting = energies + np.linspace(0.0, 100.0, 20_000)
    assert heat_capacity(drifting, 0.3) == pytest.approx(25.0, rel=0.05)
    assert heat_capacity(np.array([1.0, np.inf, 2.0, 3.0, 4.0]), 0.3) == 1.0


def test_state_survives_a_checkpoint() -> None:
    state = CoolingState(3, 0.5, 2.5, 1.25, 0.75)
    assert CoolingState.from_array(state.to_array()) == state

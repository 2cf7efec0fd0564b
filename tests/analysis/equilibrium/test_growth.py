"""How fast a crystal grows, and where it does not."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.equilibrium.growth import Zero, apart, lasts, parts, rate

TIME = 0.1 * np.arange(500)


def test_the_part_of_crystal_is_told_by_what_has_the_least_noise() -> None:
    """Of two quantities that differ alike the one that fluctuates ten times less."""
    random = np.random.default_rng(0)

    def phase(part, n=2000):
        return part * np.array([1.0, -1.0]) + random.normal(size=(n, 2)) * [0.5, 0.05]

    found = parts(phase(0.3), phase(0.0), phase(1.0))
    assert found.mean() == pytest.approx(0.3, abs=0.01)
    assert found.std() == pytest.approx(0.05, rel=0.1)


def test_a_fluid_that_freezes_by_itself_does_not_last() -> None:
    random = np.random.default_rng(0)
    fluid, crystal = (place + 0.2 * random.normal(size=(400, 2)) for place in (0.0, 1.0))
    assert lasts(fluid, crystal)
    assert not lasts(np.vstack([fluid[:200], crystal[:200]]), crystal)


def test_two_phases_differ_by_more_than_they_fluctuate() -> None:
    """Of the same distribution they are one phase, whatever the noise of their means."""
    random = np.random.default_rng(0)
    one, same, other = (place + random.normal(size=(400, 2)) for place in (0.0, 0.2, 5.0))
    assert apart(one, other)
    assert not apart(one, same)


def test_errors_of_rates_are_those_of_a_random_walk() -> None:
    random = np.random.default_rng(1)
    walks = 0.5 + np.cumsum(0.003 * random.normal(size=(300, 500)), axis=1)
    rates, errors = np.transpose([rate(TIME, walk + 0.002 * TIME) for walk in walks])
    assert rates.mean() == pytest.approx(0.002, abs=3.0 * rates.std() / np.sqrt(300))
    assert np.sqrt(np.mean(errors**2)) == pytest.approx(rates.std(), rel=0.15)


def test_a_rate_ends_where_one_phase_is_gone() -> None:
    part = np.clip(0.5 - 0.02 * TIME, 0.0, None)
    assert rate(TIME, part)[0] == pytest.approx(-0.02, rel=1e-6)
    assert np.isnan(rate(TIME, np.zeros(500))).all()


def crossing(velocities, error=0.01, n=6, denser=0.1):
    pressures = np.linspace(4.0, 5.0, n)
    densities = np.stack([0.9 + 0.02 * pressures, 0.9 + denser + 0.01 * pressures])
    with_errors = [np.stack([each, np.full(n, 0.001)], axis=-1) for each in densities]
    return Zero.of(
        pressures,
        np.stack([velocities(pressures), np.full(n, error)], axis=-1),
        np.array(with_errors),
        seed=1,
    )


def test_a_curved_velocity_has_its_zero_and_its_error() -> None:
    found = crossing(lambda p: 0.2 * (p - 4.6) - 0.1 * (p - 4.6) ** 2)
    assert found.pressure[0] == pytest.approx(4.6)
    # of six velocities with a slope of 0.2, and a parabola
    assert 0.5 < found.pressure[1] / (0.01 / 0.2 / np.sqrt(6)) < 2.0
    fluid, crystal = found.densities
    assert (fluid[0], crystal[0]) == (pytest.approx(0.992), pytest.approx(1.046))


def test_pressures_at_which_one_phase_was_gone_are_left_out() -> None:
    found = crossing(lambda p: np.where(p < 4.1, np.nan, 0.2 * (p - 4.6)))
    assert found.pressure[0] == pytest.approx(4.6)
    with pytest.raises(ValueError, match="two phases last at 2 pressures of 6; expected 3"):
        crossing(lambda p: np.where(p < 4.7, np.nan, 0.2 * (p - 4.6)))


def test_growth_everywhere_is_refused() -> None:
    with pytest.raises(ValueError, match="the crystal grows at all pressures from 4 to 5"):
        crossing(lambda p: 0.2 * (p - 3.0))


def test_a_denser_crystal_grows_faster_the_higher_the_pressure() -> None:
    """It cannot melt where the pressure rises; one that is less dense than its fluid does."""
    measured = np.array([0.30, 0.34, 0.30, 0.16, -0.05])
    with pytest.raises(ValueError, match=r"at 4.9.*grows more slowly the higher the pressure"):
        crossing(lambda _: measured, error=0.02, n=5)
    assert crossing(lambda _: measured, n=5, denser=-0.1).pressure[0] == pytest.approx(
        4.95, abs=0.02
    )
    with pytest.raises(ValueError, match=r"at 4.0.*grows faster the higher the pressure"):
        crossing(lambda _: measured[::-1], n=5, denser=-0.1)


def test_a_zero_near_an_end_has_the_error_of_a_parabola_there() -> None:
    """Though noise carries some of the repetitions beyond it."""
    found = crossing(lambda p: 0.2 * (p - 4.02), error=0.005)
    powers, there = (np.vander(np.atleast_1d(p), 3) for p in (np.linspace(4.0, 5.0, 6), 4.02))
    noise = 0.005 * np.sqrt((there @ np.linalg.inv(powers.T @ powers) @ there.T).item())
    assert found.pressure[1] == pytest.approx(noise / 0.2, rel=0.15)


def test_noise_as_large_as_the_velocities_gives_no_error() -> None:
    found = crossing(lambda p: 0.02 * (p - 4.6), error=0.1)
    assert np.isnan(found.pressure[1])

"""Lines of coexistence whose slopes are known."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.equilibrium.clapeyron import drift, errors, integrated, predicted, slope


def test_a_slope_is_that_of_enthalpies_and_volumes_with_its_error() -> None:
    """Errors as noise makes them."""
    random = np.random.default_rng(0)
    h, v = ((-5.0, 0.02), (-6.5, 0.01)), ((1.10, 0.002), (1.00, 0.001))
    value, error = slope(*(tuple(np.array(one) for one in both) for both in (h, v)), 1.5)
    assert value == pytest.approx(1.5 / (1.5 * 0.1))
    noisy = [[mean + s * random.normal(size=20_000) for mean, s in both] for both in (h, v)]
    values = (noisy[0][0] - noisy[0][1]) / (1.5 * (noisy[1][0] - noisy[1][1]))
    assert error == pytest.approx(values.std(), rel=0.03)


@pytest.mark.parametrize("points", [5, 9])
def test_a_line_is_followed_and_its_drift_is_what_it_is_off(points) -> None:
    """P = T^1.25, of which dP/dT = 1.25 P/T: each slope at the pressure that is predicted."""
    kT, known = np.linspace(1.0, 2.0, points), np.array([1.0])
    slopes, simulated = np.array([1.25]), np.array([1.0])
    while len(slopes) < points:
        ahead = predicted(kT, known, slopes)
        simulated = np.append(simulated, ahead)
        slopes = np.append(slopes, 1.25 * ahead / kT[len(slopes)])
        known = integrated(kT, 1.0, slopes)
    off = known[-1] - 2.0**1.25
    assert abs(off) < 0.1 / (points - 1) ** 2
    assert 0.3 * abs(off) < drift(kT, 1.0, slopes, simulated) < 5.0 * abs(off)


def test_errors_of_slopes_add_up_as_their_weights_say() -> None:
    random, kT = np.random.default_rng(1), np.array([1.0, 1.2, 1.4, 1.6])
    sigma = np.array([0.1, 0.2, 0.1, 0.3])
    ends = [
        integrated(kT, 0.05 * random.normal(), 2.0 + sigma * random.normal(size=4))
        for _ in range(20_000)
    ]
    # volumes with which a pressure that is off stays so
    assert errors(kT, 0.05, sigma, kT) == pytest.approx(np.std(ends, axis=0), rel=0.03)


def test_a_start_that_is_off_follows_a_line_of_its_own() -> None:
    """Of r⁻¹² every line is P = P₀ T^1.25, and volumes go with T^-0.25."""
    kT = np.linspace(1.0, 2.0, 5)
    assert errors(kT, 1.0, np.zeros(5), kT**-0.25) == pytest.approx(kT**1.25)

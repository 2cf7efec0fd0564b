"""Bennett's ratio against states whose free energies are known."""

from __future__ import annotations

import numpy as np
import pytest

from operations.equilibrium.bennett import bennett, bennett_error


def gaussian(random, n):
    """Works between wells k = 1 and k = 4, whose β(F_1 - F_0) is ln 2."""
    x, y = random.normal(size=n), 0.5 * random.normal(size=n)
    return 1.5 * x**2, -1.5 * y**2


def test_two_harmonic_wells_differ_by_the_logarithm_of_their_stiffness() -> None:
    random = np.random.default_rng(1)
    forward, backward = gaussian(random, 20_000)
    error = bennett_error(forward, backward)
    assert error < 0.01
    assert abs(bennett(forward, backward) - np.log(2.0)) < 4.0 * error
    # one side may be sampled more
    assert bennett(forward, backward[:2000]) == pytest.approx(np.log(2.0), abs=0.04)


def test_the_error_is_the_scatter_of_repetitions() -> None:
    random = np.random.default_rng(2)
    pulls = []
    for _ in range(200):
        works = gaussian(random, 200)
        pulls.append((bennett(*works) - np.log(2.0)) / bennett_error(*works))
    assert np.std(pulls) == pytest.approx(1.0, abs=0.25)


def test_the_error_of_a_slow_series_knows_that_it_is_slow() -> None:
    """Each sample twenty times over."""
    random = np.random.default_rng(3)
    works = gaussian(random, 400)
    slow = [np.repeat(each, 20) for each in works]
    assert bennett_error(*slow) == pytest.approx(bennett_error(*works), rel=0.3)


def test_hard_cores_count_what_is_possible() -> None:
    forward = np.where(np.arange(1000) < 300, 0.0, np.inf)
    assert bennett(forward, np.zeros(1000)) == pytest.approx(-np.log(0.3))
    assert bennett(forward, np.zeros(50)) == pytest.approx(-np.log(0.3))
    with pytest.raises(ValueError, match="no sample"):
        bennett(np.full(10, np.inf), np.zeros(10))

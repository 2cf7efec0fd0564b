"""Random numbers: the published words, and moments."""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit

from operations.search.random_words import normals, philox, stream, sum_of_squares


@pytest.mark.parametrize(
    ("key", "counter", "expected"),
    [
        (0, (0, 0, 0, 0), "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        (2**64 - 1, (2**32 - 1,) * 4, "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        (
            0x299F31D0A4093822,
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            "d16cfe09 94fdcceb 5001e420 24126ea1",
        ),
    ],
)
def test_known_answers(key, counter, expected):
    """Those that come with the authors' library Random123, compiled and as plain Python."""
    a, b, c, d = (np.uint64(word) for word in counter)
    for function in (philox, philox.py_func):
        words = function(np.uint64(key), a, b, c, d)
        assert " ".join(f"{int(word):08x}" for word in words) == expected


def test_normal_numbers():
    count = 40_000
    drawn = np.array([normals(3, step, 5, 0) for step in range(count)])
    assert np.abs(drawn.mean(axis=0)).max() < 4 / np.sqrt(count)
    assert np.abs((drawn**2).mean(axis=0) - 1).max() < 4 * np.sqrt(2 / count)
    assert np.abs((drawn**4).mean(axis=0) - 3).max() < 4 * np.sqrt(96 / count)
    correlation = np.corrcoef(np.concatenate([drawn[1:], drawn[:-1]], axis=1).T)
    assert np.abs(correlation - np.eye(8)).max() < 5 / np.sqrt(count)


@pytest.mark.parametrize("freedom", [1, 2, 3, 10, 101])
def test_sums_of_squares(freedom):
    """Mean and variance of the χ² distribution, k and 2 k, and its third moment, 8 k."""
    count = 40_000
    drawn = np.array([sum_of_squares(3, step, 2, freedom) for step in range(count)])
    assert drawn.mean() == pytest.approx(freedom, abs=4 * np.sqrt(2 * freedom / count))
    error = np.sqrt((8 * freedom**2 + 48 * freedom) / count)
    assert drawn.var() == pytest.approx(2 * freedom, abs=4 * error)
    third = (drawn - freedom) ** 3
    assert third.mean() == pytest.approx(8 * freedom, abs=4 * third.std() / np.sqrt(count))


@njit
def _first_of(step, purpose, count):
    rng, drawn = stream(3, step, purpose), np.empty(count)
    for k in range(count):
        drawn[k] = rng.random()
    return drawn


def test_streams():
    """Each is uniform, and none of a step, a purpose or the number drawn follows another."""
    count = 8_000
    steps = np.array([_first_of(step, 1, 3) for step in range(count)])
    others = np.array([_first_of(step, 2, 1) for step in range(count)])
    drawn = np.concatenate([steps[1:], steps[:-1], others[1:]], axis=1)
    assert np.abs(drawn.mean(axis=0) - 1 / 2).max() < 4 / np.sqrt(12 * count)
    assert np.abs(drawn.var(axis=0) - 1 / 12).max() < 4 / np.sqrt(180 * count)
    assert np.abs(np.corrcoef(drawn.T) - np.eye(7)).max() < 5 / np.sqrt(count)
    assert (_first_of(2**40, 1, 9) != _first_of(2**40 + 2**33, 1, 9)).all()

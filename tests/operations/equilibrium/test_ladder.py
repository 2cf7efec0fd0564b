"""Ladders of temperatures, of energies with a known distribution."""

from __future__ import annotations

import numpy as np
import pytest

from operations.equilibrium.ladder import (
    adapted,
    exchanging,
    from_coldest,
    geometric,
    round_trips,
)


def energies(kT, n, seed=0):
    """Of a system whose heat capacity is 60 below kT = 1 and 400 above."""
    random = np.random.default_rng(seed)
    capacity = np.where(kT < 1.0, 60.0, 400.0)
    mean = np.where(kT < 1.0, 60.0 * kT, 60.0 + 400.0 * (kT - 1.0))
    return random.normal(mean, np.sqrt(capacity) * kT, (n, len(kT)))


def test_the_adapted_ladder_exchanges_equally_often() -> None:
    kT = geometric(0.5, 2.0, 12)
    assert np.ptp(exchanging(1.0 / kT, energies(kT, 2000)).mean(axis=0)) > 0.3
    for turn in range(4):
        kT = adapted(kT, energies(kT, 2000, turn))
    assert (kT[0], kT[-1]) == pytest.approx((0.5, 2.0))
    assert np.ptp(exchanging(1.0 / kT, energies(kT, 4000, 9)).mean(axis=0)) < 0.12


def test_neighbours_that_never_exchange_move_together() -> None:
    kT = np.array([1.0, 1.1, 3.0, 3.1])
    frozen = np.tile([0.0, 1.0, 1e4, 1e4 + 1.0], (10, 1))
    gaps = np.diff(np.log(adapted(kT, frozen)))
    assert gaps[1] < np.log(3.0 / 1.1)


@pytest.mark.parametrize(
    ("coldest", "hottest", "trips"),
    [
        ([0, 1, 0, 1, 0], [1, 0, 1, 0, 1], 3),  # two of replica 0, one of 1
        ([0, 2, 2, 0, 0], [1, 1, 0, 1, 1], 1),
        ([0, 0, 0], [1, 1, 1], 0),
        ([0, 2, 0], [1, 1, 1], 0),  # never at the hottest
    ],
)
def test_round_trips_begin_and_end_at_the_coldest(coldest, hottest, trips) -> None:
    middle = [({0, 1, 2} - {a, b}).pop() for a, b in zip(coldest, hottest, strict=True)]
    assert round_trips(np.array([coldest, middle, hottest]).T) == trips


def test_replicas_that_diffuse_alike_come_from_the_coldest_in_equal_steps() -> None:
    random, places = np.random.default_rng(5), [np.arange(5)]
    for a in random.integers(4, size=40_000):
        place = places[-1].copy()
        place[[a, a + 1]] = place[[a + 1, a]]
        places.append(place)
    np.testing.assert_allclose(from_coldest(np.array(places)), np.linspace(1, 0, 5), atol=0.03)
    still = from_coldest(np.tile(np.arange(4), (3, 1)))  # those between have been at no end
    np.testing.assert_array_equal(still, [1.0, np.nan, np.nan, 0.0])

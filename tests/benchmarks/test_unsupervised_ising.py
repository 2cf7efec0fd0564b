"""Samples of the Ising model are of their seed and right; what is read from them is known."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import unsupervised_ising
from benchmarks.unsupervised_ising import (
    EXACT,
    SAMPLES,
    TEMPERATURES,
    cold_cluster,
    crossing,
    cumulants,
    half,
    infinite,
    middle_cluster,
    samples,
    wolff,
)


def test_compiled_samples_are_those_of_numpy_stream():
    """Whatever compiles it, and whether or not it came from a cache: the same bits."""
    one, other = np.random.default_rng([3, 1]), np.random.default_rng([3, 1])
    for temperature in (2.0, 2.6):
        compiled = wolff(6, temperature, 4, one)
        assert np.array_equal(compiled, wolff.py_func(6, temperature, 4, other))
    assert one.bit_generator.state == other.bit_generator.state


def test_samples_are_of_their_seed(monkeypatch):
    monkeypatch.setattr(unsupervised_ising, "TEMPERATURES", np.array([2.0, 2.4]))
    monkeypatch.setattr(unsupervised_ising, "SAMPLES", 5)
    first = samples(8, 0)
    assert first.shape == (10, 64)
    assert set(np.unique(first)) == {-1.0, 1.0}
    assert np.array_equal(first, samples(8, 0))
    assert not np.array_equal(first, samples(8, 1))


def test_wolff_has_the_exact_moments_of_a_small_square():
    size, temperature, n = 4, 2.5, 20_000
    bits = (np.arange(2**16)[:, None] >> np.arange(16)) & 1
    spins = (2 * bits - 1).reshape(-1, size, size)
    energy = -(spins * (np.roll(spins, 1, 1) + np.roll(spins, 1, 2))).sum(axis=(1, 2))
    weights = np.exp(-(energy - energy.min()) / temperature)
    order = abs(spins.mean(axis=(1, 2)))
    expected = [np.average(order, weights=weights), np.average(energy, weights=weights)]
    drawn = wolff(size, temperature, n, np.random.default_rng(0)).reshape(-1, size, size)
    bonds = drawn * (np.roll(drawn, 1, 1) + np.roll(drawn, 1, 2))
    found = np.array([abs(drawn.mean(axis=(1, 2))), -bonds.sum(axis=(1, 2))])
    blocks = found.reshape(2, 100, -1).mean(axis=2)
    error = blocks.std(axis=1, ddof=1) / 10
    assert np.all(abs(blocks.mean(axis=1) - expected) < 4 * error)


def test_half_is_interpolated():
    part = np.clip((2.3125 - TEMPERATURES) / 0.2 + 0.5, 0, 1)
    ordered = np.arange(SAMPLES) < np.rint(part[:, None] * SAMPLES)
    assert half(ordered.ravel()) == pytest.approx(2.3125, abs=0.003)
    assert np.isnan(half(np.zeros(len(TEMPERATURES) * SAMPLES, dtype=bool)))


def test_lines_lead_to_the_infinite_square():
    sizes = np.array(unsupervised_ising.SIZES)
    for power in (1.0, 8.0 / 7.0):
        assert infinite((EXACT + 3.0 / sizes**power)[None], power) == pytest.approx(EXACT)


@pytest.mark.parametrize("tc", [2.25, EXACT, 2.3])
def test_cumulants_of_one_function_cross_at_its_temperature(tc):
    """Not only at the exact one: it is not looked for there."""
    T = TEMPERATURES[10:25]
    small, large = (1 / 3 - np.tanh((T - tc) * size / 5.0) / 3 for size in (40, 60))
    assert crossing(T, small, large) == pytest.approx(tc, abs=0.002)
    assert np.isnan(crossing(T, large, small))


def test_cumulants_of_both_phases():
    ordered = np.repeat([[-1.0, 1.0]], 3, axis=0)
    assert cumulants(ordered) == pytest.approx(np.full(3, 2 / 3))
    normal = np.random.default_rng(0).normal(size=(2, 100_000))
    assert cumulants(normal) == pytest.approx(np.zeros(2), abs=0.02)


def test_clusters_of_two_phases():
    rng = np.random.default_rng(0)
    cold, n = len(TEMPERATURES) // 2 * SAMPLES, len(TEMPERATURES) * SAMPLES
    values = rng.normal(0, 0.1, (n, 2))
    values[:cold, 0] += 2.0
    assert np.flatnonzero(cold_cluster(values)).max() < cold
    assert cold_cluster(values).sum() > 0.9 * cold
    both = values.copy()
    both[:cold:2, 0] -= 4.0
    assert np.array_equal(middle_cluster(both), np.arange(n) >= cold)

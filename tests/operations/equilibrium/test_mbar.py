"""Free energies of several states, of harmonic wells, where they are known exactly."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.statistics import jackknife
from operations.equilibrium.bennett import bennett
from operations.equilibrium.mbar import Mixture, thinned

#: Stiffness and place of harmonic wells at kT = 1.
STIFFNESS = np.array([1.0, 2.0, 6.0, 20.0])
PLACES = np.array([0.0, 0.5, 0.9, 1.2])
EXACT = 0.5 * np.log(STIFFNESS / STIFFNESS[0])


def reduced(x):
    """Energies in every well, shape (wells, samples)."""
    return 0.5 * STIFFNESS[:, None] * (x - PLACES[:, None]) ** 2


def samples(n, seed):
    random = np.random.default_rng(seed)
    return [random.normal(a, k**-0.5, n) for k, a in zip(STIFFNESS, PLACES, strict=True)]


def free_energies(states):
    counts = [len(each) for each in states]
    return Mixture.of(reduced(np.concatenate(states)), counts).free_energies


def test_free_energies_of_harmonic_wells_within_their_errors() -> None:
    pulls = []
    for seed in range(20):
        value, error = jackknife(samples(400, seed), free_energies)
        pulls.append((value - EXACT)[1:] / error[1:])
    # the error of ten parts scatters by a quarter itself
    assert 0.7 < np.sqrt(np.mean(np.square(pulls))) < 1.5


def test_two_states_are_bennett_s() -> None:
    a, b = samples(500, 3)[:2]
    found = Mixture.of(reduced(np.concatenate([a, b]))[:2], [len(a), len(b)]).free_energies[1]
    forward, backward = np.diff(reduced(a)[:2], axis=0)[0], -np.diff(reduced(b)[:2], axis=0)[0]
    assert found == pytest.approx(bennett(forward, backward), abs=1e-6)


def test_averages_of_a_state_that_was_not_sampled() -> None:
    states = samples(4000, 1)
    x = np.concatenate(states)
    mixture = Mixture.of(reduced(x), [len(each) for each in states])
    weights = np.exp(mixture.log_weights(2.0 * (x - 0.7) ** 2))
    weights /= weights.sum()
    assert weights @ x == pytest.approx(0.7, abs=0.02)
    assert weights @ (x - 0.7) ** 2 == pytest.approx(0.25, rel=0.05)


def test_states_that_do_not_meet_have_no_free_energy() -> None:
    x = np.append(np.full(50, -40.0), np.full(50, 40.0))
    apart = np.stack([100.0 * (x + 40.0) ** 2, 100.0 * (x - 40.0) ** 2])
    with pytest.raises(ValueError, match="states 0 and 1 share no samples"):
        Mixture.of(apart, [50, 50])


def test_states_whose_shares_are_too_small_for_numbers_at_equal_free_energies() -> None:
    """A liquid of 1000 particles of energy -6 + 1.5 kT at twelve temperatures: βF is known."""
    n, random = 1000, np.random.default_rng(0)
    kT = np.geomspace(0.7, 1.2, 12)
    u = np.concatenate([random.normal(n * (-6.0 + 1.5 * t), t * np.sqrt(1.5 * n), 200) for t in kT])
    found = Mixture.of(u / kT[:, None], [200] * 12).free_energies
    exact = -6.0 * n * (1.0 / kT - 1.0 / kT[0]) - 1.5 * n * np.log(kT / kT[0])
    assert found == pytest.approx(exact, abs=3.0)
    assert np.abs(exact).max() > 745.0


def test_samples_of_many_states_are_fewer() -> None:
    assert len(thinned(np.zeros(9000), 12)) == 3000
    assert 200 * 200 * len(thinned(np.zeros(4000), 200)) <= 10**7

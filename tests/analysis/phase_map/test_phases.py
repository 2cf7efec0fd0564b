"""Phases everywhere from a few points."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr

from analysis.phase_map.phases import FAILED, UNSEEN, infer, transformed, win_probability
from analysis.phase_map.space import Space

SIDE = 21
GRID = np.stack(np.meshgrid(*[np.linspace(0, 1, SIDE)] * 2, indexing="ij"), -1).reshape(-1, 2)
SPACE = Space(GRID, np.zeros(len(GRID), dtype=int), ("x", "y"))
SOME = np.arange(len(GRID)).reshape(SIDE, SIDE)[::4, ::4].ravel()


def truth(points: np.ndarray) -> np.ndarray:
    """Two phases above and below a parabola, a third one in a corner."""
    x, y = points.T
    phase = np.where(y > 0.3 + 0.5 * x**2, "square", "hexagonal")
    return np.where((x > 0.7) & (y < 0.35), "fluid", phase)


def test_win_probabilities_are_those_of_the_greatest_of_normal_variates() -> None:
    mean, variance = np.array([[0.0, 1.0]]), np.array([[1.0, 3.0]])
    won = win_probability(mean, variance)
    assert won[0] == pytest.approx([ndtr(-0.5), ndtr(0.5)], abs=1e-4)
    mean, variance = np.array([[0.3, -0.4, 1.1, 0.0]]), np.array([[1.0, 2.0, 0.5, 4.0]])
    draws = np.random.default_rng(0).normal(mean, np.sqrt(variance), (400_000, 4)).argmax(axis=1)
    expected = np.bincount(draws, minlength=4) / len(draws)
    assert win_probability(mean, variance)[0] == pytest.approx(expected, abs=3e-3)


def test_counts_become_nearly_normal() -> None:
    """Moments of a logarithm of gamma variates, for a large count."""
    values, variance = transformed(np.array([[20.0]]))
    draws = np.log(np.random.default_rng(0).gamma(20.01, size=200_000))
    assert values[0, 0] == pytest.approx(draws.mean(), abs=0.01)
    assert variance[0, 0] == pytest.approx(draws.var(), abs=0.005)


def test_a_diagram_from_a_coarse_grid() -> None:
    phases = infer(SPACE, SOME, [{label: 1.0} for label in truth(GRID[SOME])])
    right = (phases.winner == truth(GRID)).mean()
    assert right > 0.9
    assert phases.agreement == pytest.approx(right, abs=0.05)
    assert phases.probability.sum(axis=1) == pytest.approx(1.0)
    assert phases.gain > 10.0
    near = np.abs(GRID[:, 1] - (0.3 + 0.5 * GRID[:, 0] ** 2)) < 0.05
    assert phases.doubt[near].mean() > 3.0 * phases.doubt[~near].mean()


def test_far_from_everything_is_something_unseen() -> None:
    corner = [place for place in SOME if (GRID[place] < 0.5).all()]
    phases = infer(SPACE, corner, [{label: 1.0} for label in truth(GRID[corner])])
    unseen = phases.of(UNSEEN)
    assert unseen[0] < 0.01
    assert unseen[-1] > 0.1
    alone = infer(SPACE, [0, 5], [{"fluid": 1.0}] * 2)
    assert alone.agreement < 0.95  # of one phase seen twice nothing is concluded


def test_shares_count_for_both_and_failures_are_a_class() -> None:
    seen = [{"fluid": 0.5, "square": 0.5}, {"fluid": 1.0}, {FAILED: 1.0}]
    phases = infer(SPACE, [0, SIDE // 2, len(GRID) - 1], seen)
    assert phases.names == ("failed", "fluid", "square", UNSEEN)
    assert phases.of("square")[0] == pytest.approx(phases.of("fluid")[0], abs=0.2)
    assert phases.of(FAILED)[-1] > 0.5
    assert not phases.of("kagome").any()


def test_groups_know_nothing_of_each_other() -> None:
    both = Space(np.tile(GRID, (2, 1)), np.repeat([0, 1], len(GRID)), ("x", "y"))
    labels = [{label: 1.0} for label in truth(GRID[SOME])]
    alone, beside = infer(SPACE, SOME, labels), infer(both, SOME, labels)
    assert beside.probability[: len(GRID)] == pytest.approx(alone.probability)
    assert beside.certainty[len(GRID) :] == pytest.approx(1.0 / len(beside.names))

"""Phases everywhere from a few points."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.phase_map.phases import FAILED, UNSEEN, infer, unrelated
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


def test_labels_without_relation_to_where_they_are_teach_nothing() -> None:
    assert unrelated(np.eye(2)[[0, 0, 1]]) == pytest.approx(np.log(1.0 / 12.0))  # 2! 1! / 4!
    mixed = np.random.default_rng(0).permutation(truth(GRID[SOME]))
    phases = infer(SPACE, SOME, [{label: 1.0} for label in mixed])
    assert phases.gain < 3.0


def test_a_diagram_from_a_coarse_grid() -> None:
    phases = infer(SPACE, SOME, [{label: 1.0} for label in truth(GRID[SOME])])
    right = (phases.winner == truth(GRID)).mean()
    assert right > 0.9
    assert phases.agreement == pytest.approx(right, abs=0.05)
    assert phases.probability.sum(axis=1) == pytest.approx(1.0)
    assert phases.gain > 10.0
    near = np.abs(GRID[:, 1] - (0.3 + 0.5 * GRID[:, 0] ** 2)) < 0.05
    assert phases.doubt[near].mean() > 1.7 * phases.doubt[~near].mean()


def test_far_from_everything_is_something_unseen() -> None:
    corner = [place for place in SOME if (GRID[place] < 0.5).all()]
    phases = infer(SPACE, corner, [{label: 1.0} for label in truth(GRID[corner])])
    unseen = phases.of(UNSEEN)
    assert unseen[-1] > 0.06
    assert unseen[-1] > 1.3 * unseen[corner].mean()
    alone = infer(SPACE, [0, 5], [{"fluid": 1.0}] * 2)
    assert alone.agreement < 0.95  # of one phase seen twice nothing is concluded


def test_shares_count_for_both_and_failures_are_a_class() -> None:
    seen = [{"fluid": 0.5, "square": 0.5}, {"fluid": 1.0}, {FAILED: 1.0}]
    phases = infer(SPACE, [0, SIDE // 2, len(GRID) - 1], seen)
    assert phases.names == ("failed", "fluid", "square", UNSEEN)
    assert 0.4 < phases.of("square")[0] / phases.of("fluid")[0] < 1.0
    assert phases.winner[-1] == FAILED
    assert not phases.of("kagome").any()


def test_groups_know_nothing_of_each_other() -> None:
    both = Space(np.tile(GRID, (2, 1)), np.repeat([0, 1], len(GRID)), ("x", "y"))
    labels = [{label: 1.0} for label in truth(GRID[SOME])]
    alone, beside = infer(SPACE, SOME, labels), infer(both, SOME, labels)
    assert beside.probability[: len(GRID)] == pytest.approx(alone.probability)
    assert beside.certainty[len(GRID) :] == pytest.approx(1.0 / len(beside.names))

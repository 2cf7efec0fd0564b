"""Which points come next."""

from __future__ import annotations

import numpy as np

from analysis.phase_map.design import BEGIN, BOUNDARY, EXPLORE, REPEAT, next_batch, spread
from analysis.phase_map.phases import FAILED, infer
from analysis.phase_map.space import Space
from tests.analysis.phase_map.test_phases import GRID, SIDE, SOME, SPACE, truth

SEEN = infer(SPACE, SOME, [{label: 1.0} for label in truth(GRID[SOME])])


def test_the_first_points_are_spread_and_distinct() -> None:
    chosen = [one.place for one in spread(SPACE, 16)]
    assert len(set(chosen)) == 16
    quarters = {tuple(GRID[place] > 0.5) for place in chosen}
    assert len(quarters) == 4
    longer = spread(SPACE, 24, taken=chosen)
    assert not {one.place for one in longer} & set(chosen)
    assert {one.why for one in longer} == {BEGIN}
    small = Space(GRID[:5], np.zeros(5, dtype=int), ("x", "y"))
    assert sorted(one.place for one in spread(small, 16)) == [0, 1, 2, 3, 4]


def test_a_batch_is_at_the_boundaries_and_apart() -> None:
    chosen = next_batch(SPACE, SEEN, list(SOME), [], 8, 1)
    assert [one.why for one in chosen] == [BOUNDARY] * 7 + [EXPLORE]
    places = np.array([one.place for one in chosen[:7]])
    assert not set(places) & set(SOME)
    # at most of them another phase is within two steps of the grid
    near = [np.abs(GRID - GRID[place]).max(axis=1) < 2.5 / (SIDE - 1) for place in places]
    assert sum(len(set(truth(GRID[one]))) > 1 for one in near) >= 5
    distances = np.linalg.norm(GRID[places][:, None] - GRID[places], axis=2)
    assert distances[np.triu_indices(7, 1)].min() > 1.5 / (SIDE - 1)


def test_what_is_on_its_way_is_worth_less() -> None:
    first = next_batch(SPACE, SEEN, list(SOME), [], 1, 0)[0].place
    waiting = next_batch(SPACE, SEEN, [*SOME, first], [first], 1, 0)[0].place
    assert np.linalg.norm(GRID[first] - GRID[waiting]) > 1.5 / (SIDE - 1)


def test_exploring_goes_where_nothing_is() -> None:
    corner = [place for place in SOME if (GRID[place] < 0.5).all()]
    phases = infer(SPACE, corner, [{label: 1.0} for label in truth(GRID[corner])])
    (chosen,) = next_batch(SPACE, phases, corner, [], 1, 1)
    assert tuple(GRID[chosen.place]) == (1.0, 1.0)


def test_where_runs_fail_nobody_goes() -> None:
    labels = [{FAILED: 1.0} if x > 0.5 else {"fluid": 1.0} for x, _ in GRID[SOME]]
    phases = infer(SPACE, SOME, labels)
    chosen = next_batch(SPACE, phases, list(SOME), [], 60, 20)
    assert max(GRID[one.place][0] for one in chosen) <= 0.55


def test_cost_and_repeats() -> None:
    cost = np.where(GRID[:, 0] > 0.5, 1000.0, 1.0)
    chosen = next_batch(SPACE, SEEN, list(SOME), [], 4, 0, cost=cost)
    assert max(GRID[one.place][0] for one in chosen) <= 0.5
    everything = range(len(GRID))
    doubtful = int(SEEN.doubt.argmax())
    again = next_batch(SPACE, SEEN, list(everything), [], 4, 1, again=[doubtful])
    assert [(one.place, one.why) for one in again] == [(doubtful, REPEAT)]

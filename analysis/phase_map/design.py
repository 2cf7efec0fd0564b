"""Where to look next: a batch of points where the phase is in doubt, apart from each other.

A point is worth the entropy of its win probabilities, times that of its neighbours: what is learned
there tells about them, and an edge has fewer of them. Inside a batch the worth of what lies close
to a point already taken is diminished (local penalty; González, Dai, Hennig, Lawrence, AISTATS
2016), by the length scales of the map. Some points of each batch go where nothing has been seen
near, whatever the map says: so phases are found that nobody expects.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.phase_map.gaussian_process import kernel
from analysis.phase_map.phases import FAILED, PhaseMap
from analysis.phase_map.space import Space

#: Reach of the penalty in units of the length scales.
REACH = 0.35
#: Points whose neighbours are added up at a time.
BLOCK = 1000
#: Numbers are rounded to so many digits before they are compared: the last bits differ between
#: machines.
DIGITS = 9

BEGIN, BOUNDARY, EXPLORE, REPEAT = "begin", "boundary", "explore", "repeat"


@dataclass(frozen=True)
class Choice:
    """A point of a space, and why it was chosen."""

    place: int
    why: str


def spread(space: Space, n: int, taken: Sequence[int] = (), seed: int = 0) -> list[Choice]:
    """Points near those of a Sobol sequence over the axes and groups, without those taken.

    Parameters
    ----------
    space : Space
    n : int
        Length of the sequence; of it only what has no point taken yet is used.
    taken : sequence of int
    """
    from scipy.stats import qmc

    free = np.ones(len(space.points), dtype=bool)
    dimensions = space.points.shape[1] + 1
    generator = qmc.Sobol(dimensions, seed=np.random.default_rng(seed))
    sequence = generator.random(1 << max(n - 1, 1).bit_length())[:n]
    groups = np.minimum((sequence[:, -1] * space.n_groups).astype(int), space.n_groups - 1)
    used = set(taken)
    chosen = []
    for point, group in zip(sequence[:, :-1], groups, strict=True):
        distance = ((space.points - point) ** 2).sum(axis=1) + 1e3 * (space.groups != group)
        distance[~free] = np.inf
        nearest = int(distance.round(DIGITS).argmin())
        if not np.isfinite(distance[nearest]):
            break
        free[nearest] = False
        if nearest not in used:
            chosen.append(Choice(nearest, BEGIN))
    return chosen


def next_batch(
    space: Space,
    phases: PhaseMap,
    taken: Sequence[int],
    pending: Sequence[int],
    n: int,
    n_explore: int,
    again: Sequence[int] = (),
    cost: np.ndarray | None = None,
) -> list[Choice]:
    """The points to look at next; fewer where there are no more.

    Parameters
    ----------
    space : Space
    phases : PhaseMap
        Of the space.
    taken : sequence of int
        Points that are not to be chosen any more.
    pending : sequence of int
        Those of them of which nothing is known yet: what is close to them is worth less.
    n, n_explore : int
        Points in all, and those of them that go far from everything.
    again : sequence of int
        Points of those taken that may be looked at once more.
    cost : ndarray of float64, shape (n_points,), optional
        By which the worth of a point is divided.
    """
    free = np.ones(len(space.points), dtype=bool)
    free[list(taken)] = False
    # what is likelier than not to fail is no use
    free &= phases.of(FAILED) <= 0.5
    open_points = free.copy()
    open_points[list(again)] = True
    worth = informative(space, phases)
    if cost is not None:
        worth = worth / cost
    for place in pending:
        worth = worth * _penalty(space, phases, place)
    chosen: list[Choice] = []
    while len(chosen) < n - n_explore and open_points.any():
        best = int(np.where(open_points, worth.round(DIGITS), -1.0).argmax())
        chosen.append(Choice(best, BOUNDARY if free[best] else REPEAT))
        open_points[best] = free[best] = False
        worth = worth * _penalty(space, phases, best)
    known = [*taken, *(choice.place for choice in chosen)]
    nearest = _distance_to(space, known)
    while len(chosen) < n and free.any():
        far = int(np.where(free, nearest.round(DIGITS), -1.0).argmax())
        chosen.append(Choice(far, EXPLORE))
        free[far] = False
        nearest = np.minimum(nearest, _distance_to(space, [far]))
    return chosen


def informative(space: Space, phases: PhaseMap) -> np.ndarray:
    """What a run at each point is worth: the doubt there, times the doubt within its length scales.

    Returns
    -------
    ndarray of float64, shape (n_points,)
    """
    doubt = phases.doubt
    around = np.ones_like(doubt)
    for group, lengths in phases.lengths.items():
        here = np.flatnonzero(space.groups == group)
        points = space.points[here]
        for first in range(0, len(here), BLOCK):  # a block of rows at a time: memory
            rows = slice(first, first + BLOCK)
            around[here[rows]] = kernel(points[rows], points, lengths) @ doubt[here]
    return np.asarray(doubt * around)


def _penalty(space: Space, phases: PhaseMap, place: int) -> np.ndarray:
    """By how much a point that is taken diminishes the worth of the others, shape (n,)."""
    group = int(space.groups[place])
    lengths = np.asarray(phases.lengths.get(group, (1.0,) * space.points.shape[1]))
    squares = (((space.points - space.points[place]) / lengths) ** 2).sum(axis=1)
    near = np.exp(-squares / (2.0 * REACH**2))
    return np.asarray(1.0 - np.where(space.groups == group, near, 0.0))


def _distance_to(space: Space, places: Sequence[int]) -> np.ndarray:
    """Distance of every point to the nearest of some; to none in its group it is far."""
    nearest = np.full(len(space.points), 10.0)
    for place in places:
        distance = np.sqrt(((space.points - space.points[place]) ** 2).sum(axis=1))
        here = space.groups == space.groups[place]
        nearest = np.where(here, np.minimum(nearest, distance), nearest)
    return nearest

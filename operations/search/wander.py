"""Many independent walkers of basin hopping: one hop after another by a team of lanes; one text for
the CPU and a GPU, as `operations.search.lbfgs`.

D. J. Wales and J. P. K. Doye, J. Phys. Chem. A 101, 5111 (1997), clusters of points. A walker is a
function of its state, the seed and its number: random numbers follow from seed, hop, particle and
number, whoever draws them and however many walkers there are.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from numba import types as nb

from operations.search.compilation import compiled
from operations.search.lbfgs import Outcome, descend, make_work
from operations.search.problem import PAIR_SUM, PROBLEM
from operations.search.random_words import uniforms
from operations.search.team import WIDTH, lane, sync
from operations.search.walk import Tally, adapted

#: Evaluations that a quench may take.
QUENCH = 2000


class Rule(NamedTuple):
    """What is fixed.

    Attributes
    ----------
    seed : int
    radius : float
        Of the sphere in which particles are at the start of a run.
    patience : int
        Hops without improvement after which a run ends.
    tolerance, longest : float
        Gradient that a quench comes down to, and its longest step.
    least : float
        Differences of energy that count.
    """

    seed: int
    radius: float
    patience: int
    tolerance: float
    longest: float
    least: float


class Flock(NamedTuple):
    """All walkers, one row each.

    Attributes
    ----------
    positions : ndarray of float64, shape (W, 3 N)
    energy, best, step, kT : ndarray of float64, shape (W,)
    since : ndarray of int64, shape (W,)
    tally : ndarray of int64, shape (W, 3)
        All these as in `operations.search.walk.Walk`.
    lowest : ndarray of float64, shape (W,)
    lowest_positions : ndarray of float64, shape (W, 3 N)
        Where the walker was lowest in the hops of this call.
    spent : ndarray of int64, shape (W,)
        Evaluations in it.
    """

    positions: Any
    energy: Any
    best: Any
    step: Any
    kT: Any
    since: Any
    tally: Any
    lowest: Any
    lowest_positions: Any
    spent: Any


@compiled
def _propose(rule, v, here, step, fresh, d, hop, w):
    """A random start, or every coordinate displaced, in `v`."""
    n = len(v) // 3
    for i in range(lane(), n, WIDTH):
        a, b, c, _ = uniforms(rule.seed, hop, i, w)
        if fresh:
            z = 2.0 * b - 1.0 if d == 3 else 0.0
            r = rule.radius * a ** (1.0 / d)
            flat = r * math.sqrt(1.0 - z * z)
            v[i], v[n + i] = flat * math.cos(2.0 * math.pi * c), flat * math.sin(2.0 * math.pi * c)
            v[2 * n + i] = r * z
        else:
            v[i] = here[i] + step * (2.0 * a - 1.0)
            v[n + i] = here[n + i] + step * (2.0 * b - 1.0)
            v[2 * n + i] = here[2 * n + i] + (step * (2.0 * c - 1.0) if d == 3 else 0.0)


@compiled
def wander(pair_sum, problem, rule, flock, w, hop, stop, v, work):
    """Walker `w` makes its hops from one number to a later one, in place.

    Parameters
    ----------
    pair_sum : function pointer of the kernel
    problem : Problem
    rule : Rule
    flock : Flock
    w, hop, stop : int
    v : ndarray of float64, shape (3 N,)
    work : Work
        Both scratch space.
    """
    n, d = len(problem.types), problem.dimensions
    here, lowest_positions = flock.positions[w], flock.lowest_positions[w]
    energy, best, step, kT = flock.energy[w], flock.best[w], flock.step[w], flock.kT[w]
    since, spent, lowest = flock.since[w], 0, math.inf
    tally = flock.tally[w]
    tried, elsewhere, accepted = tally[Tally.TRIED], tally[Tally.ELSEWHERE], tally[Tally.ACCEPTED]
    while hop < stop:
        fresh = not energy < math.inf or since >= rule.patience
        if fresh:
            energy, best, since = math.inf, math.inf, 0
        _propose(rule, v, here, step, fresh, d, hop, w)
        sync()
        outcome, new, calls = descend(
            pair_sum, problem, v, rule.tolerance, rule.longest, QUENCH, work
        )
        sync()
        spent += calls
        since += 1
        if outcome != Outcome.CONVERGED:
            new = math.inf
        change = new - energy
        u, _, _, _ = uniforms(rule.seed, hop, n, w)
        taken = new < math.inf and (change <= 0.0 or u < math.exp(-change / kT))
        if taken:
            energy = new
            for k in range(lane(), 3 * n, WIDTH):
                here[k] = v[k]
            if new < best - rule.least:
                best, since = new, 0
        if new < lowest:
            lowest = new
            for k in range(lane(), 3 * n, WIDTH):
                lowest_positions[k] = v[k]
        if not fresh:
            away = abs(change) > rule.least
            tried += 1
            elsewhere += away
            accepted += away and taken
            step, kT, tried, elsewhere, accepted = adapted(step, kT, tried, elsewhere, accepted)
        hop += 1
        sync()
    if lane() == 0:
        flock.energy[w], flock.best[w], flock.since[w] = energy, best, since
        flock.step[w], flock.kT[w] = step, kT
        tally[Tally.TRIED], tally[Tally.ELSEWHERE], tally[Tally.ACCEPTED] = (
            tried,
            elsewhere,
            accepted,
        )
        flock.lowest[w], flock.spent[w] = lowest, spent


RULE = nb.NamedTuple((nb.int64, nb.float64, nb.int64, nb.float64, nb.float64, nb.float64), Rule)
FLOCK = nb.NamedTuple(
    (
        nb.float64[:, ::1],
        *[nb.float64[::1]] * 4,
        nb.int64[::1],
        nb.int64[:, ::1],
        nb.float64[::1],
        nb.float64[:, ::1],
        nb.int64[::1],
    ),
    Flock,
)


@compiled(
    nb.void(PAIR_SUM, PROBLEM, RULE, FLOCK, nb.int64, nb.int64, nb.int64, nb.int64), nogil=True
)
def wander_all(pair_sum, problem, rule, flock, first, last, hop, stop):
    """Walkers from `first` until `last`, one after the other: what a GPU does, where there is
    none."""
    size = flock.positions.shape[1]
    work = make_work(size)
    for w in range(first, last):
        wander(pair_sum, problem, rule, flock, w, hop, stop, work.rows[0, :size].copy(), work)

"""Walkers of basin hopping that learn nothing of each other: all at once, on the cores or a GPU."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from operations.search.hopping import record_all
from operations.search.kernels import Kernel
from operations.search.moves import radius
from operations.search.problem import Problem
from operations.search.relax import cores, on_cores
from operations.search.walk import Count, Settings, Strategy, Walk
from operations.search.wander import Flock, Rule, wander_all

#: Hops of each walker in one call: a constant, as the lowest of them is what is recorded.
ROUNDS = 10


def walk_on(
    kernel: Kernel,
    problem: Problem,
    settings: Settings,
    walk: Walk,
    seed: int,
    most: int,
    device: str = "cpu",
) -> None:
    """All walkers make `ROUNDS` hops or fewer, in place; what each met that was lowest goes into
    the list of minima.

    Parameters
    ----------
    kernel : Kernel
    problem : Problem
    settings : Settings
    walk : Walk
    seed : int
    most : int
        Hops that are left to all of them together.
    device : "cpu" or "gpu"
    """
    counts, walkers = walk.counts, len(walk.energy)
    n, hop = len(problem.types), int(counts[Count.HOPS]) // walkers
    stop = hop + min(ROUNDS, -(-most // walkers))
    rule = Rule(
        seed,
        radius(settings.volume, problem.dimensions),
        int(settings.patience[Strategy.DISPLACEMENT]),
        1e-2 * settings.depth / settings.distance,
        0.4 if n < 4 else 0.2 * math.sqrt(n / 4.0),
        1e-3 * settings.depth,
    )
    lowest, spent = np.full(walkers, np.inf), np.zeros(walkers, dtype=np.int64)
    flock = Flock(
        walk.positions,
        walk.energy,
        walk.best,
        walk.step,
        walk.kT,
        walk.since,
        walk.tally,
        lowest,
        np.zeros_like(walk.positions),
        spent,
    )
    if device == "gpu":
        from operations.search.gpu import wander_batch

        wander_batch(kernel, problem, rule, flock, hop, stop)
    else:
        parts = np.linspace(0, walkers, cores() + 1).astype(int).tolist()
        pair_sum = kernel.sum(False)

        def wandered(part: tuple[int, int]) -> None:
            wander_all(pair_sum, problem, rule, flock, part[0], part[1], hop, stop)

        on_cores(wandered, list(pairwise(parts)))
    counts[Count.HOPS] += walkers * (stop - hop)
    counts[Count.QUENCHES] += walkers * (stop - hop)
    counts[Count.EVALUATIONS] += spent.sum()
    record_all(
        kernel.sum(False),
        kernel.pair_energies,
        problem,
        settings,
        walk,
        lowest,
        flock.lowest_positions,
    )

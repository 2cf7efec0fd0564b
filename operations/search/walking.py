"""Hops of many walkers at once, on the cores of this process or a GPU, and of few one by one.

The hops of a round, one of each walker at most, are drawn and relaxed together, then judged in
their order: the same bits as one after the other (`operations.search.hopping`).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from operations.search.hopping import hop
from operations.search.kernels import Kernel
from operations.search.problem import Problem
from operations.search.quench import QUENCH, rules
from operations.search.relax import cores
from operations.search.walk import Count, Settings, Trials, Walk

#: Parts of a round for each core: those that are done soon take another.
PARTS = 4
#: Squares of the particles of walkers, summed, for each core from which on a round goes to all.
LEAST = 75_000


def walk_on(
    functions: tuple[Any, Any],
    problem: Problem,
    settings: Settings,
    walk: Walk,
    key: int,
    hops: int,
    on_gpu: Kernel | None = None,
) -> bool:
    """Make hops, in place.

    Parameters
    ----------
    functions : pair
        Sum and energies of pairs, of the kernel or the bodies.
    problem : Problem
    settings : Settings
    walk : Walk
    key : int
        Of the random numbers, 0 to 2^63 - 1.
    hops : int
        How many; cut in any way, they are the same.
    on_gpu : Kernel, optional
        Relax on a GPU, with this kernel.

    Returns
    -------
    bool
        Whether the target has been reached or the budget is spent.

    Raises
    ------
    ValueError
        Where compressed quenches are asked of a GPU.
    """
    if on_gpu is not None and settings.compression > 0.0:
        raise ValueError("compression: only the CPU compresses before a quench")
    walkers, at_once = min(len(walk.energy), hops), cores()
    begin = int(walk.counts[Count.HOPS])
    end = begin + hops
    here = *functions, problem, settings, walk
    if on_gpu is None and (at_once == 1 or walkers * len(problem.types) ** 2 < LEAST * at_once):
        one = Trials.of(walk, settings, 1)
        return bool(hop(*here, one, key, begin, begin, end, True, True, True))
    trials = Trials.of(walk, settings, walkers)
    with ThreadPoolExecutor(at_once) as pool:
        for first in range(begin, end, walkers):
            last = min(first + walkers, end)

            def prepare(a: int, b: int, origin: int = first) -> None:
                hop(*here, trials, key, origin, a, b, True, on_gpu is None, False)

            cuts = np.linspace(first, last, PARTS * at_once + 1).astype(int)
            list(pool.map(prepare, cuts[:-1], cuts[1:]))
            if on_gpu is not None:
                _relax(on_gpu, problem, settings, trials, last - first)
            if hop(*here, trials, key, first, first, last, False, False, True):
                return True
    return False


def _relax(
    kernel: Kernel, problem: Problem, settings: Settings, trials: Trials, count: int
) -> None:
    """The first trials, on a GPU."""
    from operations.search.gpu import lbfgs_rows

    tolerance, longest = rules(problem, settings)
    trials.outcome[:count], trials.energy[:count], trials.evaluations[:count] = lbfgs_rows(
        kernel,
        problem,
        trials.positions[:count],
        np.full(count, len(problem.types)),
        np.tile(problem.types, (count, 1)),
        trials.cells[:count],
        np.full(count, problem.strain_length),
        not settings.open,
        tolerance,
        longest,
        QUENCH,
    )

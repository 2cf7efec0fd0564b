"""Two ways to do the same work, measured in turns."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

#: Columns of `row`.
HEADER = "million per second, bare | operation | ratio (95 %), wall time | ratio, CPU time"


def now() -> np.ndarray:
    """Seconds of wall time and of this process's CPU time, shape (2,)."""
    return np.array([time.perf_counter(), time.process_time()])


def row(
    bare: Callable[[], np.ndarray], operation: Callable[[], np.ndarray], work: float, turns: int
) -> str:
    """A row of a table: speeds, and the ratio operation / bare.

    Parameters
    ----------
    bare, operation : callable
        Do the work and return the seconds that count, as the difference of two `now`.
    work : float
        Units of work, such as particle-steps.
    turns : int
        Pairs of runs; which of the two comes first alternates.

    Returns
    -------
    str
        Medians; the ratio is the median of those of the pairs, with the interval that holds 95 % of
        the medians of resampled pairs. CPU time is what other processes disturb least.
    """
    seconds = np.empty((turns, 2, 2))
    for turn in range(turns):
        for k in (0, 1) if turn % 2 else (1, 0):
            seconds[turn, k] = (bare, operation)[k]()
    wall, cpu = seconds[..., 0], seconds[..., 1]
    speeds = work / np.median(wall, axis=0) / 1e6
    return f"{speeds[0]:.3g} | {speeds[1]:.3g} | {_ratio(wall)} | {_ratio(cpu)}"


def _ratio(times: np.ndarray) -> str:
    ratios = times[:, 0] / times[:, 1]
    again = np.random.default_rng(0).choice(ratios, (2000, len(ratios)))
    low, high = np.quantile(np.median(again, axis=1), (0.025, 0.975))
    return f"{np.median(ratios):.3f} ({low:.3f}–{high:.3f})"

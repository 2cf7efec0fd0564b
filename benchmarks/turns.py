"""Two ways to do the same work, measured in turns so short that the machine's moods meet both."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from multiprocessing.connection import Connection

import numpy as np

#: Columns of `row`.
HEADER = "million per second, bare | operation | ratio (95 %), wall time | ratio, CPU time"

#: Seconds that one of the two runs while the other is stopped.
SLICE = 0.2

#: Prepares outside of the timing; what it gives does the work.
Preparation = Callable[[], AbstractContextManager[Callable[[], None]]]


def row(bare: Preparation, operation: Preparation, work: float, turns: int) -> str:
    """A row of a table: speeds, and the ratio operation / bare.

    Each runs in a process of its own; SIGSTOP and SIGCONT let one of the two go on for `SLICE` at a
    time, so that both see the same frequency, neighbours and temperature of the machine.

    Parameters
    ----------
    bare, operation : callable
        Context managers that give what is timed; to be pickled.
    work : float
        Units of work, such as particle-steps.
    turns : int
        Pairs of runs, after one that does not count; which of the two begins alternates.

    Returns
    -------
    str
        Medians; the ratio is the median of those of the pairs, with the interval that holds 95 % of
        the medians of resampled pairs. CPU time is what other processes disturb least.
    """
    seconds = _measured((bare, operation), turns + 1)[1:]
    wall, cpu = seconds[..., 0], seconds[..., 1]
    speeds = work / np.median(wall, axis=0) / 1e6
    return f"{speeds[0]:.3g} | {speeds[1]:.3g} | {_ratio(wall)} | {_ratio(cpu)}"


def _measured(sides: tuple[Preparation, Preparation], turns: int) -> np.ndarray:
    """Seconds of wall and of CPU time, shape (turns, 2 sides, 2)."""
    context = multiprocessing.get_context("spawn")
    pipes, processes = [], []
    for side in sides:
        pipe, other = context.Pipe()
        process = context.Process(target=_work, args=(side, turns, other), daemon=True)
        process.start()
        other.close()
        pipes.append(pipe)
        processes.append(process)
    seconds = np.zeros((turns, 2, 2))
    for turn in range(turns):
        for pipe in pipes:
            pipe.recv()  # it is ready
        left = [0, 1] if turn % 2 else [1, 0]
        begun: set[int] = set()
        while left:
            side = left[0]
            begin = time.perf_counter()
            if side in begun:
                os.kill(processes[side].pid or 0, signal.SIGCONT)
            else:
                pipes[side].send(None)
                begun.add(side)
            finished = pipes[side].poll(SLICE)
            if not finished:
                os.kill(processes[side].pid or 0, signal.SIGSTOP)
            seconds[turn, side, 0] += time.perf_counter() - begin
            if finished:
                seconds[turn, side, 1] = pipes[side].recv()
                left.remove(side)
            else:
                left.reverse()
    for process in processes:
        process.join()
    return seconds


def _work(prepare: Preparation, turns: int, pipe: Connection) -> None:
    for _ in range(turns):
        with prepare() as work:
            pipe.send(None)
            pipe.recv()
            begin = time.process_time()
            work()
            pipe.send(time.process_time() - begin)


def _ratio(times: np.ndarray) -> str:
    ratios = times[:, 0] / times[:, 1]
    again = np.random.default_rng(0).choice(ratios, (2000, len(ratios)))
    low, high = np.quantile(np.median(again, axis=1), (0.025, 0.975))
    return f"{np.median(ratios):.3f} ({low:.3f}–{high:.3f})"

"""Molecular dynamics of many small systems at once: on the cores of the CPU, or in one launch on a
GPU. What becomes of one does not depend on the others."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from operations.search.dynamics import Motion, Record, Rule, follow
from operations.search.kernels import Kernel
from operations.search.neighbour_list import Neighbours, listed_sum_alone
from operations.search.problem import Problem
from operations.search.relax import check_gpu, cores


class Trip(NamedTuple):
    """One system and where it goes.

    Attributes
    ----------
    kernel : Kernel
        Of its pairs.
    problem, motion, neighbours, rule
        As `operations.search.dynamics` has them; `motion` is changed.
    step : int
        Where it begins.
    record : Record
        Is filled.
    """

    kernel: Kernel
    problem: Problem
    motion: Motion
    neighbours: Neighbours
    rule: Rule
    step: int
    record: Record


def pair_sum(kernel: Kernel) -> Any:
    """The sum over pairs that a core takes: a function pointer."""
    return listed_sum_alone(kernel.compiled, len(kernel.forms) == 1)


def follow_all(trips: Sequence[Trip], device: str = "cpu") -> list[int | None]:
    """`operations.search.dynamics.follow` of each: how many events it has passed; None where a
    signal or the deadline has come before its launch.

    Raises
    ------
    EngineError
        Where a GPU is asked for and there is none.
    DeviceLostError
        Where the GPU answers no more.
    """
    if device == "gpu":
        from operations.search.gpu_dynamics import follow_on_gpu

        check_gpu()
        return follow_on_gpu(trips)

    sums = [pair_sum(trip.kernel) for trip in trips]  # compiled once; each thread would do it again

    def followed(number: int) -> int:
        return int(follow(sums[number], *trips[number][1:]))

    at_once = min(cores(), len(trips))
    if at_once < 2:
        return [followed(number) for number in range(len(trips))]
    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(followed, range(len(trips))))

"""The search's one way to relax: a list of configurations, each to the minimum below it.

On the CPU one after the other, on as many cores as the job has; on a GPU all at once. What becomes
of one does not depend on the others.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from analysis.configuration import Configuration
from operations.jobs.errors import EngineError
from operations.jobs.state import GPU_TOO
from operations.search.bodies import Bodies
from operations.search.body_crystals import minimise_bodies
from operations.search.kernels import Kernel
from operations.search.lbfgs import lbfgs
from operations.search.minimise import Minimum, make_problem, minimum_of, placed_to_relax
from operations.search.problem import Problem

if TYPE_CHECKING:
    from operations.jobs.driver import Task

One = TypeVar("One")
Other = TypeVar("Other")


def cores() -> int:
    """Cores of this process, as a worker on a node says it for all libraries; 1 where none does."""
    said = os.environ.get("OMP_NUM_THREADS", "1").split(",")[0]
    return max(1, int(said)) if said.isdecimal() else 1


def device_of(task: Task) -> str:
    """Where a search relaxes: "gpu" if the campaign asks for one and the job was sent to one.

    Raises
    ------
    EngineError
        Where there is none.
    """
    if task.settings.get("device") != "gpu" or not (task.folder / GPU_TOO).exists():
        return "cpu"
    check_gpu()
    return "gpu"


def relax(
    kernel: Kernel | Bodies,
    configurations: Sequence[Configuration],
    pressure: float | None = None,
    *,
    tolerance: float = 1e-6,
    max_step: float = 0.4,
    max_evaluations: int = 20_000,
    device: str = "cpu",
) -> list[Minimum]:
    """The local minimum below each configuration, in their order.

    Parameters
    ----------
    kernel : Kernel or Bodies
        Of bodies: their crystals, which need a pressure, and the CPU.
    configurations : sequence of Configuration
        All open or all periodic.
    pressure, tolerance, max_step, max_evaluations
        As in `operations.search.minimise.minimise`.
    device : "cpu" or "gpu"

    Raises
    ------
    EngineError
        Where a GPU is asked for and there is none.
    ValueError
        Where a configuration is too large for it.
    """
    rules = tolerance, max_step, max_evaluations
    if isinstance(kernel, Bodies):
        names = ("tolerance", "max_step", "max_evaluations")
        options: dict[str, Any] = dict(zip(names, rules, strict=True))
        if pressure is None:
            raise ValueError("crystals of bodies are relaxed at a pressure, there is none")
        return _on_cores(
            lambda one: minimise_bodies(kernel, one, pressure, **options), configurations
        )
    placed = [placed_to_relax(one, pressure) for one in configurations]
    if len({one.periodic for one in placed}) > 1:
        raise ValueError("open and periodic configurations are not relaxed together")
    begun = [make_problem(kernel, one, pressure) for one in placed]
    problems, v = [problem for problem, _ in begun], [start for _, start in begun]
    ends = lbfgs_of_all(kernel, problems, v, any(one.periodic for one in placed), *rules, device)
    parts = zip(placed, problems, v, ends, strict=True)
    return [minimum_of(one, problem, end, pressure, how) for one, problem, end, how in parts]


def lbfgs_of_all(
    kernel: Kernel,
    problems: Sequence[Problem],
    starts: Sequence[np.ndarray],
    periodic: bool,
    tolerance: float,
    max_step: float,
    max_evaluations: int,
    device: str = "cpu",
) -> list[tuple[int, float, int]]:
    """`operations.search.lbfgs.lbfgs` of each, in place: outcomes, energies, evaluations."""
    if device == "gpu" and starts:
        from operations.search.gpu import lbfgs_batch

        check_gpu()
        return lbfgs_batch(kernel, problems, starts, periodic, tolerance, max_step, max_evaluations)
    pair_sum = kernel.sum(periodic)

    def relaxed(one: tuple[Problem, np.ndarray]) -> tuple[int, float, int]:
        end: tuple[int, float, int] = lbfgs(pair_sum, *one, tolerance, max_step, max_evaluations)
        return end

    return _on_cores(relaxed, list(zip(problems, starts, strict=True)))


def check_gpu() -> None:
    """Raise EngineError where nothing can be relaxed on a GPU."""
    from operations.search.gpu import no_gpu

    if no_gpu():
        raise EngineError(f"device: gpu, but {no_gpu()}; set device: cpu")


def _on_cores(function: Callable[[One], Other], items: Sequence[One]) -> list[Other]:
    """The function of each, on the cores of this process; compiled functions let go of the GIL."""
    at_once = min(cores(), len(items))
    if at_once < 2:
        return [function(item) for item in items]
    with ThreadPoolExecutor(at_once) as pool:
        # The first alone: what it compiles is there for the others.
        return [function(items[0]), *pool.map(function, items[1:])]

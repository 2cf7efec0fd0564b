"""By gradient: steps down a loss that is differentiated through short trajectories, by JAX.

One step is one update, from trajectories that follow from the job and the number of the update; in
the end, one of the runs that the judge sees.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.configuration import Configuration
from operations.design.differentiable import Losses, differentiable
from operations.design.fluctuating import crystal_of
from operations.design.judged_run import (
    MOST_OF_THEM,
    REPLICAS,
    JudgedDesign,
    assembled,
    replica,
    run_of,
    seen_at_the_end,
)
from operations.engines import ExplodedError
from operations.jobs.result import Result
from operations.jobs.seeds import generator
from workspace_schema.methods.ramp import knots

FloatArray = NDArray[np.float64]

#: Of Adam: memory of the gradient and of its square, and what keeps it from dividing by zero.
MEMORY, MEMORY_OF_SQUARES, TINY = 0.9, 0.999, 1e-12
#: Updates at the end over which the fall of the loss is told.
LAST = 100
#: Loss of a trajectory that explodes: neighbours are off by a mean distance.
LOST = 1.0
#: Halvings of a step, at most, until there is a potential.
HALVINGS = 20
#: Points that are one, in units of the bounds.
NEAR = 1e-3


@dataclass
class State:
    """Where a design is.

    Attributes
    ----------
    x : ndarray, shape (n,)
        The point of the unit cube.
    safe : ndarray, shape (n,)
        The last at which no trajectory exploded; at first the middle.
    first, second : ndarray, shape (n,)
        Averages of the gradient and of its square.
    history : list of dict
        One for each update.
    replicas : list of dict
        Runs with what was found.
    engine : list of str
    wall_seconds : float
    judge : str
        Name and hash of the labeller.
    """

    x: FloatArray
    safe: FloatArray
    first: FloatArray
    second: FloatArray
    history: list[dict[str, Any]] = field(default_factory=list)
    replicas: list[dict[str, Any]] = field(default_factory=list)
    engine: list[str] = field(default_factory=list)
    wall_seconds: float = 0.0
    judge: str = ""


class Gradient(JudgedDesign):
    """The design, driven by `operations.jobs.driver`."""

    unit = "updates"
    state = State

    # -- verbs of the driver ---------------------------------------------------------------------

    def start(self) -> State:
        """A random point about the middle; or the design that is lengthened."""
        earlier = self._task.folder / "design.npz"
        if earlier.exists():
            return replace(self.load(earlier), replicas=[])
        x = self._began
        zero = np.zeros(len(x))
        return State(x, self._unknowns.start, zero, zero, judge=self._judge)

    def step(self, state: State) -> State:
        """One update; when there are no further ones, one run with what was found."""
        begin = time.monotonic()
        if len(state.history) < self._method.updates:
            self._update(state)
        else:
            number = len(state.replicas)
            text = f"{self._task.id} {len(state.history)} replica {number}"
            run = run_of(self._task, self._method, text)
            tables, sought = self._unknowns.tables(state.x), self._unknowns.potentials
            seen = seen_at_the_end(run, tables, sought, self._method.target)
            state.engine = list(seen.engine) or state.engine
            state.replicas = [*state.replicas, replica(self._task, number, seen)]
        state.wall_seconds += time.monotonic() - begin
        return state

    def finished(self, state: State) -> bool:
        """Whether the judge has seen all replicas."""
        return len(state.replicas) >= REPLICAS

    def progress(self, state: State) -> tuple[float, float, float, str]:
        """Updates, and the loss."""
        done = len(state.history)
        detail = f"loss {state.history[-1]['loss']:.4g}" if done else ""
        return done, self._method.updates, 1.0, detail

    def rescue(self, state: State) -> None:
        """Nothing is lost: trajectories are short."""

    def finish(self, state: State) -> Result:
        """Write the replicas, those of the target first, and the potential."""
        method = self._method
        self.save(state, self._task.folder / "design.npz")
        verdict, reason = "found", ""
        if assembled(state.replicas, method.target) < MOST_OF_THEM:
            # from one start: where the loss has settled, another may lead elsewhere
            verdict, reason = "undecided", f"{self.words(state)} replicas"
            if len(state.history) >= LAST:
                fall, error = _fall(state.history)
                reason += f"; in the last {LAST} updates the loss fell by {fall:.2g} ± {error:.1g}"
        details = {
            "updates": len(state.history),
            "exploded": sum(line["exploded"] for line in state.history),
            "curves": self._unknowns.curves(state.x, self._began),
        }
        evaluations = len(state.history) * method.systems * method.window
        evaluations += len(state.replicas) * self.steps_of_a_run
        return self.result(
            state, state.x, verdict, reason, details, evaluations, packages=("jax", "jaxlib")
        )

    # -- details ---------------------------------------------------------------------------------

    @property
    def _began(self) -> FloatArray:
        """A random point about the middle."""
        middle = self._unknowns.start
        random = generator(self._task.seed, "start")
        x = np.clip(middle * random.uniform(0.0, 2.0, len(middle)), 0.0, 1.0)
        return self._towards(middle, x)

    @cached_property
    def _target(self) -> Configuration:
        return crystal_of(self._method.target, self._n, self._method.number_density)

    @cached_property
    def _losses(self) -> Losses:
        (one,) = self._unknowns.of.values()
        method = self._method
        return differentiable(one, self._target, knots(method.kT)[-1], method.dt, method.window)

    def _towards(self, x: FloatArray, to: FloatArray) -> FloatArray:
        """The second point, or as near to it from the first as there is a potential."""
        for _ in range(HALVINGS):
            try:
                self._unknowns.tables(to)
            except ValueError:
                to = 0.5 * (x + to)
            else:
                return to
        return x

    def _update(self, state: State) -> None:
        """One step of Adam down the mean of gradients, none of which is longer than the median.

        Trajectories that explode have none, and without them the step would lead to where more do:
        it leads half way back to where none did.
        """
        random = generator(self._task.seed, f"update {len(state.history)}")
        shape = (self._method.systems, self._n, self._dimensions)
        width = self._method.spread * self._spacing
        crystal = self._target.positions[:, : self._dimensions]
        starts = crystal + width * _displacements(random, shape)
        velocities = math.sqrt(knots(self._method.kT)[-1]) * random.standard_normal(shape)
        seeds = random.integers(0, 2**31, self._method.systems)
        losses, gradients = self._losses(state.x, starts, velocities, seeds)
        known = np.isfinite(losses) & np.isfinite(gradients).all(axis=1)
        exploded = int(np.sum(~known))
        k = len(state.history) + 1
        line = {"update": k, "loss": float(np.where(known, losses, LOST).mean())}
        line |= {"exploded": exploded} | self._unknowns.found(state.x)
        if exploded:
            if exploded == len(known) and np.allclose(state.x, state.safe, atol=NEAR):
                raise ExplodedError("no trajectory has a finite gradient: expected a shorter dt")
            state.history.append(line)
            state.first = np.zeros_like(state.first)
            state.x = self._towards(state.safe, 0.5 * (state.x + state.safe))
            return
        lengths = np.linalg.norm(gradients, axis=1)
        line["gradient"] = longest = float(np.median(lengths))
        state.history.append(line)
        share = np.minimum(1.0, longest / np.maximum(lengths, TINY))
        gradient = (share[:, None] * gradients).mean(axis=0)
        state.first = MEMORY * state.first + (1.0 - MEMORY) * gradient
        state.second = MEMORY_OF_SQUARES * state.second + (1.0 - MEMORY_OF_SQUARES) * gradient**2
        mean, square = state.first / (1 - MEMORY**k), state.second / (1 - MEMORY_OF_SQUARES**k)
        step = self._method.rate * mean / (np.sqrt(square) + TINY)
        state.safe = state.x
        state.x = self._towards(state.x, np.clip(state.x - step, self._unknowns.lowest, 1.0))


def _displacements(random: np.random.Generator, shape: tuple[int, ...]) -> FloatArray:
    """Gaussian displacements, drawn anew where longer than twice their width: particles keep their
    sites."""
    found = random.standard_normal(shape)
    while (far := np.linalg.norm(found, axis=-1) > 2.0).any():
        found[far] = random.standard_normal((int(far.sum()), shape[-1]))
    return found


def _fall(history: Sequence[Mapping[str, Any]]) -> tuple[float, float]:
    """How far the loss has fallen from one half of the last updates to the other, and its error."""
    losses = np.array([line["loss"] for line in history[-LAST:]]).reshape(2, -1)
    before, now = losses.mean(axis=1)
    error = np.sqrt(losses.var(axis=1, ddof=1).sum() / (LAST // 2))
    return float(before - now), float(error)

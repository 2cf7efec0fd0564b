"""By label: evolution of a potential by what the judge says of short runs from random starts.

One step is one run, or as many as the pool has processes. What a run comes to follows from the job,
the candidate and the number of the run, so that the pool changes nothing.
"""

from __future__ import annotations

import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from typing import Any

import numpy as np
from numpy.typing import NDArray

from operations.design.evolution import Evolution
from operations.design.judged_run import (
    MOST_OF_THEM,
    REPLICAS,
    JudgedDesign,
    Seen,
    assembled,
    replica,
    run_of,
    seen_at_the_end,
)
from operations.jobs.driver import Task
from operations.jobs.result import Result
from workspace_schema.potentials import TableData

FloatArray = NDArray[np.float64]

#: Evolution has ended where a step is shorter than this part of the bounds.
NARROW = 0.01


@dataclass
class State:
    """Where a design is.

    Attributes
    ----------
    told : ndarray, shape (updates, population, runs)
        Probabilities of all finished updates, of which evolution follows.
    scores : ndarray, shape (k,)
        Those of the present candidates so far; run k is of candidate k // runs.
    labels : list of str
        Of the same runs.
    candidate : ndarray
        Of the present replicas; empty while candidates are looked at.
    best : ndarray
        The candidate with the best mean so far; where it starts while none is seen to be any good.
    history : list of dict
        One for each update.
    replicas : list of dict
        Runs of the last candidate that was looked at with new seeds.
    engine : list of str
    over : str
        Why it is over; empty while it is not.
    runs : int
        In all.
    wall_seconds : float
    judge : str
        Name and hash of the labeller.
    """

    told: FloatArray
    scores: FloatArray
    candidate: FloatArray
    best: FloatArray
    labels: list[str] = field(default_factory=list)
    history: list[dict[str, Any]] = field(default_factory=list)
    replicas: list[dict[str, Any]] = field(default_factory=list)
    engine: list[str] = field(default_factory=list)
    over: str = ""
    runs: int = 0
    wall_seconds: float = 0.0
    judge: str = ""


class Label(JudgedDesign):
    """The design, driven by `operations.jobs.driver`."""

    unit = "runs"
    state = State

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        self._pool: ProcessPoolExecutor | None = None
        self._followed: tuple[int, Evolution] | None = None

    # -- verbs of the driver ---------------------------------------------------------------------

    def start(self) -> State:
        """Nothing is known; or the design that is lengthened."""
        earlier = self._task.folder / "design.npz"
        if earlier.exists():
            return replace(self.load(earlier), over="", candidate=np.zeros(0), replicas=[])
        method, start = self._method, self._unknowns.start
        told = np.zeros((0, method.population, method.runs))
        return State(told, np.zeros(0), np.zeros(0), start, judge=self._judge)

    def step(self, state: State) -> State:
        """The next runs; where all candidates have had theirs, an update."""
        begin = time.monotonic()
        first, wanted = self._wanted(state)
        numbers = range(first, min(first + self._processes, wanted))
        for number, seen in zip(numbers, self._runs(state, numbers), strict=True):
            state.runs += 1
            state.engine = list(seen.engine) or state.engine
            if len(state.candidate):
                state.replicas = [*state.replicas, replica(self._task, number, seen)]
            else:
                state.scores = np.append(state.scores, seen.probability)
                state.labels = [*state.labels, seen.label]
        if numbers.stop == wanted:
            state = self._judged(state) if len(state.candidate) else self._updated(state)
        state.wall_seconds += time.monotonic() - begin
        return state

    def finished(self, state: State) -> bool:
        """Whether the target assembles, the updates are spent, or evolution has ended."""
        return bool(state.over)

    def progress(self, state: State) -> tuple[float, float, float, str]:
        """Runs of the updates done, at most, and the best candidate."""
        a, b = self._method.population, self._method.runs
        detail = ""
        if state.history:
            last = state.history[-1]
            detail = f"update {len(state.told)}  best {last['best']:.3f}  mean {last['mean']:.3f}"
        return (
            len(state.told) * a * b + len(state.scores),
            self._method.updates * a * b,
            1.0,
            detail,
        )

    def rescue(self, state: State) -> None:
        """A run that explodes is a bad candidate, nothing else."""

    def finish(self, state: State) -> Result:
        """Write the replicas, those of the target first, and the potential."""
        if self._pool is not None:
            self._pool.shutdown()
        self.save(state, self._task.folder / "design.npz")
        verdict = {"assembled": "found", "narrow": "not found"}.get(state.over, "undecided")
        why = "evolution has narrowed" if state.over == "narrow" else "the updates are spent"
        details = {
            "probability": float(np.mean([one["probability"] for one in state.replicas])),
            "updates": len(state.told),
            "runs": state.runs,
            "curves": self._unknowns.curves(state.candidate),
        }
        reason = "" if verdict == "found" else f"{self.words(state)} replicas, and {why}"
        evaluations = state.runs * self.steps_of_a_run
        return self.result(
            state, state.candidate, verdict, reason, details, evaluations, packages=("cma",)
        )

    # -- runs --------------------------------------------------------------------------------------

    @property
    def _processes(self) -> int:
        return int(self._task.settings.get("pool") or 1)

    def _wanted(self, state: State) -> tuple[int, int]:
        """Runs done of the present stage, and all of them."""
        if len(state.candidate):
            return len(state.replicas), REPLICAS
        return len(state.scores), self._method.population * self._method.runs

    def _runs(self, state: State, numbers: range) -> list[Seen]:
        """What runs of the present stage come to, in the order of their numbers."""
        tries: list[tuple[Task | None, dict[str, TableData] | str]] = []
        for number in numbers:
            x = state.candidate
            if not len(x):
                x = self._evolution(state).candidates[number // self._method.runs]
            stage = "replica" if len(state.candidate) else "candidate"
            text = f"{self._task.id} {len(state.told)} {stage} {number}"
            try:
                tables = self._unknowns.tables(x)
            except ValueError as error:
                tries.append((None, str(error)))
                continue
            tries.append((run_of(self._task, self._method, text), tables))
        sought = self._unknowns.potentials
        if self._processes == 1:
            return [seen_at_the_end(*one, sought, self._method.target) for one in tries]
        if self._pool is None:
            # engines do not survive a fork
            self._pool = ProcessPoolExecutor(self._processes, get_context("spawn"))
        waiting = [
            self._pool.submit(seen_at_the_end, *one, sought, self._method.target) for one in tries
        ]
        return [one.result() for one in waiting]

    # -- updates -----------------------------------------------------------------------------------

    def _evolution(self, state: State) -> Evolution:
        """Evolution after all that it was told, with the present candidates."""
        done = len(state.told)
        if self._followed is None or self._followed[0] != done:
            known = self._followed
            if known is not None and known[0] == done - 1:
                known[1].tell(state.told[-1].mean(axis=1))
                self._followed = done, known[1]
            else:
                means = state.told.mean(axis=2)
                start, n = self._unknowns.start, self._method.population
                self._followed = done, Evolution.after(means, start, n, self._task.seed)
        return self._followed[1]

    def _updated(self, state: State) -> State:
        """The state after all candidates had their runs."""
        method, evolution = self._method, self._evolution(state)
        scores = state.scores.reshape(method.population, method.runs)
        hits = np.array([label == method.target for label in state.labels]).reshape(scores.shape)
        best = int(np.argmax(scores.mean(axis=1)))
        known = max((line["best"] for line in state.history), default=0.0)
        if scores[best].mean() > known:
            state.best = evolution.candidates[best]
        state.history.append(
            {
                "update": len(state.told) + 1,
                "best": float(scores[best].mean()),
                "mean": float(scores.mean()),
                "assembled": int(hits.sum()),
                "runs": int(hits.size),
                "step": evolution.step,
                **self._unknowns.found(evolution.candidates[best]),
            }
        )
        candidate = evolution.candidates[best]
        state.told = np.concatenate([state.told, scores[None]])
        state.scores, state.labels = np.zeros(0), []
        state.replicas = []
        if hits[best].all():
            state.candidate = candidate
        elif self._last(state):
            state.candidate = state.best
        return state

    def _last(self, state: State) -> bool:
        """Whether there are no further candidates."""
        return len(state.told) >= self._method.updates or self._evolution(state).step < NARROW

    def _judged(self, state: State) -> State:
        """The state after the replicas: it is over, or evolution goes on."""
        hits = assembled(state.replicas, self._method.target)
        state.history[-1]["replicas"] = hits
        if hits >= MOST_OF_THEM:
            state.over = "assembled"
        elif self._last(state):
            spent = len(state.told) >= self._method.updates
            state.over = "updates" if spent else "narrow"
        else:
            state.candidate, state.replicas = np.zeros(0), []
        return state

"""Method `metadynamics`: a bias that grows until the variable goes to and fro, then sampling.

Well-tempered metadynamics (A. Barducci, G. Bussi and M. Parrinello, Phys. Rev. Lett. 100, 020603
(2008)) lays hills in the first `filling_steps`. Then the bias V stays as it is: samples with the
weights exp(V/kT) are canonical whatever V is, which those of a bias that still grows are not. Where
the bias acts on segments, hills are laid between these.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, cast

import numpy as np

from analysis.statistics import correlated_mean, jackknife
from operations.engines import EngineState, Sampling, Segment
from operations.equilibrium.along_variable import AlongVariable, unbiased
from operations.equilibrium.ladder import there_and_back
from operations.equilibrium.runs import PERIOD, FloatArray, State, known, start_of
from operations.interactions.bias import CollectiveVariable, Hills
from operations.jobs.driver import Task
from operations.jobs.seeds import generator

#: Hills in the range, where their width is left out, and height of the first, in kT.
WIDTHS, HEIGHT = 40, 0.5
#: Part of the range at either end in which the variable has arrived there.
END = 0.1
#: Ways to the other end and back below which nothing is said of errors.
TRIPS = 5
#: Array of an engine state that holds the grid of the bias.
GRID = "hills"


class Metadynamics(AlongVariable):
    """The free energy along a collective variable."""

    key = "metadynamics"

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        method = self.method
        variable = cast(CollectiveVariable, self.variable)  # segments ask it for no force
        width = method.width or (method.high - method.low) / WIDTHS
        self._hills = Hills.none(variable, method.low, method.high, width, method.kT)
        model = self.model if self.by_segments else replace(self.model, bias=(self._hills,))
        self.runs = [self.run(model)]

    def begin(self, number: int, engine: Any, state: State) -> EngineState:
        """See `Runs`; without a hill."""
        random = generator(self._task.seed, "velocities")
        start = start_of(self.start_configuration, self.method.kT, random)
        begun: EngineState = engine.begin(start)
        return begun | {GRID: np.zeros_like(self._hills.grid)}

    def advance(
        self, number: int, engine: Any, state: EngineState, step: int, stop: int
    ) -> tuple[EngineState, FloatArray, FloatArray]:
        """See `Runs`: hills at multiples of `stride`, until samples are taken."""
        self._hills.grid[:] = state[GRID]
        rows = np.zeros((0, 0))
        while step < stop:
            end = stop
            if step < self._equilibration:
                end = min(step - step % self.method.stride + self.method.stride, stop)
            state, rows = self._to(engine, state, step, end)
            if step < self._equilibration and end % self.method.stride == 0:
                self._lay(float(rows[-1, self.column]))
            # in place: an engine may keep a simulation in memory that has come to this very state
            state[GRID] = self._hills.grid.copy()
            step = end
        return state, rows if step > self._equilibration else rows[:0], self.beyond([])

    def add_up(self, state: State) -> tuple[dict[str, Any], dict[str, Any]]:
        """See the module's docstring; errors are null unless the variable has gone to and fro."""
        method = self.method
        low, high = method.low, method.high
        rows = self.sampled(0, state)
        q, end = rows[:, 0], END * (high - low)
        trips = there_and_back(q < low + end, q > high - end)
        time = correlated_mean(q).autocorrelation_time

        def bias(values: FloatArray) -> FloatArray:
            return self._hills.at(values)[0][None] / method.kT

        def summed(samples: list[FloatArray]) -> FloatArray:
            return self.profile(np.concatenate(samples), unbiased(samples, bias))

        self._hills.grid[:] = state.engines[0][GRID]
        with np.errstate(divide="ignore", invalid="ignore"):
            values, errors = jackknife([rows], summed)
        if trips < TRIPS:
            errors = np.full(errors.shape, np.nan)
        if not trips:  # one crossing says nothing of both sides
            values = np.full(values.shape, np.nan)
        averages, details = self.in_words(values, errors, state)
        return averages, details | {
            "bias": self._hills.at(self.values)[0].tolist(),
            "width": self._hills.width,
            "samples": len(q),
            "inside": float(np.mean((q >= low) & (q <= high))),
            "autocorrelation_time": known(np.array([time]))[0],
            "round_trips": trips,
        }

    def _to(
        self, engine: Any, state: EngineState, step: int, end: int
    ) -> tuple[EngineState, FloatArray]:
        """From one step to another under the bias as it is, and the samples: while it grows one at
        every multiple of `stride`."""
        method, grows = self.method, step < self._equilibration
        if self.by_segments:
            segments = self.segments(0, engine, self._energy, method.stride if grows else 0)
            return segments.advance(engine, state, step, end)
        kT = method.kT
        whole = Segment(0, 10**15, (kT, kT))
        every = Sampling(method.stride if grows else PERIOD, 0, 10**15)
        chunk = engine.run(state, whole, end, every)
        return chunk.state, chunk.samples

    def _energy(self, value: float) -> float:
        """Of the bias; infinite where the variable is."""
        return float(self._hills.at(value)[0]) if math.isfinite(value) else value

    def _lay(self, value: float) -> None:
        """A hill where the variable is, if it is in the range."""
        method = self.method
        if not method.low <= value <= method.high:
            return
        tempered = method.kT * (method.bias_factor - 1.0)
        height = method.height or HEIGHT * method.kT
        here = float(self._hills.at(value)[0])
        self._hills.lay(value, height * math.exp(-here / tempered))

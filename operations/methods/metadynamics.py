"""Method `metadynamics`: a bias that grows until the variable goes to and fro, then sampling.

Well-tempered metadynamics (A. Barducci, G. Bussi and M. Parrinello, Phys. Rev. Lett. 100, 020603
(2008)) lays hills in the first `filling_steps`. Then the bias V stays as it is: samples with the
weights exp(V/kT) are canonical whatever V is, which those of a bias that still grows are not.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from analysis.statistics import correlated_mean, jackknife
from operations.engines import EngineState, Sampling, Segment
from operations.equilibrium.along_variable import AlongVariable, OfState, unbiased
from operations.equilibrium.ladder import there_and_back
from operations.equilibrium.runs import FloatArray, Run, State, known, start_of
from operations.interactions.bias import Hills
from operations.jobs.driver import Task
from operations.jobs.seeds import generator

#: Relaxation time of the thermostat.
THERMOSTAT_TIME = 1.0
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
        assert self.variable is not None  # no other is accepted
        assert not isinstance(self.variable, OfState)
        width = method.width or (method.high - method.low) / WIDTHS
        self._hills = Hills.none(self.variable, method.low, method.high, width, method.kT)
        model = replace(self.model, bias=(self._hills,))
        self.runs = [Run(model, self.langevin(model, method.dt, THERMOSTAT_TIME), method.kT)]

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
        if step >= self._equilibration:
            later, rows, beyond = super().advance(number, engine, state, step, stop)
            later[GRID] = state[GRID]
            return later, rows, beyond
        kT, stride = self.method.kT, self.method.stride
        whole, every = Segment(0, 10**15, (kT, kT)), Sampling(stride, 0, 10**15)
        while step < stop:
            end = min(step - step % stride + stride, stop)
            chunk = engine.run(state, whole, end, every)
            if end % stride == 0:
                self._lay(float(chunk.samples[-1, -1]))
            # in place: an engine may keep a simulation in memory that has come to this very state
            chunk.state[GRID] = self._hills.grid.copy()
            state, step = chunk.state, end
        return state, chunk.samples[:0], self.beyond([])

    def add_up(self, state: State) -> tuple[dict[str, Any], dict[str, Any]]:
        """See the module's docstring; errors are null unless the variable has gone to and fro."""
        method = self.method
        low, high = method.low, method.high
        q, end = state.samples[0][:, -1], END * (high - low)
        trips = there_and_back(q < low + end, q > high - end)
        time = correlated_mean(q).autocorrelation_time

        def bias(values: FloatArray) -> FloatArray:
            return self._hills.at(values)[0][None] / method.kT

        def profile(samples: list[FloatArray]) -> FloatArray:
            return self.of_bins(np.concatenate(samples)[:, 0], unbiased(samples, bias))

        self._hills.grid[:] = state.engines[0][GRID]
        with np.errstate(divide="ignore", invalid="ignore"):
            values, errors = jackknife([q[:, None]], profile)
        if trips < TRIPS:
            errors = np.full(errors.shape, np.nan)
        if not trips:  # one crossing says nothing of both sides
            values = np.full(values.shape, np.nan)
        details = self.profile_in_words(values, errors) | {
            "bias": self._hills.at(self.values)[0].tolist(),
            "width": self._hills.width,
            "samples": len(q),
            "inside": float(np.mean((q >= low) & (q <= high))),
            "autocorrelation_time": known(np.array([time]))[0],
            "round_trips": trips,
        }
        return {}, details

    def _lay(self, value: float) -> None:
        """A hill where the variable is, if it is in the range."""
        method = self.method
        if not method.low <= value <= method.high:
            return
        tempered = method.kT * (method.bias_factor - 1.0)
        height = method.height or HEIGHT * method.kT
        here = float(self._hills.at(value)[0])
        self._hills.lay(value, height * math.exp(-here / tempered))

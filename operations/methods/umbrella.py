"""Method `umbrella`: simulations with a harmonic bias on a collective variable, put together.

Where the bias acts on segments, windows begin one where the other has been equilibrated, and then
neighbours exchange their configurations after each sample, with the probability that leaves all of
them canonical: what a window seldom does by itself and its variable does not show comes to it from
others (Y. Sugita, A. Kitao and Y. Okamoto, J. Chem. Phys. 113, 6042 (2000)).
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from analysis.statistics import correlated_mean, jackknife
from operations.engines import EngineState
from operations.equilibrium.along_variable import AlongVariable, OfState, unbiased
from operations.equilibrium.ladder import exchanges, exchanging, round_trips
from operations.equilibrium.mbar import ApartError, thinned
from operations.equilibrium.runs import FloatArray, Run, State, known, start_of
from operations.interactions.bias import HarmonicBias
from operations.jobs.driver import Task
from operations.jobs.seeds import generator


class Umbrella(AlongVariable):
    """The free energy against a collective variable."""

    key = "umbrella"

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        method = self.method
        self._targets, step = np.linspace(method.low, method.high, method.windows, retstep=True)
        self._k = method.stiffness or method.kT / float(step) ** 2
        self.runs = [self._window(target) for target in self._targets.tolist()]

    @property
    def takes_turns(self) -> bool:
        """See `Runs`."""
        return self.by_segments

    def step(self, state: State) -> State:
        """See `Runs`; where all have taken their turn neighbours exchange."""
        state = super().step(state)
        if self.takes_turns and state.samples and np.ptp(state.steps) == 0:
            self._exchange(state)
        return state

    def begin(self, number: int, engine: Any, state: State) -> EngineState:
        """Every window from the one start, with velocities of its own; by segments where the one
        before has been equilibrated."""
        random, begun = generator(self._task.seed, f"velocities {number}"), state.engines
        if self.by_segments and number:
            start = engine.configuration(begun[number - 1])
        else:
            start = self.start_configuration
        first: EngineState = engine.begin(start_of(start, self.method.kT, random))
        return first

    def advance(
        self, number: int, engine: Any, state: EngineState, step: int, stop: int
    ) -> tuple[EngineState, FloatArray, FloatArray]:
        """See `Runs`."""
        if not self.by_segments:
            return super().advance(number, engine, state, step, stop)
        target = float(self._targets[number])
        segments = self.segments(number, engine, lambda q: 0.5 * self._k * (q - target) ** 2)
        return *segments.advance(engine, state, step, stop), self.beyond([])

    def add_up(self, state: State) -> tuple[dict[str, Any], dict[str, Any]]:
        """See the module's docstring; bins in which nothing was sampled are null.

        A window in which nothing was accepted knows nothing of its errors: there are none.
        """
        method = self.method
        windows = [self.sampled(k, state) for k in range(len(self.runs))]
        exchanged = self._exchanged(np.column_stack([each[:, 0] for each in windows]))
        frozen = [bool(np.ptp(each[:, 0]) == 0.0) for each in windows]
        times = np.array([correlated_mean(each[:, 0]).autocorrelation_time for each in windows])
        times[frozen] = np.nan
        means = [float(each[:, 0].mean()) for each in windows]
        windows = [thinned(each, len(windows)) for each in windows]

        def bias(q: FloatArray) -> FloatArray:
            return 0.5 * self._k / method.kT * (q - self._targets[:, None]) ** 2

        def profile(samples: list[FloatArray]) -> FloatArray:
            with np.errstate(divide="ignore"):
                return self.profile(np.concatenate(samples), unbiased(samples, bias))

        with np.errstate(invalid="ignore"):
            try:
                values, errors = jackknife(windows, profile)
            except ApartError as error:
                a, b = self._targets[error.last : error.last + 2]
                raise ValueError(
                    f"the windows at {a:.4g} and {b:.4g} share no samples; expected more"
                    f" method.windows than {method.windows}, or a method.stiffness below"
                    f" {self._k:.4g}"
                ) from error
        if any(frozen):
            errors = np.full(errors.shape, np.nan)
        averages, details = self.in_words(values, errors, state)
        return averages, details | {
            "stiffness": self._k,
            "windows": self._targets.tolist(),
            "mean_of_window": means,
            "samples": len(state.samples[0]),
            "autocorrelation_time": known(times),
            "overlap": [_shared(a[:, 0], b[:, 0]) for a, b in pairwise(windows)],
            **exchanged,
        }

    # -- details ---------------------------------------------------------------------------------

    def _exchange(self, state: State) -> None:
        """Exchange neighbours by what they have sampled last."""
        turn, engines = len(state.samples[0]) - 1, state.engines
        now = np.array([state.samples[k][turn, self.column] for k in range(len(self.runs))])
        for a in exchanges(self._chances(now), turn, self._task.seed):
            engines[a], engines[a + 1] = engines[a + 1], engines[a]

    def _chances(self, q: FloatArray) -> FloatArray:
        """Of exchanges of neighbours, of values of the variable in the windows, the last axis."""
        with np.errstate(invalid="ignore"):  # two that are infinite
            return exchanging(-self._k / self.method.kT * self._targets, q)

    def _exchanged(self, q: FloatArray) -> dict[str, Any]:
        """How often neighbours have exchanged, and ways from the first window to the last and back,
        of values of the variable, shape (samples, windows)."""
        if not self.takes_turns:
            return {}
        chances, place = self._chances(q), np.arange(q.shape[1])
        places = np.empty(q.shape, dtype=np.int64)
        for turn, each in enumerate(chances):
            for a in exchanges(each, turn, self._task.seed):
                place[[a, a + 1]] = place[[a + 1, a]]
            places[turn] = place
        return {"exchanged": chances.mean(axis=0).tolist(), "round_trips": round_trips(places)}

    def _window(self, target: float) -> Run:
        """One of the simulations."""
        model = self.model
        if not self.by_segments:
            assert self.variable is not None
            assert not isinstance(self.variable, OfState)
            model = replace(model, bias=(HarmonicBias(self.variable, self._k, target),))
        return self.run(model)


def _shared(a: FloatArray, b: FloatArray) -> float:
    """Which part of the samples of two windows is at the same values."""
    edges = np.linspace(min(a.min(), b.min()), max(a.max(), b.max()) + 1e-9, 41)
    shares = [np.histogram(each, edges)[0] / len(each) for each in (a, b)]
    return float(np.minimum(*shares).sum())

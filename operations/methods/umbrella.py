"""Method `umbrella`: simulations with a harmonic bias on a collective variable, put together.

The bias is a force, or acts on segments (`operations.equilibrium.segments`), whose windows begin
one where the other has ended.

Of crystalline clusters it is F(n) = -kT ln(<N_n>/N), N_n the number of clusters of n particles,
whichever they are: the work of formation of one, which does not depend on the number of particles
of the system. The bias acts on the largest cluster; N_n counts all of them, in all samples of all
windows with their weights, so that nothing has to be fitted together. That is one nucleus in a
metastable fluid: segments that lead to a second one are not accepted. Past the critical size the
bias would hold the largest and let the others grow.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any, cast

import numpy as np

from analysis.configuration import Configuration
from analysis.descriptors.crystalline_clusters import crystalline_clusters
from analysis.equilibrium.barrier import barrier
from analysis.statistics import correlated_mean, jackknife
from operations.engines import Engine, EngineState, Integration
from operations.engines.hard_spheres import HardSpheres
from operations.equilibrium.along_variable import AlongVariable, OfState, unbiased
from operations.equilibrium.mbar import ApartError, thinned
from operations.equilibrium.runs import FloatArray, Run, State, known, measured, start_of
from operations.equilibrium.segments import Segments
from operations.interactions.bias import Distance, HarmonicBias
from operations.interactions.model import Model
from operations.jobs.driver import Task
from operations.jobs.seeds import generator

#: Relaxation time of the thermostat.
THERMOSTAT_TIME = 1.0
#: Segments from one sample to the next.
SEGMENTS = 10
#: Particles of a second cluster from which on it may be a nucleus, and is one if it has more than
#: this part of those of the largest.
NUCLEUS, PART = 16, 1 / 3


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
    def period(self) -> int:
        """See `Runs`."""
        return self.method.segment * SEGMENTS if self._by_segments else super().period

    def kind(self, model: Model, integration: Integration) -> type[Engine]:
        """See `Runs`; of hard spheres the one that makes segments quickly."""
        own = cast("type[Engine]", HardSpheres)  # it has the verbs that are asked for here
        return own if model.blocks else super().kind(model, integration)

    def begin(self, number: int, engine: Any, state: State) -> EngineState:
        """Every window from the one start, with velocities of its own; by segments where the one
        before has ended."""
        random, begun = generator(self._task.seed, f"velocities {number}"), state.engines
        if self._by_segments and number:
            start = engine.configuration(begun[number - 1])
        else:
            start = self.start_configuration
        first: EngineState = engine.begin(start_of(start, self.method.kT, random))
        return first

    def advance(
        self, number: int, engine: Any, state: EngineState, step: int, stop: int
    ) -> tuple[EngineState, FloatArray, FloatArray]:
        """See `Runs`."""
        if not self._by_segments:
            return super().advance(number, engine, state, step, stop)
        method, run = self.method, self.runs[number]
        segments = Segments(
            partial(self._measure, engine),
            self._k,
            float(self._targets[number]),
            method.kT,
            run.pressure or None,
            method.segment,
            SEGMENTS,
            (self._task.seed + 104_729 * number) % 2**31,
        )
        return *segments.advance(engine, state, step, stop), self.beyond([])

    def add_up(self, state: State) -> tuple[dict[str, Any], dict[str, Any]]:
        """See the module's docstring; bins in which nothing was sampled are null. At a pressure the
        density without bias, N/<V>, is an average.

        A window in which nothing was accepted knows nothing of its errors: there are none.
        """
        method, column = self.method, 1 if self._by_segments else -1
        windows = [state.samples[k][:, column:] for k in range(len(self.runs))]
        frozen = [bool(np.ptp(each[:, 0]) == 0.0) for each in windows]
        times = np.array([correlated_mean(each[:, 0]).autocorrelation_time for each in windows])
        times[frozen] = np.nan
        means = [float(each[:, 0].mean()) for each in windows]
        windows = [thinned(each, len(windows)) for each in windows]

        def bias(q: FloatArray) -> FloatArray:
            return 0.5 * self._k / method.kT * (q - self._targets[:, None]) ** 2

        def profile(samples: list[FloatArray]) -> FloatArray:
            with np.errstate(divide="ignore"):
                return self._profile(np.concatenate(samples), unbiased(samples, bias))

        averages: dict[str, Any] = {}
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
        n = len(self.values)
        if method.pressure:
            if isinstance(self.variable, Distance):
                # further than half of the narrowest box there are its corners only
                least = min(rows[:, column + 1].min() for rows in state.samples.values())
                half = 0.5 * least ** (1.0 / self.d)
                values[:n][self.values + 0.5 * (self.values[1] - self.values[0]) > half] = np.nan
            averages["pressure"] = measured(method.pressure, 0.0)  # imposed
            mean, deviation = known(np.array([values[-1], errors[-1]]))
            averages["number_density"] = {"mean": mean, "standard_error": deviation}
        details: dict[str, Any] = {
            **self.profile_in_words(values[:n], errors[:n]),
            "stiffness": self._k,
            "windows": self._targets.tolist(),
            "mean_of_window": means,
            "samples": len(state.samples[0]),
            "autocorrelation_time": known(times),
            "overlap": [_shared(a[:, 0], b[:, 0]) for a, b in pairwise(windows)],
        }
        if self._by_segments:
            details["accepted"] = [float(rows[:, 0].mean()) for rows in state.samples.values()]
        if self.variable is None:
            units = np.array([method.kT, 1.0])
            height, critical = zip(
                known(values[n : n + 2] * units), known(errors[n : n + 2] * units), strict=True
            )
            names = ("barrier", "barrier_error", "critical_size", "critical_size_error")
            details |= dict(zip(names, (*height, *critical), strict=True))
        return averages, details

    # -- details ---------------------------------------------------------------------------------

    @property
    def _by_segments(self) -> bool:
        """Whether the bias has no gradient."""
        return bool(self.method.by_segments(self.point.system))

    def _profile(self, rows: FloatArray, weights: FloatArray) -> FloatArray:
        """The free energy along the profile, in kT, of samples with weights that add up to 1; of
        clusters the height of the barrier and the critical size after it; of segments the number
        density at the end."""
        density = self.n / (weights @ rows[:, 1:2])
        if self.variable is None:
            free_energy = -np.log(weights @ rows[:, 2:] / self.n)
            return np.concatenate([free_energy, barrier(free_energy), density])
        return np.append(self.of_bins(rows[:, 0], weights), density)

    def _window(self, target: float) -> Run:
        """One of the simulations."""
        kT, pressure, model = self.method.kT, self.method.pressure or 0.0, self.model
        if model.blocks:
            ensemble = "npt" if pressure else "nvt"
            moves = Integration(ensemble, adjust_until=self._equilibration)
            return Run(model, moves, kT, pressure=pressure)
        if not self._by_segments:
            assert self.variable is not None
            assert not isinstance(self.variable, OfState)
            model = replace(model, bias=(HarmonicBias(self.variable, self._k, target),))
        integration = self.langevin(model, self.method.dt, THERMOSTAT_TIME)
        return Run(model, integration, kT, pressure=pressure)

    def _measure(self, engine: Any, now: Configuration) -> FloatArray:
        """The variable and the volume; of clusters how many there are of each size, too.

        The variable is infinite, and so is the bias, where there are two nuclei.
        """
        if isinstance(self.variable, OfState):
            return np.array([self.variable.of(now, engine), now.volume])
        if self.variable is not None:
            assert now.images is not None
            q = self.variable.evaluate(now.positions, now.images, now.cell)[0]
            return np.array([q, now.volume])
        words, n = self.method.variable, len(self.values)
        sizes = crystalline_clusters(now, words.crystalline_cluster, words.aligned, words.bonds)
        numbers = np.bincount(sizes, minlength=n + 1)[1 : n + 1]
        largest, second = np.append(sizes, [0, 0])[:2]
        alone = second <= max(NUCLEUS, PART * largest)
        return np.array([largest if alone else np.inf, now.volume, *numbers], dtype=np.float64)


def _shared(a: FloatArray, b: FloatArray) -> float:
    """Which part of the samples of two windows is at the same values."""
    edges = np.linspace(min(a.min(), b.min()), max(a.max(), b.max()) + 1e-9, 41)
    shares = [np.histogram(each, edges)[0] / len(each) for each in (a, b)]
    return float(np.minimum(*shares).sum())

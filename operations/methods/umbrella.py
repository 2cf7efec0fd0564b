"""Method `umbrella`: simulations with a harmonic bias on a collective variable, put together.

The free energy F(Q) = -kT ln p(Q), p the density of Q without any bias, normalised between the ends
of the profile. The bias is a force, or acts on segments (`operations.equilibrium.segments`), whose
windows begin one where the other has ended.

Of crystalline clusters it is F(n) = -kT ln(<N_n>/N), N_n the number of clusters of n particles,
whichever they are: the work of formation of one, which does not depend on the number of particles
of the system. The bias acts on the largest cluster; N_n counts all of them, in all samples of all
windows with their weights, so that nothing has to be fitted together. That is one nucleus in a
metastable fluid: segments that lead to a second one are not accepted. Past the critical size the
bias would hold the largest and let the others grow.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from itertools import pairwise
from typing import Any, cast

import numpy as np

from analysis.configuration import Configuration
from analysis.descriptors.crystalline_clusters import crystalline_clusters
from analysis.equilibrium.barrier import barrier
from analysis.statistics import correlated_mean, jackknife
from operations.engines import Engine, EngineState, Integration
from operations.engines.hard_spheres import HardSpheres
from operations.equilibrium.mbar import ApartError, Mixture, thinned
from operations.equilibrium.runs import FloatArray, Run, Runs, State, known, measured, start_of
from operations.equilibrium.segments import Segments
from operations.equilibrium.truncation import sampled_model, words_of
from operations.interactions.bias import CollectiveVariable, DensityWave, Distance, HarmonicBias
from operations.interactions.model import Model
from operations.interactions.start import lattice, random_configuration, random_spheres
from operations.jobs.driver import Task
from operations.jobs.seeds import generator
from workspace_schema.building_blocks.sphere import HardSphere
from workspace_schema.methods.umbrella import CrystallineClusterVariable, DistanceVariable

#: Relaxation time of the thermostat.
THERMOSTAT_TIME = 1.0
#: Segments from one sample to the next.
SEGMENTS = 10
#: Particles of a second cluster from which on it may be a nucleus, and is one if it has more than
#: this part of those of the largest.
NUCLEUS, PART = 16, 1 / 3


class Umbrella(Runs):
    """The free energy against a collective variable."""

    key = "umbrella"

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        method = self.method
        self._targets, step = np.linspace(method.low, method.high, method.windows, retstep=True)
        self._k = method.stiffness or method.kT / float(step) ** 2
        self._model = sampled_model(self.point, task.root, method.kT)
        self._variable = self._collective_variable()
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
            start = self._start
        first: EngineState = engine.begin(start_of(start, self.method.kT, random))
        return first

    def advance(
        self, number: int, engine: Any, state: EngineState, step: int, stop: int
    ) -> tuple[EngineState, FloatArray]:
        """See `Runs`."""
        if not self._by_segments:
            return super().advance(number, engine, state, step, stop)
        method, run = self.method, self.runs[number]
        segments = Segments(
            self._measure,
            self._k,
            float(self._targets[number]),
            method.kT,
            run.pressure or None,
            method.segment,
            SEGMENTS,
            (self._task.seed + 104_729 * number) % 2**31,
        )
        return segments.advance(engine, state, step, stop)

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

        def profile(samples: list[FloatArray]) -> FloatArray:
            rows = np.concatenate(samples)
            q = rows[:, 0]
            bias = 0.5 * self._k / method.kT * (q - self._targets[:, None]) ** 2
            logarithms = Mixture.of(bias, [len(each) for each in samples]).log_weights(0.0 * q)
            weights = np.exp(logarithms - logarithms.max())
            with np.errstate(divide="ignore"):
                return self._profile(rows, weights / weights.sum())

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
        n = len(self._values)
        if method.pressure:
            averages["pressure"] = measured(method.pressure, 0.0)  # imposed
            mean, deviation = known(np.array([values[-1], errors[-1]]))
            averages["number_density"] = {"mean": mean, "standard_error": deviation}
        details: dict[str, Any] = {
            "variable": "crystalline_cluster" if self._variable is None else self._variable.name,
            "value": self._values.tolist(),
            "free_energy": known(method.kT * values[:n]),
            "free_energy_error": known(method.kT * errors[:n]),
            "stiffness": self._k,
            "windows": self._targets.tolist(),
            "mean_of_window": means,
            "samples": len(state.samples[0]),
            "autocorrelation_time": known(times),
            "overlap": [_shared(a[:, 0], b[:, 0]) for a, b in pairwise(windows)],
            "truncation": words_of(self.point, self._model),
        }
        if self._by_segments:
            details["accepted"] = [float(rows[:, 0].mean()) for rows in state.samples.values()]
        if self._variable is None:
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

    @property
    def _values(self) -> FloatArray:
        """Of the variable along the profile: middles of bins, or sizes of clusters."""
        low, high, bins = self.method.low, self.method.high, self.method.bins
        if self._variable is None:
            return np.arange(1.0, np.floor(high) + 1.0)
        return low + (np.arange(bins) + 0.5) * (high - low) / bins

    def _profile(self, rows: FloatArray, weights: FloatArray) -> FloatArray:
        """The free energy along the profile, in kT, of samples with weights that add up to 1; of
        clusters the height of the barrier and the critical size after it; of segments the number
        density at the end."""
        method = self.method
        density = self.n / (weights @ rows[:, 1:2])
        if self._variable is None:
            free_energy = -np.log(weights @ rows[:, 2:] / self.n)
            return np.concatenate([free_energy, barrier(free_energy), density])
        edges = np.linspace(method.low, method.high, method.bins + 1)
        shares = np.histogram(rows[:, 0], edges, weights=weights)[0]
        return np.append(-np.log(shares / shares.sum() / np.diff(edges)), density)

    def _window(self, target: float) -> Run:
        """One of the simulations."""
        kT, pressure, model = self.method.kT, self.method.pressure or 0.0, self._model
        if model.blocks:
            ensemble = "npt" if pressure else "nvt"
            moves = Integration(ensemble, adjust_until=self._equilibration)
            return Run(model, moves, kT, pressure=pressure)
        if not self._by_segments:
            assert self._variable is not None
            model = replace(model, bias=(HarmonicBias(self._variable, self._k, target),))
        integration = self.langevin(model, self.method.dt, THERMOSTAT_TIME)
        return Run(model, integration, kT, pressure=pressure)

    def _measure(self, now: Configuration) -> FloatArray:
        """The variable and the volume; of clusters how many there are of each size, too.

        The variable is infinite, and so is the bias, where there are two nuclei.
        """
        if self._variable is not None:
            assert now.images is not None
            q = self._variable.evaluate(now.positions, now.images, now.cell)[0]
            return np.array([q, now.volume])
        words, n = self.method.variable, len(self._values)
        sizes = crystalline_clusters(now, words.crystalline_cluster, words.aligned, words.bonds)
        numbers = np.bincount(sizes, minlength=n + 1)[1 : n + 1]
        largest, second = np.append(sizes, [0, 0])[:2]
        alone = second <= max(NUCLEUS, PART * largest)
        return np.array([largest if alone else np.inf, now.volume, *numbers], dtype=np.float64)

    @cached_property
    def _start(self) -> Configuration:
        """The configuration from which all windows begin."""
        model = self._model
        system, density = self.point.system, self.method.number_density
        assert system.particles is not None
        random, name = generator(self._task.seed, "start"), self.method.start
        if name != "random":
            return lattice(name, system.particles, self.d, density, random)
        if model.blocks:
            blocks = [model.blocks[name] for name in model.types]
            sizes = np.array([block.diameter for block in blocks if isinstance(block, HardSphere)])
            return random_spheres(sizes, system.particles, self.d, density, random)
        kT = self.method.kT
        return random_configuration(system.particles, self.d, density, model.pairs, kT, random)

    def _collective_variable(self) -> CollectiveVariable | None:
        """The variable, if it has a gradient; its particles are the first of their types, which the
        start tells."""
        words = self.method.variable
        if isinstance(words, CrystallineClusterVariable):
            return None
        if not isinstance(words, DistanceVariable):
            return DensityWave((words.density_wave, 0, 0))
        types = self._start.types
        a, b = (self.point.system.types.index(name) for name in words.types)
        i = int(np.flatnonzero(types == a)[0])
        j = int(np.flatnonzero((types == b) & (np.arange(len(types)) != i))[0])
        return Distance(i, j)


def _shared(a: FloatArray, b: FloatArray) -> float:
    """Which part of the samples of two windows is at the same values."""
    edges = np.linspace(min(a.min(), b.min()), max(a.max(), b.max()) + 1e-9, 41)
    shares = [np.histogram(each, edges)[0] / len(each) for each in (a, b)]
    return float(np.minimum(*shares).sum())

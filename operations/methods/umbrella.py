"""Method `umbrella`: simulations with a harmonic bias on a collective variable, put together.

The free energy F(Q) = -kT ln p(Q), p the density of Q without any bias, normalised between the ends
of the profile.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from analysis.statistics import jackknife
from operations.engines import EngineState
from operations.equilibrium.mbar import ApartError, Mixture, thinned
from operations.equilibrium.runs import FloatArray, Run, Runs, State, known, start_of
from operations.equilibrium.truncation import sampled_model, words_of
from operations.interactions.bias import CollectiveVariable, DensityWave, Distance, HarmonicBias
from operations.interactions.start import lattice, random_configuration
from operations.jobs.driver import Task
from operations.jobs.seeds import generator
from workspace_schema.methods.umbrella import DistanceVariable

#: Relaxation time of the thermostat.
THERMOSTAT_TIME = 1.0


class Umbrella(Runs):
    """The free energy against a collective variable."""

    key = "umbrella"

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        method = self.method
        self._targets, step = np.linspace(method.low, method.high, method.windows, retstep=True)
        self._k = method.stiffness or method.kT / float(step) ** 2
        model = sampled_model(self.point, task.root, method.kT)
        variable = self._variable(self._start(model.pairs).types)
        self.runs = []
        for target in self._targets.tolist():
            biased = replace(model, bias=(HarmonicBias(variable, self._k, target),))
            integration = self.langevin(biased, method.dt, THERMOSTAT_TIME)
            self.runs.append(Run(biased, integration, method.kT))

    def begin(self, number: int, engine: Any, state: State) -> EngineState:
        """Every window from the one start, with velocities of its own."""
        start = self._start(self.runs[number].model.pairs)
        random = generator(self._task.seed, f"velocities {number}")
        begun: EngineState = engine.begin(start_of(start, self.method.kT, random))
        return begun

    def add_up(self, state: State) -> tuple[dict[str, Any], dict[str, Any]]:
        """See the module's docstring; bins in which nothing was sampled are null."""
        method = self.method
        windows = [state.samples[k][:, -1] for k in range(len(self.runs))]
        windows = [thinned(each, len(windows)) for each in windows]
        edges = np.linspace(method.low, method.high, method.bins + 1)
        centres = 0.5 * (edges[1:] + edges[:-1])

        def profile(samples: list[FloatArray]) -> FloatArray:
            q = np.concatenate(samples)
            bias = 0.5 * self._k / method.kT * (q - self._targets[:, None]) ** 2
            logarithms = Mixture.of(bias, [len(each) for each in samples]).log_weights(0.0 * q)
            weights = np.exp(logarithms - logarithms.max())
            density = np.histogram(q, edges, weights=weights)[0] / np.diff(edges)
            with np.errstate(divide="ignore"):
                return -np.log(density / (density @ np.diff(edges)))

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
        details = {
            "variable": self.runs[0].model.columns[-1],
            "value": centres.tolist(),
            "free_energy": known(method.kT * values),
            "free_energy_error": known(method.kT * errors),
            "stiffness": self._k,
            "windows": self._targets.tolist(),
            "mean_of_window": [float(each.mean()) for each in windows],
            "samples": len(state.samples[0]),
            "truncation": words_of(self.point, self.runs[0].model),
        }
        return {}, details

    # -- details ---------------------------------------------------------------------------------

    def _start(self, pairs: Any) -> Any:
        """The configuration from which all windows begin."""
        system, density = self.point.system, self.method.number_density
        assert system.particles is not None
        random, name = generator(self._task.seed, "start"), self.method.start
        if name != "random":
            return lattice(name, system.particles, self.d, density, random)
        kT = self.method.kT
        return random_configuration(system.particles, self.d, density, pairs, kT, random)

    def _variable(self, types: Any) -> CollectiveVariable:
        """The variable; its particles are the first of their types."""
        words = self.method.variable
        if not isinstance(words, DistanceVariable):
            return DensityWave((words.density_wave, 0, 0))
        a, b = (self.point.system.types.index(name) for name in words.types)
        i = int(np.flatnonzero(types == a)[0])
        j = int(np.flatnonzero((types == b) & (np.arange(len(types)) != i))[0])
        return Distance(i, j)

"""Method `clapeyron`: a line of coexistence by the enthalpies and volumes of crystal and fluid.

Two simulations at each temperature, at the pressure that those before predict
(`analysis.equilibrium.clapeyron`); each begins where the one of its phase before has ended.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from analysis.equilibrium.clapeyron import (
    FloatArray,
    drift,
    errors,
    integrated,
    predicted,
    slope,
)
from analysis.labelling.labels import UNKNOWN
from analysis.statistics import mean_of
from operations.engines import EngineError, EngineState, Integration
from operations.equilibrium.lasting import label_of
from operations.equilibrium.runs import Run, Runs, State, start_of
from operations.equilibrium.truncation import sampled_model, words_of
from operations.interactions.start import lattice, random_configuration
from operations.jobs.driver import Task
from operations.jobs.seeds import generator
from operations.methods.coexistence import BAROSTAT, LOOSE, THERMOSTAT


class Clapeyron(Runs):
    """The pressures at which a crystal and its fluid coexist."""

    key = "clapeyron"

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        method = self.method
        self._kT = np.linspace(method.kT, method.to, method.points)
        self._model = sampled_model(self.point, task.root, float(self._kT.max()))
        dt = method.dt
        motion = Integration(
            "npt", dt, thermostat_time=THERMOSTAT * dt, barostat_time=BAROSTAT * dt
        )
        # crystal and fluid at each temperature; pressures follow
        self.runs = [Run(self._model, motion, kT) for kT in self._kT.tolist() for _ in range(2)]
        self.shown = len(self.runs) - 2

    @property
    def number_density(self) -> None:
        """Two phases have none."""

    @property
    def kT(self) -> float:
        """See `Runs`: where the line ends, as pressure and configuration of the result."""
        return float(self.method.to)

    def step(self, state: State) -> State:
        """See `Runs`: at the pressure that is predicted."""
        number = int(np.argmax(state.steps < self._length))
        pressure = self._pressures(state, number // 2)[-1]
        self.runs[number] = replace(self.runs[number], pressure=float(pressure))
        return super().step(state)

    def begin(self, number: int, engine: Any, state: State) -> EngineState:
        """Where the same phase was at the temperature before."""
        random, kT = generator(self._task.seed, f"start {number}"), self.runs[number].kT
        method, particles = self.method, self.point.system.particles
        assert particles is not None
        if number > 1:
            start = engine.configuration(state.engines[number - 2])
        elif number == 0:
            density = method.number_density
            start = lattice(method.phase.lattice, particles, self.d, density, random)
        else:
            density = LOOSE * self.n / float(state.samples[0][:, 4].mean())
            pairs = self._model.pairs
            start = random_configuration(particles, self.d, density, pairs, kT, random)
        begun: EngineState = engine.begin(start_of(start, kT, random))
        return begun

    def add_up(self, state: State) -> tuple[dict[str, Any], dict[str, Any]]:
        """See the module's docstring."""
        self._check_phases(state)
        slopes = np.array([self._slope(state, k) for k in range(len(self._kT))])
        pressures = integrated(self._kT, self.method.pressure, slopes[:, 0])
        densities = np.array(
            [
                [mean_of(self.n / state.samples[k][:, 4]) for k in range(which, 2 * len(slopes), 2)]
                for which in (1, 0)
            ]
        )
        apart = 1.0 / densities[0, :, 0] - 1.0 / densities[1, :, 0]
        sigma = errors(self._kT, self.method.pressure_error, slopes[:, 1], apart)
        simulated = np.array([self._pressures(state, k)[-1] for k in range(len(self._kT))])
        details = {
            "phases": ["fluid", self.method.phase.lattice],
            "kT": self._kT.tolist(),
            "pressure": np.column_stack([pressures, sigma]).tolist(),
            "simulated": simulated.tolist(),
            "densities": densities.tolist(),
            "slope": slopes.tolist(),
            "drift": drift(self._kT, self.method.pressure, slopes[:, 0], simulated),
            "truncation": {"words": words_of(self.point, self._model)},
        }
        last = {"mean": float(pressures[-1]), "standard_error": float(sigma[-1])}
        return {"pressure": last}, details

    # -- details ---------------------------------------------------------------------------------

    def _slope(self, state: State, k: int) -> tuple[float, float]:
        """dP/dT at a temperature, at the pressure that was simulated."""
        pressure = self._pressures(state, k)[-1]
        fluid, crystal = (state.samples[2 * k + which] for which in (1, 0))
        enthalpies, volumes = (
            (np.array(mean_of(of(fluid))), np.array(mean_of(of(crystal))))
            for of in (
                lambda rows: rows[:, 2] + pressure * rows[:, 4] / self.n,
                lambda rows: rows[:, 4] / self.n,
            )
        )
        return slope(enthalpies, volumes, float(self._kT[k]))

    def _pressures(self, state: State, last: int) -> FloatArray:
        """At temperatures up to one: those before by what was simulated, that one predicted."""
        start = self.method.pressure
        if last == 0:
            return np.array([start])
        slopes = np.array([self._slope(state, k)[0] for k in range(last)])
        known = integrated(self._kT, start, slopes)
        return np.append(known, predicted(self._kT, known, slopes))

    def _check_phases(self, state: State) -> None:
        """Raise EngineError where the crystal has become something else, or the fluid a crystal.

        "unknown" is nothing else: one in 15 frames of a small crystal that melts has no name.
        """
        from analysis.labelling.phases import is_crystal

        crystal = self.method.phase.lattice
        for number, kT in enumerate(np.repeat(self._kT, 2).tolist()):
            name = label_of(self.last(number, state))
            if number % 2:
                phase, wanted, is_other = "fluid", "no crystal", is_crystal(name)
            else:
                phase, wanted, is_other = "crystal", crystal, name not in (crystal, UNKNOWN)
            if is_other:
                raise EngineError(
                    f"at kT {kT:g} and pressure {self._pressures(state, number // 2)[-1]:.4g} the"
                    f" {phase} alone is {name}; expected {wanted}: a start where both coexist, or"
                    " more points"
                )

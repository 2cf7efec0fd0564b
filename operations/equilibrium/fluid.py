"""The free energy of a fluid: from the ideal gas along an isotherm, then along an isochore.

βF/N = ln ρ - 1 + ∫_0^ρ (βP/ρ' - 1)/ρ' dρ' at the temperature of the isotherm, and from there
∫ U/N dβ at the density. The integrand is a polynomial through what the simulations found and the
second virial coefficient at ρ' = 0, which is exact: near it noise is divided by ρ'. On a path that
crosses the condensation of a gas the integral means nothing: a hotter isotherm goes around the
critical point.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
from scipy.integrate import trapezoid

from analysis.configuration import Configuration
from analysis.equilibrium.branches import Branch, Points
from analysis.statistics import mean_of
from operations.engines import EngineError, EngineState, Integration
from operations.engines.hpmc import Hpmc
from operations.equilibrium.einstein import finite
from operations.equilibrium.lasting import order_in
from operations.equilibrium.overlaps import second_virial
from operations.equilibrium.runs import FloatArray, Run, Runs, State, known, measured, start_of
from operations.equilibrium.truncation import first_orders, sampled_model, truncation
from operations.interactions.start import dilute_start, random_configuration
from operations.jobs.driver import Task
from operations.jobs.seeds import generator
from workspace_schema.building_blocks.sphere import HardSphere

#: Time step and friction in units of 1/ω and ω, ω² the largest curvature that particles meet.
STEP, FRICTION = 0.15, 0.05
#: Energy in kT up to which they meet.
HEAD_ON = 3.0
#: Repetitions with other noise, whose spread gives the error along the isotherm.
REPETITIONS = 100
#: Part of the difference to one coefficient fewer that counts as the error of the polynomial: of
#: hard spheres, whose pressure is known, it is a fifth or less at densities up to 0.94.
LOWER = 0.25
#: Calls of a compression at most.
MOST_COMPRESSION = 200
#: Eighths (quarters) of the box of one phase have numbers of particles with a smaller variance,
#: in units of their mean.
SEPARATED = 6.0


class Fluid(Runs):
    """The free energy of a fluid."""

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        method, system = self.method, self.point.system
        assert system.particles is not None
        self._particles = system.particles
        self._isotherm = method.hot or method.kT
        self._model = sampled_model(self.point, task.root, self._isotherm)
        x, w = np.polynomial.legendre.leggauss(method.points)
        part, weights = 0.5 * (x + 1.0), 0.5 * w
        self.densities = part * method.number_density
        cold, hot = 1.0 / method.kT, 1.0 / self._isotherm
        self.betas, self.beta_weights = np.zeros(0), np.zeros(0)
        if method.hot is not None:
            self.betas, self.beta_weights = hot + part * (cold - hot), weights * (cold - hot)
        # the fluid itself, the isotherm, the isochore
        self._states = [
            (method.number_density, method.kT),
            *((density, self._isotherm) for density in self.densities.tolist()),
            *((method.number_density, 1.0 / beta) for beta in self.betas.tolist()),
        ]
        self.runs = [
            Run(self._model, self._integration(kT), kT, is_seen=number == 0)
            for number, (_, kT) in enumerate(self._states)
        ]

    def begin(self, number: int, engine: Any, state: State) -> EngineState:
        """At random; hard particles are compressed from a dilute lattice."""
        density, kT = self._states[number]
        random = generator(self._task.seed, f"start {number}")
        if isinstance(engine, Hpmc):
            start = dilute_start(engine.largest, self._particles, self.d, random, density)
            return self._compressed(engine, engine.begin(start), density)
        pairs = self._model.pairs
        start = random_configuration(self._particles, self.d, density, pairs, kT, random)
        begun: EngineState = engine.begin(start_of(start, kT, random))
        return begun

    def watched(self, number: int, state: State) -> FloatArray:
        """See `Runs`: the virial, of the isochore the energy."""
        return state.samples[number][:, 3 if number <= len(self.densities) else 2]

    def beyond(self, frames: list[Configuration]) -> FloatArray:
        """See `Runs`."""
        return first_orders(self.point, self._model, frames)

    def add_up(self, state: State) -> tuple[dict[str, Any], dict[str, Any]]:
        """See the module's docstring."""
        method, n_isotherm = self.method, len(self.densities)
        for number in range(len(self.runs)):
            self._check_one_fluid(number, state)
        isotherm = [self._excess(number, state) for number in range(1, 1 + n_isotherm)]
        rho, own = self.densities, self._excess(0, state)
        if method.hot is None:
            isotherm, rho = [*isotherm, own], np.append(rho, method.number_density)
        values, errors = np.array(isotherm).T
        virial = self._second_virial()
        along, along_error = self._along(rho, values, errors, virial)
        isochore = [
            mean_of(state.samples[number][:, 2]) for number in range(1 + n_isotherm, len(self.runs))
        ]
        energies, energy_errors = np.array(isochore).reshape(-1, 2).T
        cooling = float(self.beta_weights @ energies)
        error = float(np.hypot(along_error, _norm(self.beta_weights * energy_errors)))
        excess = along + cooling
        total = float(np.log(method.number_density)) - 1.0 + excess
        factor, factor_error = own
        unit = method.number_density * method.kT
        averages = {
            "energy_per_particle": measured(*mean_of(state.samples[0][:, 2])),
            "pressure": measured(unit * (1.0 + factor), unit * factor_error),
            "free_energy_per_particle": measured(method.kT * total, method.kT * error),
        }
        details = {
            "phase": "fluid",
            "beta_F_excess": excess,
            "error": known(np.array([error]))[0],
            "isotherm": {
                "kT": self._isotherm,
                "value": along,
                "error": known(np.array([along_error]))[0],
                "second_virial": virial,
                "number_density": rho.tolist(),
                "compressibility_factor": (1.0 + values).tolist(),
                "compressibility_factor_error": errors.tolist(),
            },
            "isochore": {
                "value": cooling,
                "kT": (1.0 / self.betas).tolist(),
                "energy_per_particle": energies.tolist(),
                "energy_per_particle_error": energy_errors.tolist(),
            },
            "time_step": self.time_step,
            "truncation": truncation(self.point, self._model, self.seen(state)),
        }
        return averages, details

    # -- details ---------------------------------------------------------------------------------

    def _integration(self, kT: float) -> Integration:
        if self._model.blocks:
            return Integration("nvt", adjust_until=self._equilibration)
        (pair,) = self._model.pairs.values()
        r = np.linspace(pair.r_inner, pair.r_cut, 4000)
        met = pair.energy(r) < HEAD_ON * kT
        curvature = float(np.max(-np.gradient(pair.force(r), r)[met], initial=0.0))
        omega = float(np.sqrt(max(curvature, kT / pair.r_cut**2)))
        return self.in_wells(self._model, omega, STEP, FRICTION)

    def _along(
        self, rho: FloatArray, values: FloatArray, errors: FloatArray, virial: float
    ) -> tuple[float, float]:
        """βF_ex/N at the end of the isotherm, and its error: by repetitions with other noise, and
        of the polynomial; NaN with fewer points than that needs."""
        points = Points.of_isotherm("fluid", rho, 1.0 + values, errors, virial)
        end, random = np.array(self.method.number_density), generator(self._task.seed, "errors")
        repeated = [Branch.through(points, random).excess(end)[0] for _ in range(REPETITIONS)]
        value = float(Branch.through(points).excess(end)[0])
        try:
            lower = float(Branch.through(points, fewer=1).excess(end)[0])
        except ValueError:
            return value, float("nan")
        return value, float(np.hypot(np.std(repeated), LOWER * (value - lower)))

    def _second_virial(self) -> float:
        """-½ ∫ (exp(-βu) - 1) d^d r at the temperature of the isotherm."""
        shell = {2: 2.0 * np.pi, 3: 4.0 * np.pi}[self.d]
        if self._model.blocks:
            (block,) = self._model.blocks.values()
            if not isinstance(block, HardSphere):
                return second_virial(block, self.d, generator(self._task.seed, "second virial"))
            return shell * block.diameter**self.d / (2.0 * self.d)
        (pair,) = self._model.pairs.values()
        r = np.linspace(0.0, pair.r_cut, 100_001)
        mayer = np.expm1(-finite(pair)(r) / self._isotherm) * r ** (self.d - 1)
        return float(-0.5 * shell * trapezoid(mayer, r))

    def _excess(self, number: int, state: State) -> tuple[float, float]:
        """βP/ρ - 1 of a run, and its error: of the virial alone, whatever the velocities."""
        density, kT = self._states[number]
        rows = state.samples[number]
        momenta = kT if self._model.blocks else rows[:, 1]
        return mean_of((rows[:, 3] / density - momenta) / kT)

    def _compressed(self, engine: Hpmc, state: EngineState, density: float) -> EngineState:
        """A start at its density."""
        done = abs(engine.configuration(state).number_density / density - 1.0) < 1e-9
        for _ in range(MOST_COMPRESSION):
            if done:
                return state | {"step": np.asarray(0)}
            state, done = engine.compress(state, 1.0, volume=self.n / density)
        raise EngineError(
            f"hard particles cannot be compressed to number_density {density:g} as a fluid"
        )

    def _check_one_fluid(self, number: int, state: State) -> None:
        """Raise EngineError where a gas has condensed on the way, or the fluid frozen."""
        density, kT = self._states[number]
        there, frame = f"at kT {kT:g} and number density {density:.4g}", self.last(number, state)
        if separates(frame):
            raise EngineError(
                f"{there} gas and liquid separate, and the path from the ideal gas means nothing;"
                " expected hot, a kT above the critical one"
            )
        if order := order_in(frame):
            raise EngineError(
                f"{there} the fluid freezes by itself: {order}; expected a lower number_density"
                " or a higher kT, where it lasts"
            )


def separates(frame: Configuration) -> bool:
    """Whether the eighths (quarters) of the box, wherever it begins, differ by more than one phase
    lets them."""
    d = frame.dimensions
    where = frame.positions[:, :d] / frame.box[:d] + 0.5
    for begin in product((0.0, 0.125, 0.25, 0.375), repeat=d):
        cells = np.floor((where + begin) * 2.0).astype(int) % 2
        numbers = np.bincount(cells @ (2 ** np.arange(d)), minlength=2**d)
        if numbers.var() > SEPARATED * numbers.mean():
            return True
    return False


def _norm(errors: FloatArray) -> float:
    return float(np.sqrt(np.sum(errors**2)))

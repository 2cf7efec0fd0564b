"""Method `coexistence`: a slab of crystal beside its fluid, at several pressures.

Energy and volume say how much of a slab is crystal: they lie between those of both phases at that
pressure (`analysis.equilibrium.growth.parts`); of hard spheres, which have no energy, the volume
alone says it. Where the velocity of the surfaces is zero both phases have one chemical potential.
Where a field pins the slab (`operations.equilibrium.pinning`) its force says by how much they
differ.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from analysis.configuration import Configuration
from analysis.equilibrium.growth import (
    SMOOTH,
    STRETCHES,
    FloatArray,
    Zero,
    apart,
    lasts,
    parts,
    rate,
    two_phases,
)
from analysis.statistics import mean_of
from operations.engines import EngineError, EngineState, Integration
from operations.equilibrium.crystal import MELTED
from operations.equilibrium.lasting import crystal_in
from operations.equilibrium.pinning import coexisting, driving_force, pinned, unseen
from operations.equilibrium.runs import Run, Runs, State, known, start_of
from operations.equilibrium.truncation import first_order, sampled_model, words_of
from operations.interactions.start import (
    fill,
    joined,
    lattice,
    of_cores,
    of_spheres,
    random_spheres,
)
from operations.jobs.driver import Task
from operations.jobs.seeds import generator
from workspace_schema.lattices import LATTICES

#: Relaxation times of thermostat and barostat, in units of the time step.
THERMOSTAT, BAROSTAT = 100.0, 400.0
#: Density at which a fluid begins, in units of that of the crystal.
LOOSE = 0.85
#: Columns of the samples: energy per particle and volume.
ENERGY, VOLUME = 2, 4
#: Points of the curves in the result.
SHOWN = 50


class Coexistence(Runs):
    """The pressure at which a crystal and its fluid coexist."""

    key = "coexistence"
    walks_spheres = True

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        method = self.method
        (name,) = self.point.system.types
        self._half = {name: self.n // 2}
        self._pressures = np.linspace(method.low, method.high, method.pressures)
        self._model = sampled_model(self.point, task.root, method.kT)
        self._dt = 1.0 if self._model.blocks else method.dt  # a step is a sweep
        self._told = [VOLUME] if self._model.blocks else [ENERGY, VOLUME]
        crystal = slab = self._model
        if method.pinned:
            lattice, half = LATTICES[method.phase.lattice], self.n // 2
            self._field, only = pinned(lattice, half, self.n, method.pinned * method.kT)
            crystal, slab = (replace(self._model, bias=(one,)) for one in (only, self._field))
        each = (crystal, "isotropic"), (self._model, "uniaxial"), (slab, "uniaxial")
        self.runs = [
            Run(model, self._integration(cell), method.kT, pressure=pressure)
            for pressure in self._pressures.tolist()
            for model, cell in each  # crystal, fluid, slab of both
        ]

    @property
    def number_density(self) -> None:
        """Two phases have none."""

    def begin(self, number: int, engine: Any, state: State) -> EngineState:
        """A crystal at its density; a fluid of the crystal's cross-section; both side by side."""
        random = generator(self._task.seed, f"start {number}")
        method, which = self.method, number % 3
        if which == 0:
            start = self._crystal(method.number_density, random)
        else:
            first = number - which
            start = engine.configuration(state.engines[first])
            rest = (state.samples[first][:, VOLUME].mean() / start.volume) ** (1.0 / self.d)
            start.positions *= rest
            start.box[: self.d] *= rest
        if which == 1:
            lengths = start.box[: self.d].copy()
            lengths[-1] /= LOOSE
            start = self._fluid(lengths, random)
        elif which == 2:
            fluid = engine.configuration(state.engines[number - 1])
            start = joined(start, fluid, self._contact())
        begun: EngineState = engine.begin(start_of(start, method.kT, random))
        return begun

    def add_up(self, state: State) -> tuple[dict[str, Any], dict[str, Any]]:
        """See the module's docstring."""
        curves, drives, densities, reasons = [], [], [], []
        for k in range(len(self._pressures)):
            crystal, fluid, slab = self._samples(k, state)
            alone = fluid[:, self._told], crystal[:, self._told]
            part = self._part(k, state)
            time = (slab[:, 0] - slab[0, 0]) * self._dt
            reason = self._why_not(k, alone, state)
            drive = np.array((np.nan, np.nan) if reason else self._drive(k, time, part, state))
            if not reason and np.isnan(drive).any():
                reason = f"one of both phases is gone before its {self._driven[1]} is known"
            reasons.append(reason)
            drives.append(drive)
            densities.append([mean_of(self.n // 2 / rows[:, VOLUME]) for rows in (fluid, crystal)])
            shown = np.linspace(0, len(time) - 1, min(SHOWN, len(time))).astype(int)
            curves.append({"time": time[shown].tolist(), "crystal": part[shown].tolist()})
        driven, pure = np.array(drives), np.array(densities).transpose(1, 0, 2)
        try:
            at_zero = coexisting if self.method.pinned else Zero.of
            zero = at_zero(self._pressures, driven, pure, self._task.seed % 2**32)
        except ValueError as error:
            left_out = zip(self._pressures, reasons, strict=True)
            words = [f"P = {pressure:g}: {reason}" for pressure, reason in left_out if reason]
            raise EngineError("; ".join([str(error), *words])) from None
        value, sigma = zero.pressure
        self.shown = 3 * int(np.argmin(np.abs(self._pressures - value))) + 2
        details = {
            "phases": ["fluid", self.method.phase.lattice],
            "densities": [known(np.array(each)) for each in zero.densities],
            "pressures": self._pressures.tolist(),
            self._driven[0]: known(driven[:, 0]),
            f"{self._driven[0]}_error": known(driven[:, 1]),
            "left_out": reasons,
            "polynomial": zero.coefficients.tolist(),
            "curves": curves,
            "clock": "sweeps" if self._model.blocks else "time",
            "truncation": self._truncation(zero, state),
        }
        (known_error,) = known(np.array([sigma]))
        return {"pressure": {"mean": value, "standard_error": known_error}}, details

    def watched(self, number: int, state: State) -> FloatArray | None:
        """See `Runs`: of a slab that is pinned, and stays one, how much is crystal."""
        if not self.method.pinned or number % 3 < 2:
            return None
        return self._part(number // 3, state) if self._is_held(number // 3, state) else None

    # -- details ---------------------------------------------------------------------------------

    @property
    def _driven(self) -> tuple[str, str]:
        """What is zero at coexistence: its key in the result, and in words."""
        if self.method.pinned:
            return "driving_force", "difference of chemical potentials"
        return "velocity", "velocity"

    def _samples(self, k: int, state: State) -> list[FloatArray]:
        """Of crystal, fluid and slab at a pressure."""
        return [state.samples[3 * k + which] for which in range(3)]

    def _part(self, k: int, state: State) -> FloatArray:
        """How much of the slab is crystal, by what tells; its volume is of twice the particles."""
        crystal, fluid, slab = (rows[:, self._told] for rows in self._samples(k, state))
        return parts(slab / np.where(np.array(self._told) == VOLUME, 2.0, 1.0), fluid, crystal)

    def _is_held(self, k: int, state: State) -> bool:
        """Whether a pinned slab keeps both phases, and Q says how much is crystal.

        Not Q alone: a fluid in the field has a third of the Q of a crystal. The volume of hard
        spheres fluctuates by a tenth of the difference for thousands of sweeps, which is averaged.
        """
        (crystal, _, slab), part = self._samples(k, state), self._part(k, state)
        by_wave = slab[:, -1] / (np.sqrt(2.0) * crystal[:, -1].mean())
        both = two_phases(part, len(part) // STRETCHES if self._model.blocks else SMOOTH)
        return bool(both.all() and not unseen(by_wave, part))

    def _drive(
        self, k: int, time: FloatArray, part: FloatArray, state: State
    ) -> tuple[float, float]:
        """Velocity of the surfaces, or μ_fluid - μ_crystal of a pinned slab, with its error; NaN
        where one of both phases is gone."""
        crystal, slab = state.samples[3 * k], state.samples[3 * k + 2]
        if self.method.pinned:
            if not self._is_held(k, state):
                return float("nan"), float("nan")
            half = self.n // 2
            return driving_force(self._field, slab[:, -1], crystal[:, -1], self.n, half)
        growth, error = rate(time, part)
        # of a slab that were all crystal; it has two surfaces
        length = self.n * crystal[:, VOLUME].mean() / (self.n // 2) / self._section(k, state)
        return 0.5 * length * growth, 0.5 * length * error

    def _integration(self, cell: str) -> Integration:
        if self._model.blocks:
            return Integration("npt", cell=cell, adjust_until=self._equilibration)
        dt = self._dt
        return Integration(
            "npt", dt, thermostat_time=THERMOSTAT * dt, cell=cell, barostat_time=BAROSTAT * dt
        )

    def _crystal(self, density: float, random: np.random.Generator) -> Configuration:
        """Half of the particles on their sites."""
        return lattice(self.method.phase.lattice, self._half, self.d, density, random)

    def _fluid(self, lengths: FloatArray, random: np.random.Generator) -> Configuration:
        """The other half, in a box."""
        if self._model.blocks:
            return random_spheres(self._model.diameters, self._half, lengths, random)
        return fill(lengths, self._half, self._model.pairs, self.method.kT, random)

    def _contact(self) -> FloatArray:
        """Distance at which particles are pushed apart, shape (1, 1)."""
        if self._model.blocks:
            return of_spheres(self._model.diameters)
        return of_cores(self._model.pairs, 1, self.method.kT)

    def _why_not(self, k: int, alone: tuple[FloatArray, FloatArray], state: State) -> str:
        """Why fluid and crystal alone, by energies and volumes `alone`, say nothing of a slab of
        both at a pressure; "" where they do."""
        crystal, fluid = (self.last(3 * k + which, state) for which in range(2))
        random = generator(self._task.seed, "sites")
        far = displaced(crystal, self._crystal(self.method.number_density, random))
        if far > MELTED * crystal.number_density ** (-1.0 / self.d):
            return f"the crystal does not hold: its particles are {far:.3g} away from their sites"
        name, wanted = crystal_in(crystal), self.method.phase.lattice
        if name not in ("", wanted):
            return f"the crystal alone is no longer {wanted}, but {name}"
        if name := crystal_in(fluid):
            return f"the fluid freezes by itself: {name}"
        if not (apart(*alone) and lasts(*alone) and lasts(*alone[::-1])):
            told = "volumes" if self._model.blocks else "energy and volume"
            return f"{told} of fluid and crystal alone do not stay apart"
        return ""

    def _section(self, k: int, state: State) -> float:
        """Length or area of the surfaces of a slab."""
        last = self.last(3 * k + 2, state)
        return float(last.volume / last.box[self.d - 1])

    def _truncation(self, zero: Zero, state: State) -> dict[str, Any]:
        """What the cut-off is, and the pressure without it: at one pressure chemical potentials
        change as free energies do at one density, and differ by the difference of the volumes.
        Hard spheres have none."""
        if self._model.blocks:
            return {}
        words = {"words": words_of(self.point, self._model)}
        fluid, crystal = (density for density, _ in zero.densities)
        of_crystal, of_fluid = (
            first_order(self.point, self._model, density, self.last(self.shown - before, state))
            for density, before in ((crystal, 2), (fluid, 1))
        )
        if of_fluid is None or of_crystal is None:
            return words
        change = (of_crystal[0] - of_fluid[0]) / (1.0 / fluid - 1.0 / crystal)
        return words | {"pressure": change}


def displaced(crystal: Configuration, sites: Configuration) -> float:
    """Root mean square displacement of particles from their sites, whatever the size of the box and
    wherever the whole has gone."""
    assert crystal.images is not None
    d = crystal.dimensions
    now, before = (one.positions[:, :d] / one.box[:d] for one in (crystal, sites))
    images = crystal.images[:, :d] - (0 if sites.images is None else sites.images[:, :d])
    away = (now - before + images) * crystal.box[:d]
    return float(np.sqrt(np.mean(np.sum((away - away.mean(axis=0)) ** 2, axis=1))))

"""What fluctuates in a design by alchemy: parameters of a potential, or of bodies."""

from __future__ import annotations

import itertools
import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.configuration import Configuration
from analysis.prototypes import crystal
from analysis.statistics import mean_of
from operations.design.pairs import pairs_within
from operations.design.unknowns import Parameters as Cube
from operations.engines import Engine, EngineState, Integration, wanted
from operations.interactions.model import Model
from operations.interactions.pair_functions import PairFunction
from operations.interactions.start import random_configuration, thermal_velocities
from operations.jobs.driver import Task
from operations.jobs.seeds import generator
from workspace_schema.methods.design_crystals import Alchemy as Schema
from workspace_schema.methods.targets import box_of
from workspace_schema.potentials import Adjustable, PairPotential, TableData
from workspace_schema.statepoint import StatePoint

FloatArray = NDArray[np.float64]
#: Energy of particles where they are, by parameters in units of their bounds.
Energies = Callable[[FloatArray], float]

#: Step of the numerical derivative by a parameter, in units of its bounds.
SMALL = 1e-4
#: Looks with a force at least, for a mean.
FEWEST = 20
#: Standard deviation of the first moves, in units of the bounds, and how many there are on the
#: perfect crystal.
FIRST_WIDTH, FIRST_MOVES = 0.1, 100


class Fluctuating(ABC):
    """Particles of one type whose parameters fluctuate.

    Parameters
    ----------
    task : Task
    point : StatePoint
    bounds : mapping of str to (float, float)
        Of each parameter.
    integration : Integration

    Attributes
    ----------
    names : tuple of str
    low, width : ndarray, shape (n,)
        Of the bounds.
    """

    #: Prefix of what the judge calls a target whose orientations have no order.
    plastic = ""

    def __init__(
        self,
        task: Task,
        point: StatePoint,
        bounds: dict[str, tuple[float, float]],
        integration: Integration,
    ) -> None:
        assert isinstance(point.method, Schema)
        self._task, self._method, self._system = task, point.method, point.system
        (self._type,) = point.system.types
        self.names = tuple(bounds)
        both = np.array(list(bounds.values()))
        self.low, self.width = both[:, 0], both[:, 1] - both[:, 0]
        self._integration = integration
        self._built: tuple[tuple[bytes, int], Engine] | None = None

    def values(self, x: FloatArray) -> dict[str, float]:
        """Parameters by name."""
        values = self.low + self.width * np.asarray(x)
        return dict(zip(self.names, values.tolist(), strict=True))

    def engine(self, x: FloatArray, adjust_until: int = 0) -> Engine:
        """The engine of parameters; that of the last ones is kept. Sizes of trial moves stay from
        a sweep on."""
        key = x.tobytes(), adjust_until
        if self._built is None or self._built[0] != key:
            integration = replace(self._integration, adjust_until=adjust_until)
            model = self._model(x)
            kind = wanted(self._task.settings, model, integration)
            device = self._task.settings.get("device", "auto")
            self._built = key, kind(model, integration, self._task.seed, device)
        return self._built[1]

    def exists(self, x: FloatArray) -> bool:
        """Whether there is a potential or a body of these parameters: bounds of several are tried
        together, and between them exponents may be in the wrong order, or patches overlap."""
        try:
            self._at(x)
        except ValueError:
            return False
        return True

    @abstractmethod
    def begin(self) -> tuple[EngineState, FloatArray]:
        """The start, and the parameters there."""

    @abstractmethod
    def energies(self, configuration: Configuration) -> Energies:
        """Energy of the particles where they are; infinite where they overlap, or there is no such
        potential or body."""

    def is_dilute(self, x: FloatArray, state: EngineState) -> bool:
        """Whether the start has to be compressed."""
        return False

    def compressed(self, x: FloatArray, state: EngineState, sweeps: int) -> tuple[EngineState, int]:
        """A chunk of the compression after so many sweeps, and its sweeps then; -1 at its end."""
        raise NotImplementedError

    @abstractmethod
    def forces(self, x: FloatArray, energies: Energies, width: FloatArray) -> FloatArray:
        """What a look adds to the conjugate forces, moves being so wide; NaN where unknown."""

    @abstractmethod
    def force(self, looks: FloatArray, k: int, width: FloatArray) -> tuple[float, float] | None:
        """Conjugate force of parameter k by particle, in units of its bounds, and its error, from
        the `forces` of all looks; None where it is not known."""

    def found(self, x: FloatArray) -> dict[str, Any]:
        """What the result says of parameters."""
        return {"parameters": self.values(x)}

    def tables(self, x: FloatArray) -> dict[str, TableData]:
        """The potential of parameters, by pair of types, where there is one."""
        return {}

    @abstractmethod
    def _at(self, x: FloatArray) -> Any:
        """The potential or the body of parameters; ValueError where there is none."""

    @abstractmethod
    def _model(self, x: FloatArray) -> Model: ...

    def visited(
        self,
        x: FloatArray,
        width: FloatArray,
        energies: Energies,
        random: np.random.Generator,
        n: int,
    ) -> tuple[FloatArray, FloatArray]:
        """Parameters after each of n Monte Carlo moves of every one, and how many were accepted.

        Parameters
        ----------
        x : ndarray, shape (n_parameters,)
        width : ndarray, shape (n_parameters,)
            Standard deviation of the moves.
        energies : callable
        random : Generator
        n : int
        """
        energy, seen, accepted = energies(x), [], np.zeros(len(x))
        for _, k in itertools.product(range(n), range(len(x))):
            trial = x.copy()
            trial[k] += width[k] * random.standard_normal()
            chance = random.random()
            if 0.0 <= trial[k] <= 1.0:
                other = energies(trial)
                if chance < acceptance(other - energy, self._method.kT):
                    x, energy = trial, other
                    accepted[k] += 1
            seen.append(x)
        return np.array(seen), accepted


def acceptance(change: float, kT: float) -> float:
    """Of Metropolis; 0 where the change is infinite."""
    return float(np.exp(min(-change / kT, 0.0)))


class Points(Fluctuating):
    """Points with a pair potential in molecular dynamics."""

    def __init__(self, task: Task, point: StatePoint) -> None:
        assert point.potential is not None
        assert isinstance(point.method, Schema)
        (name,) = point.system.types
        potential = point.potential.pair(name, name)
        assert isinstance(potential, Adjustable)
        # a piece is canonical, however few particles there are
        integration = Integration("nvt", point.method.dt, thermostat="langevin")
        super().__init__(task, point, potential.free, integration)
        self._cube, self._pair = Cube(potential), f"{name}-{name}"

    def begin(self) -> tuple[EngineState, FloatArray]:
        """The target with parameters that are likely there, or a random fluid with those in the
        middle."""
        n, d, kT = self._system.n_particles, self._system.dimensions, self._method.kT
        x, seed = self._cube.start, self._task.seed
        if self._method.target == "fluid":
            start = random_configuration(
                {self._type: n},
                d,
                self._method.number_density,
                {(0, 0): self._cube.function(x)},
                kT,
                generator(seed, "start"),
            )
        else:
            start = crystal_of(self._method.target, n, self._method.number_density)
            start.type_names = (self._type,)
            # else it would have to hold in the middle of the bounds first
            width, random = np.full(len(x), FIRST_WIDTH), generator(seed, "x")
            x = self.visited(x, width, self.energies(start), random, FIRST_MOVES)[0][-1]
        start.velocities = thermal_velocities(n, d, kT, generator(seed, "velocities"))
        return self.engine(x).begin(start), x

    def energies(self, configuration: Configuration) -> Energies:
        r = pairs_within(configuration, self._cube.form.r_cut).r

        def energy(x: FloatArray) -> float:
            if not self.exists(x):
                return math.inf
            # each pair is there twice
            return 0.5 * float(PairFunction(self._at(x), sound=True).energy(r).sum())

        return energy

    def forces(self, x: FloatArray, energies: Energies, width: FloatArray) -> FloatArray:
        """-∂U/∂x by particle."""
        found = np.zeros(len(x))
        for k in range(len(x)):
            ends = np.clip(x[k] + np.array([-SMALL, SMALL]), 0.0, 1.0)
            low, high = (energies(np.where(np.arange(len(x)) == k, end, x)) for end in ends)
            found[k] = -(high - low) / (ends[1] - ends[0])
        return np.where(np.isfinite(found), found, np.nan) / self._system.n_particles

    def force(self, looks: FloatArray, k: int, width: FloatArray) -> tuple[float, float] | None:
        known = looks[np.isfinite(looks[:, k]), k]
        return mean_of(known) if len(known) >= FEWEST else None

    def found(self, x: FloatArray) -> dict[str, Any]:
        parameters = super().found(x)
        curves = {self._pair: self._cube.curve(x)}
        return parameters | {"potential": {self._pair: parameters}, "curves": curves}

    def tables(self, x: FloatArray) -> dict[str, TableData]:
        return {self._pair: self._cube.table(x)}

    def _at(self, x: FloatArray) -> PairPotential:
        return self._cube.form.at(self.values(x))

    def _model(self, x: FloatArray) -> Model:
        pairs = {(0, 0): PairFunction(self._at(x))}
        return Model(self._system.dimensions, (self._type,), pairs)


def crystal_of(name: str, n_particles: int, number_density: float) -> Configuration:
    """A crystal of so many particles, in the box of whole cells that is widest; see `box_of`."""
    return crystal(name, box_of(name, n_particles, number_density)[0], number_density)

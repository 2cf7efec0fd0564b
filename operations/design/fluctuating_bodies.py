"""Hard shapes and patches that fluctuate, in HOOMD-blue's Monte Carlo."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from analysis.configuration import Configuration
from operations.design.fluctuating import Energies, Fluctuating, acceptance, crystal_of
from operations.engines import EngineError, EngineState, Integration
from operations.engines.hpmc import Hpmc, OverlapError
from operations.interactions.model import Model
from operations.interactions.start import dilute_start
from operations.jobs.driver import Task
from operations.jobs.seeds import generator
from workspace_schema.building_blocks import BuildingBlock
from workspace_schema.methods.design_crystals import Alchemy as Schema
from workspace_schema.methods.targets import PLASTIC
from workspace_schema.statepoint import StatePoint

FloatArray = NDArray[np.float64]

#: Step in which the conjugate force is counted, in units of the bounds.
STEP = 0.01
#: Sweeps after which a compression that is not complete is stuck.
PATIENCE = 200_000


class Bodies(Fluctuating):
    """Bodies whose size, as their block says it, stays: volume or area, diameter of patchy ones.

    A trial shape has infinite energy where bodies overlap as they lie; of patches the energy is
    that of those that face each other.

    Parameters
    ----------
    task : Task
    point : StatePoint
    adjust_until : int
        Sweep from which on the sizes of trial moves stay.
    """

    plastic = PLASTIC

    def __init__(self, task: Task, point: StatePoint, adjust_until: int) -> None:
        assert isinstance(point.method, Schema)
        (self._body,) = point.system.adjustable.values()
        integration = Integration("nvt", adjust_until=adjust_until)
        super().__init__(task, point, self._body.free, integration)

    def begin(self) -> tuple[EngineState, FloatArray]:
        """The target, bodies unturned or turned alike, or a fluid compressed from random
        orientations, with parameters in the middle.

        Raises
        ------
        EngineError
            Where bodies overlap in the target, or the fluid does not get so dense.
        """
        n, d, density = (
            self._system.n_particles,
            self._system.dimensions,
            self._method.number_density,
        )
        x = np.full(len(self.names), 0.5)
        engine = self.engine(x)
        assert isinstance(engine, Hpmc)
        if self._method.target == "fluid":
            random = generator(self._task.seed, "start")
            start = dilute_start(engine.largest, {self._type: n}, d, random, density)
            return self._compressed(engine, engine.begin(start)), x
        start = crystal_of(self._method.target, n, density)
        start.type_names = (self._type,)
        try:
            return engine.begin(start), x
        except OverlapError as error:
            turned = engine.turned(start)
            if turned is None:
                raise EngineError(
                    f"{error}; with parameters in the middle of their bounds no turn of all bodies"
                    " alike brings them apart"
                ) from None
            return engine.begin(turned), x

    def energies(self, configuration: Configuration) -> Energies:
        from operations.search.hard_bodies import make_bodies
        from operations.search.hard_monte_carlo import Crystal, energy

        n = configuration.n_particles
        cell, turns = np.array(configuration.cell, dtype=np.float64), configuration.orientations
        placed = Crystal(
            types=np.zeros(n, dtype=np.int64),
            s=np.ascontiguousarray(configuration.positions @ np.linalg.inv(cell)),
            q=np.array(turns, dtype=np.float64),
            cell=cell,
            dimensions=configuration.dimensions,
        )

        def total(x: FloatArray) -> float:
            if not self.exists(x):
                return math.inf
            bodies = make_bodies({self._type: self._at(x)}, configuration.dimensions)
            return float(energy(bodies, placed))

        return total

    def forces(self, x: FloatArray, energies: Energies) -> FloatArray:
        """kT ∂ ln Z/∂x, for which a step of energy has no derivative: by how much oftener a step
        upwards would be accepted than one downwards.

        A(x → x + h) / A(x + h → x) = Z(x + h) / Z(x), and A = 1 - O(h): C. H. Bennett, J. Comput.
        Phys. 22, 245 (1976). NaN within a step of the bounds.
        """
        kT, found = self._method.kT, np.full(len(x), np.nan)
        here = energies(x)
        for k in np.flatnonzero((x >= STEP) & (x <= 1.0 - STEP)):
            step = np.where(np.arange(len(x)) == k, STEP, 0.0)
            up, down = (acceptance(energies(x + by) - here, kT) for by in (step, -step))
            found[k] = kT * (up - down) / STEP
        return found

    def _at(self, x: FloatArray) -> BuildingBlock:
        return self._body.at(self.values(x))

    def _model(self, x: FloatArray) -> Model:
        blocks = {self._type: self._at(x)}
        return Model(self._system.dimensions, (self._type,), blocks=blocks)

    def _compressed(self, engine: Hpmc, state: EngineState) -> EngineState:
        """The state at the density of the design."""
        volume = self._system.n_particles / self._method.number_density
        done = engine.configuration(state).volume <= volume * (1.0 + 1e-9)
        while not done:
            state, done = engine.compress(state, 1.0, volume=volume)
            if not done and int(state["step"]) >= PATIENCE:
                raise EngineError(
                    f"{PATIENCE} sweeps have not compressed a fluid to number_density"
                    f" {self._method.number_density:g}"
                )
        return state | {"step": np.asarray(0)}

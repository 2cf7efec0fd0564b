"""Hard shapes and patches that fluctuate, in HOOMD-blue's Monte Carlo."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from analysis.configuration import Configuration
from analysis.statistics import mean_of
from operations.design.fluctuating import FEWEST, Energies, Fluctuating, acceptance, crystal_of
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

#: Step in which the conjugate force is counted, at most, in units of the bounds; no wider than
#: the moves, of which two in five are accepted.
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
    """

    plastic = PLASTIC

    def __init__(self, task: Task, point: StatePoint) -> None:
        assert isinstance(point.method, Schema)
        (self._body,) = point.system.adjustable.values()
        super().__init__(task, point, self._body.free, Integration("nvt"))
        self._volume = self._system.n_particles / self._method.number_density

    def begin(self) -> tuple[EngineState, FloatArray]:
        """The target, bodies unturned or turned alike, or a dilute fluid of random orientations,
        with parameters in the middle.

        Raises
        ------
        EngineError
            Where bodies overlap in the target.
        """
        n, d = self._system.n_particles, self._system.dimensions
        density = self._method.number_density
        x = np.full(len(self.names), 0.5)
        engine = self.engine(x)
        assert isinstance(engine, Hpmc)
        if self._method.target == "fluid":
            random = generator(self._task.seed, "start")
            start = dilute_start(engine.largest, {self._type: n}, d, random, density)
            return engine.begin(start), x
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

    def is_dilute(self, x: FloatArray, state: EngineState) -> bool:
        now = self.engine(x).configuration(state).volume
        return self._method.target == "fluid" and bool(now > self._volume * (1.0 + 1e-9))

    def compressed(self, x: FloatArray, state: EngineState, sweeps: int) -> tuple[EngineState, int]:
        state = state | {"step": np.asarray(sweeps)}
        state, done = self.engine(x).compress(state, 1.0, volume=self._volume)
        now = int(state["step"])
        if not done and now >= PATIENCE:
            raise EngineError(
                f"{PATIENCE} sweeps have not compressed a fluid to number_density"
                f" {self._method.number_density:g}"
            )
        return state | {"step": np.asarray(0)}, -1 if done else now

    def forces(self, x: FloatArray, energies: Energies, width: FloatArray) -> FloatArray:
        """Chances that a step of each parameter upwards is accepted, then those downwards; NaN
        within a step of the bounds."""
        found, here = np.full((2, len(x)), np.nan), energies(x)
        steps = np.minimum(width, STEP)
        for k in np.flatnonzero((x >= steps) & (x <= 1.0 - steps)):
            by = np.where(np.arange(len(x)) == k, steps, 0.0)
            for way, trial in enumerate((x + by, x - by)):
                found[way, k] = acceptance(energies(trial) - here, self._method.kT)
        return found.ravel()

    def force(self, looks: FloatArray, k: int, width: FloatArray) -> tuple[float, float] | None:
        """kT ∂ ln Z/∂x, for which a step of energy has no derivative: kT ln(<up> / <down>) / step
        of the mean chances, None where either is 0.

        A(x → x + h) / A(x + h → x) = Z(x + h) / Z(x): C. H. Bennett, J. Comput. Phys. 22, 245
        (1976). Where overlaps are independent both A fall exponentially with h, and the logarithm
        is exact at any h.
        """
        both = looks[:, [k, k + len(self.names)]]
        both = both[np.isfinite(both).all(axis=1)]
        if len(both) < FEWEST or not both.any(axis=0).all():
            return None
        up, down = both.mean(axis=0)
        factor = self._method.kT / min(width[k], STEP) / self._system.n_particles
        _, error = mean_of(both[:, 0] / up - both[:, 1] / down)
        return float(factor * np.log(up / down)), factor * error

    def _at(self, x: FloatArray) -> BuildingBlock:
        return self._body.at(self.values(x))

    def _model(self, x: FloatArray) -> Model:
        blocks = {self._type: self._at(x)}
        return Model(self._system.dimensions, (self._type,), blocks=blocks)

"""Monte Carlo of hard and patchy particles: start, compress, equilibrate, ramp or hold, produce."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from analysis.configuration import Configuration
from analysis.shapes import packing_fraction
from operations.engines import EngineError, Integration, Segment
from operations.engines.hpmc import Hpmc, OverlapError
from operations.interactions.model import Model
from operations.interactions.start import dilute_start, lattice
from operations.jobs.driver import Task
from operations.jobs.files import read_json
from operations.jobs.result import Result
from operations.jobs.seeds import generator
from operations.jobs.state import PREVIOUS
from operations.methods.schedule import Scheduled
from operations.methods.simulation import RunState, Simulation, Steps
from workspace_schema.errors import at_most
from workspace_schema.lattices import LATTICES
from workspace_schema.system import System

#: A compression that gets denser by less than this part in so many sweeps is stuck.
GROWTH, PATIENCE = 1e-4, 50_000

#: Width of a box of free shape, in diameters of the largest particle, below which a run fails.
NARROWEST = 2.0


class HardParticles(Simulation):
    """Hard or patchy particles in HOOMD-blue's HPMC.

    Parameters
    ----------
    task : Task
    total : int
        Sweeps of the whole run.
    adjust_until : int
        Sweep from which on the sizes of trial moves stay.
    """

    unit = "trial moves"
    least_chunk = 1000  # enough moves of the box to adjust their size

    def __init__(self, task: Task, total: int, adjust_until: int) -> None:
        super().__init__(task, total)
        integration = Integration(
            ensemble=self._method["ensemble"],
            cell=self._method.get("cell", "isotropic"),
            adjust_until=adjust_until,
            cluster_period=self._method.get("cluster_period"),
        )
        system = System.model_validate(self._system).found(task.root)
        engine = self.use(Model.of(system), integration)
        assert isinstance(engine, Hpmc)
        self.engine: Hpmc = engine
        self._slit = engine.slit

    def begin(self, kT: float) -> RunState:
        """The start, at the density of a run at constant volume or looser."""
        configuration = self._start()
        try:
            engine = self.engine.begin(configuration)
        except OverlapError as error:
            start = self._method["start"]
            on_lattice = isinstance(start, str) and start in LATTICES
            turned = self.engine.turned(configuration) if on_lattice else None
            if turned is None:
                raise self._too_dense(error) from None
            engine = self.engine.begin(turned)
        state = self.begin_at(engine)
        density = self._method.get("number_density")
        loose = self._n / self.room(configuration.volume)
        if density is not None and loose < density * (1 - 1e-9):
            state.notes["compression"] = np.asarray(0)
        return state

    def compress(self, state: RunState) -> RunState:
        """One chunk of the way to the density of a run; no step of it counts as one of the run."""
        volume = self._n / self._method["number_density"] / self.room(1.0)
        engine = state.engine | {"step": state.notes["compression"]}
        engine, done = self.engine.compress(engine, 1.0, volume=volume)
        now = int(engine["step"])
        after = self.compressed(state, engine, None if done else now)
        densest, since = after.notes.pop("densest", (0.0, 0))
        if done:
            return after
        # On the way there may be overlaps; the density of such a configuration means nothing.
        density = self._n / self.room(self.engine.configuration(engine).volume)
        if density > densest * (1 + GROWTH) and not self.engine.overlaps(engine):
            densest, since = density, now
        if now - since >= PATIENCE:
            raise EngineError(
                f"compression ended at number density {densest:.4g} after {now} sweeps,"
                f" not at {self._method['number_density']:g}: start from a lattice or a file, or"
                " use ensemble: npt"
            )
        after.notes["densest"] = np.array([densest, since])
        return after

    def advance(self, state: RunState, segment: Segment) -> Steps:
        """One chunk in a segment; see `stepping`.

        Raises
        ------
        EngineError
            If a box of free shape has become too narrow. Nothing keeps that of a fluid together:
            all ratios of its lengths weigh the same.
        """
        after = yield from super().advance(state, segment)
        least = NARROWEST * self.engine.largest
        if self._method.get("cell") == "flexible":
            width = float(self.engine.configuration(after.engine).widths.min())
            if width < least:
                raise EngineError(
                    f"the box has become {width:.3g} wide at sweep {after.step}, less than"
                    f" {NARROWEST:g} diameters ({least:.3g}): a fluid does not hold the shape of a"
                    " box; use cell: isotropic for it, or more particles"
                )
        return after

    def result(self, state: RunState, **quantities: Any) -> Result:
        """The result of a run with these quantities, and the sizes of trial moves."""
        return (
            super()
            .result(state, **quantities)
            .more(
                box_widths=self.engine.configuration(state.engine).widths.tolist(),
                move_sizes=self.engine.move_sizes(state.engine),
            )
        )

    # -- details ---------------------------------------------------------------------------------

    def _too_dense(self, error: OverlapError) -> EngineError:
        """The error with the density that fits, of bodies that start on a lattice."""
        start, diameter = self._method["start"], self.engine.largest
        if isinstance(start, dict) or start not in LATTICES:
            return error
        return EngineError(
            f"{error}; on {start}, number_density up to"
            f" {at_most(LATTICES[start].density(diameter))} is surely free of overlaps, for"
            f" circumscribed spheres of diameter {diameter:.4g}; above, that depends on how the"
            " bodies lie beside each other, and no turn of all of them alike that was tried brings"
            " them apart"
        )

    def _start(self) -> Configuration:
        start, dimensions = self._method["start"], self._system["dimensions"]
        density, particles = self._method.get("number_density"), self._system["particles"]
        random = generator(self._task.seed, "start")
        if isinstance(start, dict):
            return self._from_file(start["sha256"])
        if start not in LATTICES:
            diameter, slit = self.engine.largest, self._slit
            return dilute_start(diameter, particles, dimensions, random, density, slit)
        return lattice(start, particles, dimensions, density, random)


class MonteCarlo(Scheduled, HardParticles):
    """Hard particles at given pressures or densities."""

    def __init__(self, task: Task) -> None:
        method = task.statepoint["method"]
        super().__init__(task, int(method.get("equilibration_steps", 0)) + int(method["steps"]))

    def finish(self, state: RunState) -> Result:
        """As of every run, and the packing fraction at its number density."""
        result = super().finish(state)
        last = self.engine.configuration(state.engine)
        volume = packing_fraction(self.engine.shapes, last) / last.number_density
        return result.more(packing_fraction=volume * (result.number_density or 0.0))

    def _lengthen(self, previous: Path) -> RunState:
        """Go on from the products of a finished run, with its sizes of trial moves."""
        state = super()._lengthen(previous)
        found = read_json(self._task.folder / PREVIOUS)
        state.engine = self.engine.with_move_sizes(
            state.engine, found["move_sizes"], found["engine_version"]
        )
        return state

"""Monte Carlo of hard and patchy particles: start, compress, equilibrate, ramp or hold, produce."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from analysis.configuration import Configuration
from analysis.shapes import packing_fraction
from operations.driver import PREVIOUS, Task
from operations.engines import EngineError
from operations.engines.hpmc import Hpmc
from operations.engines.hpmc_moves import KINDS
from operations.files import read_json
from operations.hard_particles import dilute_start, hard_particles
from operations.schedule import Scheduled
from operations.seeds import generator
from operations.simulation import Simulation, State
from operations.start import LATTICES, lattice

#: Sweeps of a compression at most; one that has stopped getting denser is a failure.
MOST_COMPRESSION = 1_000_000


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
        cell = self._method.get("cell", "isotropic")
        self.engine: Hpmc = hard_particles(task, self._method["ensemble"], cell, adjust_until)

    def begin(self, kT: float) -> State:
        """The start, at the density of a run at constant volume or looser."""
        configuration = self._start()
        state = self.begin_at(self.engine.begin(configuration))
        density = self._method.get("number_density")
        if density is not None and configuration.number_density < density * (1 - 1e-9):
            state.notes["compression"] = np.asarray(0)
        return state

    def compress(self, state: State) -> State:
        """One chunk of the way to the density of a run; no step of it counts as one of the run."""
        sweeps = max(self.engine.chunk_particle_steps // self._n // 10, 1)
        volume = self._n / self._method["number_density"]
        before = int(state.notes["compression"])
        engine = state.engine | {"step": np.asarray(before)}
        engine, done = self.engine.compress(engine, volume, sweeps)
        if not done and before + sweeps >= MOST_COMPRESSION:
            reached = self.engine.configuration(engine).number_density
            raise EngineError(
                f"compression ended at number density {reached:.4g} after {before + sweeps} sweeps,"
                f" not at {self._method['number_density']:g}: start from a lattice or a file, or"
                " use ensemble: npt"
            )
        return self.compressed(state, engine, None if done else before + sweeps)

    def how(self, state: State) -> dict[str, Any]:
        """What result.json says about the run itself: the sizes of trial moves, too."""
        configuration = self.engine.configuration(state.engine)
        sizes = [float(size) for size in state.engine["moves"]]
        return super().how(state) | {
            "packing_fraction": packing_fraction(self.engine.shapes, configuration),
            "move_sizes": dict(zip(KINDS, sizes, strict=True)),
        }

    # -- details ---------------------------------------------------------------------------------

    def _start(self) -> Configuration:
        start, dimensions = self._method["start"], self._system["dimensions"]
        density, particles = self._method.get("number_density"), self._system["particles"]
        random = generator(self._task.seed, "start")
        if isinstance(start, dict):
            return self._from_file(start["sha256"])
        if start not in LATTICES:
            return dilute_start(self.engine, particles, dimensions, random, density)
        return lattice(start, particles, dimensions, density, random)


class MonteCarlo(Scheduled, HardParticles):
    """Hard particles at given pressures or densities."""

    def __init__(self, task: Task) -> None:
        method = task.statepoint["method"]
        super().__init__(task, int(method.get("equilibration_steps", 0)) + int(method["steps"]))

    def _lengthen(self, previous: Path) -> State:
        """Go on from the products of a finished run, with its sizes of trial moves."""
        state = super()._lengthen(previous)
        sizes = read_json(self._task.folder / PREVIOUS)["move_sizes"]
        state.engine["moves"] = np.array([sizes[kind] for kind in KINDS])
        return state

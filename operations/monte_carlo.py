"""Monte Carlo of hard and patchy particles: start, compress, equilibrate, ramp or hold, produce."""

from __future__ import annotations

from typing import Any

import numpy as np

from analysis.configuration import Configuration
from operations.driver import Task
from operations.engines import EngineError
from operations.engines.hpmc import Hpmc
from operations.engines.hpmc_moves import KINDS
from operations.schedule import Scheduled
from operations.seeds import generator
from operations.simulation import Simulation, State
from operations.start import LATTICES, lattice
from workspace_schema.system import System

#: Distance of neighbours in a dilute start, in diameters of the circumscribed sphere.
DILUTE = 1.05

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

    def __init__(self, task: Task, total: int, adjust_until: int) -> None:
        super().__init__(task, total)
        wanted = str(task.settings.get("engine", "auto"))
        if wanted not in ("auto", Hpmc.name):
            raise EngineError(f"{wanted} has no hard particles; set engine: hoomd (or auto)")
        system = System.model_validate(self._system)
        self._blocks = dict(system.building_blocks or {})
        self.engine: Hpmc = Hpmc(
            self._blocks,
            system.dimensions,
            self._method["ensemble"],
            self._method.get("cell", "isotropic"),
            task.seed,
            task.settings.get("device", "auto"),
            adjust_until,
        )

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
        notes = state.notes | {"compression": np.asarray(before + sweeps)}
        if done:
            del notes["compression"]
        elif before + sweeps >= MOST_COMPRESSION:
            reached = self.engine.configuration(engine).number_density
            raise EngineError(
                f"compression ended at number density {reached:.4g} after {before + sweeps} sweeps,"
                f" not at {self._method['number_density']:g}: start from a lattice or a file, or"
                " use ensemble: npt"
            )
        return State(
            engine | {"step": np.asarray(0)},
            0,
            0,
            0,
            state.watched,
            state.wall_seconds,
            notes=notes,
        )

    def progress(self, state: State) -> tuple[float, float, float, str]:
        """Sweeps done and in all, particles, and the last sample."""
        done, total, work, detail = super().progress(state)
        if "compression" in state.notes:
            now = self.engine.configuration(state.engine).number_density
            detail = f"compressing: density {now:.4g} of {self._method['number_density']:g}"
        return done, total, work, detail

    def how(self, state: State) -> dict[str, Any]:
        """What result.json says about the run itself: the sizes of trial moves, too."""
        volumes = [self.engine.shapes[n].volume * k for n, k in self._system["particles"].items()]
        configuration = self.engine.configuration(state.engine)
        sizes = [float(size) for size in state.engine["moves"]]
        return super().how(state) | {
            "packing_fraction": sum(volumes) / configuration.volume,
            "move_sizes": dict(zip(KINDS, sizes, strict=True)),
        }

    # -- details ---------------------------------------------------------------------------------

    def _start(self) -> Configuration:
        start, dimensions = self._method["start"], self._system["dimensions"]
        density = self._method.get("number_density")
        random = generator(self._task.seed, "start")
        if isinstance(start, dict):
            return self._from_file(start["sha256"])
        if start in LATTICES:
            if density is None:
                raise EngineError(f"number_density is missing; start: {start} needs it")
            configuration = lattice(start, self._system["particles"], dimensions, density, random)
        else:
            name = "square" if dimensions == 2 else "sc"
            configuration = lattice(name, self._system["particles"], dimensions, 1.0, random)
            scale = DILUTE * self.engine.largest / _spacing(configuration)
            if density is not None:
                scale = max(scale, density ** (-1 / dimensions))
            configuration.positions *= scale
            configuration.box[:dimensions] *= scale
            configuration.orientations = random_orientations(self._n, dimensions, random)
        return configuration


class MonteCarlo(Scheduled, HardParticles):
    """Hard particles at given pressures or densities."""

    def __init__(self, task: Task) -> None:
        method = task.statepoint["method"]
        super().__init__(task, int(method.get("equilibration_steps", 0)) + int(method["steps"]))

    def step(self, state: State) -> State:
        """One chunk: of the compression, then of the run."""
        return self.compress(state) if "compression" in state.notes else super().step(state)


def random_orientations(n: int, dimensions: int, random: np.random.Generator) -> np.ndarray:
    """Uniform rotations as quaternions, shape (n, 4); in two dimensions around z."""
    if dimensions == 2:
        half = random.uniform(0.0, np.pi, n)
        return np.stack([np.cos(half), 0 * half, 0 * half, np.sin(half)], axis=1)
    quaternions = random.normal(size=(n, 4))
    return np.asarray(quaternions / np.linalg.norm(quaternions, axis=1, keepdims=True))


def _spacing(configuration: Configuration) -> float:
    """Smallest distance of two particles, the next image of a single one included."""
    from analysis.neighbourhoods import nearest

    return float(nearest(configuration, 1).distances.min())

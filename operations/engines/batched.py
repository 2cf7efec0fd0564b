"""Molecular dynamics of small systems, one text for a core and a GPU; no GPU runs it yet.

Points with isotropic pairs in a periodic box that stays as it is, up to about a thousand: forces
from the text of the search (`operations.search.neighbour_list`), equations of motion from
`operations.search.dynamics`. It is taken only where settings name it.
"""

from __future__ import annotations

import numba
import numpy as np

from analysis.configuration import Configuration, lattice_vectors, wrap
from operations.engines import (
    Chunk,
    EngineError,
    EngineState,
    ExplodedError,
    Integration,
    Sampling,
    Segment,
)
from operations.interactions.model import Model
from operations.search.dynamics import (
    BUSSI,
    LANGEVIN,
    NONE,
    Motion,
    Rule,
    advance,
    set_out,
)
from operations.search.kernels import make_kernel
from operations.search.neighbour_list import Neighbours, listed_sum_alone, make_neighbours
from operations.search.problem import Problem
from workspace_schema.settings import MOST_BATCHED

#: Neighbours are kept in lists up to this far beyond the cut-off.
SKIN = 0.4


class Batched:
    """Compiled molecular dynamics as an `Engine`."""

    name = "batched"
    capabilities = frozenset({"points", "molecular_dynamics", "nve", "nvt", "shear_stress"})
    device = "cpu"
    chunk_particle_steps = 20_000_000

    def __init__(
        self, model: Model, integration: Integration, seed: int, device: str = "auto"
    ) -> None:
        if device == "gpu":
            raise EngineError("device: gpu, but batched runs on the CPU here; set engine: hoomd")
        if not model.pairs:
            raise EngineError("batched needs pair potentials; set engine: lammps")
        self._model, self._integration, self._seed = model, integration, seed
        self._kernel = make_kernel(model.pairs)
        self._r_cut = max(pair.r_cut for pair in model.pairs.values())
        self._sum = listed_sum_alone(self._kernel.compiled, len(self._kernel.forms) == 1)

    @staticmethod
    def missing() -> str | None:
        """Nothing: it needs numba alone."""
        return None

    @property
    def version(self) -> str:
        """The version of numba, which compiles it."""
        return str(numba.__version__)

    def begin(self, configuration: Configuration, step: int = 0) -> EngineState:
        """The state that starts from a configuration (with velocities)."""
        self._model.check(configuration)
        n, velocities = configuration.n_particles, configuration.velocities
        if n > MOST_BATCHED:  # a particle has room for all others in its list
            raise EngineError(
                f"batched is for small systems, of at most {MOST_BATCHED} particles; got {n};"
                " set engine: lammps (or auto)"
            )
        images = configuration.images
        positions, images = wrap(
            configuration.positions,
            np.zeros((n, 3), dtype=np.int32) if images is None else images,
            configuration.box,
            configuration.dimensions,
        )
        return {
            "positions": positions,
            "velocities": np.zeros((n, 3)) if velocities is None else velocities.copy(),
            "images": images,
            "box": configuration.box.copy(),
            "types": np.asarray(configuration.types, dtype=np.int64),
            "step": np.asarray(step),
        }

    def configuration(self, state: EngineState) -> Configuration:
        """The particles of a state."""
        return Configuration(
            positions=state["positions"],
            box=state["box"],
            dimensions=self._model.dimensions,
            types=state["types"],
            type_names=self._model.types,
            velocities=state["velocities"],
            images=state["images"],
        )

    def _set_out(self, state: EngineState) -> tuple[Problem, Motion, Neighbours, float]:
        """What the compiled functions take, and the energy."""
        dimensions, n = self._model.dimensions, len(state["types"])
        cell = lattice_vectors(state["box"], dimensions)
        problem = self._kernel.problem(state["types"], cell, dimensions)
        try:
            neighbours = make_neighbours(cell, dimensions, n, self._r_cut, SKIN)
        except ValueError as error:
            raise EngineError(str(error)) from None
        flat = [state[key].T.flatten() for key in ("positions", "velocities", "images")]
        motion = Motion(
            flat[0], flat[1], np.zeros(3 * n), flat[2].astype(np.int64), np.zeros((3, 3))
        )
        energy = set_out(self._sum, problem, motion, neighbours)
        return problem, motion, neighbours, float(energy)

    def _state(self, motion: Motion, like: EngineState, step: int) -> EngineState:
        n, flat = len(like["types"]), (motion.r, motion.v, motion.images)
        r, v, images = (np.ascontiguousarray(array.reshape(3, n).T) for array in flat)
        positions, images = wrap(r, images.astype(np.int32), like["box"], self._model.dimensions)
        now = {"positions": positions, "velocities": v, "images": images}
        return like | now | {"step": np.asarray(step)}

    def _rule(self, segment: Segment) -> Rule:
        run, (first, last) = self._integration, segment.kT
        thermostat = {"bussi": BUSSI, "langevin": LANGEVIN}[run.thermostat]
        return Rule(
            thermostat if run.ensemble == "nvt" else NONE,
            run.dt,
            run.thermostat_time,
            segment.start,
            first,
            (last - first) / max(segment.stop - segment.start, 1),
            self._seed,
        )

    def run(self, state: EngineState, segment: Segment, stop: int, sampling: Sampling) -> Chunk:
        """Advance to the step `stop`; see `Engine.run`."""
        problem, motion, neighbours, _ = self._set_out(state)
        rule, step = self._rule(segment), int(state["step"])
        samples, frames = [], []
        for event, sample_due, frame_due in sampling.events(step, stop):
            energy = advance(self._sum, problem, motion, neighbours, rule, step, event)
            if event > step and not np.isfinite(energy):
                raise ExplodedError(
                    f"energies are not finite before step {event} (dt too large, or the start too"
                    " dense)"
                )
            step = event
            if sample_due:
                samples.append(
                    self._sample(event, energy, motion, abs(np.linalg.det(problem.cell)))
                )
            if frame_due:
                frames.append((event, self.configuration(self._state(motion, state, event))))
        columns = len(self._model.columns)
        table = np.array(samples).reshape(-1, columns)
        return Chunk(self._state(motion, state, step), table, frames)

    def _sample(self, step: int, energy: float, motion: Motion, volume: float) -> tuple[float, ...]:
        d = self._model.dimensions
        n = len(motion.r) // 3
        # Langevin's noise moves the centre of mass, too: no degree of freedom is missing.
        run = self._integration
        moves = run.ensemble == "nvt" and run.thermostat == "langevin"
        square = float(motion.v @ motion.v)
        pressure = (square + float(np.trace(motion.virial[:d, :d]))) / (d * volume)
        free = d * (n if moves else n - 1)
        row = (step, square / free if free else 0.0, energy / n, pressure, volume)
        velocities = motion.v.reshape(3, n)
        tensor = (velocities @ velocities.T + motion.virial) / volume
        return *row, *tensor[(0, 0, 1), (1, 2, 2)][: len(self._model.shears)]

    def energy_and_forces(
        self, configuration: Configuration
    ) -> tuple[float, np.ndarray, np.ndarray]:
        """See `Engine.energy_and_forces`."""
        _, motion, _, energy = self._set_out(self.begin(configuration))
        forces = np.ascontiguousarray(motion.force.reshape(3, -1).T)
        return energy, forces, motion.virial

"""Molecular dynamics of small systems, many at once: one text for a core and a GPU.

Points with isotropic pairs in a periodic box that stays as it is, up to about a thousand: forces
from the text of the search (`operations.search.neighbour_list`), equations of motion from
`operations.search.dynamics`. Runs that are asked for together are one launch on a GPU, which has
never run it, and share the cores of the CPU. It is taken
where settings name it, and for the segments of `operations.equilibrium.along_variable`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numba
import numpy as np

from analysis.configuration import Configuration, lattice_vectors, wrap
from operations.engines import (
    Chunk,
    EngineError,
    EngineState,
    ExplodedError,
    Integration,
    NotBegunError,
    Run,
    Sampling,
    Segment,
)
from operations.interactions.model import Model
from operations.search.dynamics import BUSSI, LANGEVIN, NONE, Motion, Record, Rule, set_out
from operations.search.kernels import make_kernel
from operations.search.neighbour_list import Neighbours, make_neighbours
from operations.search.problem import Problem
from operations.search.relax import check_gpu
from operations.search.trips import Trip, follow_all, pair_sum
from workspace_schema.settings import MOST_BATCHED

#: Neighbours are kept in lists up to this far beyond the cut-off.
SKIN = 0.4

#: Work of a chunk on a GPU, a guess at some seconds: a launch takes as long as one system alone.
ON_GPU = 100_000_000
#: Steps of a chunk on a GPU at most: the smallest systems take some microseconds for each, too.
MOST_STEPS = 500_000
#: Events of a chunk, and particles in all its frames, at most: about 30 MB of memory.
MOST_EVENTS, MOST_IN_FRAMES = 50_000, 100_000


class Batched:
    """Compiled molecular dynamics as an `Engine`."""

    name = "batched"
    capabilities = frozenset({"points", "molecular_dynamics", "nve", "nvt", "shear_stress"})
    device = "cpu"
    chunk_particle_steps = 20_000_000
    repeats = True
    #: Most systems that have shared a GPU with its own.
    together = 1

    def __init__(
        self, model: Model, integration: Integration, seed: int, device: str = "auto"
    ) -> None:
        if device == "gpu":
            check_gpu()
            self.device, self.chunk_particle_steps = "gpu", ON_GPU
        if not model.pairs:
            raise EngineError("batched needs pair potentials; set engine: lammps")
        self._model, self._integration, self._seed = model, integration, seed
        self._kernel = make_kernel(model.pairs)
        self._r_cut = max(pair.r_cut for pair in model.pairs.values())

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

    def most_steps(self, n: int, sampling: Sampling) -> int:
        """Steps of a chunk of n particles at most, for the sake of memory and, on a GPU, of time;
        whatever else it is launched with."""
        most = MOST_EVENTS * sampling.log_period
        if sampling.frame_period:
            most = min(most, max(MOST_IN_FRAMES // n, 1) * sampling.frame_period)
        return min(most, MOST_STEPS) if self.device == "gpu" else most

    def _set_out(self, state: EngineState) -> tuple[Problem, Motion, Neighbours]:
        """What the compiled functions take."""
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
        return problem, motion, neighbours

    def _state(self, flat: Sequence[np.ndarray], like: EngineState, step: int) -> EngineState:
        """The state with other positions, velocities and images, each all x, all y, all z."""
        n = len(like["types"])
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
        (chunk,) = Batched.run_together([Run(self, state, segment, stop, sampling)])
        if isinstance(chunk, Exception):
            raise chunk
        return chunk

    @staticmethod
    def run_together(runs: Sequence[Run]) -> list[Chunk | Exception]:
        """Advance many systems at once; see `Engine.run_together`."""
        ends: dict[int, Chunk | Exception] = {}
        trips: dict[str, dict[int, Trip]] = {}
        for number, run in enumerate(runs):
            try:
                trip = run.engine._trip(run)
            except Exception as error:  # is of this one alone
                ends[number] = error
                continue
            trips.setdefault(run.engine.device, {})[number] = trip
        for device, some in trips.items():
            reached = follow_all(list(some.values()), device)
            for (number, trip), passed in zip(some.items(), reached, strict=True):
                engine = runs[number].engine
                if device == "gpu":
                    engine.together = max(engine.together, len(some))
                try:
                    ends[number] = engine._chunk(runs[number], trip, passed)
                except Exception as error:
                    ends[number] = error
        return [ends[number] for number in range(len(runs))]

    def _trip(self, run: Run) -> Trip:
        """What the compiled text is given for a run."""
        step = int(run.state["step"])
        events = run.sampling.events(step, run.stop)
        with_frame = np.array([frame for _, _, frame in events])
        flat = (int(with_frame.sum()), 3 * len(run.state["types"]))
        record = Record(
            np.array([event for event, _, _ in events]),
            np.where(with_frame, np.cumsum(with_frame) - 1, -1),
            np.zeros((len(events), 13)),
            np.zeros(flat),
            np.zeros(flat),
            np.zeros(flat, dtype=np.int64),
        )
        return Trip(self._kernel, *self._set_out(run.state), self._rule(run.segment), step, record)

    def _chunk(self, run: Run, trip: Trip, passed: int | None) -> Chunk | Exception:
        """What a run has led to, of whose events so many were passed."""
        record, state = trip.record, run.state
        if passed is None:
            return NotBegunError("told to stop between launches")
        if passed < len(record.steps):
            return ExplodedError(
                f"energies are not finite before step {record.steps[passed]} (dt too large, or the"
                " start too dense)"
            )
        samples = set(run.sampling.steps(run.sampling.log_period, trip.step, run.stop))
        due = np.array([step in samples for step in record.steps.tolist()])
        volume = abs(np.linalg.det(trip.problem.cell))
        table = self._samples(record.steps[due], record.rows[due], len(state["types"]), volume)
        frames = [
            (
                int(step),
                self.configuration(
                    self._state([record.r[k], record.v[k], record.images[k]], state, int(step))
                ),
            )
            for step, k in zip(record.steps, record.frames, strict=True)
            if k >= 0
        ]
        motion = trip.motion
        end = self._state([motion.r, motion.v, motion.images], state, int(record.steps[-1]))
        return Chunk(end, table, frames)

    def _samples(self, steps: np.ndarray, rows: np.ndarray, n: int, volume: float) -> np.ndarray:
        """Samples, shape (n, columns), from the rows of a record."""
        d, run = self._model.dimensions, self._integration
        # Langevin's noise moves the centre of mass, too: no degree of freedom is missing.
        moves = run.ensemble == "nvt" and run.thermostat == "langevin"
        free = d * (n if moves else n - 1)
        square, virial = rows[:, 1:4].sum(axis=1), rows[:, 7 : 7 + d].sum(axis=1)
        columns = [
            steps,
            square / free if free else np.zeros(len(steps)),
            rows[:, 0] / n,
            (square + virial) / (d * volume),
            np.full(len(steps), volume),
        ]
        off_diagonal = (rows[:, 4:7] + rows[:, 10:13]) / volume
        shears = off_diagonal.T[: len(self._model.shears)]
        return np.stack([*columns, *shears], axis=1)

    def energy_and_forces(
        self, configuration: Configuration
    ) -> tuple[float, np.ndarray, np.ndarray]:
        """See `Engine.energy_and_forces`."""
        problem, motion, neighbours = self._set_out(self.begin(configuration))
        energy = float(set_out(pair_sum(self._kernel), problem, motion, neighbours))
        forces = np.ascontiguousarray(motion.force.reshape(3, -1).T)
        return energy, forces, motion.virial

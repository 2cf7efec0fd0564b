"""Monte Carlo of hard spheres and disks, compiled: an engine for many short runs.

A trial move takes 0.2 µs in a dense fluid, and a run of a few sweeps costs little more than these.
"""

from __future__ import annotations

import numba
import numpy as np

from analysis.configuration import Configuration, lattice_vectors, wrap
from operations.engines import (
    Chunk,
    EngineError,
    EngineState,
    Integration,
    Sampling,
    Segment,
)
from operations.interactions.model import Model
from operations.jobs.seeds import generator
from operations.search.hard_sphere_walk import LONGEST, closest, walk
from operations.search.trials import adapt
from workspace_schema.building_blocks.sphere import HardSphere

#: Share of trial moves to be accepted.
ACCEPTED = 0.4
#: Longest step of a particle at first, and at most, in units of the distance between particles.
FIRST, LARGEST = 0.05, 0.15


class HardSpheres:
    """Hard spheres as an `Engine`; a step is a sweep."""

    name = "hard_spheres"
    capabilities = frozenset({"hard_particles", "monte_carlo", "nvt", "npt"})
    device = "cpu"
    chunk_particle_steps = 5_000_000

    def __init__(
        self, model: Model, integration: Integration, seed: int, device: str = "auto"
    ) -> None:
        blocks = [model.blocks[name] for name in model.types]
        spheres = [block.diameter for block in blocks if isinstance(block, HardSphere)]
        if len(spheres) < len(blocks) or device == "gpu":
            raise EngineError(f"{self.name} has spheres only, and runs on the CPU")
        self._model, self._integration, self._seed = model, integration, seed
        self._diameters = np.array(spheres)

    @staticmethod
    def missing() -> str | None:
        """Nothing: it needs numba alone."""
        return None

    @property
    def version(self) -> str:
        """The version of numba, which compiles it."""
        return str(numba.__version__)

    @property
    def largest(self) -> float:
        """Diameter of the largest sphere."""
        return float(self._diameters.max())

    def begin(self, configuration: Configuration, step: int = 0) -> EngineState:
        """The state that starts from a configuration.

        Raises
        ------
        EngineError
            Where spheres overlap.
        """
        self._model.check(configuration)
        cell = np.ascontiguousarray(configuration.cell)
        s = np.ascontiguousarray(configuration.positions @ np.linalg.inv(cell))
        factor = closest(s, cell, self._diameters[configuration.types])
        if factor > 1.0 + 1e-9:
            raise EngineError(
                f"spheres overlap at the start: two are at {1.0 / factor:.4g} of the distance at"
                " which they touch; expected a lower density, or a lattice"
            )
        return {
            "s": s,
            "box": np.array(configuration.box, dtype=np.float64),
            "types": np.asarray(configuration.types, dtype=np.int64),
            "length": np.array([self._longest(configuration, FIRST)]),
            "step": np.asarray(step),
        }

    def configuration(self, state: EngineState) -> Configuration:
        """The particles of a state."""
        box, d = state["box"], self._model.dimensions
        nowhere = np.zeros(state["s"].shape, dtype=np.int32)
        positions, images = wrap(state["s"] @ lattice_vectors(box, d), nowhere, box, d)
        return Configuration(positions, box, d, state["types"], self._model.types, images=images)

    def run(self, state: EngineState, segment: Segment, stop: int, sampling: Sampling) -> Chunk:
        """Advance to the step `stop`; see `Engine.run`. Samples have no energy, and no pressure but
        that of a barostat."""
        state = {key: value.copy() for key, value in state.items()}
        step, d = int(state["step"]), self._model.dimensions
        kT, imposed = segment.kT[0], np.nan
        if self._integration.ensemble == "npt":
            imposed = segment.pressure[0]
        diameters = self._diameters[state["types"]]
        random = generator(self._seed, f"sweeps from {step}")
        cell = lattice_vectors(state["box"], d)
        samples, frames = [], []
        for event, sample_due, frame_due in sampling.events(step, stop):
            accepted = walk(
                random,
                state["s"],
                cell,
                diameters,
                state["length"][0],
                np.nan_to_num(imposed) / kT,
                event - step,
                d,
            )
            if accepted < 0.0:
                raise EngineError(
                    f"the box is too narrow for spheres and their neighbours at sweep {step};"
                    " expected more particles"
                )
            step = event
            state["step"] = np.asarray(step)
            state["box"][:d] *= cell[0, 0] / state["box"][0]
            if step <= self._integration.adjust_until:
                self._adapt(state, accepted)
            if sample_due:
                samples.append((event, kT, 0.0, imposed, np.prod(state["box"][:d])))
            if frame_due:
                frames.append((event, self.configuration(state)))
        return Chunk(state, np.array(samples).reshape(-1, len(self._model.columns)), frames)

    def _adapt(self, state: EngineState, accepted: float) -> None:
        """The longest step of the next sweeps."""
        longest, one = self._longest(self.configuration(state), LARGEST), np.ones(1)
        adapt(state["length"], one, accepted * one, ACCEPTED, 1e-6, longest * one)

    def _longest(self, now: Configuration, most: float) -> float:
        """A step, in units of the distance between particles, or one so short that the box holds a
        list of neighbours."""
        room = LONGEST * max(0.45 * float(now.widths.min()) - self.largest, 1e-3)
        return min(most * float(now.number_density) ** (-1.0 / now.dimensions), room)

"""Monte Carlo of hard spheres and disks, compiled: an engine for many short runs.

A trial move takes 0.2 µs in a dense fluid, and a run of a few sweeps costs little more than these.
Of all terms it has one, a harmonic bias of a density wave, which is updated with every move.
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
from operations.interactions.bias import DensityWave, HarmonicBias
from operations.interactions.external import sampled
from operations.interactions.model import Model
from operations.jobs.seeds import generator
from operations.search.hard_sphere_walk import closest, walk
from operations.search.trials import adapt

#: Share of trial moves to be accepted.
ACCEPTED = 0.4
#: Longest step of a particle at first, and at most, in units of the distance between particles.
FIRST, LARGEST = 0.05, 0.15


class HardSpheres:
    """Hard spheres as an `Engine`; a step is a sweep."""

    name = "hard_spheres"
    capabilities = frozenset(
        {"hard_particles", "monte_carlo", "nvt", "npt", "uniaxial_cell", "external_terms"}
    )
    device = "cpu"
    chunk_particle_steps = 5_000_000

    def __init__(
        self, model: Model, integration: Integration, seed: int, device: str = "auto"
    ) -> None:
        self._diameters = model.diameters
        if len(self._diameters) < len(model.types) or device == "gpu":
            raise EngineError(f"{self.name} has spheres only, and runs on the CPU")
        if integration.cell == "flexible":
            raise EngineError(f"{self.name} has no flexible cell")
        self._model, self._integration, self._seed = model, integration, seed
        self._first = model.dimensions - 1 if integration.cell == "uniaxial" else 0
        self._wave, self._pull = self._of_terms()

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
            Where spheres overlap, or a box that is to be stretched is tilted.
        """
        self._model.check(configuration)
        if self._first and configuration.box[3:].any():
            tilts = configuration.box[3:].tolist()
            raise EngineError(f"a uniaxial cell needs right angles, but has tilts {tilts}")
        cell = np.ascontiguousarray(configuration.cell)
        s = np.ascontiguousarray(configuration.positions @ np.linalg.inv(cell))
        factor = closest(s, cell, self._diameters[configuration.types], 0)
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
        box, d = state["box"].copy(), self._model.dimensions
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
                self._first,
                self._wave,
                (self._pull.scale * self._pull.k / kT, self._pull.target),
            )
            if accepted < 0.0:
                raise EngineError(
                    f"the box is narrower than two diameters at sweep {step};"
                    " expected more particles"
                )
            step = event
            state["step"] = np.asarray(step)
            state["box"][self._first : d] *= (
                cell[self._first, self._first] / state["box"][self._first]
            )
            if step <= self._integration.adjust_until:
                self._adapt(state, accepted)
            if sample_due:
                row = (event, kT, 0.0, imposed, np.prod(state["box"][:d]))
                samples.append((*row, *self._terms(state)))
            if frame_due:
                frames.append((event, self.configuration(state)))
        return Chunk(state, np.array(samples).reshape(-1, len(self._model.columns)), frames)

    def _of_terms(self) -> tuple[np.ndarray, HarmonicBias]:
        """The wave by fractional coordinates, and its bias; one without strength where there is
        none."""
        terms = self._model.terms or (HarmonicBias(DensityWave((0, 0, 0)), 0.0, 0.0),)
        bias = terms[0]
        wave = bias.variable if isinstance(bias, HarmonicBias) else None
        if len(terms) > 1 or not isinstance(wave, DensityWave) or wave.particles is not None:
            raise EngineError(f"{self.name} has one harmonic bias of a density wave of all spheres")
        assert isinstance(bias, HarmonicBias)
        return 2.0 * np.pi * np.array(wave.waves, dtype=np.float64), bias

    def _terms(self, state: EngineState) -> tuple[float, ...]:
        """What is sampled of the bias."""
        if not self._model.terms:
            return ()
        now = self.configuration(state)
        assert now.images is not None
        return sampled(self._model.terms, now.positions, now.images, now.cell)

    def _adapt(self, state: EngineState, accepted: float) -> None:
        """The longest step of the next sweeps."""
        longest, one = self._longest(self.configuration(state), LARGEST), np.ones(1)
        adapt(state["length"], one, accepted * one, ACCEPTED, 1e-6, longest * one)

    def _longest(self, now: Configuration, most: float) -> float:
        """A step, in units of the distance between particles."""
        return most * float(now.number_density) ** (-1.0 / now.dimensions)

"""HOOMD-blue's Monte Carlo of hard and patchy particles (HPMC), on the CPU or a GPU.

J. A. Anderson, M. E. Irrgang, S. C. Glotzer, Comput. Phys. Commun. 204, 21 (2016). A chunk begins
from the arrays of the engine state, and HPMC's random numbers depend on seed and step alone, so a
resumed run does exactly what an uninterrupted one does (on the CPU). One step is one sweep: a trial
move of every particle.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from analysis.configuration import Configuration
from analysis.shapes import shape_of
from operations.engines import Chunk, EngineError, EngineState, Integration, Sampling, Segment
from operations.engines.hoomd_simulation import HoomdSimulation, Live
from operations.engines.hpmc_moves import FIRST, Moves
from operations.engines.hpmc_patches import Patches
from operations.engines.hpmc_pressure import Pressure
from operations.engines.hpmc_shapes import integrator
from operations.engines.hpmc_springs import add_springs, stiffness
from operations.interactions.external import sampled
from operations.interactions.model import Model
from workspace_schema.building_blocks.patchy import KernFrenkel

#: Precision of positions in files, in units of the longest box length, with a margin.
ROUNDING = 4 * 2.0**-24

#: Sweeps between two adjustments of the sizes of trial moves, and of the energies to a kT that
#: changes.
ADJUST_PERIOD = 100

#: Sweeps between two looks at the range in which the pressure is measured.
RANGE_PERIOD = 10 * ADJUST_PERIOD

#: Sweeps between two trial moves of the box. Each costs about as much as a sweep, but changes ln V
#: by 1e-4 only in a dense system of 1000 particles: seldom moves would save no time.
BOX_PERIOD = 2

#: Sweeps between two steps of a compression.
COMPRESS_PERIOD = 10


class OverlapError(EngineError):
    """Particles that overlap at the start."""


class Hpmc(HoomdSimulation):
    """Hard and patchy particles in HOOMD-blue."""

    capabilities = frozenset(
        {"hard_particles", "springs", "compression_to_volume"}
        | {"monte_carlo", "nvt", "npt", "flexible_cell"}
    )
    arrays = ("position", "orientation", "image", "typeid")

    def __init__(
        self, model: Model, integration: Integration, seed: int, device: str = "auto"
    ) -> None:
        patchy = any(isinstance(block, KernFrenkel) for block in model.blocks.values())
        cpu_only = "patchy particles" if patchy else "springs" if stiffness(model) else ""
        super().__init__(model, integration, seed, device, cpu_only)
        self._blocks = dict(sorted(model.blocks.items()))
        self.shapes = {
            name: shape_of(block, model.dimensions) for name, block in self._blocks.items()
        }
        self.chunk_particle_steps = 500_000_000 if self.device == "gpu" else 4_000_000
        self._turns = any(block.turns for block in self._blocks.values())

    @staticmethod
    def missing() -> str | None:
        """Why it cannot be used here; None if it can."""
        reason = HoomdSimulation.missing()
        if reason is None:
            import hoomd

            if not hoomd.version.hpmc_built:
                return "HOOMD-blue here is built without HPMC; that of conda-forge has it"
        return reason

    @property
    def largest(self) -> float:
        """Diameter of the sphere that encloses the largest shape."""
        return max(shape.circumscribed for shape in self.shapes.values())

    @property
    def move_kinds(self) -> tuple[str, ...]:
        """The kinds of trial moves that it makes."""
        kinds = ("translation", "rotation") if self._turns else ("translation",)
        if self._integration.ensemble != "npt":
            return kinds
        return (
            (*kinds, "length", "shear")
            if self._integration.cell == "flexible"
            else (*kinds, "volume")
        )

    def begin(self, configuration: Configuration, step: int = 0) -> EngineState:
        """The state that starts from a configuration.

        Raises
        ------
        OverlapError
            If particles overlap by more than the precision of a file.
        """
        self._model.check(configuration)
        n = configuration.n_particles
        images, orientations = configuration.images, configuration.orientations
        state = {
            "step": np.asarray(step),
            "position": configuration.positions,
            "orientation": (
                np.tile([1.0, 0.0, 0.0, 0.0], (n, 1)) if orientations is None else orientations
            ),
            "image": np.zeros((n, 3), dtype=np.int32) if images is None else images,
            "typeid": configuration.types,
            "box": configuration.box,
            "dimensions": np.asarray(configuration.dimensions),
            "type_names": np.asarray(configuration.type_names),
            "moves": FIRST,
        }
        overlaps = self.overlaps(state)
        if overlaps:
            # A file has single precision: what touched there may overlap by that much.
            smallest = min(shape.circumscribed for shape in self.shapes.values())
            stretch = max(3e-6, ROUNDING * configuration.box[:3].max() / smallest)
            factor = np.ones(6)
            factor[: configuration.dimensions] += stretch
            wider = state | {
                "position": configuration.positions * (1.0 + stretch),
                "box": configuration.box * factor,
            }
            if not self.overlaps(wider):
                return wider
            raise OverlapError(
                f"{overlaps} pairs of particles overlap at the start: lower number_density, or"
                " another start"
            )
        return state

    def overlaps(self, state: EngineState) -> int:
        """Number of pairs of particles that overlap."""
        simulation, _ = self._patchy(state)
        simulation.run(0)
        return int(simulation.operations.integrator.overlaps)

    def compress(
        self,
        state: EngineState,
        kT: float,
        *,
        pressure: float | None = None,
        volume: float | None = None,
    ) -> tuple[EngineState, bool]:
        """See `Engine.compress`: without attractions; on the way particles may overlap."""
        import hoomd

        if volume is None:
            raise EngineError("hard particles are compressed to a volume, not to a pressure")
        sweeps = max(self.chunk_particle_steps // len(state["position"]) // 10, 1)
        simulation, _ = self._patchy(state)
        moves = self._moves(simulation, state)
        box = np.array(state["box"])
        d = int(state["dimensions"])
        now = float(np.prod(box[:d]))
        box[:d] *= (volume / now) ** (1 / d)
        target = hoomd.Box(box[0], box[1], 0.0 if d == 2 else box[2], *box[3:])
        squeeze = hoomd.hpmc.update.QuickCompress(self._every(COMPRESS_PERIOD), target_box=target)
        simulation.operations.updaters.append(squeeze)
        self._add_writer(simulation, lambda _: moves.adjust(), ADJUST_PERIOD, 0)
        simulation.run(sweeps)
        after = self._after(simulation, state) | {"moves": moves.sizes.copy()}
        return after, bool(squeeze.complete)

    def run(self, state: EngineState, segment: Segment, stop: int, sampling: Sampling) -> Chunk:
        """Advance to the step `stop`; see `Engine.run`."""
        live = self._advance(state, segment, stop, sampling)
        return self._chunk(live, self._after(live.simulation, state) | live.kept())

    def configuration(self, state: EngineState) -> Configuration:
        """The particles of a state."""
        box = np.array(state["box"])
        if int(state["dimensions"]) == 2:
            box[2] = 1.0
        names = tuple(str(name) for name in state["type_names"])
        return Configuration(
            positions=np.array(state["position"]),
            box=box,
            dimensions=int(state["dimensions"]),
            types=state["typeid"],
            type_names=names,
            images=np.array(state["image"]),
            orientations=np.array(state["orientation"]),
            type_shapes=tuple(self.shapes[name].to_gsd() for name in names),
        )

    def energy_and_forces(
        self, configuration: Configuration
    ) -> tuple[float, np.ndarray, np.ndarray]:
        """See `Engine.energy_and_forces`."""
        raise EngineError("hard particles have no forces")

    # -- details ---------------------------------------------------------------------------------

    def _patchy(self, state: EngineState) -> tuple[Any, Patches]:
        """A simulation with its integrator, and its patches, which have no energy yet."""
        simulation, patches = self._simulation(state), Patches(self._blocks)
        mc = integrator(self.shapes, self._turns)
        mc.pair_potentials = patches.potentials
        simulation.operations.integrator = mc
        return simulation, patches

    def _moves(self, simulation: Any, state: EngineState, box: Any = None) -> Moves:
        diameters = {name: shape.circumscribed for name, shape in self.shapes.items()}
        return Moves(
            simulation.operations.integrator,
            diameters,
            state["moves"],
            self._turns,
            box,
            self._integration.cell == "flexible",
        )

    def _assemble(self, state: EngineState, segment: Segment, sampling: Sampling) -> Live:
        import hoomd

        simulation, patches = self._patchy(state)
        operations, box, measured = simulation.operations, None, None
        if self._integration.ensemble == "npt":
            box = hoomd.hpmc.update.BoxMC(trigger=self._every(BOX_PERIOD), betaP=1.0)
            operations.updaters.append(box)
        elif not self._model.acting:
            measured = Pressure(simulation, int(state["dimensions"]), patches.edges)
        cell = self.configuration(state).cell
        add_springs(operations.integrator, self._model, cell, segment.kT[0])
        moves = self._moves(simulation, state, box)

        def at(ends: tuple[float, float], step: int) -> float:
            return float(np.interp(step, (segment.start, segment.stop), ends))

        applied = {"kT": 1.0, "pressure": 0.0}

        def set_conditions(step: int) -> None:
            kT, pressure = at(segment.kT, step), at(segment.pressure, step)
            applied.update(kT=kT, pressure=pressure)
            patches.set_temperature(kT)
            if box is not None:
                box.betaP = pressure / kT

        def fit_range(step: int) -> None:
            if measured is None:
                return
            patches.set_temperature(math.inf)
            measured.fit_range()
            set_conditions(step)

        def restore(state: EngineState) -> None:
            moves.set(state["moves"])
            set_conditions(int(state["step"]))
            simulation.run(0)
            fit_range(int(state["step"]))

        n, adjust_until = len(state["position"]), self._integration.adjust_until
        changes = segment.kT[0] != segment.kT[1] or segment.pressure[0] != segment.pressure[1]
        mc = operations.integrator

        def adjust(step: int) -> None:
            if step <= adjust_until:
                moves.adjust()
            if changes:
                set_conditions(step)

        def sample(step: int) -> None:
            kT = applied["kT"]  # a ramp is followed in steps
            energy = kT * mc.pair_energy / n  # that of a single potential is wrong in 4.8.2
            pressure = applied["pressure"] if measured is None else kT * measured.beta_p
            row = (step, kT, energy, pressure, simulation.state.box.volume)
            live.samples.append((*row, *self._terms(simulation, state)))

        def frame(step: int) -> None:
            live.frames.append((step, self.configuration(self._after(simulation, state))))

        live = Live(simulation, segment, sampling, restore, lambda: {"moves": moves.sizes.copy()})
        for act, period in (
            (adjust, ADJUST_PERIOD),
            (fit_range, 0 if measured is None else RANGE_PERIOD),
            (sample, sampling.log_period),
            (frame, sampling.frame_period),
        ):
            self._add_writer(simulation, act, period, sampling.last)
        return live

    def _terms(self, simulation: Any, state: EngineState) -> tuple[float, ...]:
        """What is sampled of the terms."""
        if not self._model.terms:
            return ()
        now = self.configuration(self._after(simulation, state))
        assert now.images is not None
        return sampled(self._model.terms, now.positions, now.images, now.cell)

    def _after(self, simulation: Any, state: EngineState) -> EngineState:
        """The state that a simulation has reached; sizes of moves are those of `state`."""
        arrays = self._arrays(simulation, state)
        for key in ("position", "orientation"):
            arrays[key] = arrays[key].astype(np.float64)
        return state | arrays | {"step": np.asarray(self._step(simulation))}

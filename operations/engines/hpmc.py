"""HOOMD-blue's Monte Carlo of hard and patchy particles (HPMC), on the CPU or a GPU.

J. A. Anderson, M. E. Irrgang, S. C. Glotzer, Comput. Phys. Commun. 204, 21 (2016). A chunk begins
from the arrays of the engine state, and HPMC's random numbers depend on seed and step alone, so a
resumed run does exactly what an uninterrupted one does (on the CPU). One step is one sweep: a trial
move of every particle.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from analysis.configuration import Configuration
from analysis.shapes import shape_of
from operations.engines import (
    CHUNK_SECONDS,
    Chunk,
    EngineError,
    EngineState,
    Integration,
    Sampling,
    Segment,
)
from operations.engines.hoomd_release import (
    box_moves,
    cluster_moves,
    set_pressure,
    turns_since,
)
from operations.engines.hoomd_simulation import HoomdSimulation, Live, refuse_idle_gpu
from operations.engines.hpmc_depletion import Depletion
from operations.engines.hpmc_moves import BY_TYPE, FIRST, LARGEST, Moves, for_types, names
from operations.engines.hpmc_pace import BOX_PERIOD, Costs, costs
from operations.engines.hpmc_pair_pressure import PairPressure
from operations.engines.hpmc_patches import Patches
from operations.engines.hpmc_pressure import Pressure
from operations.engines.hpmc_shapes import integrator
from operations.engines.hpmc_springs import add_springs, has_springs
from operations.engines.hpmc_walls import WallPressure, add_hard_walls, check_between
from operations.engines.messages import meaning
from operations.interactions.external import sampled
from operations.interactions.model import Model
from operations.interactions.start import uniform_turns
from operations.interactions.walls import Slit
from operations.jobs.progress import say
from workspace_schema.building_blocks.patchy import KernFrenkel

#: Precision of positions in files, in units of the longest box length, with a margin.
ROUNDING = 4 * 2.0**-24

#: Sweeps between two adjustments of the sizes of trial moves, and of the energies to a kT that
#: changes.
ADJUST_PERIOD = 100

#: Sweeps in which sizes of turns are found again that another release of HOOMD-blue had, for each
#: type.
RETUNE = 50 * ADJUST_PERIOD

#: Sweeps between two looks at the range in which the pressure is measured.
RANGE_PERIOD = 10 * ADJUST_PERIOD

#: Sweeps between two steps of a compression, and between two looks at whether it is complete.
COMPRESS_PERIOD, COMPRESS_CHECK = 10, 2 * ADJUST_PERIOD

#: Diameters that a box must be wide on a GPU: twice one and the longest displacement.
NARROW_ON_GPU = 2.0 * (1.0 + float(LARGEST[0]))


#: What the state says of the pace on a GPU.
PACE = frozenset({"box_period", "pressure_every"})


class OverlapError(EngineError):
    """Particles that overlap at the start."""


class Hpmc(HoomdSimulation):
    """Hard and patchy particles in HOOMD-blue."""

    capabilities = frozenset(
        {"hard_particles", "springs", "hard_walls", "compression_to_volume"}
        | {"monte_carlo", "nvt", "npt", "flexible_cell"}
    )
    arrays = ("position", "orientation", "image", "typeid")

    def __init__(
        self, model: Model, integration: Integration, seed: int, device: str = "auto"
    ) -> None:
        patchy = any(isinstance(block, KernFrenkel) for block in model.blocks.values())
        cpu_only = "patchy particles" if patchy else "springs" if has_springs(model) else ""
        cpu_only = cpu_only or ("walls" if model.walls is not None else "")
        cpu_only = cpu_only or ("depletants" if model.depletants is not None else "")
        super().__init__(model, integration, seed, device, cpu_only)
        self._blocks = dict(sorted(model.blocks.items()))
        self.shapes = {
            name: shape_of(block, model.dimensions) for name, block in self._blocks.items()
        }
        self.chunk_particle_steps = 500_000_000 if self.device == "gpu" else 4_000_000
        walls, largest = model.walls, self.largest
        #: Where bodies are between walls.
        self.slit = None if walls is None else Slit.of_bodies(walls, largest)
        self._asked = device
        self._turns = any(block.turns for block in self._blocks.values())
        self._turns_since = turns_since(self.version, model.dimensions)

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

    def move_sizes(self, state: EngineState) -> dict[str, float]:
        """Sizes of the trial moves that it makes, by kind, and type where there are several."""
        kinds: tuple[str, ...] = BY_TYPE if self._turns else BY_TYPE[:1]
        if self._integration.ensemble == "npt":
            flexible = self._integration.cell == "flexible"
            kinds += ("length", "shear") if flexible else ("volume",)
        sizes = for_types(state["moves"], len(self.shapes))
        named = dict(zip(names(list(self.shapes)), sizes.tolist(), strict=True))
        return {name: size for name, size in named.items() if name.partition(".")[0] in kinds}

    def with_move_sizes(
        self, state: EngineState, sizes: Mapping[str, float], version: str
    ) -> EngineState:
        """A state with sizes that a release of HOOMD-blue has found; what has none begins anew."""
        first = for_types(FIRST, len(self.shapes))
        moves = [
            sizes.get(name, sizes.get(name.partition(".")[0], size))
            for name, size in zip(names(list(self.shapes)), first, strict=True)
        ]
        turns = turns_since(version, self._model.dimensions)
        return state | {"moves": np.array(moves), "turns": np.asarray(turns)}

    def begin(self, configuration: Configuration, step: int = 0) -> EngineState:
        """The state that starts from a configuration.

        Raises
        ------
        OverlapError
            If particles overlap by more than the precision of a file.
        """
        self._model.check(configuration)
        self._fit_device(float(configuration.widths.min()))
        if self.slit is not None:
            check_between(configuration, self.shapes, self.slit)
        self._check_reflections(configuration)
        state = self._state(configuration, step)
        overlaps = self.overlaps(state)
        if overlaps:
            # A file has single precision: what touched there may overlap by that much.
            wider = self._state(self._loosened(configuration), step)
            if not self.overlaps(wider):
                return wider
            raise OverlapError(
                f"{overlaps} pairs of particles overlap at the start: lower number_density, or"
                " another start"
            )
        return state

    def _loosened(self, configuration: Configuration) -> Configuration:
        """The same, wider by the precision of a file."""
        smallest = min(shape.circumscribed for shape in self.shapes.values())
        stretch = max(3e-6, ROUNDING * configuration.box[:3].max() / smallest)
        factor = np.ones(6)
        factor[: configuration.dimensions] += stretch
        return replace(
            configuration,
            positions=configuration.positions * (1.0 + stretch),
            box=configuration.box * factor,
        )

    def _state(self, configuration: Configuration, step: int) -> EngineState:
        """The state that starts from a configuration, overlaps or not."""
        n = configuration.n_particles
        images, orientations = configuration.images, configuration.orientations
        return {
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
            "moves": for_types(FIRST, len(self.shapes)),
            "turns": np.asarray(self._turns_since),
        }

    def turned(self, configuration: Configuration) -> Configuration | None:
        """The same with all bodies turned alike, so that none overlap; None where no turn of
        `uniform_turns` does that."""
        n = configuration.n_particles
        simulation, _ = self._patchy(self._state(self._loosened(configuration), 0))
        simulation.run(0)
        snapshot = simulation.state.get_snapshot()
        for turn in uniform_turns(configuration.dimensions):
            snapshot.particles.orientation[:] = turn
            simulation.state.set_snapshot(snapshot)
            simulation.run(0)
            if not simulation.operations.integrator.overlaps:
                return replace(configuration, orientations=np.tile(turn, (n, 1)))
        return None

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
        before = self.configuration(state)
        free = before.dimensions - (self.slit is not None)  # walls stay where they are
        shrinks = min(volume / before.volume, 1.0) ** (1 / free)
        self._fit_device(float(before.widths.min()) * shrinks)
        sweeps = max(self.chunk_particle_steps // len(state["position"]) // 10, 1)
        simulation, _ = self._patchy(state)
        moves = self._moves(simulation, state)
        box = np.array(state["box"])
        d = int(state["dimensions"])
        now = float(np.prod(box[:d]))
        box[:free] *= (volume / now) ** (1 / free)
        target = hoomd.Box(box[0], box[1], 0.0 if d == 2 else box[2], *box[3:])
        squeeze = hoomd.hpmc.update.QuickCompress(self._every(COMPRESS_PERIOD), target_box=target)
        simulation.operations.updaters.append(squeeze)
        self._add_writer(simulation, lambda _: moves.adjust(), ADJUST_PERIOD, 0)
        begin, last = time.monotonic(), int(state["step"]) + sweeps
        while (step := self._step(simulation)) < last:
            moves.set(moves.sizes, step // ADJUST_PERIOD)  # HOOMD-blue counts from here on
            simulation.run(min(COMPRESS_CHECK, last - step))
            slow = self.device == "gpu" and time.monotonic() - begin > CHUNK_SECONDS
            if squeeze.complete or slow:
                break
        after = self._after(simulation, state) | {"moves": moves.sizes.copy()}
        return after, bool(squeeze.complete)

    def run(self, state: EngineState, segment: Segment, stop: int, sampling: Sampling) -> Chunk:
        """Advance to the step `stop`; see `Engine.run`."""
        self._fit_device(float(self.configuration(state).widths.min()))
        state = self._paced(self._of_this_release(state), sampling)
        try:
            live = self._advance(state, segment, stop, sampling)
        except RuntimeError as error:
            self._live = None
            when = f"before sweep {stop}"
            raise meaning("HOOMD-blue", str(error), when, self.largest) from error
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

    def _of_this_release(self, state: EngineState) -> EngineState:
        """A state whose sizes of turns mean what they mean here: where another release wrote it,
        they begin anew and are adjusted for a while, in production, too."""
        if int(state.get("turns", 0)) == self._turns_since:
            return state
        n, step = len(self.shapes), int(state["step"])
        moves = for_types(state["moves"], n)
        moves[n : 2 * n] = FIRST[1]
        if self._turns:
            say(
                "sizes of turns are those of another release of HOOMD-blue, which defines them"
                f" otherwise: they are found again until sweep {step + n * RETUNE}"
            )
        return state | {
            "moves": moves,
            "turns": np.asarray(self._turns_since),
            "retune_until": np.asarray(step + n * RETUNE),
        }

    def _check_reflections(self, configuration: Configuration) -> None:
        """Raise EngineError where a box is tilted in whose axes bodies would be reflected."""
        tilted = configuration.dimensions == 3 and configuration.box[3:].any()
        if self._integration.cluster_period and self._turns and tilted:
            raise EngineError(
                "cluster_period: bodies that can turn are reflected in axes of the box; that of the"
                f" start has tilt factors {configuration.box[3:].tolist()}, expected right angles"
            )

    def _fit_device(self, width: float) -> None:
        """Take the CPU where a box is too narrow for a GPU.

        Raises
        ------
        EngineError
            Where a GPU was asked for, or is held.
        """
        narrow = NARROW_ON_GPU * self.largest
        if self.device != "gpu" or width > narrow:
            return
        import hoomd

        what = (
            f"the box is {width:.3g} wide; on a GPU hard particles need more than {NARROW_ON_GPU:g}"
            f" diameters, {narrow:.3g}"
        )
        if self._asked == "gpu":
            raise EngineError(f"{what}: take more particles, or device: cpu")
        refuse_idle_gpu(what)
        say(f"{what}: the CPU is taken")
        self._device, self.device, self._live = hoomd.device.CPU(), "cpu", None

    def _paced(self, state: EngineState, sampling: Sampling) -> EngineState:
        """A state that says how often the box is tried and the pressure measured; on the CPU that
        does not depend on how fast it is, so that a run follows from its seed."""
        if self.device != "gpu":
            return state if PACE.isdisjoint(state) else _without(state, PACE)
        if "box_period" in state:
            return state
        found = self._costs(state)
        every = found.pressure_every(sampling.log_period, sampling.frame_period)
        return state | {
            "box_period": np.asarray(found.box_period),
            "pressure_every": np.asarray(every),
        }

    def _costs(self, state: EngineState) -> Costs:
        """What sweeps, trial moves of the box and the pressure take, measured."""
        simulation, patches = self._patchy(state)
        pressure = Pressure(simulation, int(state["dimensions"]), patches.edges)
        self._moves(simulation, state)

        def move_box() -> None:
            box = box_moves(self._every(1))
            self._moves(simulation, state, box)
            set_pressure(box, len(state["position"]) / simulation.state.box.volume)
            simulation.operations.updaters.append(box)

        simulation.run(0)
        pressure.fit_range()
        return costs(simulation, move_box, lambda: pressure.beta_p)

    def _patchy(self, state: EngineState) -> tuple[Any, Patches]:
        """A simulation with its integrator, and its patches, which have no energy yet."""
        depletants, depletion = self._model.depletants, None
        if depletants is not None:
            depletion = Depletion(depletants, self._blocks, self._model.dimensions)
        simulation, patches = self._simulation(state), Patches(self._blocks, depletion)
        mc = integrator(self.shapes, self._turns)
        mc.pair_potentials = patches.potentials
        add_hard_walls(mc, int(state["dimensions"]), self.slit)
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
        simulation, patches = self._patchy(state)
        operations, box, mc = simulation.operations, None, simulation.operations.integrator
        measured: Pressure | PairPressure | WallPressure | None = None
        if self._integration.ensemble == "npt":
            box = box_moves(self._every(int(state.get("box_period", BOX_PERIOD))))
            operations.updaters.append(box)
        elif self.slit is not None:
            shapes = tuple(self.shapes[name] for name in state["type_names"].tolist())
            measured = WallPressure(simulation, int(state["dimensions"]), shapes, self.slit)
        elif patches.depletion is not None and not self._model.acting:
            names = tuple(state["type_names"].tolist())
            measured = PairPressure(simulation, int(state["dimensions"]), patches.depletion, names)
        elif not self._model.acting:
            measured = Pressure(simulation, int(state["dimensions"]), patches.edges)
        if period := self._integration.cluster_period:
            operations.updaters.append(cluster_moves(self._every(period)))
        add_springs(mc, self._model, self.configuration(state), segment.kT[0])
        moves = self._moves(simulation, state, box)

        def at(ends: tuple[float, float], step: int) -> float:
            return float(np.interp(step, (segment.start, segment.stop), ends))

        applied = {"kT": 1.0, "pressure": 0.0}

        def set_conditions(step: int) -> None:
            kT, pressure = at(segment.kT, step), at(segment.pressure, step)
            applied.update(kT=kT, pressure=pressure)
            patches.set_temperature(kT)
            if box is not None:
                set_pressure(box, pressure / kT)

        def fit_range(step: int) -> None:
            if measured is None:
                return
            patches.set_temperature(math.inf)
            measured.fit_range()
            set_conditions(step)

        def restore(state: EngineState) -> None:
            moves.set(state["moves"], int(state["step"]) // ADJUST_PERIOD)
            set_conditions(int(state["step"]))
            simulation.run(0)
            fit_range(int(state["step"]))

        n = len(state["position"])
        adjust_until = max(self._integration.adjust_until, int(state.get("retune_until", 0)))
        changes = segment.kT[0] != segment.kT[1] or segment.pressure[0] != segment.pressure[1]
        # of hard particles at constant volume a sample is its pressure and nothing else
        every = 1 if measured is None else int(state.get("pressure_every", 1))

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
            (fit_range, 0 if measured is None else RANGE_PERIOD * every),
            (sample, sampling.log_period * every),
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
        terms = self._model.terms
        return sampled(terms, now.positions, now.images, now.cell, now.orientations)

    def _after(self, simulation: Any, state: EngineState) -> EngineState:
        """The state that a simulation has reached; sizes of moves are those of `state`."""
        arrays = self._arrays(simulation, state)
        for key in ("position", "orientation"):
            arrays[key] = arrays[key].astype(np.float64)
        return state | arrays | {"step": np.asarray(self._step(simulation))}


def _without(state: EngineState, names: frozenset[str]) -> EngineState:
    """A state without some of its arrays."""
    return {name: array for name, array in state.items() if name not in names}

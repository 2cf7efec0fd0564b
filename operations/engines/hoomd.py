"""HOOMD-blue 4.8 or later, on a GPU or the CPU.

Pair functions reach HOOMD as its own pair classes or as linear tables (`hoomd_pairs`). Every
chunk begins from the arrays of the engine state, and HOOMD's random numbers depend on seed and step
alone, so a resumed run does exactly what an uninterrupted run does (on the CPU; on a GPU sums may
come in another order).
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.configuration import Configuration
from operations.engines import (
    Chunk,
    EngineError,
    EngineState,
    ExplodedError,
    Integration,
    Sampling,
    Segment,
)
from operations.engines.hoomd_pairs import pair_force, tables

if TYPE_CHECKING:
    from operations.pair_functions import PairFunction

#: Extra range of the neighbour list.
BUFFER = 0.4

#: HOOMD's seeds have 16 bits.
SEEDS = 2**16


@lru_cache
def gpu_present() -> bool:
    """Whether this machine has a GPU that HOOMD-blue here can use."""
    if shutil.which("nvidia-smi") is None and shutil.which("rocm-smi") is None:
        return False
    if importlib.util.find_spec("hoomd") is None:
        return False
    import hoomd

    try:
        return bool(hoomd.device.GPU.get_available_devices())
    except (RuntimeError, subprocess.SubprocessError):
        return False


def _variant(ends: tuple[float, float], segment: Segment) -> Any:
    import hoomd

    if ends[0] == ends[1]:
        return hoomd.variant.Constant(ends[0])
    return hoomd.variant.Ramp(
        A=ends[0], B=ends[1], t_start=segment.start, t_ramp=segment.stop - segment.start
    )


@dataclass
class _Live:
    """A simulation in memory, which the next chunk may go on with.

    `state` is the identity of the engine state that the simulation has reached.
    """

    simulation: Any
    method: Any
    segment: Segment
    sampling: Sampling
    state: int
    samples: list[tuple[float, ...]] = field(default_factory=list)
    frames: list[tuple[int, Configuration]] = field(default_factory=list)


class Hoomd:
    """HOOMD-blue as an `Engine`."""

    name = "hoomd"
    capabilities = frozenset({"nve", "nvt", "npt", "flexible_cell", "rigid_bodies"})

    #: Arrays of the engine state that are those of HOOMD-blue's particles.
    arrays: tuple[str, ...] = ("position", "velocity", "image", "typeid")

    def __init__(
        self,
        pair_functions: Mapping[tuple[int, int], PairFunction],
        integration: Integration,
        seed: int,
        device: str = "auto",
    ) -> None:
        reason = self.missing()
        if reason:
            raise EngineError(reason)
        import hoomd

        if device == "gpu" and not gpu_present():
            raise EngineError("device: gpu, but HOOMD-blue sees no GPU here")
        on_gpu = gpu_present() if device == "auto" else device == "gpu"
        self._device = hoomd.device.GPU() if on_gpu else hoomd.device.CPU()
        self.device = "gpu" if on_gpu else "cpu"
        self.chunk_particle_steps = 1_000_000_000 if on_gpu else 10_000_000
        self._integration = integration
        self._seed = seed % SEEDS
        self._r_cut = max(function.r_cut for function in pair_functions.values())
        self._pairs = dict(pair_functions)
        self._live: _Live | None = None
        self._last: EngineState | None = None
        self._tables = tables(pair_functions)

    @staticmethod
    def missing() -> str | None:
        """Why HOOMD-blue cannot be used here; None if it can."""
        if importlib.util.find_spec("hoomd") is None:
            return "HOOMD-blue is not installed; it comes with environment.yml (conda-forge)"
        return None

    @property
    def version(self) -> str:
        """HOOMD-blue's version."""
        import hoomd

        return str(hoomd.version.version)

    def begin(self, configuration: Configuration, step: int = 0) -> EngineState:
        """The state that starts from a configuration (with velocities)."""
        narrow = 2 * (self._r_cut + BUFFER)
        if not configuration.periodic:
            raise EngineError("HOOMD-blue has no open boundary; set engine: lammps")
        if configuration.widths.min() < narrow:
            raise EngineError(
                f"the box is {configuration.widths.min():.3g} wide; HOOMD-blue needs more than"
                f" twice r_cut and buffer, {narrow:.3g}: take more particles, or engine: lammps"
            )
        n = configuration.n_particles
        velocities, images = configuration.velocities, configuration.images
        return {
            "step": np.asarray(step),
            "position": configuration.positions,
            "velocity": np.zeros((n, 3)) if velocities is None else velocities,
            "image": np.zeros((n, 3), dtype=np.int32) if images is None else images,
            "typeid": configuration.types,
            "box": configuration.box,
            "barostat": np.zeros(6),
            "dimensions": np.asarray(configuration.dimensions),
            "type_names": np.asarray(configuration.type_names),
        }

    def _simulation(self, state: EngineState) -> Any:
        import hoomd

        simulation = hoomd.Simulation(device=self._device, seed=self._seed)
        simulation.timestep = int(state["step"])
        simulation.create_state_from_snapshot(self._snapshot(state))
        return simulation

    def _snapshot(self, state: EngineState) -> Any:
        import hoomd

        snapshot = hoomd.Snapshot()
        box = np.array(state["box"])
        if int(state["dimensions"]) == 2:
            box[2:] = (0.0, box[3], 0.0, 0.0)
        snapshot.configuration.box = box
        snapshot.particles.N = len(state["position"])
        snapshot.particles.types = [str(name) for name in state["type_names"]]
        for key in self.arrays:
            getattr(snapshot.particles, key)[:] = state[key]
        return snapshot

    def _moving(self) -> Any:
        """The particles that the equations of motion are for."""
        import hoomd

        return hoomd.filter.All()

    def _integrator(self, dt: float, methods: list[Any], type_names: list[str]) -> Any:
        import hoomd

        return hoomd.md.Integrator(dt=dt, methods=methods, forces=[self._forces(type_names)])

    def _forces(self, type_names: list[str]) -> Any:
        import hoomd

        neighbours = hoomd.md.nlist.Cell(buffer=BUFFER)
        return pair_force(self._pairs, self._tables, type_names, neighbours)

    def _method(self, segment: Segment, dimensions: int) -> Any:
        import hoomd

        run, everything = self._integration, self._moving()
        kT = _variant(segment.kT, segment)
        if run.ensemble == "nvt" and run.thermostat == "langevin":
            return hoomd.md.methods.Langevin(
                everything, kT=kT, default_gamma=1.0 / run.thermostat_time
            )
        thermostat = None
        if run.ensemble != "nve":
            thermostat = hoomd.md.methods.thermostats.Bussi(kT=kT, tau=run.thermostat_time)
        if run.ensemble != "npt":
            return hoomd.md.methods.ConstantVolume(everything, thermostat=thermostat)
        flexible, flat = run.cell == "flexible", dimensions == 2
        return hoomd.md.methods.ConstantPressure(
            everything,
            thermostat=thermostat,
            S=_variant(segment.pressure, segment),
            tauS=run.barostat_time,
            couple="none" if flexible else "xy" if flat else "xyz",
            box_dof=[True, True, not flat, flexible, flexible and not flat, flexible and not flat],
        )

    def run(self, state: EngineState, segment: Segment, stop: int, sampling: Sampling) -> Chunk:
        """Advance to the step `stop`; see `Engine.run`."""
        start, npt = int(state["step"]), self._integration.ensemble == "npt"
        live = self._live
        if live is None or (live.segment, live.sampling, live.state) != (
            segment,
            sampling,
            id(state),
        ):
            live = self._live = self._assemble(state, segment, sampling)
        else:
            # What a new simulation would begin with; setting up the tables again takes half a
            # second.
            live.simulation.state.set_snapshot(self._snapshot(state))
        live.samples, live.frames = [], []
        try:
            live.simulation.run(0)
            if npt:
                live.method.barostat_dof = tuple(float(v) for v in state["barostat"])
            live.simulation.run(stop - start)
        except RuntimeError as error:
            self._live = None
            raise ExplodedError(
                f"particles overlap or are lost before step {stop} (dt too large, or the start too"
                f" dense); HOOMD-blue says: {error}"
            ) from error
        final = self._read(live.simulation, state)
        if not (np.isfinite(final.positions).all() and np.isfinite(live.samples).all()):
            raise ExplodedError(f"non-finite numbers before step {stop}")
        try:
            after = self.begin(final, stop)
        except EngineError as error:
            raise ExplodedError(f"at step {stop} {error}") from error
        if npt:
            after["barostat"] = np.array(live.method.barostat_dof)
        live.state = id(after)
        self._last = after  # keeps the id from being used again
        return Chunk(after, np.array(live.samples, dtype=np.float64).reshape(-1, 5), live.frames)

    def _assemble(self, state: EngineState, segment: Segment, sampling: Sampling) -> _Live:
        import hoomd

        simulation = self._simulation(state)
        method = self._method(segment, int(state["dimensions"]))
        thermo = hoomd.md.compute.ThermodynamicQuantities(filter=hoomd.filter.All())
        live = _Live(simulation, method, segment, sampling, id(state))
        simulation.operations.integrator = self._integrator(
            self._integration.dt, [method], [str(name) for name in state["type_names"]]
        )
        simulation.operations.computes.append(thermo)
        n = len(state["position"])
        read = self._read

        class Sample(hoomd.custom.Action):  # type: ignore[misc, name-defined, unused-ignore]
            flags = (
                hoomd.custom.Action.Flags.PRESSURE_TENSOR,
                hoomd.custom.Action.Flags.ROTATIONAL_KINETIC_ENERGY,
            )

            def act(self, step: int) -> None:
                live.samples.append(
                    (
                        step,
                        thermo.kinetic_temperature,
                        thermo.potential_energy / n,
                        thermo.pressure,
                        thermo.volume,
                    )
                )

        class Frame(hoomd.custom.Action):  # type: ignore[misc, name-defined, unused-ignore]
            def act(self, step: int) -> None:
                live.frames.append((step, read(simulation, state)))

        for action, period in ((Sample(), sampling.log_period), (Frame(), sampling.frame_period)):
            if period:
                trigger = hoomd.trigger.Or(
                    [hoomd.trigger.Periodic(period), hoomd.trigger.On(sampling.last)]
                )
                simulation.operations.writers.append(
                    hoomd.write.CustomWriter(action=action, trigger=trigger)
                )
        return live

    def _read(self, simulation: Any, like: EngineState) -> Configuration:
        snapshot = simulation.state.get_snapshot()
        n = len(like["position"])
        particles = {key: np.array(getattr(snapshot.particles, key)[:n]) for key in self.arrays}
        box = np.array(snapshot.configuration.box, dtype=np.float64)
        return self.configuration(like | particles | {"box": box})

    def configuration(self, state: EngineState) -> Configuration:
        """The particles of a state."""
        box = np.array(state["box"])
        if int(state["dimensions"]) == 2:
            box[2] = 1.0
        return Configuration(
            positions=np.array(state["position"]),
            box=box,
            dimensions=int(state["dimensions"]),
            types=state["typeid"],
            type_names=tuple(str(name) for name in state["type_names"]),
            velocities=np.array(state["velocity"]),
            images=np.array(state["image"]),
        )

    def energy_and_forces(
        self, configuration: Configuration
    ) -> tuple[float, np.ndarray, np.ndarray]:
        """Potential energy, forces (N, 3) and virial tensor (3, 3) of a configuration."""
        copies = np.ones(3, dtype=int)
        widths = configuration.widths
        copies[: len(widths)] = np.floor(2 * (self._r_cut + BUFFER) / widths) + 1
        big = configuration.replicate((int(copies[0]), int(copies[1]), int(copies[2])))
        simulation = self._simulation(self.begin(big))
        integrator = self._integrator(0.0, [], list(configuration.type_names))
        simulation.operations.integrator = integrator
        (force,) = integrator.forces
        simulation.always_compute_pressure = True
        simulation.run(0)
        n = configuration.n_particles
        xx, xy, xz, yy, yz, zz = np.sum(force.virials, axis=0) / copies.prod()
        virial = np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])
        return float(force.energy) / copies.prod(), np.array(force.forces[:n]), virial

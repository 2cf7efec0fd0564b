"""HOOMD-blue 4.8 or later, on a GPU or the CPU.

Pair functions reach HOOMD as its own pair classes or as linear tables (`hoomd_pairs`). Every
chunk begins from the arrays of the engine state, and HOOMD's random numbers depend on seed and step
alone, so a resumed run does exactly what an uninterrupted run does (on the CPU; on a GPU sums may
come in another order).
"""

from __future__ import annotations

from collections.abc import Mapping
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
from operations.engines.hoomd_simulation import HoomdSimulation, Live, add_writer

if TYPE_CHECKING:
    from operations.interactions.pair_functions import PairFunction

#: Extra range of the neighbour list.
BUFFER = 0.4


def _variant(ends: tuple[float, float], segment: Segment) -> Any:
    import hoomd

    if ends[0] == ends[1]:
        return hoomd.variant.Constant(ends[0])
    return hoomd.variant.Ramp(
        A=ends[0], B=ends[1], t_start=segment.start, t_ramp=segment.stop - segment.start
    )


class Hoomd(HoomdSimulation):
    """HOOMD-blue as an `Engine`."""

    capabilities = frozenset({"nve", "nvt", "npt", "flexible_cell", "rigid_bodies"})
    arrays: tuple[str, ...] = ("position", "velocity", "image", "typeid")

    def __init__(
        self,
        pair_functions: Mapping[tuple[int, int], PairFunction],
        integration: Integration,
        seed: int,
        device: str = "auto",
    ) -> None:
        super().__init__(seed, device)
        self.chunk_particle_steps = 1_000_000_000 if self.device == "gpu" else 10_000_000
        self._integration = integration
        self._r_cut = max((each.r_cut for each in pair_functions.values()), default=0.0)
        self._pairs = dict(pair_functions)
        self._tables = tables(pair_functions)

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
        try:
            live = self._advance(state, segment, stop, sampling)
        except RuntimeError as error:
            self._live = None
            raise ExplodedError(
                f"particles overlap or are lost before step {stop} (dt too large, or the start too"
                f" dense); HOOMD-blue says: {error}"
            ) from error
        if not np.isfinite(live.samples).all():
            raise ExplodedError(f"non-finite numbers before step {stop}")
        after = self._reached(live.simulation, state, stop)
        return self._chunk(live, after | live.kept())

    def _reached(self, simulation: Any, state: EngineState, step: int) -> EngineState:
        """The state that a simulation has reached, without what a barostat keeps."""
        final = self.configuration(state | self._arrays(simulation, state))
        if not np.isfinite(final.positions).all():
            raise ExplodedError(f"non-finite numbers before step {step}")
        try:
            return self.begin(final, step)
        except EngineError as error:
            raise ExplodedError(f"at step {step} {error}") from error

    def _assemble(self, state: EngineState, segment: Segment, sampling: Sampling) -> Live:
        import hoomd

        simulation = self._simulation(state)
        method = self._method(segment, int(state["dimensions"]))
        thermo = hoomd.md.compute.ThermodynamicQuantities(filter=hoomd.filter.All())
        simulation.operations.integrator = self._integrator(
            self._integration.dt, [method], [str(name) for name in state["type_names"]]
        )
        simulation.operations.computes.append(thermo)
        n, npt = len(state["position"]), self._integration.ensemble == "npt"

        def restore(state: EngineState) -> None:
            simulation.run(0)
            if npt:
                method.barostat_dof = tuple(float(v) for v in state["barostat"])

        def kept() -> EngineState:
            return {"barostat": np.array(method.barostat_dof)} if npt else {}

        def sample(step: int) -> None:
            temperature, pressure = thermo.kinetic_temperature, thermo.pressure
            energy = thermo.potential_energy / n
            live.samples.append((step, temperature, energy, pressure, thermo.volume))

        def frame(step: int) -> None:
            now = self.configuration(state | self._arrays(simulation, state))
            live.frames.append((step, now))

        live = Live(simulation, segment, sampling, restore, kept)
        flags = hoomd.custom.Action.Flags
        needed = (flags.PRESSURE_TENSOR, flags.ROTATIONAL_KINETIC_ENERGY)
        add_writer(simulation, sample, sampling.log_period, sampling.last, needed)
        add_writer(simulation, frame, sampling.frame_period, sampling.last)
        return live

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

"""HOOMD-blue 4.8 or later, on a GPU or the CPU.

Pair functions reach HOOMD as its own pair classes or as linear tables (`hoomd_pairs`), external and
bias terms as a force in Python (`hoomd_terms`). Every chunk begins from the arrays of the engine
state, and HOOMD's random numbers depend on seed and step alone, so a resumed run does exactly what
an uninterrupted run does (on the CPU and with the same log period; see `operations.engines`).
"""

from __future__ import annotations

from typing import Any

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
from operations.engines.hoomd_simulation import HoomdSimulation, Live
from operations.engines.hoomd_terms import network_force, places, term_force
from operations.engines.messages import meaning
from operations.interactions.external import acting, sampled
from operations.interactions.model import Model
from workspace_schema.methods.facts import MANY_BODY

#: Extra range of the neighbour list.
BUFFER = 0.4

#: Strain rate of a compression times the time of the thermostat (where P = Z ρ kT it is hotter by
#: about Z times that part of kT), strain of one call, its pieces, and least steps of a piece.
STRAIN, CALL, PIECES, PIECE = 0.01, 0.1, 5, 20


class Hoomd(HoomdSimulation):
    """HOOMD-blue as an `Engine`."""

    capabilities = frozenset(
        {"points", "network", "external_terms", "springs", "scaled_energy", "shear_stress"}
        | {"molecular_dynamics", "nve", "nvt", "npt", "flexible_cell", "uniaxial_cell"}
        | {"compression_to_pressure", "compression_to_volume"}
    )
    arrays: tuple[str, ...] = ("position", "velocity", "image", "typeid")

    def __init__(
        self, model: Model, integration: Integration, seed: int, device: str = "auto"
    ) -> None:
        cpu_only = "external and bias terms" if model.terms else ""
        cpu_only = cpu_only or ("learned potentials" if model.network else "")
        super().__init__(model, integration, seed, device, cpu_only)
        self.chunk_particle_steps = 1_000_000_000 if self.device == "gpu" else 10_000_000
        if model.many_body is not None:
            self.chunk_particle_steps //= round(MANY_BODY[model.many_body.data.form])
        self._r_cut = max((each.r_cut for each in model.pairs.values()), default=0.0)
        self._tables = tables(model.pairs)

    def begin(self, configuration: Configuration, step: int = 0) -> EngineState:
        """The state that starts from a configuration (with velocities)."""
        narrow = 2 * (self._r_cut + BUFFER)
        if not configuration.periodic:
            raise EngineError("HOOMD-blue has no open boundary; set engine: lammps")
        self._model.check(configuration)
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

    def _integrator(self, dt: float, methods: list[Any], n: int) -> Any:
        """The equations of motion of `n` particles, with all forces that act on them."""
        import hoomd

        model = self._model
        terms = [term_force(model, n)] if model.acting else []
        if methods and not model.conserves_momentum:
            # Only beside another method HOOMD-blue counts the centre of mass as free.
            methods = [*methods, hoomd.md.methods.OverdampedViscous(hoomd.filter.Null())]
        forces = [*self._forces(model.scale), *terms]
        return hoomd.md.Integrator(dt=dt, methods=methods, forces=forces, **self._constraints())

    def _constraints(self) -> dict[str, Any]:
        """What the integrator is told of bodies."""
        return {}

    def _forces(self, scale: float = 1.0) -> list[Any]:
        """The forces between particles, times a factor."""
        import hoomd

        if self._model.network is not None:
            return [network_force(self._model.network, self._model.types)]
        if not self._model.pairs:
            return []
        neighbours, names = hoomd.md.nlist.Cell(buffer=BUFFER), self._model.types
        return [pair_force(self._model.pairs, self._tables, names, neighbours, scale)]

    def _variant(self, ends: tuple[float, float], segment: Segment) -> Any:
        import hoomd

        if ends[0] == ends[1]:
            return hoomd.variant.Constant(ends[0])
        start, length = self._zero + segment.start, segment.stop - segment.start
        return hoomd.variant.Ramp(A=ends[0], B=ends[1], t_start=start, t_ramp=length)

    def _method(self, segment: Segment) -> Any:
        import hoomd

        run, everything = self._integration, self._moving()
        kT = self._variant(segment.kT, segment)
        if run.ensemble == "nvt" and run.thermostat == "langevin":
            return hoomd.md.methods.Langevin(
                everything, kT=kT, default_gamma=1.0 / run.thermostat_time
            )
        thermostat = None
        if run.ensemble != "nve":
            thermostat = hoomd.md.methods.thermostats.Bussi(kT=kT, tau=run.thermostat_time)
        if run.ensemble != "npt":
            return hoomd.md.methods.ConstantVolume(everything, thermostat=thermostat)
        flexible, flat = run.cell == "flexible", self._model.dimensions == 2
        lengths = [True, True, not flat]
        if run.cell == "uniaxial":
            lengths = [False, flat, not flat]
        return hoomd.md.methods.ConstantPressure(
            everything,
            thermostat=thermostat,
            S=self._variant(segment.pressure, segment),
            tauS=run.barostat_time,
            couple="none" if run.cell != "isotropic" else "xy" if flat else "xyz",
            box_dof=[*lengths, flexible, flexible and not flat, flexible and not flat],
        )

    def run(self, state: EngineState, segment: Segment, stop: int, sampling: Sampling) -> Chunk:
        """Advance to the step `stop`; see `Engine.run`."""
        try:
            live = self._advance(state, segment, stop, sampling)
        except RuntimeError as error:
            self._live = None
            when = f"before step {stop}"
            raise meaning("HOOMD-blue", str(error), when, self._r_cut) from error
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

        simulation, method, model = self._simulation(state), self._method(segment), self._model
        n, npt = len(state["position"]), self._integration.ensemble == "npt"
        thermo = hoomd.md.compute.ThermodynamicQuantities(filter=hoomd.filter.All())
        unscaled = self._forces() if model.scale != 1.0 else []
        simulation.operations.integrator = self._integrator(self._integration.dt, [method], n)
        simulation.operations.computes.extend([thermo, *unscaled])

        def restore(state: EngineState) -> None:
            simulation.run(0)
            if npt:
                method.barostat_dof = tuple(float(v) for v in state["barostat"])

        def kept() -> EngineState:
            return {"barostat": np.array(method.barostat_dof)} if npt else {}

        def sample(step: int) -> None:
            temperature, pressure = thermo.kinetic_temperature, thermo.pressure
            energy = thermo.potential_energy
            if model.scale != 1.0:
                energy = sum(force.energy for force in unscaled)
            terms: tuple[float, ...] = ()
            if model.terms:
                _, where = places(simulation.state, n, model.dimensions)
                terms = sampled(model.terms, *where)
            row = (step, temperature, energy / n, pressure, thermo.volume)
            # xx, xy, xz, yy, yz, zz
            shear = [thermo.pressure_tensor[k] for k in (1, 2, 4)[: len(model.shears)]]
            live.samples.append((*row, *shear, *terms))

        def frame(step: int) -> None:
            now = self.configuration(state | self._arrays(simulation, state))
            live.frames.append((step, now))

        live = Live(simulation, segment, sampling, restore, kept)
        flags = hoomd.custom.Action.Flags
        needed = (flags.PRESSURE_TENSOR, flags.ROTATIONAL_KINETIC_ENERGY)
        self._add_writer(simulation, sample, sampling.log_period, sampling.last, needed)
        self._add_writer(simulation, frame, sampling.frame_period, sampling.last)
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

    def compress(
        self,
        state: EngineState,
        kT: float,
        *,
        pressure: float | None = None,
        volume: float | None = None,
    ) -> tuple[EngineState, bool]:
        """See `Engine.compress`: slowly and at a temperature, at most by a tenth of each length.

        A pressure is reached when it is that high on average over a strain of 0.02.
        """
        import hoomd

        simulation, run, d = self._simulation(state), self._integration, self._model.dimensions
        box, step = simulation.state.box, int(simulation.timestep)
        strain = CALL
        if volume is not None:
            strain = min(CALL, float(np.log(box.volume / volume)) / d)
            if strain <= 0.0:
                return state, True
        piece = max(round(strain / PIECES / STRAIN * run.thermostat_time / run.dt), PIECE)
        thermostat = hoomd.md.methods.thermostats.Bussi(kT=kT, tau=run.thermostat_time)
        method = hoomd.md.methods.ConstantVolume(self._moving(), thermostat=thermostat)
        n = len(state["position"])
        simulation.operations.integrator = self._integrator(run.dt, [method], n)
        lengths = box.L * np.exp([-strain, -strain, 0.0 if d == 2 else -strain])
        smaller = hoomd.Box(*lengths, box.xy, box.xz, box.yz)
        ramp = hoomd.variant.Ramp(A=0.0, B=1.0, t_start=step, t_ramp=PIECES * piece)
        between = hoomd.variant.box.Interpolate(box, smaller, ramp)
        resize = hoomd.update.BoxResize(self._every(PIECE // 4), box=between)
        simulation.operations.updaters.append(resize)
        thermo = hoomd.md.compute.ThermodynamicQuantities(filter=hoomd.filter.All())
        simulation.operations.computes.append(thermo)
        pressures: list[float] = []
        flags = (hoomd.custom.Action.Flags.PRESSURE_TENSOR,)

        def sample(_: int) -> None:
            pressures.append(thermo.pressure)

        self._add_writer(simulation, sample, PIECE // 4, 0, flags)
        reached = False
        for _ in range(PIECES):
            pressures.clear()
            try:
                simulation.run(piece)
            except RuntimeError as error:
                density = n / simulation.state.box.volume
                when = f"in the compression at number density {density:.4g}"
                raise meaning("HOOMD-blue", str(error), when, self._r_cut) from error
            reached = pressure is not None and bool(np.mean(pressures) >= pressure)
            if reached:
                break
        if volume is not None and strain < CALL:
            # Nothing is resized at the very last step of a run.
            hoomd.update.BoxResize.update(simulation.state, smaller)
            reached = True
        return self._reached(simulation, state, self._step(simulation)), reached

    def energy_and_forces(
        self, configuration: Configuration
    ) -> tuple[float, np.ndarray, np.ndarray]:
        """See `Engine.energy_and_forces`; a box that is too small is repeated, but not with
        terms."""
        copies = np.ones(3, dtype=int)
        widths = configuration.widths
        if not self._model.terms:
            copies[: len(widths)] = np.floor(2 * (self._r_cut + BUFFER) / widths) + 1
        big = configuration
        if copies.prod() > 1:
            big = configuration.replicate((int(copies[0]), int(copies[1]), int(copies[2])))
        simulation = self._simulation(self.begin(big))
        integrator = self._integrator(0.0, [], big.n_particles)
        simulation.operations.integrator = integrator
        simulation.always_compute_pressure = True
        simulation.run(0)
        n = configuration.n_particles
        energy, forces, virial = 0.0, np.zeros((n, 3)), np.zeros((3, 3))
        upper = np.triu_indices(3)
        for force in integrator.forces:
            energy += float(force.energy) / copies.prod()
            forces += force.forces[:n]
            virial[upper] += np.sum(force.virials, axis=0) / copies.prod()
        if self._model.terms:
            _, where = places(simulation.state, n, self._model.dimensions)
            energy += acting(self._model.terms, *where)[0]
        return energy, forces, np.triu(virial) + np.triu(virial, 1).T

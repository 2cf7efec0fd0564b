"""Rigid bodies of sites in HOOMD-blue's molecular dynamics.

Only centres are in the engine state, with orientations and angular momenta; their sites follow from
these in every chunk. A point is a particle as it is without bodies. HOOMD-blue's body frame is that
of the principal axes, a configuration's that of the shape.
"""

from __future__ import annotations

from itertools import combinations_with_replacement
from typing import Any

import numpy as np

from analysis.configuration import Configuration, wrap
from operations.engines import Chunk, EngineError, EngineState, Integration, Sampling, Segment
from operations.engines.hoomd import BUFFER, Hoomd
from operations.engines.hoomd_pairs import pair_force
from operations.engines.hoomd_terms import places
from operations.interactions.external import acting
from operations.interactions.model import Model

#: HOOMD-blue's name of the sites of a type; no name of ours has a dot.
SITE = "{}.site"


class HoomdBodies(Hoomd):
    """HOOMD-blue with rigid bodies; terms act on their centres.

    Langevin friction is mass / thermostat_time, for rotations moment of inertia / thermostat_time.
    """

    capabilities = Hoomd.capabilities - {"points"} | {"rigid_bodies"}
    arrays = (*Hoomd.arrays, "orientation", "angmom")

    def __init__(
        self, model: Model, integration: Integration, seed: int, device: str = "auto"
    ) -> None:
        super().__init__(model, integration, seed, device)
        self._names = list(model.types)
        self._bodies = [model.bodies[name] for name in self._names]
        self._are_points = [len(body.sites) == 1 for body in self._bodies]
        self._site_names = [] if all(self._are_points) else [SITE.format(n) for n in self._names]
        self.chunk_particle_steps //= max(len(body.sites) for body in self._bodies)

    def begin(self, configuration: Configuration, step: int = 0) -> EngineState:
        """The state that starts from a configuration (with orientations and momenta)."""
        import rowan

        state = super().begin(configuration, step)
        # A body may not see the same other one twice, which HOOMD-blue does not see by itself.
        narrow = 2.0 * max(body.reach for body in self._bodies) + self._r_cut + BUFFER
        if configuration.widths.min() < narrow:
            raise EngineError(
                f"the box is {configuration.widths.min():.3g} wide; rigid bodies need more than"
                f" their length, r_cut and buffer, {narrow:.3g}: take more particles"
            )
        n = configuration.n_particles
        axes = np.array([body.axes for body in self._bodies])[configuration.types]
        turns, momenta = configuration.orientations, configuration.angular_momenta
        if turns is None:
            turns = np.tile([1.0, 0.0, 0.0, 0.0], (n, 1))
        if momenta is None:
            momenta = np.zeros((n, 4))
        # q and 2 q (0, L) both change by the same factor from one body frame to the other.
        state["orientation"] = rowan.multiply(turns, axes)
        state["angmom"] = rowan.multiply(momenta, axes)
        return state

    def run(self, state: EngineState, segment: Segment, stop: int, sampling: Sampling) -> Chunk:
        """Advance to the step `stop`; see `Engine.run`."""
        # A simulation that goes on in memory may add forces in another order than a new one.
        self._live = None
        return super().run(state, segment, stop, sampling)

    def configuration(self, state: EngineState) -> Configuration:
        """The centres of a state."""
        import rowan

        configuration = super().configuration(state)
        axes = np.array([body.axes for body in self._bodies])[configuration.types]
        back = rowan.conjugate(axes)
        configuration.orientations = rowan.multiply(state["orientation"], back)
        configuration.angular_momenta = rowan.multiply(state["angmom"], back)
        configuration.type_shapes = tuple(body.shape.to_gsd() for body in self._bodies)
        return configuration

    def energy_and_forces(
        self, configuration: Configuration
    ) -> tuple[float, np.ndarray, np.ndarray]:
        """Potential energy, forces on the centres (N, 3) and virial tensor (3, 3)."""
        energy, forces, _, virial = self.energy_forces_and_torques(configuration)
        return energy, forces, virial

    def energy_forces_and_torques(
        self, configuration: Configuration
    ) -> tuple[float, np.ndarray, np.ndarray, np.ndarray]:
        """Potential energy, forces (N, 3), torques in space (N, 3) and virial tensor (3, 3).

        The virial is that of the centres, r_a F_b with a ≥ b; the other half, which HOOMD-blue
        does not have, is equal on average only and taken to be.
        """
        n = configuration.n_particles
        simulation = self._simulation(self.begin(configuration))
        simulation.operations.integrator = self._integrator(0.0, [], n)
        simulation.always_compute_pressure = True
        simulation.run(0)
        with simulation.state.cpu_local_snapshot as local:
            centres = np.array(local.particles.rtag)[:n]
            net = local.particles
            energy = float(np.array(net.net_energy)[centres].sum())
            forces = np.array(net.net_force)[centres, :3]
            torques = np.array(net.net_torque)[centres, :3]
            xx, xy, xz, yy, yz, zz = np.array(net.net_virial)[centres].sum(axis=0)
        if self._model.terms:
            _, where = places(simulation.state, n, self._model.dimensions)
            energy += acting(self._model.terms, *where)[0]
        return energy, forces, torques, np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])

    # -- details ---------------------------------------------------------------------------------

    def _snapshot(self, state: EngineState) -> Any:
        """Centres first, then the sites of each body, where they will be."""
        import rowan

        snapshot = super()._snapshot(state)
        n, types = len(state["position"]), np.asarray(state["typeid"], dtype=int)
        bodies, particles = [self._bodies[t] for t in types], snapshot.particles
        sites = [np.empty((0, 3)), *(b.sites for b in bodies if len(b.sites) > 1)]
        counts = np.array([len(b.sites) if len(b.sites) > 1 else 0 for b in bodies])
        owner = np.repeat(np.arange(n), counts)
        arms = rowan.rotate(state["orientation"][owner], np.concatenate(sites))
        dimensions, box = int(state["dimensions"]), np.array(state["box"])
        if dimensions == 2:
            arms[:, 2] = 0.0
        positions, images = wrap(
            state["position"][owner] + arms, state["image"][owner], box, dimensions
        )
        particles.N = n + len(owner)
        particles.types = self._names + self._site_names
        for key in self.arrays:
            getattr(particles, key)[:n] = state[key]
        particles.mass[:n] = [body.mass for body in bodies]
        particles.moment_inertia[:n] = [body.inertia for body in bodies]
        particles.body[:] = np.concatenate([np.where(counts > 0, np.arange(n), -1), owner])
        particles.position[n:], particles.image[n:] = positions, images
        particles.orientation[n:] = (1.0, 0.0, 0.0, 0.0)
        particles.typeid[n:] = types[owner] + len(self._names)
        return snapshot

    def _moving(self) -> Any:
        import hoomd

        return hoomd.filter.Rigid(("center", "free"))

    def _constraints(self) -> dict[str, Any]:
        import hoomd

        rigid = hoomd.md.constrain.Rigid()
        for name, body, is_point in zip(self._names, self._bodies, self._are_points, strict=True):
            if not is_point:
                rigid.body[name] = {
                    "constituent_types": [SITE.format(name)] * len(body.sites),
                    "positions": [tuple(map(float, site)) for site in body.sites],
                    "orientations": [(1.0, 0.0, 0.0, 0.0)] * len(body.sites),
                }
        return {"rigid": rigid, "integrate_rotational_dof": True}

    def _forces(self, scale: float = 1.0) -> list[Any]:
        import hoomd

        sites, silent = [], []
        for name, is_point in zip(self._names, self._are_points, strict=True):
            site = SITE.format(name)
            sites.append(name if is_point else site)
            silent.append(site if is_point else name)
        neighbours = hoomd.md.nlist.Cell(buffer=BUFFER, exclusions=("body",))
        force = pair_force(self._model.pairs, self._tables, sites, neighbours, scale)
        some = force.params[sites[0], sites[0]]
        for pair in combinations_with_replacement(sites + silent, 2):
            if set(pair) & set(silent):
                force.params[pair], force.r_cut[pair] = some, 0.0
        return [force]

    def _method(self, segment: Segment) -> Any:
        import hoomd

        method = super()._method(segment)
        if isinstance(method, hoomd.md.methods.Langevin):
            rate = 1.0 / self._integration.thermostat_time
            for name, body in zip(self._names, self._bodies, strict=True):
                method.gamma[name] = body.mass * rate
                method.gamma_r[name] = tuple(map(float, body.inertia * rate))
        return method

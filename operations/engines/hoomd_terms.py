"""External and bias terms, and networks, in HOOMD-blue: forces in Python, called at every step."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from analysis.configuration import Configuration, lattice_vectors
from operations.interactions.external import acting
from operations.interactions.many_body import ManyBody
from operations.interactions.model import Model

Places = tuple[np.ndarray, np.ndarray, np.ndarray]


def places(state: Any, n: int, dimensions: int) -> tuple[np.ndarray, Places]:
    """Where the first `n` particles are in memory, and what terms are functions of: their positions
    and image flags in the order of their numbers, and the box vectors."""
    with state.cpu_local_snapshot as local:
        order = np.array(local.particles.rtag)[:n]
        positions = np.array(local.particles.position)[order]
        images = np.array(local.particles.image)[order]
        box = local.global_box
    images[:, dimensions:] = 0  # HOOMD-blue counts on there, where the box has no height
    sizes = np.array([*box.L, box.xy, box.xz, box.yz])
    return order, (positions, images, lattice_vectors(sizes, dimensions))


def term_force(model: Model, n: int) -> Any:
    """The force of all terms on the first `n` particles. It has no energy in HOOMD-blue, whose
    potential energy so stays that of the particles alone."""

    def evaluate(state: Any) -> tuple[np.ndarray, float, np.ndarray, np.ndarray]:
        order, where = places(state, n, model.dimensions)
        _, forces, virial = acting(model.terms, *where)
        return order, 0.0, forces, virial

    return _force(evaluate)


def network_force(network: ManyBody, types: tuple[str, ...]) -> Any:
    """The force of a network, with its energy."""

    def evaluate(state: Any) -> tuple[np.ndarray, float, np.ndarray, np.ndarray]:
        with state.cpu_local_snapshot as local:
            order = np.array(local.particles.rtag)
            positions = np.array(local.particles.position)[order]
            kinds = np.array(local.particles.typeid)[order]
            box = local.global_box
        sizes = np.array([*box.L, box.xy, box.xz, box.yz])
        found = network.evaluate(Configuration(positions, sizes, 3, kinds, types))
        return order, found.energy, found.forces, found.virial

    return _force(evaluate)


def _force(evaluate: Callable[[Any], tuple[np.ndarray, float, np.ndarray, np.ndarray]]) -> Any:
    """A force from where particles are in memory, the energy, their forces and the virial, of a
    state. Energy and virial are given to the first.

    HOOMD-blue's C++ side holds the function where Python's garbage collection cannot look: it must
    not hold the force, which holds the simulation.
    """
    import hoomd

    class Force(hoomd.md.force.Custom):  # type: ignore[misc, name-defined, unused-ignore]
        def __init__(self) -> None:
            super().__init__()
            me = weakref.ref(self)

            def set_forces(step: int) -> None:
                force = me()
                if force is None:
                    return
                order, energy, forces, virial = evaluate(force._state)
                with force.cpu_local_force_arrays as arrays:
                    arrays.force[order] = forces
                    arrays.potential_energy[order[:1]] = energy
                    arrays.virial[order[:1]] = virial[np.triu_indices(3)]

            self.set_forces = set_forces

    return Force()

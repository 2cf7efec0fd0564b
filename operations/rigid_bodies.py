"""Rigid bodies of sites for molecular dynamics: masses and moments of inertia, starts, momenta.

Every site has mass 1, as points have; a body has the mass and the moments of inertia of its sites.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from analysis.configuration import Configuration
from analysis.shapes import Shape
from operations.building_blocks import type_shapes
from operations.engines import EngineError
from operations.start import (
    LATTICES,
    core_diameter,
    lattice,
    random_orientations,
    spacing,
    thermal_velocities,
)
from workspace_schema.system import System

if TYPE_CHECKING:
    from operations.pair_functions import PairFunction

#: Moments of inertia below this part of the largest one are zero: a row of sites.
NO_INERTIA = 1e-9


@dataclass(frozen=True)
class Body:
    """The particles of one type.

    Attributes
    ----------
    shape : Shape
    sites : ndarray of float64, shape (n, 3)
        Relative to the centre of mass, in the frame of the principal axes.
    inertia : ndarray of float64, shape (3,)
        Moments around these axes; in two dimensions only the last counts, the others are 0.
    axes : ndarray of float64, shape (4,)
        Quaternion from the frame of the principal axes to that of the shape.
    """

    shape: Shape
    sites: NDArray[np.float64]
    inertia: NDArray[np.float64]
    axes: NDArray[np.float64]

    @classmethod
    def of(cls, shape: Shape) -> Body:
        """The body with a site of mass 1 at every point of a shape, whose mean is the origin."""
        import rowan

        points, axes = shape.points, np.array([1.0, 0.0, 0.0, 0.0])
        square = np.sum(points**2)
        tensor = square * np.eye(3) - points.T @ points
        if shape.dimensions == 2:
            return cls(shape, points, np.array([0.0, 0.0, square]), axes)
        inertia = np.diag(tensor).copy()
        if np.abs(tensor - np.diag(inertia)).max() > NO_INERTIA * square:
            inertia, turn = np.linalg.eigh(tensor)
            turn[:, 0] *= np.sign(np.linalg.det(turn))
            points, axes = points @ turn, rowan.from_matrix(turn)
        inertia[inertia < NO_INERTIA * square] = 0.0
        return cls(shape, points, inertia, axes)

    @property
    def mass(self) -> float:
        """Total mass."""
        return float(len(self.sites))

    @property
    def reach(self) -> float:
        """Distance of the farthest site from the centre."""
        return float(np.linalg.norm(self.sites, axis=1).max())


def rigid_bodies(system: System) -> dict[str, Body]:
    """The bodies of all types, points among them; empty without building blocks."""
    return {
        name: Body.of(shape) for name, shape in zip(system.types, type_shapes(system), strict=False)
    }


def rotational_freedom(bodies: Mapping[str, Body], particles: Mapping[str, int]) -> int:
    """Number of rotational degrees of freedom."""
    return sum(int(np.count_nonzero(body.inertia)) * particles[n] for n, body in bodies.items())


def random_bodies(
    bodies: Mapping[str, Body],
    particles: Mapping[str, int],
    number_density: float,
    pair_functions: Mapping[tuple[int, int], PairFunction],
    kT: float,
    random: np.random.Generator,
) -> Configuration:
    """Bodies in random order and orientations on the lattice on which they are farthest apart.

    They do not overlap in any orientation: centres are as far from each other as the farthest sites
    and the distance at which two sites have an energy of 2 kT ask for.

    Raises
    ------
    EngineError
        Where the density is higher than that.
    """
    dimensions = next(iter(bodies.values())).shape.dimensions
    reach = [bodies[name].reach for name in sorted(bodies)]
    needed = max(
        reach[i] + reach[j] + core_diameter(function, 2.0 * kT)
        for (i, j), function in pair_functions.items()
    )
    names = [name for name, (d, _, _) in LATTICES.items() if d == dimensions]
    starts = [lattice(name, particles, dimensions, number_density, random) for name in names]
    distances = [spacing(start) for start in starts]
    best = int(np.argmax(distances))
    if distances[best] < needed:
        most = number_density * (distances[best] / needed) ** dimensions
        raise EngineError(
            f"number_density {number_density:g}: rigid bodies that turn overlap at the start;"
            f" expected at most {most:.4g} (ensemble: npt compresses), a lattice or a file as start"
        )
    start = starts[best]
    start.orientations = random_orientations(start.n_particles, dimensions, random)
    return start


def thermalise(
    configuration: Configuration,
    bodies: Mapping[str, Body],
    kT: float,
    random: np.random.Generator,
) -> None:
    """Draw velocities and angular momenta, both of exactly this temperature."""
    import rowan

    n, types, names = configuration.n_particles, configuration.types, configuration.type_names
    masses = np.array([bodies[name].mass for name in names])[types]
    inertia = np.array([bodies[name].inertia for name in names])[types]
    axes = np.array([bodies[name].axes for name in names])[types]
    configuration.velocities = thermal_velocities(n, configuration.dimensions, kT, random, masses)
    momenta = random.normal(size=(n, 3)) * np.sqrt(inertia)
    turns = inertia > 0.0
    twice = np.sum(momenta[turns] ** 2 / inertia[turns])
    if twice > 0.0:
        momenta *= np.sqrt(kT * np.count_nonzero(turns) / twice)
    if configuration.orientations is None:
        configuration.orientations = np.tile([1.0, 0.0, 0.0, 0.0], (n, 1))
    inner = np.concatenate([np.zeros((n, 1)), rowan.rotate(axes, momenta)], axis=1)
    configuration.angular_momenta = 2.0 * rowan.multiply(configuration.orientations, inner)

"""Rigid bodies for molecular dynamics: masses and moments of inertia, starts, momenta.

Every site has mass 1, as points have; a body of sites has their mass and moments of inertia. A body
without sites is homogeneous and has mass 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from analysis.configuration import Configuration
from analysis.shapes import Shape
from operations.interactions.anisotropic import Anisotropic
from operations.interactions.building_blocks import type_shapes
from operations.interactions.start import (
    core_diameter,
    lattice,
    random_orientations,
    spacing,
    thermal_velocities,
)
from workspace_schema.lattices import LATTICES
from workspace_schema.system import System

if TYPE_CHECKING:
    from operations.interactions.pair_functions import PairFunction

#: Moments of inertia below this part of the largest one are zero: a row of sites.
NO_INERTIA = 1e-9
UNTURNED = np.array([1.0, 0.0, 0.0, 0.0])


@dataclass(frozen=True)
class Body:
    """The particles of one type.

    Attributes
    ----------
    shape : Shape
    sites : ndarray of float64, shape (n, 3)
        Relative to the centre of mass, in the frame of the principal axes; the origin alone is
        a particle without sites.
    inertia : ndarray of float64, shape (3,)
        Moments around these axes; in two dimensions only the last counts, the others are 0. So are
        those around axes about which nothing turns the body.
    axes : ndarray of float64, shape (4,)
        Quaternion from the frame of the principal axes to that of the shape.
    mass : float
    """

    shape: Shape
    sites: NDArray[np.float64]
    inertia: NDArray[np.float64]
    axes: NDArray[np.float64]
    mass: float

    @classmethod
    def of(cls, shape: Shape) -> Body:
        """The body with a site of mass 1 at every point of a shape, whose mean is the origin."""
        points, mass = shape.points, float(len(shape.points))
        square = np.sum(points**2)
        if shape.dimensions == 2:
            return cls(shape, points, np.array([0.0, 0.0, square]), UNTURNED, mass)
        inertia, turn, axes = _principal(square * np.eye(3) - points.T @ points)
        return cls(shape, points @ turn, inertia, axes, mass)

    @classmethod
    def solid(cls, shape: Shape) -> Body:
        """A homogeneous body of mass 1, which its surface turns."""
        inertia, _, axes = _principal(shape.inertia)
        if shape.kind == "sphere":
            inertia = np.zeros(3)
        if shape.kind == "ellipsoid":  # of revolution around z
            inertia[2] = 0.0
        return cls(shape, np.zeros((1, 3)), inertia, axes, 1.0)

    @property
    def corners(self) -> NDArray[np.float64]:
        """Corners of a polygon or polyhedron in the frame of the principal axes, shape (n, 3)."""
        import rowan

        return np.asarray(rowan.rotate(rowan.conjugate(self.axes), self.shape.points))

    @property
    def reach(self) -> float:
        """Distance of the farthest site from the centre."""
        return float(np.linalg.norm(self.sites, axis=1).max())


def _principal(
    tensor: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Principal moments, axes as columns (the given ones where they are principal), and these as a
    quaternion."""
    import rowan

    inertia, turn = np.diag(tensor).copy(), np.eye(3)
    largest = np.abs(tensor).max()
    if np.abs(tensor - np.diag(inertia)).max() > NO_INERTIA * largest:
        inertia, turn = np.linalg.eigh(tensor)
        turn[:, 0] *= np.sign(np.linalg.det(turn))
    inertia[inertia < NO_INERTIA * largest] = 0.0
    return inertia, turn, rowan.from_matrix(turn)


def rigid_bodies(system: System) -> dict[str, Body]:
    """The bodies of all types, points among them; empty without building blocks."""
    make = Body.of if Anisotropic.of(system) is None else Body.solid
    return {
        name: make(shape) for name, shape in zip(system.types, type_shapes(system), strict=False)
    }


def clearance(
    bodies: Mapping[str, Body], pair_functions: Mapping[tuple[int, int], PairFunction], kT: float
) -> float:
    """Distance of centres at which no two bodies overlap, however they are turned: that which the
    farthest sites and the distance at which two sites have an energy of 2 kT ask for."""
    reach = [bodies[name].reach for name in sorted(bodies)]
    return max(
        reach[i] + reach[j] + core_diameter(function, 2.0 * kT)
        for (i, j), function in pair_functions.items()
    )


def rotational_freedom(bodies: Mapping[str, Body], particles: Mapping[str, int]) -> int:
    """Number of rotational degrees of freedom."""
    return sum(int(np.count_nonzero(body.inertia)) * particles[n] for n, body in bodies.items())


def random_bodies(
    bodies: Mapping[str, Body],
    particles: Mapping[str, int],
    number_density: float,
    needed: float,
    random: np.random.Generator,
    looser: bool = False,
) -> Configuration:
    """Bodies in random order and orientations on the lattice on which they are farthest apart.

    Parameters
    ----------
    bodies : mapping of str to Body
    particles : mapping of str to int
    number_density : float
    needed : float
        Distance of centres at which no two of them overlap, however they are turned.
    random : numpy.random.Generator
    looser : bool
        Where the density is higher than that, take the highest at which they do not overlap.

    Raises
    ------
    ValueError
        Where the density is higher than that, and may not be looser.
    """
    dimensions = next(iter(bodies.values())).shape.dimensions
    names = [name for name, known in LATTICES.items() if known.dimensions == dimensions]
    starts = [lattice(name, particles, dimensions, number_density, random) for name in names]
    distances = [spacing(start) for start in starts]
    best = int(np.argmax(distances))
    start = starts[best]
    if distances[best] < needed and looser:
        scale = needed / distances[best]
        start.positions *= scale
        start.box[:dimensions] *= scale
    elif distances[best] < needed:
        most = number_density * (distances[best] / needed) ** dimensions
        raise ValueError(
            f"number_density {number_density:g}: rigid bodies that turn overlap at the start;"
            f" expected at most {most:.4g} (nvt and npt compress), a lattice or a file as start"
        )
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

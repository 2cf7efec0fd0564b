"""Vacuum: how much of it there is, and which particles border on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.configuration import Configuration
from analysis.neighbourhoods import NearestNeighbours, nearest, periodic_images

#: The nearest-neighbour distance is the mean over as many as the least coordinated crystal has:
#: three in honeycomb, four in diamond. The nearest alone is too near where there is noise.
COORDINATION = {2: 3, 3: 4}
#: An empty disc (sphere) of this radius, in nearest-neighbour distances, is vacuum. The largest
#: holes of crystals labelled here are the hexagon of the honeycomb lattice, of radius 1, and the
#: cages of the clathrates, of radius 1.66.
VOID_RADIUS = {2: 1.3, 3: 1.8}
#: A disc that touches a particle is empty if all others are farther than this part of its radius
#: from its centre: only some directions are tried.
CLEARANCE = 0.95
#: The distance is measured at so many particles at most, spread over all.
MEASURED = 20_000
#: Grid points per nearest-neighbour distance.
RESOLUTION = {2: 4.0, 3: 2.0}


@dataclass(frozen=True)
class Voids:
    """Vacuum of a configuration.

    Attributes
    ----------
    fraction : float
        Part of the area (volume) covered by empty discs (spheres), grown by half a
        nearest-neighbour distance less than their radius, so that particles at a surface keep
        their own area. 0 with an open boundary, whose box has no meaning.
    surface : ndarray of bool, shape (N,)
        Particles that touch one of these discs.
    """

    fraction: float
    surface: np.ndarray


def find_voids(configuration: Configuration, table: NearestNeighbours | None = None) -> Voids:
    """Vacuum and the particles at its edge.

    Parameters
    ----------
    configuration : Configuration
        With an open boundary everything outside of the cluster is vacuum.
    table : NearestNeighbours, optional
        Where they are known already; at least as many as `COORDINATION`.
    """
    from analysis.labelling.void_grid import Grid

    n, dims = configuration.n_particles, configuration.dimensions
    some = np.unique(np.linspace(0, n - 1, min(n, MEASURED)).astype(int))
    k = COORDINATION[dims]
    distances = table.distances[some] if table else nearest(configuration, k, some).distances
    near = distances[:, :k].mean(axis=1)
    near = near[np.isfinite(near) & (near > 0)]
    if len(near) == 0:
        return Voids(0.0, np.ones(n, dtype=bool))
    d = float(np.median(near))
    radius = VOID_RADIUS[dims] * d
    grid = Grid.over(configuration, d / RESOLUTION[dims], 2.0 * radius)
    core = ~grid.near(configuration.positions, radius)
    if not core.any():
        return Voids(0.0, np.zeros(n, dtype=bool))
    images, origin = periodic_images(configuration, 2.0 * radius)
    centres = grid.points(np.flatnonzero(core))
    surface = _touching(images, origin, n, centres[:, :dims], radius, grid.spacing)
    if not configuration.periodic:
        return Voids(0.0, surface)
    # The vacuum is all that the discs around the core points cover, up to half a bond off the
    # particles. Images of the core across the boundary count, too.
    # The outermost grid points of the core are, on average, half a spacing within it.
    vacuum = grid.near(centres, radius - 0.5 * d + 0.5 * grid.spacing)
    return Voids(float(vacuum.mean()), surface)


def _touching(
    images: np.ndarray,
    origin: np.ndarray,
    n: int,
    core: np.ndarray,
    radius: float,
    spacing: float,
) -> np.ndarray:
    """Particles that an empty disc (sphere) can roll onto."""
    from scipy.spatial import cKDTree

    dims = images.shape[1]
    # No other particle can: every core is within half the diagonal of a grid cell of the grid.
    reach = radius + np.sqrt(dims) * spacing
    near = np.isfinite(cKDTree(core).query(images, distance_upper_bound=reach)[0])
    candidates = np.unique(origin[near])
    centres = images[candidates][:, None] + radius * _directions(dims)
    others = cKDTree(images).query(
        centres.reshape(-1, dims), distance_upper_bound=CLEARANCE * radius
    )[0]
    free = np.isinf(others).reshape(len(candidates), -1).any(axis=1)
    surface = np.zeros(n, dtype=bool)
    surface[candidates[free]] = True
    return surface


def _directions(dimensions: int) -> np.ndarray:
    """Directions all around, as even as can be."""
    if dimensions == 2:
        angles = np.arange(36) * np.pi / 18
        return np.stack([np.cos(angles), np.sin(angles)], axis=1)
    number = 120
    k = np.arange(number) + 0.5
    z, azimuth = 1.0 - 2.0 * k / number, k * np.pi * (3.0 - np.sqrt(5.0))
    flat = np.sqrt(1.0 - z**2)
    return np.stack([flat * np.cos(azimuth), flat * np.sin(azimuth), z], axis=1)

"""Fingerprints: whether two configurations are the same structure.

A fingerprint describes the neighbourhoods of a configuration in units of the distance between
particles. It does not change with rotation, reflection, translation, scale, the choice of the
cell, supercells or the order of the particles, and changes continuously with their positions.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from analysis.configuration import Configuration
from operations.search.cells import reduced
from operations.search.kernels import image_vectors, nearest_images
from operations.search.matrices import inverse, transposed

#: Reach of distances and of angles, in units of (volume per particle)^(1/dimensions).
REACH, ANGULAR_REACH = 3.6, 2.0
#: Half width of the bell that a distance is broadened by, and number of points of the grid.
WIDTH, POINTS = 0.18, 46
FIRST = 0.45
#: Orders of the Legendre polynomials of the angles between neighbours.
ORDERS = 8

#: Fingerprints of one structure are closer than this.
SAME_DISTANCE = 0.01


@njit(cache=True, error_model="numpy")
def _describe(x, y, z, cell, dimensions, periodic, types, radial, angular):
    """Write radial functions of all pairs of types and angular moments of each type.

    False where there are too many images.
    """
    n, n_types = len(x), len(angular)
    reciprocal = np.zeros((3, 3))
    shifts = np.zeros((1, 3))
    if periodic:
        reciprocal = transposed(inverse(cell))
        reach = np.zeros((1, 1, 2))
        reach[0, 0, 1] = REACH
        shifts = image_vectors(cell, reciprocal, dimensions, reach)
        if len(shifts) == 0:
            return False
    step = (REACH - FIRST) / (POINTS - 1)
    near = np.empty((3, n))
    count = np.zeros(n_types)
    for i in range(n):
        count[types[i]] += 1.0
    found = np.empty((4, n * len(shifts)))
    moments = np.empty(ORDERS)
    for i in range(n):
        if periodic:
            nearest_images(i, n, x, y, z, cell, reciprocal, dimensions, near)
        else:
            for j in range(n):
                near[0, j], near[1, j], near[2, j] = x[i] - x[j], y[i] - y[j], z[i] - z[j]
        neighbours = 0
        for image in range(len(shifts)):
            for j in range(n):
                if image == 0 and j == i:
                    continue
                dx = near[0, j] + shifts[image, 0]
                dy = near[1, j] + shifts[image, 1]
                dz = near[2, j] + shifts[image, 2]
                q = dx * dx + dy * dy + dz * dz
                if q >= REACH * REACH:
                    continue
                r = math.sqrt(q)
                taper = 0.5 * (1.0 + math.cos(math.pi * r / REACH))
                shell = 2.0 * math.pi * r if dimensions == 2 else 4.0 * math.pi * q
                # Closer than any two particles should be: counted, not divided by zero.
                shell = max(shell, 0.1)
                weight = taper / (shell * count[types[i]])
                first = max(0, math.ceil((r - WIDTH - FIRST) / step))
                last = min(POINTS - 1, math.floor((r + WIDTH - FIRST) / step))
                for k in range(first, last + 1):
                    u = (r - FIRST - k * step) / WIDTH
                    u = 1.0 - u * u
                    radial[types[i], types[j], k] += weight * u * u * u
                if r < ANGULAR_REACH and q > 0.0:
                    # Nearest neighbours count most.
                    u = q / (ANGULAR_REACH * ANGULAR_REACH)
                    found[0, neighbours] = dx / r
                    found[1, neighbours] = dy / r
                    found[2, neighbours] = dz / r
                    found[3, neighbours] = (1.0 - u) * (1.0 - u) * (1.0 - u)
                    neighbours += 1
        for order in range(ORDERS):
            moments[order] = 0.0
        total = 0.0
        for a in range(neighbours):
            total += found[3, a]
            for b in range(a + 1):
                cosine = (
                    found[0, a] * found[0, b]
                    + found[1, a] * found[1, b]
                    + found[2, a] * found[2, b]
                )
                weight = (2.0 if b < a else 1.0) * found[3, a] * found[3, b]
                before, legendre = 1.0, cosine
                for order in range(ORDERS):
                    moments[order] += weight * legendre
                    k = order + 1
                    after = ((2 * k + 1) * cosine * legendre - k * before) / (k + 1)
                    before, legendre = legendre, after
        if total > 0.0:
            for order in range(ORDERS):
                q = moments[order] / (total * total)
                angular[types[i], 0, order] += q / count[types[i]]
                angular[types[i], 1, order] += q * q / count[types[i]]
    return True


def fingerprint(configuration: Configuration) -> NDArray[np.float64]:
    """Descriptor of the neighbourhoods of a configuration.

    The pair distribution function of each pair of types, broadened and fading out at 3.6 mean
    distances (A. R. Oganov and M. Valle, J. Chem. Phys. 130, 104504 (2009)), and for each type
    mean and mean square over its particles of Σ_jk w_j w_k P_l(cos θ_jk) over neighbours.

    Parameters
    ----------
    configuration : Configuration
        In any periodic cell, or open: then lengths are in units of the mean distance of nearest
        neighbours.

    Returns
    -------
    ndarray of float64, shape (n_types² 46 + n_types 16,)
        Comparable between configurations with the same types; nan in a cell so flat that it has
        more than 20 000 images within reach.
    """
    n_types = len(configuration.type_names)
    d = configuration.dimensions
    radial, angular = np.zeros((n_types, n_types, POINTS)), np.zeros((n_types, 2, ORDERS))
    if configuration.n_particles == 0:
        return np.concatenate([radial.ravel(), angular.ravel()])
    positions, cell = configuration.positions, configuration.cell
    if configuration.periodic:
        unit = (configuration.volume / configuration.n_particles) ** (1.0 / d)
        cell = reduced(cell, d) / unit
        if d == 2:
            cell[2] = 0.0, 0.0, 1.0
    else:
        unit = _mean_nearest_distance(positions)
    x, y, z = np.ascontiguousarray(positions.T) / unit
    types = configuration.types.astype(np.int64)
    if not _describe(x, y, z, cell, d, configuration.periodic, types, radial, angular):
        radial[:] = angular[:] = np.nan
    # Each type counts by its share; distances and angles weigh about the same.
    share = np.sqrt(np.bincount(types, minlength=n_types) / len(types))[:, None, None]
    return np.concatenate([(0.2 * share * radial).ravel(), (share * angular).ravel()])


def _mean_nearest_distance(positions: NDArray[np.float64]) -> float:
    """Mean distance to the nearest particle, over 2^(1/6) as in a close packing."""
    if len(positions) < 2:
        return 1.0
    from scipy.spatial import cKDTree

    distances, _ = cKDTree(positions).query(positions, 2)
    return max(float(distances[:, 1].mean()), 1e-6) / 2 ** (1 / 6)


def distance(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Relative distance of fingerprints, |a - b| / (|a|² / 2 + |b|² / 2)^½.

    Parameters
    ----------
    a : ndarray, shape (n,)
    b : ndarray, shape (n,) or (m, n)

    Returns
    -------
    ndarray, shape () or (m,)
        0 for the same structure, about √2 for nothing in common.
    """
    norm = 0.5 * ((a * a).sum() + (b * b).sum(axis=-1))
    difference = a - b
    return np.sqrt((difference * difference).sum(axis=-1) / np.maximum(norm, 1e-300))


def same_structure(
    a: NDArray[np.float64],
    energy_a: float,
    b: NDArray[np.float64],
    energy_b: float,
    *,
    energy_tolerance: float = 1e-4,
    max_distance: float = SAME_DISTANCE,
) -> bool:
    """Whether two minima are the same structure.

    Parameters
    ----------
    a, b : ndarray
        Fingerprints.
    energy_a, energy_b : float
        Energies or enthalpies per particle.
    energy_tolerance : float
        Largest difference, relative to 1 + the mean magnitude.
    max_distance : float
        Largest `distance` of the fingerprints.
    """
    if a.shape != b.shape:
        return False
    scale = 1.0 + 0.5 * (abs(energy_a) + abs(energy_b))
    if not abs(energy_a - energy_b) <= energy_tolerance * scale:
        return False
    return bool(distance(a, b) <= max_distance)

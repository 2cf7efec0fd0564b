"""Fingerprints: whether two configurations are the same structure.

A fingerprint describes the neighbourhoods of a configuration in units of the distance between
particles. It does not change with rotation, reflection, translation, scale, the choice of the
cell, supercells or the order of the particles, and changes continuously with their positions.
Orientations of bodies are seen by marks, points that turn with them (`Shape.marks`).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from analysis.configuration import Configuration
from analysis.shapes import Shape
from operations.search.cells import reduced
from operations.search.compilation import compiled
from operations.search.kernels import image_vectors, nearest_images
from operations.search.matrices import inverse, transposed

#: Reach of distances and of angles, in units of (volume per particle)^(1/dimensions).
REACH, ANGULAR_REACH = 3.6, 2.0
#: Reach of distances to marks, and distance of the outermost mark from the centre of its body.
MARK_REACH, ARM = 2.0, 0.3
#: Half width of the bell that a distance is broadened by, and number of points of the grid.
WIDTH, POINTS = 0.18, 46
FIRST = 0.45
#: Orders of the Legendre polynomials of the angles between neighbours.
ORDERS = 8

#: Fingerprints of one structure are closer than this.
SAME_DISTANCE = 0.01


@compiled
def _describe(x, y, z, cell, dimensions, periodic, types, bodies, radial, angular):
    """Write radial functions of all pairs of types and angular moments of each type.

    Types beyond those of `angular` are kinds of marks; `bodies` tells whose. False where there are
    too many images.
    """
    n, n_types = len(x), len(angular)
    reciprocal = np.zeros((3, 3))
    shifts = np.zeros((1, 3))
    if periodic:
        reciprocal = transposed(inverse(cell))
        shifts = image_vectors(cell, reciprocal, dimensions, REACH)
        if len(shifts) == 0:
            return False
    step = (REACH - FIRST) / (POINTS - 1)
    near = np.empty((3, n))
    count = np.zeros(len(radial))
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
                dx = near[0, j] + shifts[image, 0]
                dy = near[1, j] + shifts[image, 1]
                dz = near[2, j] + shifts[image, 2]
                q = dx * dx + dy * dy + dz * dz
                centres = types[i] < n_types and types[j] < n_types
                end = REACH if centres else MARK_REACH
                if q >= end * end:
                    continue
                if bodies[i] == bodies[j]:  # parts of one body, not of its images
                    own = abs(dx - x[i] + x[j]) + abs(dy - y[i] + y[j]) + abs(dz - z[i] + z[j])
                    if own < 1e-6:
                        continue
                r = math.sqrt(q)
                taper = 0.5 * (1.0 + math.cos(math.pi * r / end))
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
                if centres and r < ANGULAR_REACH and q > 0.0:
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
    mean and mean square over its particles of Σ_jk w_j w_k P_l(cos θ_jk) over neighbours. Kinds of
    marks are further types of the pair distributions, which fade out at 2 for them.

    Parameters
    ----------
    configuration : Configuration
        In any periodic cell, or open: then lengths are in units of the mean distance of nearest
        neighbours. With orientations and shapes, or without.

    Returns
    -------
    ndarray of float64, shape ((n_types + n_marks)² 46 + n_types 16,)
        For that many kinds of marks. Comparable between configurations with the same types; nan in
        a cell so flat that it has more than 20 000 images within reach.
    """
    n_types = len(configuration.type_names)
    d = configuration.dimensions
    positions, cell = configuration.positions, configuration.cell
    if configuration.periodic and configuration.n_particles:
        unit = (configuration.volume / configuration.n_particles) ** (1.0 / d)
        cell = reduced(cell, d) / unit
        if d == 2:
            cell[2] = 0.0, 0.0, 1.0
    else:
        unit = _mean_nearest_distance(positions)
    offsets, types, bodies, owner, numbers = _marks(configuration)
    n_all = n_types + len(owner)
    radial, angular = np.zeros((n_all, n_all, POINTS)), np.zeros((n_types, 2, ORDERS))
    if configuration.n_particles:
        x, y, z = np.ascontiguousarray((positions[bodies] / unit + offsets).T)
        if not _describe(x, y, z, cell, d, configuration.periodic, types, bodies, radial, angular):
            radial[:] = angular[:] = np.nan
    radial[:, n_types:] /= np.array(numbers).reshape(-1, 1)  # of each kind as if one on a body
    # Each type counts by its share; distances and angles weigh about the same.
    share = np.bincount(configuration.types, minlength=n_types) / max(configuration.n_particles, 1)
    share = np.sqrt(share[[*range(n_types), *owner]])[:, None, None]
    return np.concatenate([(0.2 * share * radial).ravel(), (share[:n_types] * angular).ravel()])


def _marks(
    configuration: Configuration,
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64], list[int], list[int]]:
    """The centres, then the marks of bodies that have orientations.

    Returns
    -------
    offsets : ndarray of float64, shape (M, 3)
        From the centre, of marks `ARM` at most.
    types, bodies : ndarray of int64, shape (M,)
        Kinds of marks count on from the types of particles.
    owner, numbers : list of int
        Of each kind of marks: type of the particles, and how many a particle has.
    """
    n, n_types = configuration.n_particles, len(configuration.type_names)
    offsets = [np.zeros((n, 3))]
    types, bodies = [configuration.types.astype(np.int64)], [np.arange(n)]
    owner: list[int] = []
    numbers: list[int] = []
    shapes = configuration.type_shapes or ()
    if configuration.orientations is None or not shapes:
        return offsets[0], types[0], bodies[0], owner, numbers
    import rowan

    for t, entry in enumerate(shapes):
        shape = Shape.from_gsd(entry, configuration.dimensions)
        kinds = [] if shape is None else shape.marks
        longest = max((float(np.linalg.norm(k, axis=1).max()) for k in kinds), default=1.0)
        own = np.flatnonzero(configuration.types == t)
        for marks in kinds:
            turned = rowan.rotate(configuration.orientations[own, None], marks[None])
            offsets.append(turned.reshape(-1, 3) * (ARM / longest))
            types.append(np.full(len(own) * len(marks), n_types + len(owner)))
            bodies.append(np.repeat(own, len(marks)))
            owner.append(t)
            numbers.append(len(marks))
    return np.concatenate(offsets), np.concatenate(types), np.concatenate(bodies), owner, numbers


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

"""Variations of crystals: heredity, strain, rotation, permutation, transmutation.

A. R. Oganov and C. W. Glass, J. Chem. Phys. 124, 244704 (2006); A. O. Lyakhov, A. R. Oganov,
H. T. Stokes and Q. Zhu, Comput. Phys. Commun. 184, 1172 (2013). Each returns a crystal to be
relaxed; bodies keep their orientations but where they are turned.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from analysis.configuration import Configuration
from operations.interactions.start import random_orientations
from operations.search.cells import in_box, placed

FloatArray = NDArray[np.float64]

#: Width of the components of a random strain.
STRAIN = 0.25


def flat(configuration: Configuration) -> tuple[FloatArray, FloatArray]:
    """Lattice vectors (3, 3), in two dimensions with z as the third, and fractional coordinates."""
    cell = configuration.cell
    if configuration.dimensions == 2:
        cell[2] = 0.0, 0.0, 1.0
    return cell, configuration.positions @ np.linalg.inv(cell)


def unit(configuration: Configuration) -> float:
    """The unit of length (volume per particle)^(1/dimensions)."""
    n, d = configuration.n_particles, configuration.dimensions
    return float((configuration.volume / n) ** (1.0 / d))


def _in_random_axes(
    configuration: Configuration, random: np.random.Generator
) -> tuple[FloatArray, FloatArray, FloatArray | None]:
    """Lower triangular cell with lattice vectors in random order and signs; shifted fractions;
    orientations of bodies."""
    d = configuration.dimensions
    cell, fractional = flat(configuration)
    order = np.concatenate([random.permutation(d), np.arange(d, 3)])
    signs = np.append(random.choice([-1.0, 1.0], d), np.ones(3 - d))
    cell, fractional = signs[:, None] * cell[order], signs * fractional[:, order]
    if np.linalg.det(cell) < 0.0:
        if configuration.orientations is None:
            cell[:, 0] *= -1.0  # the mirror image has the same energy
        else:  # that of a body may be another body
            cell[0] *= -1.0
            fractional[:, 0] *= -1.0
    turned = placed(configuration, cell, configuration.positions)
    fractional[:, :d] += random.random(d)
    fractional[:, :d] -= np.floor(fractional[:, :d])
    return turned.cell, fractional, turned.orientations


def heredity(
    a: Configuration,
    b: Configuration,
    counts: NDArray[np.int64] | None,
    random: np.random.Generator,
) -> Configuration:
    """A slab of one crystal and the complementary slab of another, in a cell in between.

    Parameters
    ----------
    a, b : Configuration
    counts : ndarray of int, shape (n_types,), or None
        Particles of each type that the child has; what the slabs have too many is dropped, what
        they lack is taken from beyond the cut. None leaves it as it comes.
    random : numpy.random.Generator
    """
    d = a.dimensions
    (cell_a, fraction_a, turned_a), (cell_b, fraction_b, turned_b) = (
        _in_random_axes(each, random) for each in (a, b)
    )
    weight = random.random()
    cell = weight * cell_a + (1.0 - weight) * cell_b
    volumes = np.array([a.volume, b.volume])
    cell[:d] *= ((weight * volumes[0] + (1.0 - weight) * volumes[1]) / np.linalg.det(cell)) ** (
        1.0 / d
    )
    axis = random.integers(d)
    cut = random.uniform(0.2, 0.8)
    fractional = np.concatenate([fraction_a, fraction_b])
    types = np.concatenate([a.types, b.types])
    chosen = np.concatenate([fraction_a[:, axis] < cut, fraction_b[:, axis] >= cut])
    if counts is not None:
        for kind, count in enumerate(counts):
            inside = np.flatnonzero(chosen & (types == kind))
            outside = np.flatnonzero(~chosen & (types == kind))
            missing = int(count) - len(inside)
            if missing < 0:
                chosen[random.choice(inside, -missing, replace=False)] = False
            elif missing > 0:
                chosen[random.choice(outside, missing, replace=False)] = True
    elif not chosen.any():
        chosen[random.integers(len(chosen))] = True
    orientations = None
    if turned_a is not None and turned_b is not None:
        orientations = np.concatenate([turned_a, turned_b])[chosen]
    return in_box(
        cell,
        fractional[chosen] @ cell,
        types[chosen],
        a.type_names,
        d,
        orientations,
        a.type_shapes,
    )


def strained(configuration: Configuration, random: np.random.Generator) -> Configuration:
    """The crystal under a random symmetric strain at constant volume."""
    d = configuration.dimensions
    cell, fractional = flat(configuration)
    strain = STRAIN * random.standard_normal((d, d))
    deformation = np.eye(3)
    deformation[:d, :d] += 0.5 * (strain + strain.T)
    determinant = abs(np.linalg.det(deformation))
    if determinant < 0.1:
        deformation, determinant = np.eye(3), 1.0
    cell = cell @ deformation
    cell[:d] *= determinant ** (-1.0 / d)
    if np.linalg.det(cell) < 0.0:
        cell[:, 0] *= -1.0
    return placed(configuration, cell, fractional @ cell)


def permuted(configuration: Configuration, random: np.random.Generator) -> Configuration:
    """The crystal with particles of different types exchanged, one pair or several."""
    types = configuration.types.copy()
    for _ in range(1 + random.poisson(0.5)):
        i = random.integers(len(types))
        others = np.flatnonzero(types != types[i])
        if len(others):
            j = random.choice(others)
            types[i], types[j] = types[j], types[i]
    return replace(configuration, types=types)


def transmuted(configuration: Configuration, random: np.random.Generator) -> Configuration:
    """The crystal with the type of one or several particles changed."""
    types = configuration.types.copy()
    n_types = len(configuration.type_names)
    for _ in range(1 + random.poisson(0.5)):
        i = random.integers(len(types))
        types[i] = (types[i] + random.integers(1, n_types)) % n_types
    return replace(configuration, types=types)


def turned(configuration: Configuration, random: np.random.Generator) -> Configuration:
    """The crystal with one body or several turned at random; one of points is given back."""
    if configuration.orientations is None:
        return configuration
    n = configuration.n_particles
    chosen = random.choice(n, min(n, 1 + random.poisson(0.25 * n)), replace=False)
    orientations = configuration.orientations.copy()
    orientations[chosen] = random_orientations(len(chosen), configuration.dimensions, random)
    return replace(configuration, orientations=orientations)


def rattled(
    configuration: Configuration, size: float, random: np.random.Generator
) -> Configuration:
    """The crystal with random displacements and strain, so that it leaves a saddle point.

    Parameters
    ----------
    configuration : Configuration
    size : float
        Standard deviation of displacements, in units of (volume per particle)^(1/dimensions),
        of the components of strain, and of rotations of bodies in radians.
    random : numpy.random.Generator
    """
    d = configuration.dimensions
    cell, fractional = flat(configuration)
    deformation = np.eye(3)
    deformation[:d, :d] += size * random.standard_normal((d, d))
    cell = cell @ deformation
    positions = fractional @ cell
    positions[:, :d] += size * unit(configuration) * random.standard_normal((len(positions), d))
    if configuration.orientations is not None:
        rotations = size * random.standard_normal((len(positions), 3))
        configuration = rotated(configuration, rotations)
    return placed(configuration, cell, positions)


def rotated(configuration: Configuration, rotations: FloatArray) -> Configuration:
    """Bodies turned by rotation vectors, shape (N, 3); in two dimensions around z."""
    import rowan

    if configuration.dimensions == 2:
        rotations = rotations * (0.0, 0.0, 1.0)
    angles = np.linalg.norm(rotations, axis=1)
    axes = rotations / np.maximum(angles, 1e-300)[:, None]
    axes[angles == 0.0] = 0.0, 0.0, 1.0
    turns = rowan.from_axis_angle(axes, angles)
    return replace(configuration, orientations=rowan.multiply(turns, configuration.orientations))


def closest_distances(configuration: Configuration) -> FloatArray:
    """Smallest distances between particles and images by type, in a reduced cell.

    Returns
    -------
    ndarray of float64, shape (n_types, n_types)
        Infinite where a type has no particles.
    """
    d, types = configuration.dimensions, configuration.types
    cell, fractional = flat(configuration)
    difference = fractional[:, None] - fractional[None]
    difference -= np.rint(difference)
    around = np.zeros((3**d, 3))
    around[:, :d] = np.stack(np.meshgrid(*[[0, -1, 1]] * d, indexing="ij"), -1).reshape(-1, d)
    vectors = (difference[:, :, None] + around) @ cell
    squares = (vectors * vectors).sum(axis=-1)
    squares[range(len(fractional)), range(len(fractional)), 0] = np.inf
    n_types = len(configuration.type_names)
    least = np.full((n_types, n_types), np.inf)
    np.minimum.at(least, (types[:, None], types), squares.min(axis=-1))
    return np.sqrt(least)


def closest_distance(configuration: Configuration) -> float:
    """The smallest of them, in units of (volume per particle)^(1/dimensions)."""
    return float(closest_distances(configuration).min() / unit(configuration))

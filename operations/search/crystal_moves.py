"""Variations of crystals: heredity, strain, soft displacement, permutation, transmutation.

A. R. Oganov and C. W. Glass, J. Chem. Phys. 124, 244704 (2006); A. O. Lyakhov, A. R. Oganov,
H. T. Stokes and Q. Zhu, Comput. Phys. Commun. 184, 1172 (2013). Each returns a crystal to be
relaxed.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numba import types as nb
from numpy.typing import NDArray

from analysis.configuration import Configuration
from operations.search.cells import in_box
from operations.search.kernels import MATRIX, PAIR_SUM, VECTOR, Kernel
from operations.search.minimise import PROBLEM, make_problem, objective

FloatArray = NDArray[np.float64]

#: Width of the components of a random strain.
STRAIN = 0.25
#: Finite difference for the Hessian, in units of (volume per particle)^(1/dimensions).
_STEP = 1e-4


def _flat(configuration: Configuration) -> tuple[FloatArray, FloatArray]:
    """Lattice vectors, in two dimensions with z as the third, and fractional coordinates."""
    cell = configuration.cell
    if configuration.dimensions == 2:
        cell[2] = 0.0, 0.0, 1.0
    return cell, configuration.positions @ np.linalg.inv(cell)


def _unit(configuration: Configuration) -> float:
    n, d = configuration.n_particles, configuration.dimensions
    return float((configuration.volume / n) ** (1.0 / d))


def _in_random_axes(
    configuration: Configuration, random: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Lower triangular cell with lattice vectors in random order and signs; shifted fractions."""
    d = configuration.dimensions
    cell, fractional = _flat(configuration)
    order = np.concatenate([random.permutation(d), np.arange(d, 3)])
    signs = np.append(random.choice([-1.0, 1.0], d), np.ones(3 - d))
    cell, fractional = signs[:, None] * cell[order], signs * fractional[:, order]
    if np.linalg.det(cell) < 0.0:
        cell[:, 0] *= -1.0  # the mirror image has the same energy
    turned = in_box(cell, np.zeros((0, 3)), np.zeros(0, int), (), d).cell
    fractional[:, :d] += random.random(d)
    fractional[:, :d] -= np.floor(fractional[:, :d])
    return turned, fractional


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
    (cell_a, fraction_a), (cell_b, fraction_b) = (_in_random_axes(each, random) for each in (a, b))
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
    return in_box(cell, fractional[chosen] @ cell, types[chosen], a.type_names, d)


def strained(configuration: Configuration, random: np.random.Generator) -> Configuration:
    """The crystal under a random symmetric strain at constant volume."""
    d = configuration.dimensions
    cell, fractional = _flat(configuration)
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
    return in_box(cell, fractional @ cell, configuration.types, configuration.type_names, d)


def permuted(configuration: Configuration, random: np.random.Generator) -> Configuration:
    """The crystal with particles of different types exchanged, one pair or several."""
    types = configuration.types.copy()
    for _ in range(1 + random.poisson(0.5)):
        i = random.integers(len(types))
        others = np.flatnonzero(types != types[i])
        if len(others):
            j = random.choice(others)
            types[i], types[j] = types[j], types[i]
    return _with_types(configuration, types)


def transmuted(configuration: Configuration, random: np.random.Generator) -> Configuration:
    """The crystal with the type of one or several particles changed."""
    types = configuration.types.copy()
    n_types = len(configuration.type_names)
    for _ in range(1 + random.poisson(0.5)):
        i = random.integers(len(types))
        types[i] = (types[i] + random.integers(1, n_types)) % n_types
    return _with_types(configuration, types)


def _with_types(configuration: Configuration, types: NDArray[np.int32]) -> Configuration:
    return Configuration(
        *(configuration.positions, configuration.box, configuration.dimensions, types),
        configuration.type_names,
    )


def rattled(
    configuration: Configuration, size: float, random: np.random.Generator
) -> Configuration:
    """The crystal with random displacements and strain, so that it leaves a saddle point.

    Parameters
    ----------
    configuration : Configuration
    size : float
        Standard deviation of displacements, in units of (volume per particle)^(1/dimensions),
        and of the components of strain.
    random : numpy.random.Generator
    """
    d = configuration.dimensions
    cell, fractional = _flat(configuration)
    deformation = np.eye(3)
    deformation[:d, :d] += size * random.standard_normal((d, d))
    cell = cell @ deformation
    positions = fractional @ cell
    positions[:, :d] += size * _unit(configuration) * random.standard_normal((len(positions), d))
    return in_box(cell, positions, configuration.types, configuration.type_names, d)


@njit(nb.void(PAIR_SUM, PROBLEM, VECTOR, nb.float64, MATRIX), cache=True, error_model="numpy")
def _hessian(pair_sum, problem, v, step, result):
    """Second derivatives of the energy by central differences of its gradient."""
    n = len(v)
    gradient, scratch = np.empty(n), np.empty((3, 3))
    for i in range(n):
        at = v[i]
        v[i] = at + step
        objective(pair_sum, problem, v, gradient, scratch)
        for j in range(n):
            result[i, j] = gradient[j]
        v[i] = at - step
        objective(pair_sum, problem, v, gradient, scratch)
        for j in range(n):
            result[i, j] = (result[i, j] - gradient[j]) / (2.0 * step)
        v[i] = at


def soft_displaced(
    kernel: Kernel, configuration: Configuration, random: np.random.Generator
) -> tuple[Configuration, int]:
    """The crystal displaced along one of its softest vibrations.

    The mode is drawn from those at the centre of the Brillouin zone, softer ones more often, its
    amplitude such that the particle that moves most goes 0.3 to 0.9 mean distances.

    Returns
    -------
    Configuration
    int
        Evaluations of energy and forces. Where there is one particle only, none: the
        crystal is strained.
    """
    n, d = configuration.n_particles, configuration.dimensions
    if n < 2:
        return strained(configuration, random), 0
    problem, v = make_problem(kernel, configuration)
    hessian = np.empty((3 * n, 3 * n))
    unit = _unit(configuration)
    _hessian(kernel.sum(True), problem, v, _STEP * unit, hessian)
    hessian = 0.5 * (hessian + hessian.T)[: d * n, : d * n]
    if not np.isfinite(hessian).all():
        return strained(configuration, random), 6 * n
    # Translations are lifted out of the way.
    for a in range(d):
        shift = np.zeros(d * n)
        shift[a * n : (a + 1) * n] = 1.0 / math.sqrt(n)
        hessian += 10.0 * np.abs(hessian).sum() * np.outer(shift, shift)
    _, modes = np.linalg.eigh(hessian)
    number = min(int(random.exponential(0.35 * d * (n - 1))), d * (n - 1) - 1)
    mode = modes[:, number].reshape(d, n).T
    size = random.uniform(0.3, 0.9) * unit * random.choice([-1.0, 1.0])
    positions = configuration.positions.copy()
    positions[:, :d] += size * mode / np.linalg.norm(mode, axis=1).max()
    cell = _flat(configuration)[0]
    return in_box(cell, positions, configuration.types, configuration.type_names, d), 6 * n


def closest_distance(configuration: Configuration) -> float:
    """Smallest distance between particles and images, in a reduced cell.

    In units of (volume per particle)^(1/dimensions).
    """
    d = configuration.dimensions
    cell, fractional = _flat(configuration)
    difference = fractional[:, None] - fractional[None]
    difference -= np.rint(difference)
    around = np.zeros((3**d, 3))
    around[:, :d] = np.stack(np.meshgrid(*[[0, -1, 1]] * d, indexing="ij"), -1).reshape(-1, d)
    vectors = (difference[:, :, None] + around) @ cell
    squares = (vectors * vectors).sum(axis=-1)
    squares[range(len(fractional)), range(len(fractional)), 0] = np.inf
    return math.sqrt(squares.min()) / _unit(configuration)

"""Crystals displaced along their softest vibrations.

A. O. Lyakhov, A. R. Oganov, H. T. Stokes and Q. Zhu, Comput. Phys. Commun. 184, 1172 (2013).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import types as nb
from numpy.typing import NDArray

from analysis.configuration import Configuration
from operations.search.bodies import Bodies, rotation_length
from operations.search.body_crystals import crystal_problem
from operations.search.cells import placed
from operations.search.compilation import compiled
from operations.search.crystal_moves import flat, rotated, strained, unit
from operations.search.kernels import Kernel
from operations.search.lbfgs import make_work, objective
from operations.search.minimise import make_problem
from operations.search.problem import MATRIX, PAIR_SUM, PROBLEM, VECTOR

FloatArray = NDArray[np.float64]

#: Finite difference for the Hessian, in units of (volume per particle)^(1/dimensions).
_STEP = 1e-4


@compiled(nb.void(PAIR_SUM, PROBLEM, VECTOR, nb.float64, MATRIX))
def _hessian(pair_sum, problem, v, step, result):
    """Second derivatives of the energy by central differences of its gradient."""
    n = len(v)
    gradient, work = np.empty(n), make_work(n)
    for i in range(n):
        at = v[i]
        v[i] = at + step
        objective(pair_sum, problem, v, gradient, work)
        for j in range(n):
            result[i, j] = gradient[j]
        v[i] = at - step
        objective(pair_sum, problem, v, gradient, work)
        for j in range(n):
            result[i, j] = (result[i, j] - gradient[j]) / (2.0 * step)
        v[i] = at


def force_constants(kernel: Kernel, configuration: Configuration) -> FloatArray:
    """Second derivatives of the energy by the coordinates of points in their cell, shape (d N, d N)
    with those of x first: the dynamical matrix of particles of mass 1."""
    problem, v = make_problem(kernel, configuration)
    return _second_derivatives(kernel.sum(True), problem, v, configuration)[
        np.ix_(*2 * [np.arange(configuration.dimensions * configuration.n_particles)])
    ]


def _second_derivatives(
    pair_sum: Any, problem: Any, v: FloatArray, configuration: Configuration
) -> FloatArray:
    hessian = np.empty((len(v), len(v)))
    _hessian(pair_sum, problem, v, _STEP * unit(configuration), hessian)
    return 0.5 * (hessian + hessian.T)


def soft_displaced(
    kernel: Kernel | Bodies, configuration: Configuration, random: np.random.Generator
) -> tuple[Configuration, int]:
    """The crystal displaced along one of its softest vibrations; bodies swing too.

    The mode is drawn from those at the centre of the Brillouin zone, softer ones more often, its
    amplitude such that the particle that moves most goes 0.3 to 0.9 mean distances.

    Returns
    -------
    Configuration
    int
        Evaluations of energy and forces. Where there is one point only, none: the
        crystal is strained.
    """
    n, d = configuration.n_particles, configuration.dimensions
    if isinstance(kernel, Bodies):
        pair_sum, problem, v = crystal_problem(kernel, configuration)
        # Centres, then rotations: in two dimensions around z.
        free = np.arange(6 * n) if d == 3 else np.append(np.arange(2 * n), np.arange(5 * n, 6 * n))
    else:
        if n < 2:
            return strained(configuration, random), 0
        problem, v = make_problem(kernel, configuration)
        pair_sum, free = kernel.sum(True), np.arange(d * n)
    hessian = _second_derivatives(pair_sum, problem, v, configuration)[np.ix_(free, free)]
    if not np.isfinite(hessian).all():
        return strained(configuration, random), 2 * len(v)
    step = np.zeros(len(v))
    step[free] = _soft_mode(hessian, n, d, random)
    size = random.uniform(0.3, 0.9) * unit(configuration) * random.choice([-1.0, 1.0])
    step = size * step / np.linalg.norm(step.reshape(-1, n), axis=0).max()
    positions = configuration.positions + step[: 3 * n].reshape(3, n).T
    if isinstance(kernel, Bodies):
        rotations = step[3 * n :].reshape(3, n).T / rotation_length(problem)
        configuration = rotated(configuration, rotations)
    return placed(configuration, flat(configuration)[0], positions), 2 * len(v)


def _soft_mode(
    hessian: FloatArray, n: int, dimensions: int, random: np.random.Generator
) -> FloatArray:
    """An eigenvector, softer ones more often, that is no translation of the n particles."""
    for a in range(dimensions):  # which are lifted out of the way
        shift = np.zeros(len(hessian))
        shift[a * n : (a + 1) * n] = 1.0 / math.sqrt(n)
        hessian = hessian + 10.0 * np.abs(hessian).sum() * np.outer(shift, shift)
    _, modes = np.linalg.eigh(hessian)
    number = len(hessian) - dimensions
    return modes[:, min(int(random.exponential(0.35 * number)), number - 1)]

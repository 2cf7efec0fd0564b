"""Compiled energy of clusters of rigid bodies, and its gradient by positions and rotations.

A body carries vectors: the directions of its patches, or its sites. What two bodies do to each
other is one compiled function of their vectors (`operations.search.patchy`,
`operations.search.sites`); the sums around it have the signatures of `operations.search.kernels`,
so that the minimisers and walks for points take bodies too:

- coordinates r are x, y, z of the N centres, then those of N rotation vectors times a length, which
  gives rotations the stiffness of displacements;
- in the place of the cell are the N orientations (`operations.search.rotations`);
- in the place of the points of `pair_energies` are columns (x, y, z, quaternion);
- rows [t, 0] of the coefficients end with the vectors of type t, their number, and that length.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numba import cfunc
from numpy.typing import ArrayLike, NDArray

from operations.search.compilation import compiled
from operations.search.problem import PAIRS, SUM
from operations.search.rotations import by_rotation_vector, rotated, turn_vectors

FloatArray = NDArray[np.float64]

#: A compiled interaction of two bodies:
#: ``interact(problem, vectors, one, other, x, y, z, out) → u`` with type, first row and end of the
#: rows of `vectors` of each, and x, y, z from one to the other; writes the derivatives of u by
#: x, y, z, by a rotation of the one and by a rotation of the other into `out` (9).
Interact = Callable[..., Any]


@dataclass(frozen=True)
class Bodies:
    """Rigid bodies and what they do to each other, as compiled functions take it.

    Attributes
    ----------
    coefficients : ndarray of float64, shape (n, n, K)
        Of the interaction of each pair of types, then the geometry; from `with_geometry`.
    forms : ndarray of int64, shape (n, n)
    interact : callable
        Compiled.
    distance, depth : float
        Between bodies that touch, and of the deepest bond: units of steps and energies.
    reach : float
        Bodies whose centres are further apart do not interact; inf where all do.
    """

    coefficients: FloatArray
    forms: NDArray[np.int64]
    interact: Interact
    distance: float
    depth: float
    reach: float

    @property
    def sum(self) -> Any:
        """Energy and forces of all bodies, a function pointer with the signature `SUM`."""
        return _compile_sum(self.interact)

    @property
    def pair_energies(self) -> Any:
        """Energies of the pairs of two sets of bodies, with the signature `PAIRS`."""
        return _compile_pairs(self.interact)


def with_geometry(
    coefficients: FloatArray, vectors: Sequence[ArrayLike], length: float
) -> FloatArray:
    """Coefficients of an interaction with the geometry behind them.

    Parameters
    ----------
    coefficients : ndarray of float64, shape (n, n, k)
    vectors : sequence of array, shape (m, 3)
        Of each type.
    length : float
        By which rotations count.
    """
    rows = [np.ravel(np.asarray(each, dtype=float)) for each in vectors]
    n, k, most = len(rows), coefficients.shape[2], max(len(row) for row in rows)
    result = np.zeros((n, n, k + most + 2))
    result[:, :, :k] = coefficients
    for t, row in enumerate(rows):
        result[t, 0, k + most - len(row) : k + most] = row
        result[t, 0, -2:] = len(row) // 3, length
    return result


@compiled
def _vectors(coefficients, t):
    """Vectors of a type, their numbers in a row."""
    row = coefficients[t, 0]
    last = len(row) - 2
    return row[last - 3 * int(row[last]) : last]


@compiled
def turn_body(problem, t, q, result, start):
    """Write the vectors of a body of type t, turned, from row `start` on; returns their end."""
    vectors = _vectors(problem.coefficients, t)
    turn_vectors(q, vectors, result, start)
    return start + len(vectors) // 3


@compiled
def turned_bodies(problem, orientations, rotations):
    """Vectors of all bodies in space, shape (m, 3), and the rows where those of each begin.

    The rotation vectors times their length are in `rotations`, all x, then all y, then all z.
    """
    coefficients, types, length = problem.coefficients, problem.types, rotation_length(problem)
    n = len(types)
    begin = np.zeros(n + 1, dtype=np.int64)
    for i in range(n):
        begin[i + 1] = begin[i] + len(_vectors(coefficients, types[i])) // 3
    turned = np.empty((begin[n], 3))
    for i in range(n):
        q = rotated(
            orientations[i],
            rotations[i] / length,
            rotations[n + i] / length,
            rotations[2 * n + i] / length,
        )
        turn_body(problem, types[i], q, turned, begin[i])
    return turned, begin


@compiled
def to_rotation_vectors(problem, rotations, torques):
    """Turn torques into what acts on the rotation vectors times their length, in place."""
    n, length = len(problem.types), rotation_length(problem)
    for i in range(n):
        if problem.dimensions == 2:
            torques[i] = torques[n + i] = 0.0
        x, y, z = by_rotation_vector(
            rotations[i] / length,
            rotations[n + i] / length,
            rotations[2 * n + i] / length,
            torques[i],
            torques[n + i],
            torques[2 * n + i],
        )
        torques[i], torques[n + i], torques[2 * n + i] = x / length, y / length, z / length


@compiled
def add_pair(force, n, i, j, out):
    """Add what an `Interact` wrote about bodies i and j to forces and torques."""
    for a in range(3):
        force[a * n + i] += out[a]
        force[a * n + j] -= out[a]
        force[(3 + a) * n + i] -= out[3 + a]
        force[(3 + a) * n + j] -= out[6 + a]


@lru_cache(maxsize=128)
def _compile_sum(interact: Interact) -> Any:
    @cfunc(SUM, error_model="numpy")
    def total(problem, r, cell, force, virial):
        types = problem.types
        n = len(types)
        x, y, z = r[:n], r[n : 2 * n], r[2 * n : 3 * n]
        turned, begin = turned_bodies(problem, cell, r[3 * n :])
        out = np.empty(9)
        for k in range(6 * n):
            force[k] = 0.0
        energy = 0.0
        for i in range(n):
            one = types[i], begin[i], begin[i + 1]
            for j in range(i):
                other = types[j], begin[j], begin[j + 1]
                dx, dy, dz = x[j] - x[i], y[j] - y[i], z[j] - z[i]
                energy += interact(problem, turned, one, other, dx, dy, dz, out)
                add_pair(force, n, i, j, out)
        to_rotation_vectors(problem, r[3 * n :], force[3 * n :])
        return energy

    return total


@lru_cache(maxsize=128)
def _compile_pairs(interact: Interact) -> Any:
    @cfunc(PAIRS, error_model="numpy")
    def pair_energies(problem, a, types_a, b, types_b, result):
        most = problem.coefficients.shape[2] // 3
        turned, out = np.empty((2 * most, 3)), np.empty(9)
        for i in range(a.shape[1]):
            end = turn_body(problem, types_a[i], (a[3, i], a[4, i], a[5, i], a[6, i]), turned, 0)
            one = types_a[i], 0, end
            for j in range(b.shape[1]):
                q = b[3, j], b[4, j], b[5, j], b[6, j]
                other = types_b[j], most, turn_body(problem, types_b[j], q, turned, most)
                x, y, z = b[0, j] - a[0, i], b[1, j] - a[1, i], b[2, j] - a[2, i]
                result[i, j] = interact(problem, turned, one, other, x, y, z, out)

    return pair_energies


@compiled
def are_bodies(problem):
    """Whether what is minimised has orientations in the place of a cell."""
    return problem.cell.shape[1] == 4


@compiled
def rotation_length(problem):
    """The length by which rotations count."""
    return problem.coefficients[0, 0, problem.coefficients.shape[2] - 1]

"""Products, determinants and the like of short vectors and 3 × 3 matrices, compiled.

Written out, because a call of BLAS or LAPACK costs more than the sums.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numba.core.compiler import Compiler

from operations.search.pair_source import FASTMATH


class NoAlias(Compiler):
    """Compiles functions whose arrays do not overlap; loops that write many then vectorise."""

    def define_pipelines(self) -> Any:
        """The ordinary steps."""
        self.state.flags.noalias = True
        return super().define_pipelines()


@njit(cache=True, fastmath=FASTMATH, error_model="numpy")
def dot(a, b):
    """Scalar product; for vectors this short a call of BLAS costs more than the sum."""
    total = 0.0
    for k in range(len(a)):
        total += a[k] * b[k]
    return total


@njit(cache=True, error_model="numpy")
def transposed(m):
    """A transposed copy, in the same order in memory."""
    result = np.empty((3, 3))
    for a in range(3):
        for b in range(3):
            result[a, b] = m[b, a]
    return result


@njit(cache=True, error_model="numpy")
def product(a, b):
    """Product of two 3 × 3 matrices."""
    result = np.zeros((3, 3))
    for i in range(3):
        for j in range(3):
            for k in range(3):
                result[i, j] += a[i, k] * b[k, j]
    return result


@njit(cache=True, error_model="numpy")
def transform(f, v, n):
    """v ← f v for every particle, in place."""
    for i in range(n):
        x, y, z = v[i], v[n + i], v[2 * n + i]
        for a in range(3):
            v[a * n + i] = f[a, 0] * x + f[a, 1] * y + f[a, 2] * z


@njit(cache=True, error_model="numpy")
def determinant(m):
    """Determinant of a 3 × 3 matrix."""
    return (
        m[0, 0] * (m[1, 1] * m[2, 2] - m[1, 2] * m[2, 1])
        - m[0, 1] * (m[1, 0] * m[2, 2] - m[1, 2] * m[2, 0])
        + m[0, 2] * (m[1, 0] * m[2, 1] - m[1, 1] * m[2, 0])
    )


@njit(cache=True, error_model="numpy")
def inverse(m):
    """Inverse of a 3 × 3 matrix; not finite where it has none."""
    result = np.empty((3, 3))
    for k in range(3):
        p, q = (k + 1) % 3, (k + 2) % 3
        for a in range(3):
            b, c = (a + 1) % 3, (a + 2) % 3
            result[a, k] = m[p, b] * m[q, c] - m[p, c] * m[q, b]
    return result / determinant(m)


@njit(cache=True, error_model="numpy")
def copy(a, b):
    """b ← a."""
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            b[i, j] = a[i, j]

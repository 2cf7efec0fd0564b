"""Products, determinants and the like of short vectors and 3 × 3 matrices, compiled.

Written out, because a call of BLAS or LAPACK costs more than the sums.
"""

from __future__ import annotations

import numpy as np

from operations.search.compilation import FASTMATH, compiled
from operations.search.team import WIDTH, lane, total


@compiled(fastmath=FASTMATH)
def dot(a, b):
    """Scalar product; for vectors this short a call of BLAS costs more than the sum."""
    product = 0.0
    for k in range(lane(), len(a), WIDTH):
        product += a[k] * b[k]
    return total(product)


@compiled
def transposed(m):
    """A transposed copy, in the same order in memory."""
    result = np.empty((3, 3))
    for a in range(3):
        for b in range(3):
            result[a, b] = m[b, a]
    return result


@compiled
def product(a, b):
    """Product of two 3 × 3 matrices."""
    result = np.zeros((3, 3))
    for i in range(3):
        for j in range(3):
            for k in range(3):
                result[i, j] += a[i, k] * b[k, j]
    return result


@compiled
def transform(f, v, n):
    """v ← f v for every particle, in place."""
    for i in range(lane(), n, WIDTH):
        x, y, z = v[i], v[n + i], v[2 * n + i]
        for a in range(3):
            v[a * n + i] = f[a, 0] * x + f[a, 1] * y + f[a, 2] * z


@compiled
def determinant(m):
    """Determinant of a 3 × 3 matrix."""
    return (
        m[0, 0] * (m[1, 1] * m[2, 2] - m[1, 2] * m[2, 1])
        - m[0, 1] * (m[1, 0] * m[2, 2] - m[1, 2] * m[2, 0])
        + m[0, 2] * (m[1, 0] * m[2, 1] - m[1, 1] * m[2, 0])
    )


@compiled
def invert(m, result):
    """Write the inverse of a 3 × 3 matrix; not finite where it has none."""
    volume = determinant(m)
    for k in range(3):
        p, q = (k + 1) % 3, (k + 2) % 3
        for a in range(3):
            b, c = (a + 1) % 3, (a + 2) % 3
            result[a, k] = (m[p, b] * m[q, c] - m[p, c] * m[q, b]) / volume


@compiled
def inverse(m):
    """The inverse as a new matrix."""
    result = np.empty((3, 3))
    invert(m, result)
    return result


@compiled
def multiply_transposed(a, b, result):
    """Write the product of a 3 × 3 matrix and the transpose of another."""
    for i in range(3):
        for j in range(3):
            result[i, j] = 0.0
            for k in range(3):
                result[i, j] += a[i, k] * b[j, k]

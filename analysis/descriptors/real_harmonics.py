"""Real spherical harmonics of bonds, compiled, in single precision."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from analysis.neighbourhoods import NearestNeighbours


def recurrence(l_max: int) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients of P_lm = a_lm (z P_l-1,m - b_lm P_l-2,m), for l up to `l_max`.

    Normalised so that the sum over m of the squared real harmonics is 1; a_mm is that of
    P_mm = a_mm P_m-1,m-1, without sin^m.

    Returns
    -------
    a, b : ndarray of float32, shape (l_max + 1, l_max + 1)
    """
    a = np.zeros((l_max + 1, l_max + 1))
    b = np.zeros((l_max + 1, l_max + 1))
    norm = np.zeros((l_max + 1, l_max + 1))
    for degree in range(l_max + 1):
        for m in range(degree + 1):
            two = 1.0 if m == 0 else 2.0
            norm[degree, m] = math.sqrt(
                two * math.factorial(degree - m) / math.factorial(degree + m)
            )
    for m in range(l_max + 1):
        a[m, m] = 1.0 if m == 0 else (2 * m - 1) * norm[m, m] / norm[m - 1, m - 1]
        for degree in range(m + 1, l_max + 1):
            up = (2 * degree - 1) / (degree - m)
            a[degree, m] = up * norm[degree, m] / norm[degree - 1, m]
            if degree > m + 1:
                down = (degree + m - 1) / (degree - m)
                b[degree, m] = down / up * norm[degree - 1, m] / norm[degree - 2, m]
    return a.astype(np.float32), b.astype(np.float32)


def mean_harmonics(table: NearestNeighbours, k: int, degree: int) -> np.ndarray:
    """Mean over the k nearest neighbours of the harmonics of one degree.

    Parameters
    ----------
    table : NearestNeighbours
        At least `k` of each particle.
    k, degree : int

    Returns
    -------
    ndarray of float32, shape (N, 2 degree + 1)
        Of length q_l; zero for particles without neighbours.
    """
    distances = np.ascontiguousarray(table.distances[:, :k], dtype=np.float32)
    vectors = np.ascontiguousarray(table.vectors[:, :k], dtype=np.float32)
    result = np.zeros((len(distances), 2 * degree + 1), dtype=np.float32)
    _mean_harmonics(distances, vectors, *recurrence(degree), result)
    return result


@njit(cache=True, fastmath={"reassoc", "contract", "arcp", "nsz"}, error_model="numpy")
def _mean_harmonics(distances, vectors, a, b, result):
    degree = len(a) - 1
    for i in range(len(distances)):
        present = 0
        for j in range(distances.shape[1]):
            r = distances[i, j]
            if not np.isfinite(r):
                break
            present += 1
            inverse = np.float32(1.0) / max(r, np.float32(1e-12))
            x = vectors[i, j, 0] * inverse
            y = vectors[i, j, 1] * inverse
            z = vectors[i, j, 2] * inverse
            add_harmonics(x, y, z, a, b, result[i])
        scale = np.float32(1.0) / max(present, 1)
        for c in range(2 * degree + 1):
            result[i, c] *= scale


@njit(cache=True, fastmath={"reassoc", "contract", "arcp", "nsz"}, error_model="numpy")
def add_harmonics(x, y, z, a, b, total):
    """Add the harmonics of a unit vector, of the degree and in the precision of `recurrence`'s
    coefficients, to those in `total`, shape (2 degree + 1,)."""
    degree, unit, zero = len(a) - 1, a[0, 0], b[0, 0]  # 1 and 0 in that precision
    cosine, sine, diagonal = unit, zero, unit
    for m in range(degree + 1):
        if m > 0:
            cosine, sine = cosine * x - sine * y, cosine * y + sine * x
            diagonal *= a[m, m]
        one, two = diagonal, zero
        for rank in range(m + 1, degree + 1):
            one, two = a[rank, m] * (z * one - b[rank, m] * two), one
        total[2 * m] += one * sine
        total[max(2 * m - 1, 0)] += one * cosine

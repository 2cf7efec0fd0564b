"""Which particles of a periodic box are near each other; compiled."""

from __future__ import annotations

import math

import numpy as np
from numba import njit


@njit(cache=True, error_model="numpy", fastmath=False)
def list_neighbours(s, cell, reach, dimensions, counts, entries):
    """List the neighbours of each particle, in place.

    Parameters
    ----------
    s : ndarray of float64, shape (N, 3)
        Fractional coordinates, whichever period they are in.
    cell : ndarray of float64, shape (3, 3)
        Its vectors are rows; twice as wide as `reach`.
    reach : float
    dimensions : 2 or 3
    counts : ndarray of int64, shape (N,)
        Written: neighbours of each particle.
    entries : ndarray of int64, shape (N, room)
        Written: who they are; of more than there is room for, only their number.
    """
    n, room = entries.shape
    inverse = np.linalg.inv(cell)
    grid = np.ones(3, np.int64)
    for k in range(dimensions):
        across = math.sqrt(inverse[0, k] ** 2 + inverse[1, k] ** 2 + inverse[2, k] ** 2)
        bins = min(int(1.0 / (across * reach)), n)
        grid[k] = bins if bins > 2 else 1
    where, order = np.empty((n, 3), np.int64), np.empty(n, np.int64)
    starts = np.zeros(grid[0] * grid[1] * grid[2] + 1, np.int64)
    for i in range(n):
        for k in range(3):
            where[i, k] = min(int((s[i, k] - math.floor(s[i, k])) * grid[k]), grid[k] - 1)
        starts[(where[i, 0] * grid[1] + where[i, 1]) * grid[2] + where[i, 2] + 1] += 1
    for b in range(len(starts) - 1):
        starts[b + 1] += starts[b]
    ends = starts[:-1].copy()
    for i in range(n):
        b = (where[i, 0] * grid[1] + where[i, 1]) * grid[2] + where[i, 2]
        order[ends[b]] = i
        ends[b] += 1
    side = np.array([1 if bins > 1 else 0 for bins in grid])
    counts[:] = 0
    for i in range(n):
        for u in range(where[i, 0] - side[0], where[i, 0] + side[0] + 1):
            plane = (u + grid[0]) % grid[0] * grid[1]
            for v in range(where[i, 1] - side[1], where[i, 1] + side[1] + 1):
                row = (plane + (v + grid[1]) % grid[1]) * grid[2]
                for w in range(where[i, 2] - side[2], where[i, 2] + side[2] + 1):
                    b = row + (w if 0 <= w < grid[2] else grid[2] - abs(w))
                    for k in range(starts[b], starts[b + 1]):
                        j = order[k]
                        if j <= i:
                            continue
                        x, y, z = between(s, cell, i, j)
                        if x * x + y * y + z * z < reach * reach:
                            if counts[i] < room:
                                entries[i, counts[i]] = j
                            if counts[j] < room:
                                entries[j, counts[j]] = i
                            counts[i] += 1
                            counts[j] += 1


@njit(cache=True, error_model="numpy", fastmath=False, inline="always")
def between(s, cell, i, j):
    """The vector from particle i to the nearest image of j, where that is near."""
    a, b, c = s[j, 0] - s[i, 0], s[j, 1] - s[i, 1], s[j, 2] - s[i, 2]
    a, b, c = a - np.floor(a + 0.5), b - np.floor(b + 0.5), c - np.floor(c + 0.5)
    return (
        a * cell[0, 0] + b * cell[1, 0] + c * cell[2, 0],
        a * cell[0, 1] + b * cell[1, 1] + c * cell[2, 1],
        a * cell[0, 2] + b * cell[1, 2] + c * cell[2, 2],
    )

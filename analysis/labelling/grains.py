"""Grains: connected crystal of one orientation."""

from __future__ import annotations

import numpy as np
from numba import njit

#: Fewer particles than this, or than this part of all, are no grain but a defect.
SMALLEST_GRAIN = 8
SMALLEST_FRACTION = 0.03
#: Part of its neighbours that a particle in the inside of a grain is aligned with, at least.
INNER = 0.6


def count_grains(n_particles: int, i: np.ndarray, j: np.ndarray, aligned: np.ndarray) -> int:
    """Connected components of aligned crystalline neighbours.

    Only particles aligned with most of their neighbours connect: in the boundary between two
    grains a chance alignment would bridge them.

    Parameters
    ----------
    n_particles : int
    i, j : ndarray of int, shape (n_bonds,)
        Each particle i and its neighbours j.
    aligned : ndarray of bool, shape (n_bonds,)
        Whether both are crystalline, of one phase and of one local orientation.
    """
    if n_particles == 0:
        return 0
    sizes = _component_sizes(n_particles, i, j, aligned)
    least = max(min(SMALLEST_GRAIN, n_particles), SMALLEST_FRACTION * n_particles)
    return int((sizes >= least).sum())


@njit(cache=True)
def _component_sizes(n, i, j, aligned):
    """Particles of every connected component, at its lowest particle; 0 elsewhere."""
    bonds, good = np.zeros(n, dtype=np.int32), np.zeros(n, dtype=np.int32)
    for bond in range(len(i)):
        bonds[i[bond]] += 1
        if aligned[bond]:
            good[i[bond]] += 1
    root = np.arange(n)
    joined = np.zeros(n, dtype=np.bool_)
    for bond in range(len(i)):
        a, b = i[bond], j[bond]
        if not aligned[bond]:
            continue
        if good[a] < INNER * max(bonds[a], 1) or good[b] < INNER * max(bonds[b], 1):
            continue
        joined[a] = joined[b] = True
        while root[a] != a:
            root[a] = root[root[a]]
            a = root[a]
        while root[b] != b:
            root[b] = root[root[b]]
            b = root[b]
        root[max(a, b)] = min(a, b)
    sizes = np.zeros(n, dtype=np.int64)
    for k in range(n):
        if joined[k]:
            a = k
            while root[a] != a:
                a = root[a]
            sizes[a] += 1
    return sizes

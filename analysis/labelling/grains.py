"""Grains: connected crystal of one orientation."""

from __future__ import annotations

import numpy as np

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
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    if n_particles == 0:
        return 0
    bonds = np.maximum(np.bincount(i, minlength=n_particles), 1)
    inner = np.bincount(i, weights=aligned, minlength=n_particles) >= INNER * bonds
    aligned = aligned & inner[i] & inner[j]
    graph = coo_matrix(
        (np.ones(int(aligned.sum()), dtype=np.int8), (i[aligned], j[aligned])),
        shape=(n_particles, n_particles),
    )
    component = connected_components(graph, directed=False)[1]
    crystalline = np.unique(np.concatenate([i[aligned], j[aligned]]))
    sizes = np.bincount(component[crystalline])
    least = max(min(SMALLEST_GRAIN, n_particles), SMALLEST_FRACTION * n_particles)
    return int((sizes >= least).sum())

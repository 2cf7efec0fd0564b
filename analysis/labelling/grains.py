"""Grains: connected crystal of one orientation."""

from __future__ import annotations

import numpy as np

#: Fewer particles than this, or than this part of all, are no grain but a defect.
SMALLEST_GRAIN = 8
SMALLEST_FRACTION = 0.03


def count_grains(n_particles: int, i: np.ndarray, j: np.ndarray, aligned: np.ndarray) -> int:
    """Connected components of aligned crystalline neighbours.

    Parameters
    ----------
    n_particles : int
    i, j : ndarray of int, shape (n_bonds,)
        Neighbours.
    aligned : ndarray of bool, shape (n_bonds,)
        Whether both are crystalline, of one phase and of one local orientation.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    if n_particles == 0:
        return 0
    graph = coo_matrix(
        (np.ones(int(aligned.sum()), dtype=np.int8), (i[aligned], j[aligned])),
        shape=(n_particles, n_particles),
    )
    component = connected_components(graph, directed=False)[1]
    crystalline = np.unique(np.concatenate([i[aligned], j[aligned]]))
    sizes = np.bincount(component[crystalline])
    least = max(min(SMALLEST_GRAIN, n_particles), SMALLEST_FRACTION * n_particles)
    return int((sizes >= least).sum())

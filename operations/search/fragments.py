"""Whether a cluster is in one piece."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, error_model="numpy")
def in_one_piece(tied):
    """Whether every particle is tied to every other by a chain of pairs.

    Parameters
    ----------
    tied : ndarray of bool, shape (N, N)
        Symmetric.
    """
    n = len(tied)
    # The first `seen` of them hang together.
    order, seen = np.arange(n), 1
    for k in range(n):
        if k == seen:
            return False
        for m in range(seen, n):
            if tied[order[k], order[m]]:
                order[m], order[seen] = order[seen], order[m]
                seen += 1
        if seen == n:
            return True
    return True


@njit(cache=True, error_model="numpy")
def within_cutoffs(problem, v):
    """Pairs of points within their cut-offs, shape (N, N).

    Parameters
    ----------
    problem : Problem
        Of a cluster.
    v : ndarray of float64, shape (3 N,)
    """
    n = len(problem.types)
    tied = np.empty((n, n), dtype=np.bool_)
    for i in range(n):
        for j in range(n):
            square = (v[i] - v[j]) ** 2 + (v[n + i] - v[n + j]) ** 2
            square += (v[2 * n + i] - v[2 * n + j]) ** 2
            tied[i, j] = square < problem.coefficients[problem.types[i], problem.types[j], 0]
    return tied

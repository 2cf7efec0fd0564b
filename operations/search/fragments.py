"""Whether a cluster is in one piece."""

from __future__ import annotations

import numpy as np

from operations.search.compilation import compiled
from operations.search.pair_source import Slot


@compiled
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


@compiled
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
            c = problem.coefficients[problem.types[i], problem.types[j]]
            tied[i, j] = square < c[Slot.R_CUT_SQUARED]
    return tied

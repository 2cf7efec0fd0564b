"""Whether a cluster is in one piece."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, error_model="numpy")
def in_one_piece(problem, v):
    """Whether every particle is tied to every other by a chain of pairs within their cut-offs.

    Parameters
    ----------
    problem : Problem
        Of a cluster.
    v : ndarray of float64, shape (3 N,)
    """
    n = len(problem.types)
    # The first `seen` of them hang together.
    order, seen = np.arange(n), 1
    for k in range(n):
        if k == seen:
            return False
        i = order[k]
        for m in range(seen, n):
            j = order[m]
            square = (v[i] - v[j]) ** 2 + (v[n + i] - v[n + j]) ** 2
            square += (v[2 * n + i] - v[2 * n + j]) ** 2
            if square < problem.coefficients[problem.types[i], problem.types[j], 0]:
                order[m] = order[seen]
                order[seen] = j
                seen += 1
        if seen == n:
            return True
    return True

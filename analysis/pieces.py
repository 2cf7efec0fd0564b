"""Row by row in pieces: what is computed of each particle from its neighbours alone.

The temporaries of a million particles and their neighbours take gigabytes at once, and in pieces
fit into the cache. Rows do not depend on the others: the result is the same bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

#: Rows of a piece.
ROWS = 8192


def by_rows(function: Callable[[slice], np.ndarray], n: int) -> np.ndarray:
    """The rows 0 to n - 1 of an array.

    Parameters
    ----------
    function : callable
        Gives the rows of a slice.
    n : int
    """
    first = function(slice(0, min(ROWS, n)))
    whole = np.empty((n, *first.shape[1:]), dtype=first.dtype)
    whole[: len(first)] = first
    for start in range(ROWS, n, ROWS):
        rows = slice(start, min(start + ROWS, n))
        whole[rows] = function(rows)
    return whole

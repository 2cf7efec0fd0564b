"""The top of a barrier along the sizes of clusters."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: How far below the top a curve is fitted, in kT, at how many sizes at least, and how often the top
#: is looked for again.
NEAR, FEWEST, TURNS = 1.5, 8, 5


def barrier(free_energy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Height and place of the top: that of a cubic through the whole curve, then of one through
    what the last one had near its top.

    Parameters
    ----------
    free_energy : ndarray, shape (n,)
        In kT, of sizes 1, 2, ..., n; infinite where nothing was sampled.

    Returns
    -------
    ndarray, shape (2,)
        In kT, and the critical size; NaN where the curve rises to one of its ends.
    """
    inside = np.isfinite(free_energy)
    x, y = np.flatnonzero(inside) + 1.0, free_energy[inside]
    first, last = x.min(initial=np.inf), x.max(initial=0.0)
    for _ in range(TURNS):
        inside = (x >= first) & (x <= last)
        if inside.sum() < FEWEST:
            return np.full(2, np.nan)
        fine = np.linspace(first, last, 2001)
        values = np.polynomial.Polynomial.fit(x[inside], y[inside], 3)(fine)
        top = int(np.argmax(values))
        lower = np.flatnonzero(values < values[top] - NEAR)
        first = fine[lower[lower < top].max(initial=-1) + 1]
        last = fine[lower[lower > top].min(initial=len(fine)) - 1]
    if top in (0, len(fine) - 1):
        return np.full(2, np.nan)
    return np.array([values[top], fine[top]])

"""The top of a barrier along the sizes of clusters."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: How far below the highest point a curve is fitted, in kT, and at how many sizes at least.
NEAR, FEWEST = 1.5, 6


def barrier(free_energy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Height and place of the top: of the cubic through all sizes between the first and the last
    that is not much lower.

    Parameters
    ----------
    free_energy : ndarray, shape (n,)
        In kT, of sizes 1, 2, ..., n; infinite where nothing was sampled.

    Returns
    -------
    ndarray, shape (2,)
        In kT, and the critical size; NaN where the curve rises to one of its ends.
    """
    seen = np.isfinite(free_energy)
    x, y = np.flatnonzero(seen) + 1.0, free_energy[seen]
    near = x[y > y.max(initial=0.0) - NEAR]
    inside = (x >= near.min(initial=np.inf)) & (x <= near.max(initial=0.0))
    if inside.sum() < FEWEST:
        return np.full(2, np.nan)
    fine = np.linspace(near[0], near[-1], 2001)
    values = np.polynomial.Polynomial.fit(x[inside], y[inside], 3)(fine)
    top = int(np.argmax(values))
    if top in (0, len(fine) - 1):
        return np.full(2, np.nan)
    return np.array([values[top], fine[top]])

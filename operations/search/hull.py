"""Convex hull of enthalpy over composition."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def above_hull(
    counts: NDArray[np.int64], enthalpies: FloatArray, bound: float | None = None
) -> FloatArray:
    """Enthalpy above the convex hull of a set of structures.

    Parameters
    ----------
    counts : ndarray of int, shape (m, n_types)
        Particles of each type in each structure.
    enthalpies : ndarray of float64, shape (m,)
        Per particle.
    bound : float, optional
        Enthalpy per particle of separated particles of any type (0 at no pressure), which
        is on the hull where nothing is lower.

    Returns
    -------
    ndarray of float64, shape (m,)
        Per particle; 0 for what is stable against decomposition into all others.
    """
    from scipy.optimize import linprog

    counts = np.asarray(counts, dtype=np.float64)
    shares = counts / counts.sum(axis=1, keepdims=True)
    values = np.asarray(enthalpies, dtype=np.float64)
    n_types = shares.shape[1]
    points, heights = shares, values
    if bound is not None:
        points = np.concatenate([shares, np.eye(n_types)])
        heights = np.concatenate([values, np.full(n_types, bound)])
    # The cheapest mixture of a given composition; each composition is solved for once.
    compositions, which = np.unique(shares, axis=0, return_inverse=True)
    lowest = np.empty(len(compositions))
    for k, composition in enumerate(compositions):
        solution = linprog(heights, A_eq=points.T, b_eq=composition, method="highs")
        lowest[k] = solution.fun
    return np.maximum(values - lowest[which.ravel()], 0.0)

"""Coefficients that maximise the smallest of many gaps: a linear program, solved by HiGHS."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def widest_gap(
    heights: FloatArray,
    shares: FloatArray,
    unit: FloatArray,
    lowest: FloatArray,
    highest: FloatArray,
) -> tuple[FloatArray, float]:
    """Coefficients c and the largest gap with heights @ c >= shares × gap and unit @ c = 1.

    Parameters
    ----------
    heights : ndarray, shape (m, n)
        Enthalpy of each competitor above the target, of each coefficient.
    shares : ndarray, shape (m,)
        Part of the gap that it must be above: 0 for what may come as near as it likes.
    unit : ndarray, shape (n,)
        Sets the unit of energy.
    lowest, highest : ndarray, shape (n,)
        Bounds of the coefficients.

    Raises
    ------
    ValueError
        Where the program has no solution.
    """
    from scipy.optimize import linprog

    n = len(unit)
    bounds = [*zip(lowest, highest, strict=True), (None, None)]
    found = linprog(
        np.append(np.zeros(n), -1.0),
        A_ub=np.column_stack([-heights, shares]),
        b_ub=np.zeros(len(heights)),
        A_eq=np.append(unit, 0.0)[None],
        b_eq=[1.0],
        bounds=bounds,
        method="highs",
    )
    if found.status != 0:
        raise ValueError(f"the linear program has no solution: {found.message}")
    return np.asarray(found.x[:n]), float(found.x[n])

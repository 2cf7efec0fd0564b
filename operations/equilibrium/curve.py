"""Averages along the temperature: rows of the table, a curve, and where its heat capacity is
highest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from operations.equilibrium.runs import known

FloatArray = NDArray[np.float64]

#: Temperatures of the curve.
CURVE = 101


def along(coldest: float, hottest: float) -> FloatArray:
    """Temperatures of the curve, shape (CURVE,)."""
    return np.geomspace(coldest, hottest, CURVE)


def highest(x: FloatArray, y: FloatArray) -> tuple[float, float]:
    """The top of the parabola through the highest point of a curve and its neighbours; NaN where it
    is an end of the curve."""
    k = int(np.argmax(y))
    if k in (0, len(x) - 1):
        return np.nan, np.nan
    near = slice(k - 1, k + 2)
    a, b, c = np.polyfit(x[near] - x[k], y[near], 2)
    return float(x[k] - b / (2.0 * a)), float(c - b**2 / (4.0 * a))


def in_words(
    columns: Sequence[str],
    kT: FloatArray,
    curve: FloatArray,
    values: FloatArray,
    errors: FloatArray,
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Rows of a result, and its `curve` and `peak`.

    Parameters
    ----------
    columns : sequence of str
        The second is the heat capacity, whose peak it is.
    kT, curve : ndarray, shape (t,) and (CURVE,)
    values, errors : ndarray, shape (t + CURVE + 1, columns)
        At each temperature of rows and curve; last the place and the height of the peak. An error
        that is not known is NaN.
    """
    rows, t = [], len(kT)
    for one, value, error in zip(kT, values, errors, strict=False):
        row: dict[str, Any] = {"method.kT": float(one), "kT": float(one)}
        row |= dict(zip(columns, value.tolist(), strict=True))
        row |= dict(zip([f"{name}_error" for name in columns], known(error), strict=True))
        rows.append(row)
    found: dict[str, Any] = {"kT": curve.tolist()}
    for k, name in enumerate(columns):
        found[name] = known(values[t:-1, k])
        found[f"{name}_error"] = known(errors[t:-1, k])
    place, height = known(values[-1, :2])
    place_error, height_error = known(errors[-1, :2])
    peak = {
        "kT": place,
        "kT_error": place_error,
        "heat_capacity": height,
        "heat_capacity_error": height_error,
    }
    return rows, {"curve": found, "peak": peak}

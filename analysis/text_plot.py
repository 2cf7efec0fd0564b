"""Curves in the letters of a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from string import ascii_letters

import numpy as np


def text_plot(
    curves: Mapping[str, tuple[np.ndarray, np.ndarray]],
    lowest: float,
    highest: float,
    axes: tuple[str, str] = ("x", "y"),
    size: tuple[int, int] = (64, 16),
) -> list[str]:
    """Lines of text that show y(x), one letter a curve.

    Parameters
    ----------
    curves : mapping of str to (ndarray, ndarray)
        x, increasing, and y by what the legend says; a first curve hides a later one. What lies
        outside of the limits, and what is no number, is left out.
    lowest, highest : float
        Limits of y.
    axes : (str, str)
        Names of x and y.
    size : (int, int)
        Columns and rows.
    """
    width, height = size
    left = min(float(x[0]) for x, _ in curves.values())
    right = max(float(x[-1]) for x, _ in curves.values())
    grid = [[" "] * width for _ in range(height)]

    def row(y: float) -> int:
        return round((highest - y) / (highest - lowest) * (height - 1))

    if lowest < 0.0 < highest:
        grid[row(0.0)] = ["·"] * width
    names = list(curves)
    for number in reversed(range(len(names))):
        x, y = curves[names[number]]
        fine = np.linspace(left, right, 8 * width)
        values = np.interp(fine, x, y, left=np.nan, right=np.nan)
        for place, value in zip(fine, values, strict=True):
            if np.isfinite(value) and lowest <= value <= highest:
                column = round((place - left) / (right - left) * (width - 1))
                grid[row(value)][column] = ascii_letters[number % len(ascii_letters)]
    marks = {0: f"{highest:.3g}", height - 1: f"{lowest:.3g}"}
    if lowest < 0.0 < highest:
        marks.setdefault(row(0.0), "0")
    margin = max(len(mark) for mark in marks.values())
    lines = [f"{axes[1]:>{margin}}"]
    lines += [f"{marks.get(k, ''):>{margin}} │{''.join(grid[k]).rstrip()}" for k in range(height)]
    ends = f"{left:.3g}", f"{right:.3g}"
    middle = axes[0].center(width - len(ends[0]) - len(ends[1]))
    lines.append(" " * margin + " └" + "─" * width)
    lines.append(" " * (margin + 2) + ends[0] + middle + ends[1])
    lines += [f"  {ascii_letters[k % len(ascii_letters)]}  {name}" for k, name in enumerate(names)]
    return lines

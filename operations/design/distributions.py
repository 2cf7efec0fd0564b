"""Radial distribution functions: from files, and of frames."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from workspace_schema.bounded import read_bounded
from workspace_schema.interactions import Interactions, pair_key, type_pairs
from workspace_schema.methods.design_liquids import Structure
from workspace_schema.statepoint import StatePoint

if TYPE_CHECKING:
    from workspace_schema.points import Point

FloatArray = NDArray[np.float64]

#: Distances of one grid differ from equal spacing by less than this part of it.
UNEQUAL = 1e-3
#: Mean of the last tenth of a distribution, which should be 1, is off by less.
OFF = 0.05
#: Rows, and bytes, of a file at most.
MAX_ROWS, MAX_BYTES = 100_000, 20_000_000


@dataclass(frozen=True)
class Distribution:
    """g(r) on a grid of equally spaced distances, which are the middles of bins.

    Attributes
    ----------
    r, g : ndarray, shape (m,)
    error : ndarray, shape (m,), or None
    """

    r: FloatArray
    g: FloatArray
    error: FloatArray | None = None

    @property
    def width(self) -> float:
        """Of a bin."""
        return float(self.r[1] - self.r[0])

    @property
    def edges(self) -> FloatArray:
        """Of the bins, shape (m + 1,)."""
        return np.append(self.r - 0.5 * self.width, self.r[-1] + 0.5 * self.width)

    def shells(self, dimensions: int) -> FloatArray:
        """Volumes of the bins, shape (m,)."""
        return np.asarray(np.diff(ball(self.edges, dimensions)))

    def up_to(self, r: float) -> Distribution:
        """The bins that end below a distance."""
        inside = self.r + 0.5 * self.width < r * (1.0 - 1e-9)
        error = None if self.error is None else self.error[inside]
        return Distribution(self.r[inside], self.g[inside], error)


def ball(r: FloatArray, dimensions: int) -> FloatArray:
    """Volume of a ball, area of a disk."""
    return np.pi * r**2 if dimensions == 2 else 4.0 / 3.0 * np.pi * r**3


def read_distribution(file: Path, r_cut: float, name: str = "") -> Distribution:
    """Read columns r, g and optionally the error of g; # begins a comment.

    Raises
    ------
    ValueError
        With name and line, where it is no distribution that a design can aim at.
    """
    name = name or file.name
    try:
        text = read_bounded(file, MAX_BYTES).decode("utf-8")
    except ValueError as error:
        raise ValueError(f"{name} cannot be read: {error}") from None
    rows: list[list[float]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split("#", 1)[0].replace(",", " ").split()
        if not words:
            continue
        try:
            row = [float(word) for word in words]
        except ValueError:
            raise ValueError(f"{name}:{number}: expected numbers r g, got {line[:60]!r}") from None
        if len(row) not in ((2, 3) if not rows else (len(rows[0]),)) or not np.isfinite(row).all():
            raise ValueError(f"{name}:{number}: expected two or three finite numbers")
        if rows and row[0] <= rows[-1][0]:
            raise ValueError(f"{name}:{number}: r = {row[0]:g} does not increase")
        if row[0] < 0.0 or row[1] < 0.0:
            raise ValueError(f"{name}:{number}: r and g are not negative")
        rows.append(row)
    if not 10 <= len(rows) <= MAX_ROWS:
        raise ValueError(f"{name} has {len(rows)} rows, expected 10 to {MAX_ROWS}")
    columns = np.array(rows).T
    found = Distribution(columns[0], columns[1], columns[2] if len(columns) == 3 else None)
    if np.abs(np.diff(found.r) / found.width - 1.0).max() > UNEQUAL:
        raise ValueError(f"{name}: expected equally spaced r")
    if found.r[0] < 0.5 * found.width:  # a first row at r = 0 is half a bin
        errors = None if found.error is None else found.error[1:]
        found = Distribution(found.r[1:], found.g[1:], errors)
    if found.r[-1] < r_cut:
        raise ValueError(
            f"{name} ends at r = {found.r[-1]:g}; expected at least potential.r_cut = {r_cut:g}"
        )
    tail = found.g[-max(len(found.g) // 10, 3) :].mean()
    if abs(tail - 1.0) > OFF:
        raise ValueError(f"{name}: g is {tail:.4g} in its last tenth; expected 1")
    return found


def read_distributions(
    point: StatePoint, file_of: Callable[[str], Path]
) -> dict[str, Distribution]:
    """The distributions that a design by structure aims at, by pair of types.

    Parameters
    ----------
    point : StatePoint
    file_of : callable
        The file of a SHA-256.

    Raises
    ------
    ValueError
        Where one of them cannot be aimed at, or their grids differ.
    """
    assert isinstance(point.method, Structure)
    assert isinstance(point.potential, Interactions)
    found: dict[str, Distribution] = {}
    for a, b in type_pairs(point.system.types):
        key = pair_key(a, b)
        given = point.method.distribution
        data = given[key] if isinstance(given, dict) else given
        file, r_cut = file_of(data.sha256), point.potential.pair(a, b).r_cut
        found[key] = read_distribution(file, r_cut)
        first = next(iter(found.values())).r
        if len(first) != len(found[key].r) or not np.allclose(first, found[key].r, rtol=1e-6):
            raise ValueError(f"{file.name}: expected the r of the other pairs of types")
    return found


def check_distributions(points: Iterable[Point], inputs: Mapping[str, Path]) -> list[str]:
    """What is wrong with the distributions of designs to be made."""
    problems: dict[str, str] = {}
    for point in points:
        method: dict[str, Any] = point.statepoint["method"]
        if method["name"] != "design" or "distribution" not in method:
            continue
        key = json.dumps([method["distribution"], point.statepoint["potential"]], sort_keys=True)
        if key in problems:
            continue
        problems[key] = ""
        try:
            read_distributions(StatePoint.read(point.statepoint), inputs.__getitem__)
        except (ValueError, OSError) as error:
            problems[key] = f"method.distribution: {error}"
    return [problem for problem in problems.values() if problem]

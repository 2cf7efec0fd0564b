"""A regular grid over a configuration, and which of its points are near to particles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from analysis.configuration import Configuration

#: More grid points than this are never used; the grid is coarsened instead.
LARGEST_GRID = 2_000_000


@dataclass(frozen=True)
class Grid:
    """Points at the centres of equal parallelepipeds.

    Attributes
    ----------
    origin : ndarray, shape (3,)
        Corner of the first parallelepiped.
    steps : ndarray, shape (3, 3)
        Edges of one parallelepiped, as rows.
    counts : ndarray of int, shape (3,)
        Points along each of them; one along z in two dimensions.
    dimensions : int
    periodic : bool
    spacing : float
        Distance of neighbouring points.
    """

    origin: np.ndarray
    steps: np.ndarray
    counts: np.ndarray
    dimensions: int
    periodic: bool
    spacing: float

    @classmethod
    def over(cls, configuration: Configuration, spacing: float, margin: float) -> Grid:
        """Over the cell, or over an open cluster and a margin around it.

        Parameters
        ----------
        configuration : Configuration
        spacing : float
            Of the points; larger where they would be more than `LARGEST_GRID`.
        margin : float
        """
        dims = configuration.dimensions
        cell = configuration.cell
        origin = -0.5 * cell[:dims].sum(axis=0)
        if not configuration.periodic:
            low = configuration.positions[:, :dims].min(axis=0) - margin
            high = configuration.positions[:, :dims].max(axis=0) + margin
            cell, origin = np.eye(3), np.zeros(3)
            cell[range(dims), range(dims)], origin[:dims] = high - low, low
        heights = 1.0 / np.linalg.norm(np.linalg.inv(cell), axis=0)[:dims]
        spacing = max(spacing, float(np.prod(heights / LARGEST_GRID ** (1 / dims)) ** (1 / dims)))
        counts = np.ones(3, dtype=np.int64)
        counts[:dims] = np.maximum(np.ceil(heights / spacing), 1)
        return cls(origin, cell / counts[:, None], counts, dims, configuration.periodic, spacing)

    def points(self, chosen: np.ndarray) -> np.ndarray:
        """Positions of points by their flat index, shape (M, 3); z = 0 in two dimensions."""
        place = np.stack(np.unravel_index(chosen, tuple(self.counts)), axis=1) + 0.5
        place[:, self.dimensions :] = 0.0
        return place @ self.steps + self.origin

    def near(self, positions: np.ndarray, radius: float) -> np.ndarray:
        """Which points are at most `radius` from any of these positions, periodic images included.

        Returns
        -------
        ndarray of bool, shape (number of points,)
        """
        inverse = np.linalg.inv(self.steps)
        place = (positions - self.origin) @ inverse - 0.5
        place[:, self.dimensions :] = 0.0
        half = radius * np.linalg.norm(inverse, axis=0)
        found = np.zeros(int(self.counts.prod()), dtype=np.bool_)
        _mark(place, self.steps, self.counts, half, radius, self.periodic, found)
        return found


@njit(cache=True)
def _mark(place, steps, counts, half, radius, periodic, found):
    square = (steps[2] ** 2).sum()
    for i in range(len(place)):
        for a in range(
            int(np.ceil(place[i, 0] - half[0])), int(np.floor(place[i, 0] + half[0])) + 1
        ):
            if not periodic and (a < 0 or a >= counts[0]):
                continue
            da = a - place[i, 0]
            for b in range(
                int(np.ceil(place[i, 1] - half[1])), int(np.floor(place[i, 1] + half[1])) + 1
            ):
                if not periodic and (b < 0 or b >= counts[1]):
                    continue
                db = b - place[i, 1]
                x = da * steps[0, 0] + db * steps[1, 0]
                y = da * steps[0, 1] + db * steps[1, 1]
                z = da * steps[0, 2] + db * steps[1, 2]
                # Along the third direction the ball cuts out one run of points.
                along = x * steps[2, 0] + y * steps[2, 1] + z * steps[2, 2]
                inside = along * along - square * (x * x + y * y + z * z - radius * radius)
                if inside < 0.0:
                    continue
                width = np.sqrt(inside)
                first = int(np.ceil(place[i, 2] - (along + width) / square))
                last = int(np.floor(place[i, 2] - (along - width) / square))
                row = (a % counts[0] * counts[1] + b % counts[1]) * counts[2]
                if not periodic:
                    first, last = max(first, 0), min(last, counts[2] - 1)
                else:
                    last = min(last, first + counts[2] - 1)
                c = first % counts[2]
                for _ in range(first, last + 1):
                    found[row + c] = True
                    c += 1
                    if c == counts[2]:
                        c = 0

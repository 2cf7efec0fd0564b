"""The nearest of many points, by cells.

With a k-d tree labels take 1.06 (1000 particles) and 1.14 (20 000) times as long in two dimensions,
0.98 and 0.97 in three (`python -m benchmarks.label_neighbour_search --sizes 1000 20000`, processor
time); and a tree puts neighbours at equal distances, which perfect crystals have, into another
order, by which labels of some of their particles change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

#: Edge of a cell, in units of the radius that holds the neighbours looked for.
EDGE = 0.55
#: Shells of cells that are searched; what is not found there is left to a tree.
FARTHEST = 5


class CellList:
    """Points sorted into cells.

    Parameters
    ----------
    points : ndarray of float64, shape (M, 2) or (M, 3)
        Finite.
    k : int
        How many neighbours will be looked for; decides on the size of the cells.
    """

    def __init__(self, points: np.ndarray, k: int) -> None:
        self._points = np.ascontiguousarray(points)
        self._space = np.zeros((len(points), 3))
        self._space[:, : points.shape[1]] = points
        self._tree: cKDTree | None = None
        dims = points.shape[1]
        low, extent = self._space.min(axis=0), np.ptp(self._space, axis=0)
        # A line or a plane of points must not make cells without end.
        extent[:dims] = np.maximum(extent[:dims], max(0.01 * extent.max(), 1e-12))
        ball = np.pi if dims == 2 else 4.0 / 3.0 * np.pi
        occupied = 1.0
        for _ in range(2):
            # Where there is vacuum, cells are made for the density beside it.
            room = (k + 1) * occupied * float(np.prod(extent[:dims])) / len(points)
            edge = EDGE * (room / ball) ** (1 / dims)
            counts = np.maximum(np.ceil(extent / edge), 1).astype(np.int64)
            width = np.maximum(extent / counts, 1e-12) * (1 + 1e-9)
            cells = np.minimum(((self._space - low) / width).astype(np.int64), counts - 1)
            flat = (cells[:, 0] * counts[1] + cells[:, 1]) * counts[2] + cells[:, 2]
            filled = np.bincount(flat, minlength=int(counts.prod()))
            occupied = max(float((filled > 0).mean()), 0.125)
        self._low, self._width, self._counts, self._cells = low, width, counts, cells
        self._order = np.argsort(flat, kind="stable")
        self._sorted = self._space[self._order]
        self._starts = np.concatenate([[0], np.cumsum(filled)])

    def nearest(self, rows: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The k nearest other points of some of the points.

        Parameters
        ----------
        rows : ndarray of int64, shape (m,)
            Whose neighbours.
        k : int

        Returns
        -------
        distances : ndarray of float64, shape (m, k)
            Infinite where there are not so many.
        indices : ndarray of int64, shape (m, k)
            The point itself where the distance is infinite.
        vectors : ndarray of float64, shape (m, k, 3)
            To these points; zero where the distance is infinite.
        """
        m = len(rows)
        distances = np.full((m, k), np.inf)
        indices = np.empty((m, k), dtype=np.int64)
        vectors = np.zeros((m, k, 3))
        complete = np.zeros(m, dtype=np.bool_)
        _search(
            self._space,
            self._sorted,
            self._order,
            self._starts,
            self._cells,
            self._low,
            self._width,
            self._counts,
            rows,
            distances,
            indices,
            vectors,
            complete,
        )
        left = np.flatnonzero(~complete)
        if len(left):
            distances[left], indices[left], vectors[left] = self._by_tree(rows[left], k)
        return distances, indices, vectors

    def _by_tree(self, own: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The same for single points in a void, far away from all others."""
        from scipy.spatial import cKDTree

        self._tree = self._tree or cKDTree(self._points)
        r, found = self._tree.query(self._points[own], k=k + 1)
        # The point itself may come behind another one on top of it, or not at all.
        other = found != own[:, None]
        other[other.all(axis=1), -1] = False
        r, found = r[other].reshape(-1, k), found[other].reshape(-1, k)
        found = np.where(np.isfinite(r), found, own[:, None])
        return r, found, self._space[found] - self._space[own][:, None]


@njit(cache=True)
def _search(
    space,
    points,
    order,
    starts,
    cells,
    low,
    width,
    counts,
    rows,
    distances,
    indices,
    vectors,
    complete,
):
    n, k = distances.shape
    square = np.empty(k)
    best = np.empty(k, dtype=np.int64)
    for row in range(n):
        own = rows[row]
        x, y, z = space[own, 0], space[own, 1], space[own, 2]
        cx, cy, cz = cells[own, 0], cells[own, 1], cells[own, 2]
        square[:] = np.inf
        best[:] = own
        for shell in range(FARTHEST + 1):
            for a in range(max(cx - shell, 0), min(cx + shell, counts[0] - 1) + 1):
                dx = max(low[0] + a * width[0] - x, x - low[0] - (a + 1) * width[0], 0.0)
                for b in range(max(cy - shell, 0), min(cy + shell, counts[1] - 1) + 1):
                    dy = max(low[1] + b * width[1] - y, y - low[1] - (b + 1) * width[1], 0.0)
                    near = dx * dx + dy * dy
                    if near >= square[k - 1]:
                        continue
                    inner = abs(a - cx) < shell and abs(b - cy) < shell
                    c = max(cz - shell, 0)
                    last = min(cz + shell, counts[2] - 1)
                    if inner and cz - shell < 0:
                        c = cz + shell
                    while c <= last:
                        dz = max(low[2] + c * width[2] - z, z - low[2] - (c + 1) * width[2], 0.0)
                        if near + dz * dz < square[k - 1]:
                            cell = (a * counts[1] + b) * counts[2] + c
                            for p in range(starts[cell], starts[cell + 1]):
                                u = points[p, 0] - x
                                v = points[p, 1] - y
                                w = points[p, 2] - z
                                d = u * u + v * v + w * w
                                if d < square[k - 1] and order[p] != own:
                                    s = k - 1
                                    while s > 0 and square[s - 1] > d:
                                        square[s] = square[s - 1]
                                        best[s] = best[s - 1]
                                        s -= 1
                                    square[s] = d
                                    best[s] = order[p]
                        # Of the columns inside the shell only both ends are new.
                        c += 2 * shell if inner and shell > 0 else 1
            # How far the searched block reaches; beyond the outermost cells there is nothing.
            safe = np.inf
            if cx - shell > 0:
                safe = min(safe, x - low[0] - (cx - shell) * width[0])
            if cx + shell < counts[0] - 1:
                safe = min(safe, low[0] + (cx + shell + 1) * width[0] - x)
            if cy - shell > 0:
                safe = min(safe, y - low[1] - (cy - shell) * width[1])
            if cy + shell < counts[1] - 1:
                safe = min(safe, low[1] + (cy + shell + 1) * width[1] - y)
            if cz - shell > 0:
                safe = min(safe, z - low[2] - (cz - shell) * width[2])
            if cz + shell < counts[2] - 1:
                safe = min(safe, low[2] + (cz + shell + 1) * width[2] - z)
            if safe == np.inf or (safe > 0.0 and square[k - 1] <= safe * safe):
                complete[row] = True
                break
        for s in range(k):
            j = best[s]
            distances[row, s] = np.sqrt(square[s])
            indices[row, s] = j
            vectors[row, s, 0] = space[j, 0] - x
            vectors[row, s, 1] = space[j, 1] - y
            vectors[row, s, 2] = space[j, 2] - z

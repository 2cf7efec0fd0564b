"""State points of the diagram: replicas put together, and the regions around them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.phase_diagram.table import LABELLED, WITHOUT

if TYPE_CHECKING:
    import pandas as pd

#: More distinct points of a panel of one or two axes than this are put together where they lie
#: closer than `PITCH` typographic points: nobody sees them apart, and drawing them takes long.
MOST_POINTS = {1: 500, 2: 8000}
PITCH = 1.5


@dataclass(frozen=True)
class Points:
    """What formed at each point of a panel; arrays of equal length.

    Attributes
    ----------
    coordinates : ndarray of float64, shape (n, d)
        Where the points lie on the panel's d axes.
    label : ndarray of str
        What most labelled jobs there say, among equals the one with more confidence;
        "" where no job is labelled.
    second : ndarray of str
        Phase (or void) that most often coexists with that label there, "" where none does.
    strength : ndarray of float64
        Share of the labelled jobs that agree, times their mean confidence.
    without : dict of str to ndarray of bool
        Of each state without a label, whether any job there is; others may be labelled.
    """

    coordinates: np.ndarray
    label: np.ndarray
    second: np.ndarray
    strength: np.ndarray
    without: dict[str, np.ndarray]

    @property
    def labelled(self) -> np.ndarray:
        """Where there is a label, shape (n,), bool."""
        return np.asarray(self.label != "", dtype=bool)

    def __len__(self) -> int:
        return len(self.coordinates)

    def select(self, mask: np.ndarray) -> Points:
        """The points where `mask` is true."""
        return Points(
            self.coordinates[mask],
            self.label[mask],
            self.second[mask],
            self.strength[mask],
            {state: there[mask] for state, there in self.without.items()},
        )


def merge_replicas(jobs: pd.DataFrame, coordinates: np.ndarray) -> Points:
    """Put together the jobs of a panel that lie at the same point.

    Parameters
    ----------
    jobs : DataFrame
        Rows of `analysis.phase_diagram.table.uniform`.
    coordinates : ndarray of float64, shape (n_jobs, d)
        Finite. Equal rows are one point.

    Returns
    -------
    Points
    """
    places, point = np.unique(coordinates, axis=0, return_inverse=True)
    point = point.reshape(-1)
    n = len(places)
    state = jobs["state"].to_numpy(dtype=object)
    done = state == LABELLED

    label = np.full(n, "", dtype=object)
    second = np.full(n, "", dtype=object)
    strength = np.zeros(n)
    without = {name: np.isin(np.arange(n), point[state == name]) for name in WITHOUT}
    if done.any():
        names, code = np.unique(jobs["label"].to_numpy(dtype=str)[done], return_inverse=True)
        at = point[done]
        votes, trust = np.zeros((n, len(names))), np.zeros((n, len(names)))
        confidence = jobs["confidence"].to_numpy(dtype=float)[done]
        np.add.at(votes, (at, code), 1.0)
        np.add.at(trust, (at, code), confidence)
        total = votes.sum(axis=1)
        winner = (votes + trust / (total[:, None] + 1.0)).argmax(axis=1)
        has = total > 0
        label[has] = names[winner[has]].astype(object)
        # (votes / total) (trust / votes): agreement times mean confidence of those who agree.
        strength[has] = trust[has, winner[has]] / total[has]
        coexisting = jobs["second"].to_numpy(dtype=object)[done]
        counts: dict[tuple[int, str], int] = {}
        for job in np.flatnonzero((coexisting != "") & (code == winner[at])):
            place = int(at[job]), str(coexisting[job])
            counts[place] = counts.get(place, 0) + 1
        for (where, name), _ in sorted(counts.items(), key=lambda item: (item[1], item[0])):
            second[where] = name
    return Points(places, label, second, strength, without)


def is_dense(coordinates: np.ndarray) -> bool:
    """Whether there are more than `MOST_POINTS` distinct points, shape (n, d)."""
    most = MOST_POINTS[coordinates.shape[1]]
    return len(coordinates) > most and len(np.unique(coordinates, axis=0)) > most


def coarse(
    coordinates: np.ndarray, low: np.ndarray, high: np.ndarray, size_points: np.ndarray
) -> np.ndarray:
    """Coordinates rounded to the middles of squares of side `PITCH`, where points are dense.

    Points in one square are then merged as replicas are: the majority is shown.

    Parameters
    ----------
    coordinates : ndarray of float64, shape (n, d)
        Inside the panel.
    low, high : ndarray of float64, shape (d,)
        Ends of its axes.
    size_points : ndarray of float64, shape (d,)
        Lengths of its axes in typographic points.
    """
    if not is_dense(coordinates):
        return coordinates
    side = PITCH * (high - low) / size_points
    return np.asarray(np.minimum(low + (np.floor((coordinates - low) / side) + 0.5) * side, high))


def cells(
    coordinates: np.ndarray, low: np.ndarray, high: np.ndarray
) -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
    """Nearest-neighbour regions of points in a rectangle, where something was computed.

    Distances are taken with both axes scaled to the rectangle. The points are mirrored at
    its four sides, which makes every Voronoi cell finite and cut off exactly there. No cell
    reaches beyond the `reaches` of its point.

    Parameters
    ----------
    coordinates : ndarray of float64, shape (n, 2)
        Distinct points inside the rectangle.
    low, high : ndarray of float64, shape (2,)
        Corners of the rectangle.

    Returns
    -------
    polygons : list of ndarray, shape (k, 2)
        The cell of each point, its corners in order around it.
    pairs : ndarray of int, shape (m, 2)
        Points whose cells share an edge.
    edges : ndarray of float64, shape (m, 2, 2)
        Ends of these edges.
    """
    from scipy.spatial import Voronoi

    n = len(coordinates)
    if n == 0:
        return [], np.empty((0, 2), dtype=int), np.empty((0, 2, 2))
    inside = (coordinates - low) / (high - low)
    copies = [inside]
    for axis in (0, 1):
        for side in (0.0, 1.0):
            mirrored = inside.copy()
            mirrored[:, axis] = 2.0 * side - mirrored[:, axis]
            copies.append(mirrored)
    voronoi = Voronoi(np.concatenate(copies))
    corners = voronoi.vertices.clip(0.0, 1.0)
    boxes = reaches(inside)
    # In two dimensions the corners of a region come in order around it (checked by tests).
    polygons = [
        low + _cut(corners[voronoi.regions[voronoi.point_region[i]]], boxes[i]) * (high - low)
        for i in range(n)
    ]
    between = (voronoi.ridge_points < n).all(axis=1)
    pairs = voronoi.ridge_points[between]
    ends = corners[np.array(voronoi.ridge_vertices, dtype=int).reshape(-1, 2)[between]]
    # A border has both its cells beside it: its middle is in both their boxes.
    middle = ends.mean(axis=1)[:, None]
    within = (middle >= boxes[pairs, 0] - _SLACK) & (middle <= boxes[pairs, 1] + _SLACK)
    seen = within.all(axis=(1, 2))
    pairs, ends = pairs[seen], ends[seen]
    for end in (0, 1):
        ends = np.clip(ends, boxes[pairs[:, end], 0][:, None], boxes[pairs[:, end], 1][:, None])
    return polygons, pairs, low + ends * (high - low)


def reaches(inside: np.ndarray) -> np.ndarray:
    """How far from each point a diagram claims something: a box around it.

    Up to half way to the next value on either axis. Where the points are scattered, which have few
    values in common, also twice as far as their neighbours. Points on a line, such
    as those of axes that step together, are not scattered.

    Parameters
    ----------
    inside : ndarray of float64, shape (n, 2)
        Distinct points in the unit square.

    Returns
    -------
    ndarray of float64, shape (n, 2, 2)
        Lower left and upper right corner.
    """
    boxes = np.empty((len(inside), 2, 2))
    for axis in (0, 1):
        values, place = np.unique(inside[:, axis], return_inverse=True)
        middles = np.concatenate([[0.0], (values[1:] + values[:-1]) / 2, [1.0]])
        if len(values) > 1:  # beyond the outermost as far as to their neighbours
            middles[0] = max(values[0] - (middles[1] - values[0]), 0.0)
            middles[-1] = min(values[-1] + values[-1] - middles[-2], 1.0)
        boxes[:, 0, axis], boxes[:, 1, axis] = middles[place], middles[place + 1]
    reach = _neighbour_distance(inside) if _scattered(inside) else 0.0
    boxes[:, 0] = np.minimum(boxes[:, 0], inside - np.reshape(reach, (-1, 1)))
    boxes[:, 1] = np.maximum(boxes[:, 1], inside + np.reshape(reach, (-1, 1)))
    return boxes.clip(0.0, 1.0)


#: Neighbours of a scattered point over whose distances is averaged.
_NEIGHBOURS = 4
#: So many times their mean distance is claimed.
_REACH = 2.0
#: The mean step of points on a line, in numbers of points: at random it is a third of all.
_STEP = 0.15
_SLACK = 1e-9


def _scattered(inside: np.ndarray) -> bool:
    """Whether points neither lie on a grid, filled by half at least, nor on a line."""
    n = len(inside)
    across, up = (len(np.unique(inside[:, axis])) for axis in (0, 1))
    if 2 * n >= across * up or n < 3:
        return False
    if max(across, up) < n:
        return True
    along = 0 if across == n else 1
    steps = np.abs(np.diff(inside[np.argsort(inside[:, along]), 1 - along]))
    return bool(steps.sum() > max(_STEP * n, 1.5))


def _neighbour_distance(inside: np.ndarray) -> np.ndarray:
    from scipy.spatial import cKDTree

    k = min(_NEIGHBOURS, len(inside) - 1)
    distances = cKDTree(inside).query(inside, k=k + 1)[0]
    return np.asarray(_REACH * distances[:, 1:].mean(axis=1))


def _cut(polygon: np.ndarray, box: np.ndarray) -> np.ndarray:
    """The part of a convex polygon, shape (k, 2), in a box (Sutherland and Hodgman 1974)."""
    for axis in (0, 1):
        for sign, bound in ((1.0, box[0, axis]), (-1.0, box[1, axis])):
            depth = sign * (polygon[:, axis] - bound)
            if (depth >= -_SLACK).all():
                continue
            pieces = []
            for k in range(len(polygon)):
                here, there = depth[k - 1], depth[k]
                if (here >= 0.0) != (there >= 0.0):
                    crossing = polygon[k - 1] + (polygon[k] - polygon[k - 1]) * here / (
                        here - there
                    )
                    pieces.append(crossing)
                if there >= 0.0:
                    pieces.append(polygon[k])
            polygon = np.array(pieces).reshape(-1, 2)
    return polygon

"""State points of the diagram: replicas put together, and the regions around them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from analysis.phase_diagram.table import FAILED, LABELLED, UNFINISHED

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
        Coexisting phase of a job with that label, "" where none.
    strength : ndarray of float64
        Share of the labelled jobs that agree, times their mean confidence.
    unfinished, failed : ndarray of bool
        Whether any job there is; the others of the point may still be labelled.
    """

    coordinates: np.ndarray
    label: np.ndarray
    second: np.ndarray
    strength: np.ndarray
    unfinished: np.ndarray
    failed: np.ndarray

    @property
    def labelled(self) -> np.ndarray:
        """Where there is a label, shape (n,), bool."""
        return np.asarray(self.label != "", dtype=bool)

    def __len__(self) -> int:
        return len(self.coordinates)

    def select(self, mask: np.ndarray) -> Points:
        """The points where `mask` is true."""
        return Points(*(getattr(self, field.name)[mask] for field in fields(self)))


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
    unfinished, failed = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
    unfinished[point[state == UNFINISHED]] = True
    failed[point[state == FAILED]] = True
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
        for job in np.flatnonzero((coexisting != "") & (code == winner[at])):
            second[at[job]] = coexisting[job]
    return Points(places, label, second, strength, unfinished, failed)


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
    """Nearest-neighbour regions of points in a rectangle.

    Distances are taken with both axes scaled to the rectangle. The points are mirrored at
    its four sides, which makes every Voronoi cell finite and cut off exactly there.

    Parameters
    ----------
    coordinates : ndarray of float64, shape (n, 2)
        Distinct points inside the rectangle.
    low, high : ndarray of float64, shape (2,)
        Corners of the rectangle.

    Returns
    -------
    polygons : list of ndarray, shape (k, 2)
        The cell of each point, its corners in order.
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
    corners = low + voronoi.vertices.clip(0.0, 1.0) * (high - low)
    polygons = [corners[voronoi.regions[voronoi.point_region[i]]] for i in range(n)]
    # In two dimensions the corners of a region come in order around it (checked by tests).
    between = (voronoi.ridge_points < n).all(axis=1)
    ridges = np.array(voronoi.ridge_vertices, dtype=int).reshape(-1, 2)[between]
    return polygons, voronoi.ridge_points[between], corners[ridges]

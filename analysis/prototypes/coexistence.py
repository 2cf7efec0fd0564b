"""Two crystals in one box."""

from __future__ import annotations

import numpy as np

from analysis.configuration import Configuration
from analysis.neighbourhoods import nearest
from analysis.prototypes import crystal


def side_by_side(
    left: tuple[str, float, float], right: tuple[str, float, float], part: float = 0.5
) -> Configuration:
    """Two crystals in two dimensions, coexisting in one periodic box of 40 by 24.

    Parameters
    ----------
    left, right : tuple of (str, float, float)
        Crystal, its nearest-neighbour distance (up to 2), and by how many degrees it is turned.
    part : float
        Part of the box that the left one takes.

    Notes
    -----
    A particle of each crystal is at the origin. The seams are as good as a cut makes them:
    particles of the two are 0.6 apart or more.
    """
    width, height, seam = 40.0, 24.0, 0.3

    def strip(name: str, distance: float, angle: float, low: float, high: float) -> np.ndarray:
        whole = crystal(name, 121, 1.0)
        unit = nearest(crystal(name, 1, 1.0), 1).distances[0, 0]
        centre = whole.positions[np.linalg.norm(whole.positions, axis=1).argmin()]
        points = (whole.positions - centre)[:, :2] * distance / unit
        t = np.radians(angle)
        points = points @ np.array([[np.cos(t), np.sin(t)], [-np.sin(t), np.cos(t)]])
        inside = (points[:, 0] > low + seam) & (points[:, 0] < high - seam)
        return points[inside & (np.abs(points[:, 1]) < height / 2 - seam)]

    middle = width * (part - 0.5)
    points = np.concatenate([strip(*left, -width / 2, middle), strip(*right, middle, width / 2)])
    positions = np.zeros((len(points), 3))
    positions[:, :2] = points
    box = np.array([width, height, 1.0, 0.0, 0.0, 0.0])
    return Configuration(positions, box, 2, np.zeros(len(points)))

"""Polygons: area, centroid, turns, and the triangles that they consist of.

Corners are rows, one round after the other, of which x and y count.
"""

from __future__ import annotations

import numpy as np

from workspace_schema.building_blocks.polygon import STRAIGHT


def area(corners: np.ndarray) -> float:
    """Area; negative of one that goes round clockwise."""
    return float(_cross(corners).sum() / 2.0)


def centroid(corners: np.ndarray) -> np.ndarray:
    """Centroid of the area, shape (2,)."""
    both = (corners + np.roll(corners, -1, axis=0))[:, :2]
    return np.asarray((both * _cross(corners)[:, None]).sum(axis=0) / (6.0 * area(corners)))


def is_convex(corners: np.ndarray) -> bool:
    """Whether a polygon whose edges do not cross turns to one side only."""
    edges = np.roll(corners, -1, axis=0) - corners
    x, y = edges[:, 0], edges[:, 1]
    turns = x * np.roll(y, -1) - y * np.roll(x, -1)
    return bool((turns > 0).all() or (turns < 0).all())


def _cross(corners: np.ndarray) -> np.ndarray:
    x, y = corners[:, 0], corners[:, 1]
    return np.asarray(x * np.roll(y, -1) - np.roll(x, -1) * y)


def triangles(points: np.ndarray) -> list[tuple[int, int, int]]:
    """Triangles that a polygon whose edges do not cross consists of.

    Parameters
    ----------
    points : ndarray, shape (n, 2 or more)
        Its corners, counter-clockwise.

    Returns
    -------
    list of three int
        Indices of the corners of n - 2 triangles, counter-clockwise.

    Raises
    ------
    ValueError
        Where they do not fill it once: edges cross, or turn by too little to be told from rounding.

    Notes
    -----
    Ears are cut off: corners whose neighbours see each other. There always are two (G. H. Meisters,
    Am. Math. Mon. 82, 648 (1975)), also where what is left has corners on straight edges.
    """
    left, found = list(range(len(points))), []
    while len(left) > 3:
        ears = ((left[k - 1], left[k], left[(k + 1) % len(left)]) for k in range(len(left)))
        ear = next((ear for ear in ears if _is_ear(points, ear, left)), None)
        if ear is None:
            break
        left.remove(ear[1])
        found.append(ear)
    found.append((left[0], left[1], left[2]))
    areas, whole = [area(points[list(three)]) for three in found], area(points)
    if min(areas) <= 0.0 or abs(sum(areas) - whole) > STRAIGHT * whole:
        raise ValueError(f"polygon of {len(points)} corners: cannot be cut into triangles")
    return found


def _is_ear(points: np.ndarray, ear: tuple[int, int, int], left: list[int]) -> bool:
    a, b, c = (points[k, :2] for k in ear)
    others = points[[k for k in left if k not in ear], :2]
    turns = [_side(p, q, others) for p, q in ((a, b), (b, c), (c, a))]
    return bool(_side(a, b, c[None])[0] > 0 and not np.all(np.array(turns) >= 0, axis=0).any())


def _side(a: np.ndarray, b: np.ndarray, points: np.ndarray) -> np.ndarray:
    """1 for points to the left of the line from a to b, -1 to the right, 0 where rounding decides:
    corners that are left over may be on one line."""
    edge, first, second = b - a, points - a, points - b
    turn = edge[0] * first[:, 1] - edge[1] * first[:, 0]
    scale = np.hypot(*edge) * np.maximum(np.hypot(*first.T), np.hypot(*second.T))
    return np.asarray(np.where(np.abs(turn) <= STRAIGHT * scale, 0.0, np.sign(turn)))

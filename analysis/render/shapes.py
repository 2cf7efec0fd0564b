"""What a particle looks like: a disc or sphere, a polygon, a convex polyhedron."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

#: Faces of a hull belong to one plane where their normals agree to this.
_COPLANAR = 1e-6


@dataclass(frozen=True)
class Shape:
    """The shape of all particles of a type, in units of the campaign's length.

    Attributes
    ----------
    radius : float
        Of the disc or sphere; of the circumscribed one where there are vertices.
    vertices : ndarray, shape (n, 3), or None
        In the particle's own axes; of a polygon in order around it, z = 0.
    faces : tuple of tuple of int
        Vertices of each face, anticlockwise as seen from outside; a polygon is its only face.
    """

    radius: float
    vertices: FloatArray | None = None
    faces: tuple[tuple[int, ...], ...] = field(default=())

    @classmethod
    def polygon(cls, vertices: Sequence[Sequence[float]] | np.ndarray) -> Shape:
        """A polygon, convex or not, from its corners (n, 2) in order around it."""
        corners = np.asarray(vertices, dtype=np.float64)
        if corners.ndim != 2 or corners.shape[1] != 2 or len(corners) < 3:
            raise ValueError(f"a polygon has corners of shape (n, 2), n ≥ 3, not {corners.shape}")
        x, y = corners.T
        if np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)) < 0.0:
            corners = corners[::-1]
        whole = np.pad(corners, ((0, 0), (0, 1)))
        radius = float(np.linalg.norm(corners, axis=1).max())
        return cls(radius, whole, (tuple(range(len(corners))),))

    @classmethod
    def polyhedron(cls, vertices: Sequence[Sequence[float]] | np.ndarray) -> Shape:
        """The convex hull of points (n, 3); points inside it do not count.

        Raises
        ------
        ValueError
            If the points have no volume.
        """
        from scipy.spatial import ConvexHull, QhullError

        points = np.asarray(vertices, dtype=np.float64)
        if points.ndim != 2 or points.shape[1] != 3:
            raise ValueError(f"a polyhedron has vertices of shape (n, 3), not {points.shape}")
        try:
            hull = ConvexHull(points)
        except (QhullError, ValueError):
            raise ValueError(f"{len(points)} vertices without a volume") from None
        planes: list[tuple[FloatArray, set[int]]] = []
        for plane, simplex in zip(hull.equations, hull.simplices, strict=True):
            for known, members in planes:
                if np.abs(known - plane).max() < _COPLANAR * max(1.0, np.abs(plane).max()):
                    members.update(simplex.tolist())
                    break
            else:
                planes.append((plane, set(simplex.tolist())))
        faces = tuple(_around(points, sorted(members), plane[:3]) for plane, members in planes)
        return cls(float(np.linalg.norm(points, axis=1).max()), points, faces)

    def normals(self) -> FloatArray:
        """Outward unit normal of each face, shape (n_faces, 3)."""
        assert self.vertices is not None
        # Newell's sum is exact for polygons that are not convex, too.
        result = []
        for face in self.faces:
            corners = self.vertices[list(face)]
            result.append(np.cross(corners, np.roll(corners, -1, axis=0)).sum(axis=0))
        normals = np.array(result)
        return np.asarray(normals / np.linalg.norm(normals, axis=1, keepdims=True))


def _around(points: FloatArray, members: list[int], normal: FloatArray) -> tuple[int, ...]:
    """The corners of a convex face in order, anticlockwise as seen from outside."""
    corners = points[members]
    middle = corners.mean(axis=0)
    first = corners[0] - middle
    second = np.cross(normal, first)
    angles = np.arctan2((corners - middle) @ second, (corners - middle) @ first)
    return tuple(members[k] for k in np.argsort(angles))


def rotate(orientations: np.ndarray, vectors: np.ndarray) -> FloatArray:
    """Vectors turned by each of many quaternions.

    Parameters
    ----------
    orientations : ndarray, shape (N, 4)
        Quaternions, scalar first, as in GSD and HOOMD-blue; need not be of length 1.
    vectors : ndarray, shape (n, 3)

    Returns
    -------
    ndarray, shape (N, n, 3)
    """
    q = np.asarray(orientations, dtype=np.float64)
    q = q / np.linalg.norm(q, axis=1, keepdims=True)
    scalar, axis = q[:, None, :1], q[:, None, 1:]
    v = np.asarray(vectors, dtype=np.float64)[None]
    across = np.cross(axis, v)
    return np.asarray(v + 2.0 * (scalar * across + np.cross(axis, across)))

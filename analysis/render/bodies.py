"""What is drawn of a particle: spheres, rods and flat faces in its own axes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from analysis.shapes import Shape

FloatArray = NDArray[np.float64]

#: Faces of a hull belong to one plane where their planes agree to this.
_COPLANAR = 1e-6
#: Corners of a rounded corner, the outermost point among them.
_ARC = 9
#: Corners of what is drawn of an ellipsoid.
_SPIRAL = 400


@dataclass(frozen=True)
class Body:
    """Everything is in the axes of the particle, lengths as in the configuration.

    Attributes
    ----------
    spheres : ndarray, shape (m, 4)
        Centres and radii.
    rods : ndarray, shape (k, 2, 3)
        Ends of cylinders of radius `thickness`; there are spheres at their ends.
    thickness : float
    corners : ndarray, shape (n, 3)
    faces : tuple of tuple of int
        Corners of each face, anticlockwise as seen from outside.
    smooth : bool
        Whether the faces stand for a curved surface, without lines between them.
    """

    spheres: FloatArray
    rods: FloatArray
    thickness: float
    corners: FloatArray
    faces: tuple[tuple[int, ...], ...]
    smooth: bool = False

    @classmethod
    def ball(cls, radius: float) -> Body:
        """A disc or sphere."""
        return cls(np.array([[0.0, 0.0, 0.0, radius]]), *_NO_RODS, *_NO_FACES)

    @classmethod
    def of(cls, shape: Shape) -> Body:
        """What is drawn of a shape; rounded ones have round edges."""
        if shape.kind == "sphere":
            return cls.ball(shape.radius)
        if shape.kind == "sphere_union":
            spheres = np.column_stack([shape.points, np.array(shape.radii)])
            return cls(spheres, *_NO_RODS, *_NO_FACES)
        if shape.kind == "spherocylinder":
            spheres = np.column_stack([shape.points, np.full(2, shape.radius)])
            return cls(spheres, shape.points[None], shape.radius, *_NO_FACES)
        if shape.kind == "polygon":
            corners = _rounded(shape.points, shape.radius)
            return cls(_NO_SPHERES, *_NO_RODS, corners, (tuple(range(len(corners))),))
        if shape.kind == "ellipsoid":
            whole = _polyhedron(_sphere_points() * np.array(shape.radii), 0.0)
            return replace(whole, smooth=True)
        if shape.kind == "polyhedron_union":
            return _joined([_polyhedron(hull, 0.0) for hull in shape.hulls])
        return _polyhedron(shape.points, shape.radius)

    @property
    def radius(self) -> float:
        """Of the circumscribed sphere."""
        reach = [np.linalg.norm(self.spheres[:, :3], axis=1) + self.spheres[:, 3]]
        reach.append(np.linalg.norm(self.corners, axis=1))
        return float(np.concatenate(reach).max(initial=0.0))

    def normals(self) -> FloatArray:
        """Outward unit normal of each face, shape (n_faces, 3)."""
        if not self.faces:
            return np.empty((0, 3))
        # Newell's sum is right for polygons that are not convex, too.
        found = []
        for face in self.faces:
            corners = self.corners[list(face)]
            found.append(np.cross(corners, np.roll(corners, -1, axis=0)).sum(axis=0))
        normals = np.array(found)
        return np.asarray(normals / np.linalg.norm(normals, axis=1, keepdims=True))


_NO_SPHERES = np.empty((0, 4))
_NO_RODS = (np.empty((0, 2, 3)), 0.0)
_NO_FACES: tuple[FloatArray, tuple[tuple[int, ...], ...]] = (np.empty((0, 3)), ())


def _rounded(corners: FloatArray, radius: float) -> FloatArray:
    """Outline of a convex polygon with a disc swept over it, anticlockwise, shape (n, 3)."""
    x, y = corners[:, :2].T
    if np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)) < 0.0:
        corners = corners[::-1]
    if radius == 0.0:
        return corners
    along = np.roll(corners, -1, axis=0) - corners
    angles = np.arctan2(along[:, 1], along[:, 0]) - 0.5 * np.pi  # of the outward normals
    before = np.roll(angles, 1)
    turns = np.mod(angles - before, 2.0 * np.pi)
    parts = np.linspace(0.0, 1.0, _ARC)
    around = before[:, None] + turns[:, None] * parts
    arcs = np.stack([np.cos(around), np.sin(around), np.zeros_like(around)], axis=-1)
    return np.asarray((corners[:, None, :] + radius * arcs).reshape(-1, 3))


def _sphere_points() -> FloatArray:
    """Points all over a sphere of radius 1, on a spiral, shape (n, 3)."""
    z = np.linspace(-1.0, 1.0, _SPIRAL)
    turn = np.pi * (3.0 - np.sqrt(5.0)) * np.arange(_SPIRAL)
    across = np.sqrt(1.0 - z * z)
    return np.stack([across * np.cos(turn), across * np.sin(turn), z], axis=1)


def _polyhedron(points: FloatArray, radius: float) -> Body:
    from scipy.spatial import ConvexHull

    hull = ConvexHull(points)
    planes: list[tuple[FloatArray, set[int]]] = []
    for plane, simplex in zip(hull.equations, hull.simplices, strict=True):
        for known, members in planes:
            if np.abs(known - plane).max() < _COPLANAR * max(1.0, np.abs(plane).max()):
                members.update(simplex.tolist())
                break
        else:
            planes.append((plane, set(simplex.tolist())))
    loops = [_around(points, sorted(members), plane[:3]) for plane, members in planes]
    if radius == 0.0:
        return Body(_NO_SPHERES, *_NO_RODS, points, tuple(loops))
    # The faces move outwards; between them are cylinders along the edges, spheres at the corners.
    corners: list[FloatArray] = []
    faces: list[tuple[int, ...]] = []
    for (plane, _), loop in zip(planes, loops, strict=True):
        faces.append(tuple(range(len(corners), len(corners) + len(loop))))
        corners += list(points[list(loop)] + radius * plane[:3])
    edges = {tuple(sorted(pair)) for one in loops for pair in pairwise([*one, one[0]])}
    spheres = np.column_stack([points[hull.vertices], np.full(len(hull.vertices), radius)])
    rods = np.array([points[[a, b]] for a, b in sorted(edges)])
    return Body(spheres, rods, radius, np.array(corners), tuple(faces))


def _joined(bodies: list[Body]) -> Body:
    """Bodies of flat faces as one."""
    firsts = np.cumsum([0, *(len(body.corners) for body in bodies)])
    faces = [
        tuple(int(first) + corner for corner in face)
        for body, first in zip(bodies, firsts, strict=False)
        for face in body.faces
    ]
    corners = np.concatenate([body.corners for body in bodies])
    return Body(_NO_SPHERES, *_NO_RODS, corners, tuple(faces))


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

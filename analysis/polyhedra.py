"""Polyhedra: corners of the building blocks, volume, centroid, curvature, surface."""

from __future__ import annotations

from typing import Any

import numpy as np

from workspace_schema.building_blocks.polyhedron import ARCHIMEDEAN, PLATONIC, HardPolyhedron


def polyhedron_corners(block: HardPolyhedron) -> np.ndarray:
    """Corners around the centroid, shape (n, 3), those inside the hull left out (families have
    such)."""
    from scipy.spatial import ConvexHull

    corners = np.array(block.vertices if block.vertices is not None else _tabulated(block))
    corners = corners[_first_of_equals(corners)]
    return np.asarray(corners[ConvexHull(corners).vertices] - volume_and_centroid(corners)[1])


def volume_and_centroid(corners: np.ndarray) -> tuple[float, np.ndarray]:
    """Of the hull of corners, shape (n, 3)."""
    from scipy.spatial import ConvexHull

    hull = ConvexHull(corners)
    centre, parts = hull.points[hull.vertices].mean(axis=0), hull.points[hull.simplices]
    volumes = np.abs(np.linalg.det(parts - centre)) / 6.0
    total = volumes.sum()
    return float(total), (volumes[:, None] * (parts.sum(axis=1) + centre) / 4.0).sum(axis=0) / total


def outside(hulls: list[np.ndarray]) -> list[list[int]]:
    """Triangles of several hulls, corners counted through, anticlockwise as seen from outside."""
    from scipy.spatial import ConvexHull

    found, first = [], 0
    for corners in hulls:
        hull = ConvexHull(corners)
        for (a, b, c), plane in zip(hull.simplices.tolist(), hull.equations, strict=True):
            normal = np.cross(corners[b] - corners[a], corners[c] - corners[a])
            ordered = (a, b, c) if normal @ plane[:3] > 0 else (a, c, b)
            found.append([first + corner for corner in ordered])
        first += len(corners)
    return found


def _tabulated(block: HardPolyhedron) -> np.ndarray:
    """Vertices of a named polyhedron or of a member of a family, from coxeter."""
    from coxeter import families

    if block.name is not None:
        if block.name in PLATONIC:
            table = families.PlatonicFamily
        elif block.name in ARCHIMEDEAN:
            table = families.ArchimedeanFamily
        else:
            table = families.CatalanFamily
        return np.array(table.get_shape(block.name.replace("_", " ").title()).vertices)
    makers: dict[str, Any] = {
        "truncated_tetrahedron": (families.TruncatedTetrahedronFamily, (block.truncation,)),
        "truncated_cube": (families.Family423, _cut(block.truncation or 0.0)),
        "323": (families.Family323Plus, (block.a, block.c)),
        "423": (families.Family423, (block.a, block.c)),
        "523": (families.Family523, (block.a, block.c)),
        "prism": (families.UniformPrismFamily, (block.sides,)),
        "antiprism": (families.UniformAntiprismFamily, (block.sides,)),
        "dipyramid": (families.UniformDipyramidFamily, (block.sides,)),
    }
    family, parameters = makers[str(block.family)]
    return np.array(family.get_shape(*parameters).vertices)


def _cut(truncation: float) -> tuple[float, float]:
    """`a` and `c` of the family 423 of a truncated cube, which has no {110} faces."""
    if truncation <= 0.5:
        return 1.0, 3.0 - 2.0 * truncation
    return 2.0 / (3.0 - 2.0 * truncation), 2.0


def _first_of_equals(points: np.ndarray) -> np.ndarray:
    """Indices of points that no earlier one equals (families meet in such corners)."""
    close = np.linalg.norm(points[:, None] - points[None], axis=-1) < 1e-6 * np.ptp(points)
    return np.flatnonzero(np.argmax(close, axis=1) == np.arange(len(points)))


def integrated_mean_curvature(hull: Any) -> float:
    """Sum over edges of length times half the angle between the normals of its two faces."""
    normals, total = hull.equations[:, :3], 0.0
    for face, neighbours in enumerate(hull.neighbors):
        for corner, other in enumerate(neighbours):
            if other < face:
                continue
            ends = np.delete(hull.simplices[face], corner)
            length = float(np.linalg.norm(np.subtract(*hull.points[ends])))
            cosine = float(np.clip(normals[face] @ normals[other], -1.0, 1.0))
            total += 0.5 * length * float(np.arccos(cosine))
    return total

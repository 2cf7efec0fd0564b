"""The geometry of building blocks: vertices, volumes, and how GSD files write them.

A shape is what a building block of the schema is in space. Sizes are those of the schema; polygons
and polyhedra are centred at their centroid, unions of spheres at the mean of their centers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np

from analysis.configuration import Configuration
from analysis.polygons import area, centroid, is_convex
from analysis.polyhedra import (
    integrated_mean_curvature,
    outside,
    polyhedron_corners,
    volume_and_centroid,
)
from workspace_schema.building_blocks import BuildingBlock
from workspace_schema.building_blocks.anisotropic_lennard_jones import AnisotropicLennardJones
from workspace_schema.building_blocks.ellipsoid import HardEllipsoid
from workspace_schema.building_blocks.gay_berne import GayBerne
from workspace_schema.building_blocks.patchy import KernFrenkel
from workspace_schema.building_blocks.patchy_lennard_jones import PatchyLennardJones
from workspace_schema.building_blocks.polygon import HardPolygon
from workspace_schema.building_blocks.polyhedron import HardPolyhedron
from workspace_schema.building_blocks.polyhedron_union import PolyhedronUnion
from workspace_schema.building_blocks.sphere import HardSphere
from workspace_schema.building_blocks.sphere_union import SphereUnion
from workspace_schema.building_blocks.spherocylinder import HardSpherocylinder

Kind = Literal[
    "sphere",
    "polygon",
    "polyhedron",
    "polyhedron_union",
    "sphere_union",
    "ellipsoid",
    "spherocylinder",
]

#: Names in GSD files: https://gsd.readthedocs.io, "Shape visualization". A spherocylinder is a
#: rounded polyhedron of two corners there, a union of polyhedra a mesh with `ends`.
_GSD: dict[Kind, str] = {
    "sphere": "Sphere",
    "polygon": "Polygon",
    "spherocylinder": "ConvexPolyhedron",
    "polyhedron": "ConvexPolyhedron",
    "polyhedron_union": "Mesh",
    "sphere_union": "SphereUnion",
    "ellipsoid": "Ellipsoid",
}
#: Points per particle by which the volume of a union of overlapping spheres is estimated.
_VOLUME_POINTS = 2_000_000


@dataclass(frozen=True)
class Shape:
    """A rigid body.

    Attributes
    ----------
    kind : Kind
    dimensions : 2 or 3
    points : ndarray of float64, shape (n, 3)
        Corners, one round after the other in a polygon, the centers of spheres, or the ends of the
        axis of a spherocylinder; the origin in a sphere and an ellipsoid.
    radius : float
        Of a sphere; of the sphere swept over a polygon, polyhedron or axis.
    radii : tuple of float
        Of the spheres of a union; semiaxes of an ellipsoid along x, y, z.
    patches : mapping of str to list of [x, y, z]
        Directions of each kind of patches on a sphere.
    ends : tuple of int
        Of a union of polyhedra: where the corners of each part end.
    """

    kind: Kind
    dimensions: int
    points: np.ndarray
    radius: float = 0.0
    radii: tuple[float, ...] = ()
    patches: Mapping[str, list[list[float]]] = field(default_factory=dict)
    ends: tuple[int, ...] = ()

    @property
    def marks(self) -> list[np.ndarray]:
        """Points that turn with the body, of each kind shape (n, 3); none of what looks the same
        from everywhere: patches, corners, the spheres of a union by radius, the ends of an
        ellipsoid's axes that have no equal."""
        if self.kind == "ellipsoid":
            single = [k for k, radius in enumerate(self.radii) if self.radii.count(radius) == 1]
            return [np.outer((1.0, -1.0), self.radii[k] * np.eye(3)[k]) for k in single]
        kinds = [np.array(patches) for patches in self.patches.values()]
        if self.kind == "sphere_union":
            radii = np.array(self.radii)
            kinds = [self.points[radii == radius] for radius in np.unique(radii)]
        elif self.kind != "sphere":
            kinds = [self.points]
        least = 1e-9 * self.circumscribed
        return [points for points in kinds if np.linalg.norm(points, axis=1).max() > least]

    @property
    def circumscribed(self) -> float:
        """Diameter of the sphere around the origin that encloses it."""
        distances = np.linalg.norm(self.points, axis=1)
        extra = np.array(self.radii) if self.radii else self.radius
        return float(2.0 * np.max(distances + extra))

    @property
    def inscribed(self) -> float:
        """Diameter of the sphere around the origin that fits into a convex body."""
        if self.kind == "ellipsoid":
            return 2.0 * min(self.radii)
        depth = 0.0
        if self.kind in ("polygon", "polyhedron"):
            from scipy.spatial import ConvexHull

            depth = float(-ConvexHull(self.points[:, : self.dimensions]).equations[:, -1].max())
        return 2.0 * (depth + self.radius)

    @cached_property
    def convex(self) -> bool:
        """Whether it is, as its kind says, and of a polygon its corners."""
        if self.kind == "polygon":
            return is_convex(self.points)
        return self.kind not in ("sphere_union", "polyhedron_union")

    @property
    def hulls(self) -> list[np.ndarray]:
        """Corners of each part of a union of polyhedra; those of anything else are one part."""
        return np.split(self.points, self.ends[:-1])

    @property
    def inertia(self) -> np.ndarray:
        """Tensor of inertia of a homogeneous body of mass 1 around its centre, shape (3, 3);
        of a rounded polygon or polyhedron that of what is rounded. In two dimensions only the
        moment around z is not zero.

        Raises
        ------
        ValueError
            Of a union.
        """
        if self.kind in ("sphere_union", "polyhedron_union"):
            raise ValueError("a union has no inertia here; expected one body")
        if self.kind == "spherocylinder":
            return self._spherocylinder_inertia()
        if self.kind == "polygon":
            x, following = self.points, np.roll(self.points, -1, axis=0)
            cross = np.cross(x, following)[:, 2]
            squares = np.sum(x * x + x * following + following * following, axis=1)
            return np.diag([0.0, 0.0, (cross * squares).sum() / (6.0 * cross.sum())])
        if self.kind == "polyhedron":
            from coxeter.shapes import ConvexPolyhedron

            hull = ConvexPolyhedron(self.points)
            return np.asarray(hull.inertia_tensor / hull.volume)
        squares = np.array(self.radii or (self.radius,) * 3) ** 2
        if self.dimensions == 2:
            return np.diag([0.0, 0.0, 0.5 * squares[0]])
        return np.diag(squares.sum() - squares) / 5.0

    def _spherocylinder_inertia(self) -> np.ndarray:
        """A cylinder and two halves of a ball, whose centroids are 3/8 of the radius beyond it."""
        ends, r = self.points[1] - self.points[0], self.radius
        length = float(np.linalg.norm(ends))
        tube = np.pi * r**2 * length / self.volume  # the part of the mass
        caps = 1.0 - tube
        along = (tube / 2.0 + caps * 0.4) * r**2
        across = tube * (r**2 / 4.0 + length**2 / 12.0)
        across += caps * (0.4 * r**2 + length**2 / 4.0 + 0.375 * length * r)
        axis = ends / length
        return across * np.eye(3) + (along - across) * np.outer(axis, axis)

    @cached_property
    def volume(self) -> float:
        """Volume, or area in two dimensions.

        Of overlapping spheres in a union it is estimated by points of a Sobol sequence, to about
        1e-4.
        """
        if self.kind == "sphere":
            return _ball(self.dimensions, self.radius)
        if self.kind == "sphere_union":
            return self._union_volume()
        if self.kind == "polyhedron_union":
            return float(sum(volume_and_centroid(hull)[0] for hull in self.hulls))
        if self.kind == "ellipsoid":
            return _ball(3, 1.0) * float(np.prod(self.radii))
        if self.kind == "spherocylinder":
            length = float(np.linalg.norm(self.points[1] - self.points[0]))
            return _ball(3, self.radius) + _ball(2, self.radius) * length
        return float(np.polyval(_steiner(self.points, self.dimensions, self.radius), 1.0))

    def _union_volume(self) -> float:
        d, radii = self.dimensions, np.array(self.radii)
        centers = self.points[:, :d]
        gaps = np.linalg.norm(centers[:, None] - centers[None], axis=-1)
        gaps[np.diag_indices(len(radii))] = np.inf
        if np.all(gaps >= radii[:, None] + radii[None, :]):
            return float(sum(_ball(d, radius) for radius in radii))
        from scipy.stats import qmc

        low = (centers - radii[:, None]).min(axis=0)
        size = (centers + radii[:, None]).max(axis=0) - low
        points = qmc.Sobol(d, seed=0).random(2 ** int(np.log2(_VOLUME_POINTS))) * size + low
        inside = np.zeros(len(points), dtype=bool)
        for center, radius in zip(centers, radii, strict=True):
            inside |= np.sum((points - center) ** 2, axis=1) < radius**2
        return float(inside.mean() * np.prod(size))

    def to_gsd(self) -> dict[str, Any]:
        """The shape as GSD's ``particles.type_shapes`` has it."""
        name, d = _GSD[self.kind], self.dimensions
        if self.kind == "sphere":
            entry: dict[str, Any] = {"type": name, "diameter": 2.0 * self.radius}
            return entry | ({"patches": dict(self.patches)} if self.patches else {})
        if self.kind == "sphere_union":
            return {
                "type": name,
                "diameters": [2.0 * radius for radius in self.radii],
                "centers": self.points.tolist(),
            }
        if self.kind == "polyhedron_union":
            mesh = {"vertices": self.points.tolist(), "indices": outside(self.hulls)}
            return {"type": name, **mesh, "ends": list(self.ends)}
        if self.kind == "ellipsoid":
            return {"type": name} | dict(zip("abc", self.radii, strict=True))
        vertices = self.points[:, :d].tolist()
        return {"type": name, "rounding_radius": self.radius, "vertices": vertices}

    @classmethod
    def from_gsd(cls, entry: Mapping[str, Any], dimensions: int) -> Shape | None:
        """Read an entry of GSD's ``type_shapes``; None where it is none of ours (points too)."""
        names: dict[str, Kind] = {name: kind for kind, name in _GSD.items()}
        kind = names.get(str(entry.get("type")))
        if kind == "sphere":
            radius, patches = float(entry["diameter"]) / 2.0, entry.get("patches", {})
            return cls("sphere", dimensions, np.zeros((1, 3)), radius, patches=patches)
        if kind == "sphere_union":
            centers = np.array(entry["centers"], dtype=float).reshape(-1, 3)
            radii = tuple(float(d) / 2.0 for d in entry["diameters"])
            return cls("sphere_union", dimensions, centers, 0.0, radii)
        if kind == "polyhedron_union":
            if "ends" not in entry:
                return None
            corners = np.array(entry["vertices"], dtype=float).reshape(-1, 3)
            return cls(kind, dimensions, corners, ends=tuple(map(int, entry["ends"])))
        if kind == "ellipsoid":
            axes = tuple(float(entry[key]) for key in "abc")
            return cls("ellipsoid", dimensions, np.zeros((1, 3)), 0.0, axes)
        if kind == "polygon" or kind == "polyhedron":
            corners = np.array(entry["vertices"], dtype=float)
            radius = float(entry.get("rounding_radius", 0.0))
            if not corners.size:  # a sphere, as HOOMD-blue has depletants; or nothing to draw
                return cls("sphere", dimensions, np.zeros((1, 3)), radius) if radius else None
            points = np.zeros((len(corners), 3))
            points[:, : corners.shape[1]] = corners
            if kind == "polyhedron" and len(points) == 2:
                kind = "spherocylinder"
            return cls(kind, dimensions, points, radius)
        return None


def packing_fraction(shapes: Mapping[str, Shape], configuration: Configuration) -> float:
    """Part of the box that particles fill, whose types have these shapes."""
    volumes = np.array([shapes[name].volume for name in configuration.type_names])
    return float(volumes[configuration.types].sum() / configuration.volume)


def shape_of(block: BuildingBlock, dimensions: int) -> Shape:
    """The shape of a building block."""
    if isinstance(block, HardSphere):
        return Shape("sphere", dimensions, np.zeros((1, 3)), block.diameter / 2.0)
    if isinstance(block, KernFrenkel):
        kinds = {
            kind: [list(v) for v in patch.vectors]
            for kind, patch in block.patches.items()
            if patch.half_angle < math.pi  # a square well has no direction
        }
        return Shape("sphere", dimensions, np.zeros((1, 3)), block.diameter / 2.0, patches=kinds)
    if isinstance(block, PatchyLennardJones):
        kinds = {"patch": [list(vector) for vector in block.vectors]}
        return Shape("sphere", dimensions, np.zeros((1, 3)), block.sigma / 2.0, patches=kinds)
    if isinstance(block, HardPolygon):
        points = _scaled(_polygon(block), 2, block.rounding, block.area)
        return Shape("polygon", 2, points, block.rounding)
    if isinstance(block, HardPolyhedron):
        points = _scaled(polyhedron_corners(block), 3, block.rounding, block.volume)
        return Shape("polyhedron", 3, points, block.rounding)
    if isinstance(block, HardEllipsoid):
        ratios = np.array(block.ratios)
        semiaxes = ratios * (block.volume / (_ball(3, 1.0) * ratios.prod())) ** (1 / 3)
        return Shape("ellipsoid", 3, np.zeros((1, 3)), 0.0, tuple(semiaxes.tolist()))
    if isinstance(block, HardSpherocylinder):
        whole = _ball(3, 0.5) + _ball(2, 0.5) * block.elongation  # of diameter 1
        diameter = (block.volume / whole) ** (1 / 3)
        half = block.elongation * diameter / 2.0
        ends = np.array([[0.0, 0.0, -half], [0.0, 0.0, half]])
        return Shape("spherocylinder", 3, ends, diameter / 2.0)
    if isinstance(block, AnisotropicLennardJones):
        return shape_of(block.shape, dimensions)
    if isinstance(block, GayBerne):
        semiaxes = (block.width / 2.0, block.width / 2.0, block.length / 2.0)
        return Shape("ellipsoid", 3, np.zeros((1, 3)), 0.0, semiaxes)
    if isinstance(block, PolyhedronUnion):
        hulls = [np.array(part) for part in block.parts]
        volumes, centroids = map(np.array, zip(*map(volume_and_centroid, hulls), strict=True))
        scale = (block.volume / volumes.sum()) ** (1 / 3)
        points = scale * (np.concatenate(hulls) - volumes @ centroids / volumes.sum())
        ends = np.cumsum([len(hull) for hull in hulls])
        return Shape("polyhedron_union", 3, points, ends=tuple(ends.tolist()))
    if isinstance(block, SphereUnion):
        return _union(block, dimensions)
    raise TypeError(f"{block.form} has no shape")


def _polygon(block: HardPolygon) -> np.ndarray:
    """Corners counter-clockwise around the centroid, shape (n, 3)."""
    if block.sides is not None:
        angles = 2.0 * np.pi * np.arange(block.sides) / block.sides
        corners = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    else:
        corners = np.array(block.vertices, dtype=float)
        corners = corners if area(corners) > 0 else corners[::-1]
    points = np.zeros((len(corners), 3))
    points[:, :2] = corners - centroid(corners)
    return points


def _union(block: SphereUnion, dimensions: int) -> Shape:
    centers = np.array(block.centers, dtype=float) * block.spacing
    if dimensions == 2:
        centers[:, 2] = 0.0  # the schema admits what is as good as in the plane
    radii = block.diameters if block.diameters is not None else [1.0] * len(centers)
    return Shape(
        "sphere_union",
        dimensions,
        centers - centers.mean(axis=0),
        0.0,
        tuple(diameter / 2.0 for diameter in radii),
    )


def _scaled(points: np.ndarray, dimensions: int, radius: float, volume: float) -> np.ndarray:
    """Corners scaled such that they enclose a volume, what is swept over them included."""
    polynomial = _steiner(points, dimensions, radius)
    polynomial[-1] -= volume
    roots = np.roots(polynomial)
    scale = max(roots[np.abs(roots.imag) < 1e-9 * np.abs(roots)].real)
    return np.asarray(points * scale)


def _steiner(points: np.ndarray, dimensions: int, radius: float) -> np.ndarray:
    """Coefficients, highest first, of the volume of a swept hull, or of the area of a swept
    polygon, in the scale of its corners."""
    from scipy.spatial import ConvexHull

    ball = _ball(dimensions, radius)
    if dimensions == 2:
        around = np.linalg.norm(points - np.roll(points, 1, axis=0), axis=1).sum()
        return np.array([abs(area(points)), around * radius, ball])
    hull = ConvexHull(points)
    curvature = integrated_mean_curvature(hull)
    return np.array([hull.volume, hull.area * radius, curvature * radius**2, ball])


def _ball(dimensions: int, radius: float) -> float:
    return float(np.pi * radius**2 if dimensions == 2 else 4.0 / 3.0 * np.pi * radius**3)

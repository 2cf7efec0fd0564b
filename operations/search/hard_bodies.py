"""Building blocks as arrays, and the energy of two of them, compiled.

Infinite where they overlap; else that of the patches that face each other.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from analysis.polygons import triangles
from analysis.shapes import Shape, shape_of
from operations.search.compilation import compiled
from operations.search.convex import bodies_overlap
from operations.search.rotations import turn_vectors
from workspace_schema.building_blocks import BuildingBlock
from workspace_schema.building_blocks.patchy import KernFrenkel, stick


class HardBodies(NamedTuple):
    """The bodies of all types. A body is a union of parts, a part a hull with a swept radius, or an
    ellipsoid.

    Attributes
    ----------
    corners : ndarray of float64, shape (n, 3)
        Of an ellipsoid its three semiaxes.
    part_of_corner : ndarray of int, shape (parts + 1,)
        Where the corners of each part begin.
    radii : ndarray of float64, shape (parts,)
    round : ndarray of bool, shape (parts,)
        Whether a part is an ellipsoid.
    parts_of_type : ndarray of int, shape (types + 1,)
        Where the parts of each type begin.
    outer : ndarray of float64, shape (types,)
        Radii of circumscribed spheres.
    vectors : ndarray of float64, shape (patches, 3)
    cosines : ndarray of float64, shape (patches,)
        Of their half angles.
    kinds : ndarray of int, shape (patches,)
    patches_of_type : ndarray of int, shape (types + 1,)
    wells : ndarray of float64, shape (kinds, kinds, 2)
        Depth and range in units of the contact distance.
    reach : float
        Beyond this distance nothing interacts.
    """

    corners: np.ndarray
    part_of_corner: np.ndarray
    radii: np.ndarray
    round: np.ndarray
    parts_of_type: np.ndarray
    outer: np.ndarray
    vectors: np.ndarray
    cosines: np.ndarray
    kinds: np.ndarray
    patches_of_type: np.ndarray
    wells: np.ndarray
    reach: float


def make_bodies(blocks: Mapping[str, BuildingBlock], dimensions: int) -> HardBodies:
    """The bodies of types, in alphabetical order."""
    names = sorted(blocks)
    shapes = [shape_of(blocks[name], dimensions) for name in names]
    parts = [_parts(shape) for shape in shapes]
    hulls = [hull for those in parts for hull, _ in those]
    patchy = [block if isinstance(block := blocks[n], KernFrenkel) else None for n in names]
    by_kind = {kind: patch for block in patchy if block for kind, patch in block.patches.items()}
    kinds = sorted(by_kind)
    wells = np.zeros((len(kinds), len(kinds), 2))
    for a, one in enumerate(kinds):
        for b, other in enumerate(kinds):
            p, q = by_kind[one], by_kind[other]
            if stick(one, p, other, q):
                wells[a, b] = math.sqrt(p.epsilon * q.epsilon), (p.range + q.range) / 2
    patches = [
        [
            (vector, math.cos(patch.half_angle), kinds.index(kind))
            for kind, patch in block.patches.items()
            for vector in patch.vectors
        ]
        if block
        else []
        for block in patchy
    ]
    flat = [patch for those in patches for patch in those]
    outer = np.array([shape.circumscribed / 2 for shape in shapes])
    farthest = max([1.0, *wells[:, :, 1].ravel()]) if kinds else 1.0
    return HardBodies(
        corners=np.concatenate(hulls),
        part_of_corner=np.cumsum([0, *map(len, hulls)]),
        radii=np.array([radius for those in parts for _, radius in those]),
        round=np.repeat([shape.kind == "ellipsoid" for shape in shapes], [*map(len, parts)]),
        parts_of_type=np.cumsum([0, *map(len, parts)]),
        outer=outer,
        vectors=np.array([vector for vector, _, _ in flat], dtype=np.float64).reshape(-1, 3),
        cosines=np.array([cosine for _, cosine, _ in flat], dtype=np.float64),
        kinds=np.array([kind for _, _, kind in flat], dtype=np.int64),
        patches_of_type=np.cumsum([0, *map(len, patches)]),
        wells=wells.reshape(len(kinds), len(kinds), 2),
        reach=float(2 * outer.max() * farthest),
    )


def _parts(shape: Shape) -> list[tuple[np.ndarray, float]]:
    if shape.kind == "sphere_union":
        return [(shape.points[k : k + 1], radius) for k, radius in enumerate(shape.radii)]
    if shape.kind == "ellipsoid":
        return [(np.diag(shape.radii), 0.0)]
    if shape.kind == "polyhedron_union":
        return [(hull, 0.0) for hull in shape.hulls]
    if not shape.convex:
        return [(shape.points[list(corners)], 0.0) for corners in triangles(shape.points)]
    return [(shape.points, shape.radius)]


@compiled
def place(bodies, kind, q, corners, vectors):
    """Write the corners and patch directions of a particle of a type, turned, to arrays."""
    turn = (q[0], q[1], q[2], q[3])
    first = bodies.part_of_corner[bodies.parts_of_type[kind]]
    last = bodies.part_of_corner[bodies.parts_of_type[kind + 1]]
    turn_vectors(turn, bodies.corners[first:last].reshape(-1), corners, 0)
    first, last = bodies.patches_of_type[kind], bodies.patches_of_type[kind + 1]
    turn_vectors(turn, bodies.vectors[first:last].reshape(-1), vectors, 0)


class Placed(NamedTuple):
    """A particle of a type, with the corners and patch directions that `place` has written."""

    kind: int
    corners: np.ndarray
    vectors: np.ndarray


@compiled
def pair_energy(bodies, first, second, d, scratch):
    """Energy of two particles, both `Placed`, the second at `d` of the first.

    `scratch`, shape (7, 3), is overwritten.
    """
    one, other = first.kind, second.kind
    square = d[0] * d[0] + d[1] * d[1] + d[2] * d[2]
    if square >= bodies.reach * bodies.reach:
        return 0.0
    contact = bodies.outer[one] + bodies.outer[other]
    if square < contact * contact:
        origin = bodies.part_of_corner[bodies.parts_of_type[one]]
        other_origin = bodies.part_of_corner[bodies.parts_of_type[other]]
        for p in range(bodies.parts_of_type[one], bodies.parts_of_type[one + 1]):
            a0, a1 = bodies.part_of_corner[p] - origin, bodies.part_of_corner[p + 1] - origin
            for s in range(bodies.parts_of_type[other], bodies.parts_of_type[other + 1]):
                b0 = bodies.part_of_corner[s] - other_origin
                b1 = bodies.part_of_corner[s + 1] - other_origin
                radius = bodies.radii[p] + bodies.radii[s]
                if a1 - a0 == 1 and b1 - b0 == 1:  # two spheres
                    gap = 0.0
                    for c in range(3):
                        gap += (d[c] + second.corners[b0, c] - first.corners[a0, c]) ** 2
                    if gap < radius * radius:
                        return np.inf
                elif bodies_overlap(
                    first.corners[a0:a1],
                    second.corners[b0:b1],
                    d,
                    radius,
                    scratch,
                    bodies.round[p],
                    bodies.round[s],
                ):
                    return np.inf
    if not len(bodies.wells):
        return 0.0
    energy, r = 0.0, math.sqrt(square)
    n = len(bodies.wells)
    for a in range(n):
        if not _faces(bodies, first, a, d, r):
            continue
        for b in range(n):
            depth, reach = bodies.wells[a, b, 0], bodies.wells[a, b, 1]
            near = depth != 0.0 and r < reach * contact
            if near and _faces(bodies, second, b, d, -r):
                energy -= depth
    return energy


@compiled
def _faces(bodies, placed, patch_kind, d, r):
    """Whether a patch of a kind faces the particle at `d`; with -r, the one at -d."""
    sign, first = 1.0 if r > 0.0 else -1.0, bodies.patches_of_type[placed.kind]
    for k in range(first, bodies.patches_of_type[placed.kind + 1]):
        if bodies.kinds[k] == patch_kind:
            v = placed.vectors[k - first]
            if sign * (v[0] * d[0] + v[1] * d[1] + v[2] * d[2]) >= bodies.cosines[k] * abs(r):
                return True
    return False

"""Whether two convex bodies overlap, compiled: hulls of points, and ellipsoids.

The algorithm of E. G. Gilbert, D. W. Johnson, S. S. Keerthi, IEEE J. Robot. Autom. 4, 193 (1988):
simplices of points of the Minkowski difference come closer to the origin, until their distance is
known to be more or less than the radii of the spheres that are swept over the bodies.
"""

from __future__ import annotations

import math

import numpy as np

from operations.search.compilation import compiled

#: Relative precision of a distance.
PRECISION = 1e-10


@compiled
def bodies_overlap(one, other, d, radius, scratch, one_is_round=False, other_is_round=False):
    """Whether two bodies come closer than `radius`.

    Parameters
    ----------
    one, other : ndarray of float64, shape (n, 3)
        Corners of hulls, or, of what is round, the three semiaxes of an ellipsoid as vectors;
        `other` is at `d` (shape (3,)).
    radius : float
        Sum of the radii swept over both.
    scratch : ndarray of float64, shape (7, 3)
        Overwritten; a new array for every call would cost more than the call.
    """
    simplex, v, point, corner = scratch[:4], scratch[4], scratch[5], scratch[6]
    size = 0
    for c in range(3):
        v[c] = d[c]
    square = v[0] * v[0] + v[1] * v[1] + v[2] * v[2]
    if square == 0.0:
        return True
    scale = square
    for _ in range(60):
        # the point of other + d - one that is farthest along -v
        for c in range(3):
            corner[c] = d[c]
        _add_farthest(other, other_is_round, v, -1.0, corner)
        _add_farthest(one, one_is_round, v, 1.0, corner)
        reach = v[0] * corner[0] + v[1] * corner[1] + v[2] * corner[2]
        length = math.sqrt(square)
        if size > 0 and square - reach <= PRECISION * square:
            return length < radius  # v is the distance
        if reach > radius * length:
            return False  # a plane between them
        farthest = 0.0
        for c in range(3):
            simplex[size, c] = corner[c]
            farthest += corner[c] ** 2
        scale = max(scale, farthest)
        size = _closest(simplex, size + 1, v, point)
        square = v[0] * v[0] + v[1] * v[1] + v[2] * v[2]
        if size == 4 or square <= 1e-24 * scale or square < radius * radius:
            return True
    # closer than rounding lets one see is an overlap
    return math.sqrt(square) < max(radius, 1e-12 * math.sqrt(scale))


@compiled
def _add_farthest(body, is_round, v, sign, corner):
    """Add -sign times the point of a body that is farthest along sign v."""
    if is_round:
        square = 0.0
        for k in range(3):
            square += (v[0] * body[k, 0] + v[1] * body[k, 1] + v[2] * body[k, 2]) ** 2
        per_length = 1.0 / math.sqrt(square)
        for k in range(3):
            along = (v[0] * body[k, 0] + v[1] * body[k, 1] + v[2] * body[k, 2]) * per_length
            for c in range(3):
                corner[c] -= along * body[k, c]
        return
    most = -np.inf
    best = 0
    for k in range(len(body)):
        along = sign * (v[0] * body[k, 0] + v[1] * body[k, 1] + v[2] * body[k, 2])
        if along > most:
            most, best = along, k
    for c in range(3):
        corner[c] -= sign * body[best, c]


@compiled
def _closest(simplex, size, v, point):
    """Write the point of a simplex closest to the origin to `v`; keep the corners it lies between.

    Returns
    -------
    int
        Corners that are kept, at the beginning of `simplex`; 4 where the origin is inside.
    """
    best, kept = np.inf, 0
    keep_0 = keep_1 = keep_2 = 4
    if size == 4 and _inside(simplex):
        for c in range(3):
            v[c] = 0.0
        return 4
    for i in range(size):
        length = 0.0
        for c in range(3):
            length += simplex[i, c] * simplex[i, c]
        if length < best:
            best, kept = length, 1
            keep_0, keep_1, keep_2 = i, 4, 4
            for c in range(3):
                v[c] = simplex[i, c]
    for i in range(size):
        for j in range(i):
            edge, along = 0.0, 0.0
            for c in range(3):
                side = simplex[j, c] - simplex[i, c]
                edge += side * side
                along -= simplex[i, c] * side
            if not 0.0 < along < edge:
                continue
            length, part = 0.0, along / edge
            for c in range(3):
                point[c] = simplex[i, c] + part * (simplex[j, c] - simplex[i, c])
                length += point[c] * point[c]
            if length < best:
                best, kept = length, 2
                keep_0, keep_1, keep_2 = j, i, 4
                for c in range(3):
                    v[c] = point[c]
    for left in range(size if size == 4 else (1 if size == 3 else 0)):
        i = 0 if size == 3 or left != 0 else 1
        j = i + 1 if size == 3 or left != i + 1 else i + 2
        k = 3 - i - j if size == 3 else 6 - left - i - j
        # the foot of the perpendicular on the plane, in coordinates of two edges
        aa, ab, bb, pa, pb = 0.0, 0.0, 0.0, 0.0, 0.0
        for c in range(3):
            a, b = simplex[j, c] - simplex[i, c], simplex[k, c] - simplex[i, c]
            aa += a * a
            ab += a * b
            bb += b * b
            pa -= simplex[i, c] * a
            pb -= simplex[i, c] * b
        det = aa * bb - ab * ab
        if det <= 1e-14 * aa * bb:
            continue
        s, t = (pa * bb - pb * ab) / det, (pb * aa - pa * ab) / det
        if s <= 0.0 or t <= 0.0 or s + t >= 1.0:
            continue
        length = 0.0
        for c in range(3):
            a, b = simplex[j, c] - simplex[i, c], simplex[k, c] - simplex[i, c]
            point[c] = simplex[i, c] + s * a + t * b
            length += point[c] * point[c]
        if length < best:
            best, kept = length, 3
            keep_0, keep_1, keep_2 = i, j, k  # in rising order
            for c in range(3):
                v[c] = point[c]
    for c in range(3):  # upwards, so that nothing is overwritten that is still needed
        simplex[0, c] = simplex[keep_0, c]
        if kept > 1:
            simplex[1, c] = simplex[keep_1, c]
        if kept > 2:
            simplex[2, c] = simplex[keep_2, c]
    return kept


@compiled
def _inside(simplex):
    """Whether the origin lies inside a tetrahedron: on the same side of each face as its corner."""
    for left in range(4):
        i = 0 if left != 0 else 1
        j = i + 1 if left != i + 1 else i + 2
        k = 6 - left - i - j
        # the normal of the face, and how far corner and origin are along it
        ax, ay, az = _edge(simplex, i, j)
        bx, by, bz = _edge(simplex, i, k)
        nx, ny, nz = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
        cx, cy, cz = _edge(simplex, i, left)
        corner = nx * cx + ny * cy + nz * cz
        origin = -(nx * simplex[i, 0] + ny * simplex[i, 1] + nz * simplex[i, 2])
        if corner * origin <= 0.0:
            return False
    return True


@compiled
def _edge(simplex, i, j):
    return (
        simplex[j, 0] - simplex[i, 0],
        simplex[j, 1] - simplex[i, 1],
        simplex[j, 2] - simplex[i, 2],
    )

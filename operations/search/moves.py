"""Moves of basin hopping on coordinates, compiled: what is tried before a quench.

Coordinates are the variables of `operations.search.minimise`: x, y, z of all particles one after
the other. In two dimensions z stays zero.
"""

from __future__ import annotations

import math

import numpy as np

from operations.search.compilation import compiled
from operations.search.matrices import transform

#: Attempts to place a particle or an orbit before the symmetry is given up.
ATTEMPTS = 200
#: Orbits in a row that do not fit before another group is taken.
GIVE_UP = 40


@compiled
def below(rng, n):
    """A random integer from 0 to n - 1."""
    return min(int(rng.random() * n), n - 1)


@compiled
def direction(rng, dimensions):
    """A random unit vector."""
    while True:
        x, y = 2.0 * rng.random() - 1.0, 2.0 * rng.random() - 1.0
        z = 2.0 * rng.random() - 1.0 if dimensions == 3 else 0.0
        square = x * x + y * y + z * z
        if 1e-4 < square <= 1.0:
            length = math.sqrt(square)
            return x / length, y / length, z / length


@compiled
def in_sphere(rng, radius, dimensions):
    """A random point in a sphere or disk."""
    x, y, z = direction(rng, dimensions)
    r = radius * rng.random() ** (1.0 / dimensions)
    return r * x, r * y, r * z


@compiled
def radius(volume, dimensions):
    """Of a sphere or disk."""
    if dimensions == 2:
        return math.sqrt(volume / math.pi)
    return (0.75 * volume / math.pi) ** (1.0 / 3.0)


@compiled
def random_cluster(rng, v, n, dimensions, radius, distance):
    """Particles in a sphere, each away from the others by `distance` where there is room."""
    for i in range(n):
        for attempt in range(ATTEMPTS):
            x, y, z = in_sphere(rng, radius, dimensions)
            v[i], v[n + i], v[2 * n + i] = x, y, z
            if attempt == ATTEMPTS - 1 or _free(v, n, i, x, y, z, distance):
                break


@compiled
def _free(v, n, placed, x, y, z, distance):
    for j in range(placed):
        square = (v[j] - x) ** 2 + (v[n + j] - y) ** 2 + (v[2 * n + j] - z) ** 2
        if square < distance * distance:
            return False
    return True


@compiled
def displace(rng, v, n, dimensions, step):
    """Every coordinate by a uniform random number in ±step."""
    for k in range(dimensions * n):
        v[k] += step * (2.0 * rng.random() - 1.0)


@compiled
def to_centre(v, n):
    """The centre of mass to the origin."""
    for a in range(3):
        total = 0.0
        for i in range(a * n, (a + 1) * n):
            total += v[i]
        for i in range(a * n, (a + 1) * n):
            v[i] -= total / n


@compiled
def angular(rng, v, n, dimensions, energies, bound):
    """Particles bound more weakly than `bound` times the strongest to random places on the surface.

    At least the most weakly bound one moves (GMIN's angular moves; D. J. Wales, J. P. K. Doye,
    J. Phys. Chem. A 101, 5111 (1997)).
    """
    to_centre(v, n)
    radius = 0.0
    for i in range(n):
        radius = max(radius, v[i] ** 2 + v[n + i] ** 2 + v[2 * n + i] ** 2)
    radius = math.sqrt(radius)
    weakest, strongest = 0, 0
    for i in range(n):
        weakest = i if energies[i] > energies[weakest] else weakest
        strongest = i if energies[i] < energies[strongest] else strongest
    limit = bound * energies[strongest]
    for i in range(n):
        if i == weakest or energies[i] > limit:
            x, y, z = direction(rng, dimensions)
            v[i], v[n + i], v[2 * n + i] = radius * x, radius * y, radius * z


@compiled
def is_mixture(types):
    """Whether there are particles of more than one type."""
    return (types != types[0]).any()


@compiled
def swap(rng, v, n, types):
    """Two random particles of different types change places."""
    i = j = below(rng, n)
    while types[j] == types[i]:
        j = below(rng, n)
    for a in range(3):
        v[a * n + i], v[a * n + j] = v[a * n + j], v[a * n + i]


@compiled
def random_rotation(rng, dimensions):
    """A rotation matrix; of random quaternions (K. Shoemake, Graphics Gems III (1992))."""
    result = np.zeros((3, 3))
    if dimensions == 2:
        angle = 2.0 * math.pi * rng.random()
        c, s = math.cos(angle), math.sin(angle)
        result[0, 0], result[0, 1], result[1, 0], result[1, 1] = c, -s, s, c
        result[2, 2] = 1.0
        return result
    u, a, b = rng.random(), 2.0 * math.pi * rng.random(), 2.0 * math.pi * rng.random()
    w, x = math.sqrt(1.0 - u) * math.sin(a), math.sqrt(1.0 - u) * math.cos(a)
    y, z = math.sqrt(u) * math.sin(b), math.sqrt(u) * math.cos(b)
    result[0, 0], result[0, 1] = 1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y - w * z)
    result[0, 2], result[1, 0] = 2.0 * (x * z + w * y), 2.0 * (x * y + w * z)
    result[1, 1], result[1, 2] = 1.0 - 2.0 * (x * x + z * z), 2.0 * (y * z - w * x)
    result[2, 0], result[2, 1] = 2.0 * (x * z - w * y), 2.0 * (y * z + w * x)
    result[2, 2] = 1.0 - 2.0 * (x * x + y * y)
    return result


@compiled
def turned(rng, v, n, dimensions):
    """The particles turned at random about their centre, in random order, shape (3, N)."""
    to_centre(v, n)
    transform(random_rotation(rng, dimensions), v, n)
    points = np.empty((3, n))
    for i in range(n):
        j = below(rng, i + 1)
        for a in range(3):
            points[a, i] = points[a, j]
            points[a, j] = v[a * n + i]
    return points


@compiled
def _distinct(points, n):
    """Move the distinct ones of n points to the front; returns how many there are."""
    size = 0
    for g in range(n):
        x, y, z = points[0, g], points[1, g], points[2, g]
        new = True
        for k in range(size):
            if (points[0, k] - x) ** 2 + (points[1, k] - y) ** 2 + (points[2, k] - z) ** 2 < 1e-9:
                new = False
                break
        if new:
            points[0, size], points[1, size], points[2, size] = x, y, z
            size += 1
    return size


@compiled
def _orbit(group, x, y, z, distance, orbit):
    """Images of a point; one closer than `distance` to an image of itself moves onto the element
    of symmetry between them. Returns how many there are, 0 where they cannot be kept apart."""
    for _ in range(4):
        near = fixed = 0
        sx = sy = sz = 0.0
        for g in range(len(group)):
            m = group[g]
            gx = m[0, 0] * x + m[0, 1] * y + m[0, 2] * z
            gy = m[1, 0] * x + m[1, 1] * y + m[1, 2] * z
            gz = m[2, 0] * x + m[2, 1] * y + m[2, 2] * z
            orbit[0, g], orbit[1, g], orbit[2, g] = gx, gy, gz
            square = (gx - x) ** 2 + (gy - y) ** 2 + (gz - z) ** 2
            if square < distance * distance:
                near += 1
                sx, sy, sz = sx + gx, sy + gy, sz + gz
                fixed += square < 1e-10
        if fixed == near:
            # Every image is met as often as there are elements that fix the point.
            return len(group) if fixed == 1 else _distinct(orbit, len(group))
        x, y, z = sx / near, sy / near, sz / near
    return 0


@compiled
def symmetric_cluster(rng, problem, v, group, radius, distance, points):
    """Particles on orbits of a point group, every orbit of one type.

    Parameters
    ----------
    rng : numpy.random.Generator
    problem : Problem
    v : ndarray of float64, shape (3 N,)
        Written.
    group : ndarray of float64, shape (order, 3, 3)
    radius : float
        Of the sphere of random points.
    distance : float
        Between particles, at least.
    points : ndarray of float64, shape (3, M)
        Tried first, in this order; none for a random cluster.

    Returns
    -------
    bool
        False where no orbit fits any more; `v` is then of no use.
    """
    types, dimensions, order = problem.types, problem.dimensions, len(group)
    n = len(types)
    orbit = np.empty((3, order))
    placed = np.zeros(n, dtype=np.bool_)
    filled = np.empty(3 * n)
    count = 0
    left = np.zeros(n, dtype=np.int64)
    n_types = 1
    for i in range(n):
        left[types[i]] += 1
        n_types = max(n_types, types[i] + 1)
    since = 0
    for attempt in range(points.shape[1] + ATTEMPTS):
        if count == n:
            return True
        since += 1
        if since > points.shape[1] + GIVE_UP:
            return False
        if attempt < points.shape[1]:
            x, y, z = points[0, attempt], points[1, attempt], points[2, attempt]
        else:
            x, y, z = in_sphere(rng, radius, dimensions)
            if rng.random() < 0.5:  # onto an element of symmetry: the mean over powers of g
                m = group[below(rng, order)]
                px, py, pz = x, y, z
                sx = sy = sz = 0.0
                for _ in range(60):  # a multiple of every order
                    sx, sy, sz = sx + px, sy + py, sz + pz
                    px, py, pz = (
                        m[0, 0] * px + m[0, 1] * py + m[0, 2] * pz,
                        m[1, 0] * px + m[1, 1] * py + m[1, 2] * pz,
                        m[2, 0] * px + m[2, 1] * py + m[2, 2] * pz,
                    )
                x, y, z = sx / 60.0, sy / 60.0, sz / 60.0
        size = _orbit(group, x, y, z, distance, orbit)
        if size == 0 or size > n - count:
            continue
        if not _free(filled, n, count, orbit[0, 0], orbit[1, 0], orbit[2, 0], distance):
            continue  # by symmetry the same for every image
        kind = below(rng, n_types)
        for _ in range(n_types):
            if left[kind] >= size:
                break
            kind = (kind + 1) % n_types
        if left[kind] < size:
            continue
        left[kind] -= size
        since = 0
        for k in range(size):
            filled[count], filled[n + count] = orbit[0, k], orbit[1, k]
            filled[2 * n + count] = orbit[2, k]
            count += 1
            for i in range(n):
                if types[i] == kind and not placed[i]:
                    placed[i] = True
                    v[i], v[n + i], v[2 * n + i] = orbit[0, k], orbit[1, k], orbit[2, k]
                    break
    return count == n

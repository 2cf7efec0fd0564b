"""Orientations of rigid bodies, compiled: quaternions, and rotation vectors relative to them.

A body's rotation R = exp(ω) R(q) is a quaternion q that is fixed during a minimisation and a
rotation vector ω (angle times axis, in space) that starts at zero and is a variable. That is smooth
up to |ω| = 2π, which no minimisation comes near; at its end `absorb` moves ω into q.

Quaternions are rows (w, x, y, z), the scalar first.
"""

from __future__ import annotations

import math

from operations.search import moves
from operations.search.compilation import compiled


@compiled
def quaternion(x, y, z):
    """Unit quaternion of a rotation vector."""
    square = x * x + y * y + z * z
    angle = math.sqrt(square)
    # sin(θ/2) / θ, by its series where θ is small.
    s = math.sin(0.5 * angle) / angle if square > 1e-8 else 0.5 - square / 48.0
    return math.cos(0.5 * angle), s * x, s * y, s * z


@compiled
def rotated(q, x, y, z):
    """The quaternion `q` turned by the rotation vector x, y, z, normalised."""
    a, b, c, d = quaternion(x, y, z)
    e, f, g, h = q[0], q[1], q[2], q[3]
    w = a * e - b * f - c * g - d * h
    i = a * f + b * e + c * h - d * g
    j = a * g - b * h + c * e + d * f
    k = a * h + b * g - c * f + d * e
    norm = 1.0 / math.sqrt(w * w + i * i + j * j + k * k)
    return w * norm, i * norm, j * norm, k * norm


@compiled
def turn_vectors(q, numbers, result, start):
    """Write R(q) of vectors, numbers in a row three by three, from row `start` on."""
    w, x, y, z = q
    xx, xy, xz = 1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y - w * z), 2.0 * (x * z + w * y)
    yx, yy, yz = 2.0 * (x * y + w * z), 1.0 - 2.0 * (x * x + z * z), 2.0 * (y * z - w * x)
    zx, zy, zz = 2.0 * (x * z - w * y), 2.0 * (y * z + w * x), 1.0 - 2.0 * (x * x + y * y)
    for k in range(len(numbers) // 3):
        a, b, c = numbers[3 * k], numbers[3 * k + 1], numbers[3 * k + 2]
        row = start + k
        result[row, 0] = xx * a + xy * b + xz * c
        result[row, 1] = yx * a + yy * b + yz * c
        result[row, 2] = zx * a + zy * b + zz * c


@compiled
def by_rotation_vector(x, y, z, gx, gy, gz):
    """dE/dω from the derivative g by a further infinitesimal rotation: the transposed left
    Jacobian of exp(ω) times g."""
    square = x * x + y * y + z * z
    if square > 1e-8:
        angle = math.sqrt(square)
        a = math.sin(angle) / angle
        b, c = (1.0 - math.cos(angle)) / square, (1.0 - a) / square
    else:
        a, b, c = 1.0 - square / 6.0, 0.5 - square / 24.0, 1.0 / 6.0 - square / 120.0
    along = c * (x * gx + y * gy + z * gz)
    return (
        a * gx - b * (y * gz - z * gy) + along * x,
        a * gy - b * (z * gx - x * gz) + along * y,
        a * gz - b * (x * gy - y * gx) + along * z,
    )


@compiled
def absorb(orientations, v, length):
    """Turn the orientations by the rotation vectors in v[3 N:], times `length`, and zero those."""
    n = len(orientations)
    x, y, z = v[3 * n : 4 * n], v[4 * n : 5 * n], v[5 * n : 6 * n]
    for i in range(n):
        q = rotated(orientations[i], x[i] / length, y[i] / length, z[i] / length)
        for a in range(4):
            orientations[i, a] = q[a]
        x[i] = y[i] = z[i] = 0.0


@compiled
def randomise(rng, orientations, i, dimensions):
    """A random orientation of body i (K. Shoemake, Graphics Gems III (1992)); in two dimensions a
    rotation around z."""
    u, a, b = rng.random(), 2.0 * math.pi * rng.random(), 2.0 * math.pi * rng.random()
    q = orientations[i]
    if dimensions == 2:
        q[0], q[1], q[2], q[3] = math.cos(0.5 * a), 0.0, 0.0, math.sin(0.5 * a)
        return
    q[0], q[1] = math.sqrt(1.0 - u) * math.sin(a), math.sqrt(1.0 - u) * math.cos(a)
    q[2], q[3] = math.sqrt(u) * math.sin(b), math.sqrt(u) * math.cos(b)


@compiled
def turn(rng, orientations, i, dimensions, angle):
    """Turn body i by a random rotation vector no longer than `angle`."""
    if dimensions == 2:
        x, y, z = 0.0, 0.0, angle * (2.0 * rng.random() - 1.0)
    else:
        x, y, z = moves.in_sphere(rng, angle, 3)
    q = rotated(orientations[i], x, y, z)
    for a in range(4):
        orientations[i, a] = q[a]

"""Patchy Lennard-Jones particles: the compiled interaction.

A. W. Wilber, J. P. K. Doye, A. A. Louis, E. G. Noya, M. A. Miller, P. Wong, J. Chem. Phys. 127,
085106 (2007).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import IntEnum

import numpy as np

from operations.search.bodies import Bodies, with_geometry
from operations.search.compilation import compiled
from workspace_schema.building_blocks.patchy_lennard_jones import PatchyLennardJones


class Slot(IntEnum):
    """What a row of coefficients of a pair of types begins with."""

    EPSILON = 0
    SIGMA_SQUARED = 1
    R_CUT_SQUARED = 2
    OFFSET = 3
    STIFFNESS = 4  # h of the first type: a bond turned by θ is weaker by exp(-h θ²)
    SMOOTHING = 5  # energy up to which the repulsive core feels the patches


def patchy_bodies(blocks: Sequence[PatchyLennardJones]) -> Bodies:
    """Particles of the types that have these building blocks."""
    n = len(blocks)
    coefficients = np.zeros((n, n, len(Slot)))
    for a, one in enumerate(blocks):
        for b, other in enumerate(blocks):
            sigma, epsilon = (
                0.5 * (one.sigma + other.sigma),
                math.sqrt(one.epsilon * other.epsilon),
            )
            cut, offset = math.inf, 0.0
            if one.r_cut is not None and other.r_cut is not None:
                cut = sigma * max(one.r_cut, other.r_cut)
                s6 = (sigma / cut) ** 6
                offset = 4.0 * epsilon * (s6 * s6 - s6)
            smoothing = epsilon * max(one.smoothing, other.smoothing)
            coefficients[a, b] = (
                epsilon,
                sigma * sigma,
                cut * cut,
                offset,
                0.5 / one.width**2,
                smoothing,
            )
    # Curvatures at a bond: 36 2^(2/3) ε/σ² along it, ε/w² of a rotation.
    width, sigma = min(block.width for block in blocks), min(block.sigma for block in blocks)
    length = sigma / math.sqrt(36.0 * 2.0 ** (2.0 / 3.0)) / width
    length = min(max(length, 0.3 * sigma), 3.0 * sigma)
    largest = max(block.sigma for block in blocks)
    return Bodies(
        with_geometry(coefficients, [block.vectors for block in blocks], length),
        np.zeros((n, n), dtype=np.int64),
        interact,
        2.0 ** (1.0 / 6.0) * largest,
        max(block.epsilon for block in blocks),
        float(np.sqrt(coefficients[:, :, Slot.R_CUT_SQUARED].max())),
    )


@compiled
def _nearest(vectors, first, end, x, y, z):
    """The vector with the largest cosine to a unit vector, and that cosine."""
    best, cosine = first, -2.0
    for k in range(first, end):
        c = vectors[k, 0] * x + vectors[k, 1] * y + vectors[k, 2] * z
        if c > cosine:
            best, cosine = k, c
    return best, min(max(cosine, -1.0), 1.0)


@compiled
def _angle(cosine):
    """θ, and θ / sin θ."""
    if cosine > 1.0 - 1e-8:
        return math.sqrt(2.0 * (1.0 - cosine)), 1.0 + (1.0 - cosine) / 3.0
    theta = math.acos(cosine)
    return theta, theta / max(math.sqrt(1.0 - cosine * cosine), 1e-9)


@compiled
def interact(problem, vectors, one, other, x, y, z, out):
    """Energy of two particles; see `operations.search.bodies.Interact`."""
    for a in range(9):
        out[a] = 0.0
    (s, i, i_end), (t, j, j_end) = one, other
    c = problem.coefficients[s, t]
    q = x * x + y * y + z * z
    if q >= c[Slot.R_CUT_SQUARED]:
        return 0.0
    s2 = c[Slot.SIGMA_SQUARED] / q
    s6 = s2 * s2 * s2
    u = 4.0 * c[Slot.EPSILON] * (s6 * s6 - s6) - c[Slot.OFFSET]
    slope = -24.0 * c[Slot.EPSILON] * (2.0 * s6 * s6 - s6) / q  # (du/dr) / r
    if u >= c[Slot.SMOOTHING]:
        out[0], out[1], out[2] = slope * x, slope * y, slope * z
        return u
    # E = u + (m - 1) k(u) with the modulation m and k = u where it is negative.
    k, k_slope = u, 1.0
    if u > 0.0:
        part = 1.0 - u / c[Slot.SMOOTHING]
        k, k_slope = u * part * part, part * (3.0 * part - 2.0)
    r = math.sqrt(q)
    x, y, z = x / r, y / r, z / r
    near_i, cos_i = _nearest(vectors, i, i_end, x, y, z)
    near_j, cos_j = _nearest(vectors, j, j_end, -x, -y, -z)
    theta_i, ratio_i = _angle(cos_i)
    theta_j, ratio_j = _angle(cos_j)
    h_i, h_j = c[Slot.STIFFNESS], problem.coefficients[t, s, Slot.STIFFNESS]
    modulation = math.exp(-h_i * theta_i * theta_i - h_j * theta_j * theta_j)
    attraction = k * modulation
    # Derivatives by the two cosines: -2 h θ dθ = 2 h (θ / sin θ) d cos θ.
    a, b = 2.0 * h_i * ratio_i * attraction, 2.0 * h_j * ratio_j * attraction
    px, py, pz = vectors[near_i, 0], vectors[near_i, 1], vectors[near_i, 2]
    sx, sy, sz = vectors[near_j, 0], vectors[near_j, 1], vectors[near_j, 2]
    radial = slope * r * (1.0 + (modulation - 1.0) * k_slope)
    out[0] = radial * x + (a * (px - cos_i * x) - b * (sx + cos_j * x)) / r
    out[1] = radial * y + (a * (py - cos_i * y) - b * (sy + cos_j * y)) / r
    out[2] = radial * z + (a * (pz - cos_i * z) - b * (sz + cos_j * z)) / r
    out[3] = a * (py * z - pz * y)
    out[4] = a * (pz * x - px * z)
    out[5] = a * (px * y - py * x)
    out[6] = -b * (sy * z - sz * y)
    out[7] = -b * (sz * x - sx * z)
    out[8] = -b * (sx * y - sy * x)
    return u - k + attraction

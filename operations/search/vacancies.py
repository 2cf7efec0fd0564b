"""Vacant sites around a cluster, and which of all sites to occupy; compiled.

The dynamic lattice of X. Shao, L. Cheng, W. Cai, J. Comput. Chem. 25, 1693 (2004): the particles of
a relaxed cluster and the vacant sites around it are a lattice on which particles move without
relaxation; only what is best there is quenched.
"""

from __future__ import annotations

import math

import numpy as np

from operations.search.compilation import compiled
from operations.search.moves import below

#: Vacant sites considered, per particle.
SITES_PER_PARTICLE = 6


@compiled
def neighbour_distance(v, n):
    """Mean distance to the nearest neighbour."""
    total = 0.0
    for i in range(n):
        least = np.inf
        for j in range(n):
            if j != i:
                square = (v[i] - v[j]) ** 2 + (v[n + i] - v[n + j]) ** 2
                least = min(least, square + (v[2 * n + i] - v[2 * n + j]) ** 2)
        total += math.sqrt(least)
    return total / n


@compiled
def vacant_sites(v, n, dimensions, distance, sites):
    """Points that touch as many particles as there are dimensions, at their distance, and no other.

    Parameters
    ----------
    v : ndarray of float64, shape (3 N,)
    n, dimensions : int
    distance : float
        Between neighbours.
    sites : ndarray of float64, shape (3, M)
        Written.

    Returns
    -------
    int
        How many there are, at most M.
    """
    reach = (1.35 * distance) ** 2
    count = 0
    for i in range(n):
        for j in range(i):
            dx, dy, dz = v[j] - v[i], v[n + j] - v[n + i], v[2 * n + j] - v[2 * n + i]
            square = dx * dx + dy * dy + dz * dz
            if square > reach:
                continue
            length = math.sqrt(square)
            ex, ey, ez = dx / length, dy / length, dz / length
            if dimensions == 2:
                rest = distance * distance - 0.25 * square
                if rest <= 0.0:
                    continue
                h = math.sqrt(rest)
                for up in (-h, h):
                    at = v[i] + 0.5 * dx - up * ey, v[n + i] + 0.5 * dy + up * ex, 0.0
                    count = _add_site(v, n, distance, sites, count, at)
                continue
            for k in range(j):
                bx, by, bz = v[k] - v[i], v[n + k] - v[n + i], v[2 * n + k] - v[2 * n + i]
                if bx * bx + by * by + bz * bz > reach:
                    continue
                cx, cy, cz = v[k] - v[j], v[n + k] - v[n + j], v[2 * n + k] - v[2 * n + j]
                if cx * cx + cy * cy + cz * cz > reach:
                    continue
                # Trilateration: e along i-j, f in the plane, the normal up and down.
                along = bx * ex + by * ey + bz * ez
                fx, fy, fz = bx - along * ex, by - along * ey, bz - along * ez
                f = math.sqrt(fx * fx + fy * fy + fz * fz)
                if f < 1e-6 * distance:
                    continue
                fx, fy, fz = fx / f, fy / f, fz / f
                p = 0.5 * length
                q = 0.5 * (along * along + f * f) / f - along * p / f
                rest = distance * distance - p * p - q * q
                if rest <= 0.0:
                    continue
                h = math.sqrt(rest)
                nx, ny, nz = ey * fz - ez * fy, ez * fx - ex * fz, ex * fy - ey * fx
                x, y = v[i] + p * ex + q * fx, v[n + i] + p * ey + q * fy
                z = v[2 * n + i] + p * ez + q * fz
                for up in (-h, h):
                    at = x + up * nx, y + up * ny, z + up * nz
                    count = _add_site(v, n, distance, sites, count, at)
    return count


@compiled
def _add_site(v, n, distance, sites, count, at):
    if count == sites.shape[1]:
        return count
    x, y, z = at
    clash = (0.85 * distance) ** 2
    for m in range(n):
        if (v[m] - x) ** 2 + (v[n + m] - y) ** 2 + (v[2 * n + m] - z) ** 2 < clash:
            return count
    same = (0.3 * distance) ** 2
    for m in range(count):
        if (sites[0, m] - x) ** 2 + (sites[1, m] - y) ** 2 + (sites[2, m] - z) ** 2 < same:
            return count
    sites[0, count], sites[1, count], sites[2, count] = x, y, z
    return count + 1


@compiled
def settle(energies, occupied, field):
    """Move one particle at a time to the vacant site that lowers the energy most, until none does.

    Parameters
    ----------
    energies : ndarray of float64, shape (M, M)
        Pair energies between sites, 0 on the diagonal.
    occupied : ndarray of bool, shape (M,)
        Changed.
    field : ndarray of float64, shape (M,)
        Energy of a particle at each site with those that are occupied; kept up to date.

    Returns
    -------
    int
        Energies of trial occupations that were looked at.
    """
    m = len(field)
    looked = 0
    for _ in range(10 * m):
        best, a, b = -1e-9, (-1), (-1)
        # Only the weakest bound can gain: the rest sit in the lowest fields.
        for i in range(m):
            if not occupied[i]:
                continue
            for j in range(m):
                if occupied[j] or field[j] - energies[i, j] >= field[i]:
                    continue
                gain = field[j] - energies[i, j] - field[i]
                looked += 1
                if gain < best:
                    best, a, b = gain, i, j
        if a < 0:
            break
        _move(energies, occupied, field, a, b)
    return looked


@compiled
def _move(energies, occupied, field, a, b):
    occupied[a], occupied[b] = False, True
    for k in range(len(field)):
        field[k] += energies[k, b] - energies[k, a]


@compiled
def rearrange(rng, energies, occupied, field, most):
    """Lift some of the weakest bound particles to the best vacant sites, then `settle`.

    Returns
    -------
    changed : bool
        Whether another occupation came out.
    looked : int
        As in `settle`.
    """
    m = len(field)
    before = occupied.copy()
    n = 0
    for k in range(m):
        n += occupied[k]
    moved = 1 + below(rng, most)
    looked = 0
    for _ in range(min(moved, n - 1)):
        # Tournament: the weakest bound of three.
        a = -1
        for _ in range(3):
            while True:
                i = below(rng, m)
                if occupied[i] and before[i]:
                    break
            if a < 0 or field[i] > field[a]:
                a = i
        b, least = (-1), np.inf
        for j in range(m):
            if not occupied[j] and not before[j]:
                looked += 1
                trial = (field[j] - energies[a, j]) * (1.0 - 0.2 * rng.random())
                if trial < least:
                    b, least = j, trial
        if b < 0:
            break
        _move(energies, occupied, field, a, b)
    looked += settle(energies, occupied, field)
    for k in range(m):
        if occupied[k] != before[k]:
            return True, looked
    return False, looked

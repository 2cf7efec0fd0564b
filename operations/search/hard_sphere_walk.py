"""Metropolis Monte Carlo of hard spheres or disks in a periodic box, at one volume or one pressure.

W. W. Wood, J. Chem. Phys. 48, 415 (1968). Neighbours are kept in lists that are made anew where a
sphere, or the volume, has moved so far that others might touch it.
"""

from __future__ import annotations

import math

import numpy as np

from analysis.periodic_neighbours import between, list_neighbours
from operations.search.compilation import compiled
from operations.search.matrices import determinant

#: Neighbours are listed up to this distance, in units of that between particles, and at most up to
#: this part of the width of the box.
REACH, WIDEST = 1.5, 0.4999
#: Longest step of a particle along an axis, in units of what a list reaches beyond a diameter, at
#: most: it holds for several steps, each shorter than half of that.
LONGEST = 0.2
#: Moves of the volume in a sweep.
VOLUMES = 1


@compiled
def walk(random, s, cell, diameters, length, pressure, sweeps, dimensions):
    """Sweeps, in place: a trial move of each particle, and `VOLUMES` of the volume where there is a
    pressure; in random order.

    The volume is drawn anew from all that fit the particles where they are in units of the box,
    p(V) ~ V^N exp(-βPV) above the one at which two touch: as by infinitely many trial moves. Boxes
    too narrow for a list have no weight.

    Parameters
    ----------
    random : numpy.random.Generator
    s : ndarray of float64, shape (N, 3)
        Fractional coordinates, whichever period they are in.
    cell : ndarray of float64, shape (3, 3)
        Its vectors are rows.
    diameters : ndarray of float64, shape (N,)
    length : float
        Longest step of a particle along each axis.
    pressure : float
        Over kT; 0 where the volume is fixed.
    sweeps : int
    dimensions : 2 or 3

    Returns
    -------
    float
        Share of the steps that were accepted; -1 where the box has become too narrow for spheres
        and their neighbours.
    """
    n, d = len(s), dimensions
    kinds = n + VOLUMES if pressure > 0.0 else n
    largest, volume = diameters.max(), abs(determinant(cell))
    counts, entries, listed = np.empty(n, np.int64), np.empty((n, 32), np.int64), s.copy()
    least = largest + length / LONGEST
    reach, entries = _list(s, cell, least, d, counts, entries)
    inverse, then, farthest = np.linalg.inv(cell), volume, 0.0
    step, old, moved = np.zeros(3), np.empty(3), np.empty(3)
    tried, accepted = 0, 0
    for _ in range(sweeps * kinds):
        if reach < (1.0 - 1e-9) * least:
            return -1.0
        i = int(random.random() * kinds)
        if i >= n:
            factor = _closest(s, cell, diameters, counts, entries)
            if factor * (reach * (volume / then) ** (1.0 / d) - 2.0 * farthest) < largest:
                factor = closest(s, cell, diameters)  # those that are listed do not tell
            factor = max(factor, least / _widest(cell, d))  # no list fits a smaller box
            new = _volume(random, n, pressure, volume * factor**d)
            factor = (new / volume) ** (1.0 / d)
            for a in range(d):
                for b in range(d):
                    cell[a, b] *= factor
            volume, farthest = new, farthest * factor
            inverse = np.linalg.inv(cell)
            if reach * (volume / then) ** (1.0 / d) - 2.0 * farthest < largest:
                reach, entries = _list(s, cell, least, d, counts, entries)
                listed[:], then, farthest = s, volume, 0.0
            continue
        tried += 1
        for a in range(d):
            step[a] = length * (2.0 * random.random() - 1.0)
        for b in range(d):
            old[b] = s[i, b]
            s[i, b] += step[0] * inverse[0, b] + step[1] * inverse[1, b] + step[2] * inverse[2, b]
            moved[b] = s[i, b] - listed[i, b]
        far = 0.0
        for b in range(d):
            along = 0.0
            for a in range(d):
                along += moved[a] * cell[a, b]
            far += along * along
        far = math.sqrt(far)
        if far > 0.5 * (reach * (volume / then) ** (1.0 / d) - largest):
            moved[:] = s[i]
            s[i, :d] = old[:d]
            reach, entries = _list(s, cell, least, d, counts, entries)
            listed[:], then, farthest = s, volume, 0.0
            s[i] = moved
            far = math.sqrt(step @ step)
        free = True
        for k in range(counts[i]):
            j = entries[i, k]
            x, y, z = between(s, cell, i, j)
            contact = 0.5 * (diameters[i] + diameters[j])
            if x * x + y * y + z * z < contact * contact:
                free = False
                break
        if free:
            accepted += 1
            farthest = max(farthest, far)
        else:
            s[i, :d] = old[:d]
    return accepted / max(tried, 1)


@compiled
def _list(s, cell, least, d, counts, entries):
    """List the neighbours of all; how far the list reaches, and its entries."""
    n = len(s)
    reach = max(REACH * (abs(determinant(cell)) / n) ** (1.0 / d), least)
    reach = min(reach, _widest(cell, d))
    list_neighbours(s, cell, reach, d, counts, entries)
    if counts.max() > entries.shape[1]:
        entries = np.empty((n, counts.max()), np.int64)
        list_neighbours(s, cell, reach, d, counts, entries)
    return reach, entries


@compiled
def _widest(cell, d):
    """How far a list can reach in a box."""
    inverse, across = np.linalg.inv(cell), 0.0
    for k in range(d):
        across = max(across, inverse[0, k] ** 2 + inverse[1, k] ** 2 + inverse[2, k] ** 2)
    return WIDEST / math.sqrt(across)


@compiled
def closest(s, cell, diameters):
    """By which factor all distances could be multiplied until two spheres touch; above 1 where some
    overlap."""
    most = 0.0
    for i in range(len(s)):
        for j in range(i):
            x, y, z = between(s, cell, i, j)
            contact = 0.5 * (diameters[i] + diameters[j])
            most = max(most, contact * contact / (x * x + y * y + z * z))
    return math.sqrt(most)


@compiled
def _closest(s, cell, diameters, counts, entries):
    """The same of those that are listed."""
    most = 0.0
    for i in range(len(s)):
        for k in range(counts[i]):
            j = entries[i, k]
            if j > i:
                x, y, z = between(s, cell, i, j)
                contact = 0.5 * (diameters[i] + diameters[j])
                most = max(most, contact * contact / (x * x + y * y + z * z))
    return math.sqrt(most)


@compiled
def _volume(random, n, pressure, least):
    """A volume above the least one, of density V^N exp(-βPV)."""
    rate = pressure - n / least
    if rate * least > math.sqrt(n):  # where it falls from the beginning, about exponentially
        while True:
            x = random.standard_exponential() / rate
            if random.random() < math.exp(n * (math.log1p(x / least) - x / least)):
                return least + x
    while True:
        volume = random.standard_gamma(n + 1.0) / pressure
        if volume > least:
            return volume

"""Metropolis Monte Carlo of hard spheres or disks in a periodic box, at one volume or one pressure.

W. W. Wood, J. Chem. Phys. 48, 415 (1968). Neighbours are kept in lists that are made anew where a
sphere, or the volume, has moved so far that others might touch it.

The box follows the pressure along its axes from `first` on: 0 where it keeps its shape, the number
of dimensions less one where it is uniaxial, and then has a right angle to the others. A bias
κ/2 (|ρ_k| - a)² knows fractional coordinates only, so that moves of the volume leave it alone.
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
def walk(random, s, cell, diameters, length, pressure, sweeps, dimensions, first, wave, bias):
    """Sweeps, in place: a trial move of each particle, and `VOLUMES` of the volume where there is a
    pressure; in random order.

    The volume is drawn anew from all that fit the particles where they are in units of the box,
    p(V) ~ V^N exp(-βPV) above the one at which two touch: as by infinitely many trial moves. Boxes
    narrower than two diameters have no weight: there a sphere may touch two images of another.

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
    first : int
        Of the axes of the box that follow the pressure.
    wave : ndarray of float64, shape (3,)
        k by fractional coordinates: 2π times the number of wavelengths along each vector.
    bias : (float, float)
        βκ, 0 for none, and a.

    Returns
    -------
    float
        Share of the steps that were accepted; -1 where the box is narrower than two diameters.
    """
    n, d = len(s), dimensions
    kinds = n + VOLUMES if pressure > 0.0 else n
    largest, volume = diameters.max(), abs(determinant(cell))
    if _widest(cell, 0, d) < (1.0 - 1e-9) * largest:
        return -1.0
    counts, entries, listed = np.empty(n, np.int64), np.empty((n, 32), np.int64), s.copy()
    least = largest + length / LONGEST
    reach, entries = _list(s, cell, least, d, counts, entries)
    inverse, then, farthest = np.linalg.inv(cell), volume, 0.0
    step, old, moved = np.zeros(3), np.zeros(3), np.empty(3)
    free_axes = d - first
    stiffness, target = bias
    real, imaginary = _sums(s, wave) if stiffness > 0.0 else (0.0, 0.0)
    tried, accepted = 0, 0
    for _ in range(sweeps * kinds):
        i = int(random.random() * kinds)
        if i >= n:
            factor = _closest(s, cell, diameters, counts, entries, first)
            if factor * (reach * _narrowed(volume / then, first, d) - 2.0 * farthest) < largest:
                factor = closest(s, cell, diameters, first)  # those that are listed do not tell
            factor = max(factor, largest / _widest(cell, first, d))
            new = _volume(random, n, pressure, volume * factor**free_axes)
            factor = (new / volume) ** (1.0 / free_axes)
            for a in range(first, d):
                for b in range(d):
                    cell[a, b] *= factor
            volume = new
            farthest *= factor if first == 0 else max(factor, 1.0)
            inverse = np.linalg.inv(cell)
            if reach * _narrowed(volume / then, first, d) - 2.0 * farthest < largest:
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
        if far > 0.5 * (reach * _narrowed(volume / then, first, d) - largest):
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
        if free and stiffness > 0.0:
            before, after = _phase(old, wave), _phase(s[i], wave)
            x = real + math.cos(after) - math.cos(before)
            y = imaginary + math.sin(after) - math.sin(before)
            most = math.sqrt(n)
            change = (math.hypot(x, y) / most - target) ** 2
            change -= (math.hypot(real, imaginary) / most - target) ** 2
            free = random.random() < math.exp(-0.5 * stiffness * change)
            if free:
                real, imaginary = x, y
        if free:
            accepted += 1
            farthest = max(farthest, far)
        else:
            s[i, :d] = old[:d]
    return accepted / max(tried, 1)


@compiled
def _list(s, cell, least, d, counts, entries):
    """List the neighbours of all; how far the list reaches, and its entries. Where `least` is too
    far for the box they are all the others."""
    n, widest = len(s), _widest(cell, 0, d)
    reach = min(max(REACH * (abs(determinant(cell)) / n) ** (1.0 / d), least), widest)
    if least > widest:
        reach = np.inf
    list_neighbours(s, cell, reach, d, counts, entries)
    if counts.max() > entries.shape[1]:
        entries = np.empty((n, counts.max()), np.int64)
        list_neighbours(s, cell, reach, d, counts, entries)
    return reach, entries


@compiled
def _widest(cell, first, d):
    """How far a list can reach along the axes of a box from the first on."""
    inverse, across = np.linalg.inv(cell), 0.0
    for k in range(first, d):
        across = max(across, inverse[0, k] ** 2 + inverse[1, k] ** 2 + inverse[2, k] ** 2)
    return WIDEST / math.sqrt(across)


@compiled
def _narrowed(ratio, first, d):
    """By which factor no distance has become smaller than, of volumes of this ratio."""
    factor = ratio ** (1.0 / (d - first))
    return factor if first == 0 else min(factor, 1.0)


@compiled
def closest(s, cell, diameters, first):
    """By which factor the box could be multiplied along its axes from the first on until two
    spheres touch; above 1 where some overlap."""
    most = 0.0
    for i in range(len(s)):
        for j in range(i):
            most = max(most, _touching(s, cell, diameters, i, j, first))
    return math.sqrt(most)


@compiled
def _closest(s, cell, diameters, counts, entries, first):
    """The same of those that are listed."""
    most = 0.0
    for i in range(len(s)):
        for k in range(counts[i]):
            j = entries[i, k]
            if j > i:
                most = max(most, _touching(s, cell, diameters, i, j, first))
    return math.sqrt(most)


@compiled
def _touching(s, cell, diameters, i, j, first):
    """The square of that factor of two spheres; negative where they pass each other."""
    x, y, z = between(s, cell, i, j)
    contact = 0.5 * (diameters[i] + diameters[j])
    if first == 0:
        return contact * contact / (x * x + y * y + z * z)
    fixed = x * x if first == 1 else x * x + y * y
    along = y * y + z * z if first == 1 else z * z
    return (contact * contact - fixed) / along


@compiled
def _phase(s, wave):
    """k·r of a particle."""
    return s[0] * wave[0] + s[1] * wave[1] + s[2] * wave[2]


@compiled
def _sums(s, wave):
    """Sums of cos k·r and sin k·r."""
    real, imaginary = 0.0, 0.0
    for i in range(len(s)):
        phase = _phase(s[i], wave)
        real += math.cos(phase)
        imaginary += math.sin(phase)
    return real, imaginary


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

"""Metropolis Monte Carlo of a cluster in a sphere around its centre of mass, compiled.

Without the sphere a cluster at a temperature evaporates: its canonical average has no value.
"""

from __future__ import annotations

import math

import numpy as np
from numba import types as nb

from operations.search.compilation import compiled
from operations.search.problem import GENERATOR, MATRIX, PAIR_ENERGIES, PROBLEM


@compiled
def _holds(r, moved, place, centre, radius, d):
    """Whether no particle is further than `radius` from the new centre of mass, or the move brings
    the furthest one in."""
    n = r.shape[1]
    furthest, before = 0.0, 0.0
    for j in range(n):
        after_square, square = 0.0, 0.0
        for a in range(d):
            shift = (place[a, 0] - r[a, moved]) / n
            x = place[a, 0] if j == moved else r[a, j]
            after_square += (x - centre[a] - shift) ** 2
            square += (r[a, j] - centre[a]) ** 2
        furthest, before = max(furthest, after_square), max(before, square)
    return furthest <= max(radius * radius, before)


@compiled
def _with(pairs, tried, moved):
    """Energy of all pairs, those of the particle that is moved as they would be."""
    energy = 0.0
    for i in range(len(pairs)):
        for j in range(i):
            if i == moved:
                energy += tried[0, j]
            elif j == moved:
                energy += tried[0, i]
            else:
                energy += pairs[i, j]
    return energy


@compiled(
    nb.Tuple((nb.float64, nb.float64))(
        PAIR_ENERGIES,
        PROBLEM,
        MATRIX,
        nb.float64,
        nb.float64,
        nb.float64,
        nb.float64,
        nb.int64,
        GENERATOR,
    )
)
def sweep_cluster(pair_energies, problem, r, length, kT, ceiling, radius, sweeps, random):
    """Sweeps of single-particle moves at constant temperature, in place.

    Parameters
    ----------
    pair_energies : function pointer
        As of `operations.search.kernels.Kernel`.
    problem : Problem
    r : ndarray of float64, shape (3, N)
        No particle may come further from the centre of mass than `radius`; those that begin
        further out come in.
    length : float
        Longest step along each axis.
    kT : float
        Infinite: all that is below the ceiling is alike.
    ceiling : float
        No move leads to this energy or above it; infinite: there is none.
    radius : float
    sweeps : int
        Of N moves each.
    random : numpy.random.Generator

    Returns
    -------
    energy : float
        Of all pairs.
    accepted : float
        Share of the moves.
    """
    n, d, types = r.shape[1], problem.dimensions, problem.types
    place, kind = np.zeros((3, 1)), np.empty(1, dtype=np.int64)
    tried, centre = np.empty((1, n)), np.zeros(3)
    pairs = np.empty((n, n))
    pair_energies(problem, r, types, r, types, pairs)
    accepted = 0
    for _ in range(sweeps):
        for a in range(d):
            centre[a] = r[a].mean()
        for _ in range(n):
            i = random.integers(0, n)
            for a in range(3):
                place[a, 0] = r[a, i]
            for a in range(d):
                place[a, 0] += length * (2.0 * random.random() - 1.0)
            kind[0] = types[i]
            pair_energies(problem, place, kind, r, types, tried)
            change = 0.0
            for j in range(n):
                if j != i:
                    change += tried[0, j] - pairs[i, j]
            chance = random.random()
            # an overlap that has no finite energy is left by any move
            if change > 0.0 and chance >= math.exp(-change / kT):
                continue
            # summed anew: from an overlap the rest would be lost in what the move changes
            if ceiling < math.inf and not _with(pairs, tried, i) < ceiling:
                continue
            if not _holds(r, i, place, centre, radius, d):
                continue
            for a in range(d):
                centre[a] += (place[a, 0] - r[a, i]) / n
                r[a, i] = place[a, 0]
            for j in range(n):
                pairs[i, j] = pairs[j, i] = tried[0, j]
            accepted += 1
    return _with(pairs, pairs, -1), accepted / max(sweeps * n, 1)

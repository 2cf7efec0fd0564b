"""Moves of rigid bodies in basin hopping, compiled: displacements, rotations, swaps, transfers."""

from __future__ import annotations

import math

import numpy as np

from operations.search import moves, rotations
from operations.search.compilation import compiled
from operations.search.walk import Step

#: Attempts to put a body beside another without touching a third.
ATTEMPTS = 20


@compiled
def start(rng, problem, v):
    """Random orientations."""
    for i in range(len(problem.types)):
        rotations.randomise(rng, problem.cell, i, problem.dimensions)
    for k in range(3 * len(problem.types), len(v)):
        v[k] = 0.0


@compiled
def move(rng, pair_energies, problem, settings, walk, w, v):
    """One move of walker w, in place.

    Of unlike bodies two change places in three of ten moves. Of the other moves three in ten put
    weakly bound bodies beside others, and the rest displaces all bodies or turns all, one
    as often as the other.

    Returns
    -------
    kind : Step
    looked : int
        Evaluations of the energy.
    """
    n, d = len(problem.types), problem.dimensions
    if n > 1:
        if moves.is_mixture(problem.types) and rng.random() < 0.3:
            moves.swap(rng, v, n, problem.types)
            return Step.NEITHER, 0
        if rng.random() < 0.3:
            energies = body_energies(pair_energies, problem, v)
            transfer(rng, problem, v, energies, settings.distance)
            return Step.NEITHER, 1
        if rng.random() < 0.5:
            moves.displace(rng, v[: 3 * n], n, d, walk.step[w])
            return Step.DISPLACEMENT, 0
    angle = walk.step[Step.ROTATION * len(walk.energy) + w]
    for i in range(n):
        rotations.turn(rng, problem.cell, i, d, angle)
    return Step.ROTATION, 0


@compiled
def energies_of_pairs(pair_energies, problem, v):
    """Energy of every body with every other, shape (N, N); 0 beyond all cut-offs."""
    n = len(problem.types)
    x, matrix = np.empty((7, n)), np.empty((n, n))
    for i in range(n):
        x[0, i], x[1, i], x[2, i] = v[i], v[n + i], v[2 * n + i]
        for a in range(4):
            x[3 + a, i] = problem.cell[i, a]
    pair_energies(problem, x, problem.types, x, problem.types, matrix)
    for i in range(n):
        matrix[i, i] = 0.0
    return matrix


@compiled
def body_energies(pair_energies, problem, v):
    """Energy of every body with all others, shape (N,)."""
    matrix = energies_of_pairs(pair_energies, problem, v)
    energies = np.zeros(len(matrix))
    for i in range(len(energies)):
        for j in range(len(energies)):
            energies[i] += matrix[i, j]
    return energies


@compiled
def transfer(rng, problem, v, energies, distance):
    """The most weakly bound body, and every other one bound by less than 0.4 times the strongest
    with a chance of a half, goes beside a random one, turned at random."""
    n, d = len(problem.types), problem.dimensions
    weakest, strongest = 0, 0
    for i in range(n):
        weakest = i if energies[i] > energies[weakest] else weakest
        strongest = i if energies[i] < energies[strongest] else strongest
    limit = 0.4 * energies[strongest]
    for i in range(n):
        if i != weakest and (energies[i] < limit or rng.random() < 0.5):
            continue
        for _ in range(ATTEMPTS):
            j = moves.below(rng, n - 1)
            j += j >= i
            x, y, z = moves.direction(rng, d)
            v[i], v[n + i] = v[j] + distance * x, v[n + j] + distance * y
            v[2 * n + i] = v[2 * n + j] + distance * z
            if _clear(v, n, i, 0.8 * distance):
                break
        rotations.randomise(rng, problem.cell, i, d)


@compiled
def _clear(v, n, i, distance):
    for j in range(n):
        dx, dy, dz = v[i] - v[j], v[n + i] - v[n + j], v[2 * n + i] - v[2 * n + j]
        if j != i and math.sqrt(dx * dx + dy * dy + dz * dz) < distance:
            return False
    return True

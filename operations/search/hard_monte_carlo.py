"""Metropolis Monte Carlo of bodies and cell shape at a pressure, compiled; for small cells.

As `operations.search.monte_carlo`, with rotations, and with energies of single particles: two
bodies that overlap are enough to refuse a move.
"""

from __future__ import annotations

import math
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from operations.search.cells import height, reduced, strain
from operations.search.compilation import compiled
from operations.search.hard_bodies import Placed, pair_energy, place
from operations.search.matrices import determinant
from operations.search.rotations import rotated
from operations.search.trials import adapt, exchanges, metropolis

#: Share of trial moves to be accepted; step lengths follow.
ACCEPTED = 0.3
#: A cell flatter than this, in units of the largest body's diameter, is not tried.
FLATTEST = 0.05
#: Trial moves of the cell in one sweep, of each of its two kinds.
CELL_MOVES = 1


class Trial(IntEnum):
    """Kinds of trial moves, and where their lengths are."""

    DISPLACEMENT = 0
    TURN = 1
    CELL = 2
    SLIDE = 3


class Crystal(NamedTuple):
    """Bodies in a cell.

    Attributes
    ----------
    types : ndarray of int, shape (N,)
    s : ndarray of float64, shape (N, 3)
        Fractional coordinates.
    q : ndarray of float64, shape (N, 4)
        Unit quaternions.
    cell : ndarray of float64, shape (3, 3)
        Lattice vectors as rows.
    dimensions : int
    """

    types: np.ndarray
    s: np.ndarray
    q: np.ndarray
    cell: np.ndarray
    dimensions: int


class _Work(NamedTuple):
    """What is derived from a crystal, with room for a trial at the end, and scratch space."""

    images: np.ndarray
    corners: np.ndarray
    vectors: np.ndarray
    scratch: np.ndarray
    shift: np.ndarray


@compiled
def energy(bodies, crystal):
    """Energy of a cell; infinite where bodies overlap."""
    return _total(bodies, crystal, _work(bodies, crystal))


@compiled
def sweep(bodies, crystal, lengths, kT, pressure, random, enthalpies):
    """Sweeps of trial moves at constant temperature and pressure, in place.

    Parameters
    ----------
    bodies : HardBodies
    crystal : Crystal
        Changed.
    lengths : ndarray of float64, shape (4,)
        Longest displacement, turn (radians), component of a strain and slide; adapted for the next
        sweeps, so that these keep detailed balance. A slide moves the layers of two lattice vectors
        past each other: bodies whose faces touch can do that where no strain is possible.
    kT, pressure : float
    random : numpy.random.Generator
    enthalpies : ndarray of float64, shape (sweeps,)
        Written: the enthalpy after each sweep.

    Returns
    -------
    energy : float
        Infinite where the start overlaps.
    moves : int
    """
    types, s, q, cell, d = crystal
    n = len(types)
    work = _work(bodies, crystal)
    corners, vectors = work.corners, work.vectors
    room = corners.shape[1]
    largest = 2.0 * bodies.outer.max()
    volume = abs(determinant(cell))
    attractive = len(bodies.vectors) > 0
    energy = _total(bodies, crystal, work)
    old_s, old_q = np.empty(3), np.empty(4)
    trial_cell = cell.copy()
    strained = Crystal(types, s, q, trial_cell, d)
    inverse = np.linalg.inv(cell)
    step = np.zeros(3)
    tried, accepted = np.zeros(4), np.zeros(4)
    per_sweep = 2 * n + 2 * CELL_MOVES + exchanges(types)
    for sweep_number in range(len(enthalpies)):
        for _ in range(per_sweep):
            kind = random.integers(0, per_sweep)
            if kind < 2 * n:
                i, which = kind % n, kind // n
                if which == Trial.DISPLACEMENT and n == 1:
                    continue
                before = 0.0
                if attractive:
                    before = _of_one(bodies, crystal, work, i, i)
                old_s[:] = s[i]
                old_q[:] = q[i]
                if which == Trial.DISPLACEMENT:
                    for a in range(d):
                        step[a] = lengths[which] * (2.0 * random.random() - 1.0)
                    for a in range(d):
                        for b in range(d):
                            s[i, a] += step[b] * inverse[b, a]
                        s[i, a] -= math.floor(s[i, a])
                    for k in range(room):
                        corners[n, k] = corners[i, k]
                    vectors[n] = vectors[i]
                else:
                    _turn(random, q, i, d, lengths[which])
                    place(bodies, types[i], q[i], corners[n], vectors[n])
                after = _of_one(bodies, crystal, work, i, n)
                tried[which] += 1.0
                take = after <= before or (
                    math.isfinite(after) and random.random() < math.exp((before - after) / kT)
                )
                if take:
                    accepted[which] += 1.0
                    energy += after - before
                    corners[i] = corners[n]
                    vectors[i] = vectors[n]
                else:
                    s[i] = old_s
                    q[i] = old_q
            elif kind < 2 * n + 2 * CELL_MOVES:
                which = Trial.CELL if kind < 2 * n + CELL_MOVES else Trial.SLIDE
                if which == Trial.CELL:
                    strain(random, lengths[which], cell, d, trial_cell)
                else:
                    _slide(random, lengths[which], cell, d, trial_cell)
                tried[which] += 1.0
                new_volume = abs(determinant(trial_cell))
                gain = n * math.log(new_volume / volume) - pressure * (new_volume - volume) / kT
                if height(trial_cell, d) < FLATTEST * largest:
                    continue
                if not attractive and not metropolis(random, gain):
                    continue  # without attractions the volume alone may decide, which costs nothing
                _images(bodies, strained, work.images)
                trial = _total(bodies, strained, work)
                take = math.isfinite(trial)
                if take and attractive:
                    take = metropolis(random, gain + (energy - trial) / kT)
                if not take:
                    _images(bodies, crystal, work.images)
                    continue
                cell[:] = trial_cell
                energy, volume = trial, new_volume
                inverse = np.linalg.inv(cell)
                accepted[which] += 1.0
            else:
                i, j = random.integers(0, n), random.integers(0, n)
                if types[i] == types[j]:
                    continue
                _exchange(s, q, i, j)
                place(bodies, types[i], q[i], corners[i], vectors[i])
                place(bodies, types[j], q[j], corners[j], vectors[j])
                trial = _total(bodies, crystal, work)
                if math.isfinite(trial) and metropolis(random, (energy - trial) / kT):
                    energy = trial
                else:
                    _exchange(s, q, i, j)
                    place(bodies, types[i], q[i], corners[i], vectors[i])
                    place(bodies, types[j], q[j], corners[j], vectors[j])
        shortest = reduced(cell, d)
        change = cell @ np.linalg.inv(shortest)
        s[:] = s @ change
        s[:, :d] -= np.floor(s[:, :d])
        cell[:] = shortest
        inverse = np.linalg.inv(cell)
        _images(bodies, crystal, work.images)
        enthalpies[sweep_number] = energy + pressure * volume
    adapt(lengths, tried, accepted, ACCEPTED, 1e-9, (0.5 * largest, math.pi, 0.3, largest))
    return energy, len(enthalpies) * per_sweep


@compiled
def _work(bodies, crystal):
    """Corners and patches of all particles, turned, and images in reach."""
    n, room = len(crystal.types), 0
    for kind in range(len(bodies.outer)):
        first = bodies.part_of_corner[bodies.parts_of_type[kind]]
        room = max(room, bodies.part_of_corner[bodies.parts_of_type[kind + 1]] - first)
    corners = np.empty((n + 1, room, 3))
    vectors = np.empty((n + 1, max(len(bodies.vectors), 1), 3))
    for i in range(n):
        place(bodies, crystal.types[i], crystal.q[i], corners[i], vectors[i])
    work = _Work(np.zeros(3), corners, vectors, np.empty((7, 3)), np.empty(3))
    _images(bodies, crystal, work.images)
    return work


@compiled
def _exchange(s, q, i, j):
    for a in range(3):
        s[i, a], s[j, a] = s[j, a], s[i, a]
    for a in range(4):
        q[i, a], q[j, a] = q[j, a], q[i, a]


@compiled
def _slide(random, largest, cell, dimensions, slid):
    """Write a cell one vector of which is moved along the others: the volume stays."""
    slid[:] = cell
    moved = random.integers(0, dimensions)
    for a in range(dimensions):
        if a != moved:
            by = largest * (2.0 * random.random() - 1.0)
            by /= math.sqrt(cell[a, 0] ** 2 + cell[a, 1] ** 2 + cell[a, 2] ** 2)
            for c in range(dimensions):
                slid[moved, c] += by * cell[a, c]


@compiled
def _turn(random, q, i, dimensions, largest):
    """Turn body i by at most `largest` about a random axis, in two dimensions about z."""
    x = y = 0.0
    z = 1.0
    if dimensions == 3:
        z = 2.0 * random.random() - 1.0
        angle = 2.0 * math.pi * random.random()
        x, y = math.sqrt(1.0 - z * z) * math.cos(angle), math.sqrt(1.0 - z * z) * math.sin(angle)
    by = largest * (2.0 * random.random() - 1.0)
    turned = rotated(q[i], by * x, by * y, by * z)
    for a in range(4):
        q[i, a] = turned[a]


@compiled
def _images(bodies, crystal, images):
    """Write how many cells, along each lattice vector, the interaction reaches; -1 along none."""
    cell = crystal.cell
    for a in range(3):
        images[a] = -1.0
    for a in range(crystal.dimensions):
        if crystal.dimensions == 2:
            across = math.hypot(cell[1 - a, 0], cell[1 - a, 1])
        else:
            b, c = (a + 1) % 3, (a + 2) % 3
            across = math.sqrt(
                (cell[b, 1] * cell[c, 2] - cell[b, 2] * cell[c, 1]) ** 2
                + (cell[b, 2] * cell[c, 0] - cell[b, 0] * cell[c, 2]) ** 2
                + (cell[b, 0] * cell[c, 1] - cell[b, 1] * cell[c, 0]) ** 2
            )
        images[a] = bodies.reach * across / abs(determinant(cell))


@compiled
def _total(bodies, crystal, work):
    energy = 0.0
    for i in range(len(crystal.types)):
        for j in range(i + 1):
            energy += _of_pair(bodies, crystal, work, i, j, i)
            if not math.isfinite(energy):
                return energy
    return energy


@compiled
def _of_one(bodies, crystal, work, i, at):
    """Energy of particle i with the corners at `at`."""
    energy = 0.0
    for j in range(len(crystal.types)):
        energy += _of_pair(bodies, crystal, work, i, j, at)
        if not math.isfinite(energy):
            return energy
    return energy


@compiled
def _of_pair(bodies, crystal, work, i, j, at):
    """Energy per cell of particle i, placed at `at`, with all images of j."""
    types, s, cell = crystal.types, crystal.s, crystal.cell
    images, shift = work.images, work.shift
    energy = 0.0
    # of its own images every second one is the other one's mirror image; they turn with it
    own, second = i == j, at if i == j else j
    one = Placed(types[i], work.corners[at], work.vectors[at])
    other = Placed(types[j], work.corners[second], work.vectors[second])
    x0, x1 = _range(images[0], s[j, 0] - s[i, 0])
    y0, y1 = _range(images[1], s[j, 1] - s[i, 1])
    z0, z1 = _range(images[2], s[j, 2] - s[i, 2])
    for x in range(0 if own else x0, x1 + 1):
        a = s[j, 0] - s[i, 0] + x
        for y in range(0 if own and x == 0 else y0, y1 + 1):
            b = s[j, 1] - s[i, 1] + y
            for z in range(1 if own and x == 0 and y == 0 else z0, z1 + 1):
                e = s[j, 2] - s[i, 2] + z
                for c in range(3):
                    shift[c] = a * cell[0, c] + b * cell[1, c] + e * cell[2, c]
                energy += pair_energy(bodies, one, other, shift, work.scratch)
                if not math.isfinite(energy):
                    return energy
    return energy


@compiled
def _range(reach, between):
    """First and last image in reach; only the first where there are none in this direction."""
    if reach < 0.0:
        return 0, 0
    return math.ceil(-reach - between), math.floor(reach - between)

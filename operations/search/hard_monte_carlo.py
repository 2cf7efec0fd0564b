"""Metropolis Monte Carlo of bodies and cell shape at a pressure, compiled; for small cells.

As `operations.search.monte_carlo`, with rotations, and with energies of single particles: two
bodies that overlap are enough to refuse a move.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from operations.search.cells import height, reduced, strain
from operations.search.hard_bodies import pair_energy, place
from operations.search.matrices import determinant
from operations.search.rotations import rotated

#: Share of trial moves to be accepted; step lengths follow.
ACCEPTED = 0.3
#: A cell flatter than this, in units of the largest body's diameter, is not tried.
FLATTEST = 0.05
#: Trial moves of the cell in one sweep.
CELL_MOVES = 1


@njit(cache=True, error_model="numpy")
def energy(bodies, types, s, q, cell, dimensions):
    """Energy of a cell; infinite where bodies overlap. Parameters as in `sweep`."""
    corners, vectors = _placed(bodies, types, q)
    images = np.zeros(3)
    _images(cell, dimensions, bodies.reach, images)
    return _total(bodies, types, s, cell, images, corners, vectors, np.empty((7, 3)))


@njit(cache=True, error_model="numpy")
def sweep(bodies, types, s, q, cell, dimensions, lengths, kT, pressure, sweeps, random, enthalpies):
    """Sweeps of trial moves at constant temperature and pressure, in place.

    Parameters
    ----------
    bodies : HardBodies
    types : ndarray of int, shape (N,)
    s : ndarray of float64, shape (N, 3)
        Fractional coordinates.
    q : ndarray of float64, shape (N, 4)
        Unit quaternions.
    cell : ndarray of float64, shape (3, 3)
        Lattice vectors as rows.
    dimensions : int
    lengths : ndarray of float64, shape (3,)
        Longest displacement, turn (radians) and component of a strain; adapted for the next sweeps,
        so that these keep detailed balance.
    kT, pressure : float
    sweeps : int
    random : numpy.random.Generator
    enthalpies : ndarray of float64, shape (sweeps,)
        Written: the enthalpy after each sweep.

    Returns
    -------
    energy : float
        Infinite where the start overlaps.
    moves : int
    """
    n, d = len(types), dimensions
    corners, vectors = _placed(bodies, types, q)
    room = corners.shape[1]
    largest = 2.0 * bodies.outer.max()
    volume = abs(determinant(cell))
    attractive = len(bodies.vectors) > 0
    images, work = np.zeros(3), np.empty((7, 3))
    _images(cell, d, bodies.reach, images)
    energy = _total(bodies, types, s, cell, images, corners, vectors, work)
    old_s, old_q = np.empty(3), np.empty(4)
    trial_cell = cell.copy()
    inverse = np.linalg.inv(cell)
    step = np.zeros(3)
    tried, accepted = np.zeros(3), np.zeros(3)
    mixture = False
    for i in range(1, n):
        mixture = mixture or types[i] != types[0]
    exchanges = n // 2 + 1 if mixture else 0
    per_sweep = 2 * n + CELL_MOVES + exchanges
    for sweep_number in range(sweeps):
        for _ in range(per_sweep):
            kind = random.integers(0, per_sweep)
            if kind < 2 * n:
                i, which = kind % n, kind // n
                if which == 0 and n == 1:
                    continue
                before = 0.0
                if attractive:
                    before = _of_one(bodies, types, s, cell, images, corners, vectors, i, i, work)
                old_s[:] = s[i]
                old_q[:] = q[i]
                if which == 0:
                    for a in range(d):
                        step[a] = lengths[0] * (2.0 * random.random() - 1.0)
                    for a in range(d):
                        for b in range(d):
                            s[i, a] += step[b] * inverse[b, a]
                        s[i, a] -= math.floor(s[i, a])
                    for k in range(room):
                        corners[n, k] = corners[i, k]
                    vectors[n] = vectors[i]
                else:
                    _turn(random, q, i, d, lengths[1])
                    place(bodies, types[i], q[i], corners[n], vectors[n])
                after = _of_one(bodies, types, s, cell, images, corners, vectors, i, n, work)
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
            elif kind < 2 * n + CELL_MOVES:
                strain(random, lengths[2], cell, d, trial_cell)
                tried[2] += 1.0
                new_volume = abs(determinant(trial_cell))
                gain = n * math.log(new_volume / volume) - pressure * (new_volume - volume) / kT
                if height(trial_cell, d) < FLATTEST * largest:
                    continue
                if not attractive and gain < 0.0 and random.random() >= math.exp(gain):
                    continue  # without attractions the volume alone may decide, which costs nothing
                _images(trial_cell, d, bodies.reach, images)
                trial = _total(bodies, types, s, trial_cell, images, corners, vectors, work)
                take = math.isfinite(trial)
                if take and attractive:
                    weight = gain + (energy - trial) / kT
                    take = weight >= 0.0 or random.random() < math.exp(weight)
                if not take:
                    _images(cell, d, bodies.reach, images)
                    continue
                cell[:] = trial_cell
                energy, volume = trial, new_volume
                inverse = np.linalg.inv(cell)
                accepted[2] += 1.0
            else:
                i, j = random.integers(0, n), random.integers(0, n)
                if types[i] == types[j]:
                    continue
                _exchange(s, q, i, j)
                place(bodies, types[i], q[i], corners[i], vectors[i])
                place(bodies, types[j], q[j], corners[j], vectors[j])
                trial = _total(bodies, types, s, cell, images, corners, vectors, work)
                weight = (energy - trial) / kT
                if math.isfinite(trial) and (weight >= 0.0 or random.random() < math.exp(weight)):
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
        _images(cell, d, bodies.reach, images)
        enthalpies[sweep_number] = energy + pressure * volume
    for k in range(3):
        if tried[k] > 0.0:
            lengths[k] *= math.exp(accepted[k] / tried[k] - ACCEPTED)
            lengths[k] = min(max(lengths[k], 1e-9), (0.5 * largest, math.pi, 0.3)[k])
    return energy, sweeps * per_sweep


@njit(cache=True, error_model="numpy")
def _placed(bodies, types, q):
    """Corners and patches of all particles, turned, with room for a trial at the end."""
    n, room = len(types), 0
    for kind in range(len(bodies.outer)):
        first = bodies.part_of_corner[bodies.parts_of_type[kind]]
        room = max(room, bodies.part_of_corner[bodies.parts_of_type[kind + 1]] - first)
    corners = np.empty((n + 1, room, 3))
    vectors = np.empty((n + 1, max(len(bodies.vectors), 1), 3))
    for i in range(n):
        place(bodies, types[i], q[i], corners[i], vectors[i])
    return corners, vectors


@njit(cache=True, error_model="numpy")
def _exchange(s, q, i, j):
    for a in range(3):
        s[i, a], s[j, a] = s[j, a], s[i, a]
    for a in range(4):
        q[i, a], q[j, a] = q[j, a], q[i, a]


@njit(cache=True, error_model="numpy")
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


@njit(cache=True, error_model="numpy")
def _images(cell, dimensions, reach, images):
    """Write how many cells, along each lattice vector, the interaction reaches; -1 along none."""
    for a in range(3):
        images[a] = -1.0
    for a in range(dimensions):
        if dimensions == 2:
            across = math.hypot(cell[1 - a, 0], cell[1 - a, 1])
        else:
            b, c = (a + 1) % 3, (a + 2) % 3
            across = math.sqrt(
                (cell[b, 1] * cell[c, 2] - cell[b, 2] * cell[c, 1]) ** 2
                + (cell[b, 2] * cell[c, 0] - cell[b, 0] * cell[c, 2]) ** 2
                + (cell[b, 0] * cell[c, 1] - cell[b, 1] * cell[c, 0]) ** 2
            )
        images[a] = reach * across / abs(determinant(cell))


@njit(cache=True, error_model="numpy")
def _total(bodies, types, s, cell, images, corners, vectors, work):
    energy = 0.0
    for i in range(len(types)):
        for j in range(i + 1):
            energy += _of_pair(bodies, types, s, cell, images, corners, vectors, i, j, i, work)
            if not math.isfinite(energy):
                return energy
    return energy


@njit(cache=True, error_model="numpy")
def _of_one(bodies, types, s, cell, images, corners, vectors, i, at, work):
    """Energy of particle i with the corners at `at`."""
    energy = 0.0
    for j in range(len(types)):
        energy += _of_pair(bodies, types, s, cell, images, corners, vectors, i, j, at, work)
        if not math.isfinite(energy):
            return energy
    return energy


@njit(cache=True, error_model="numpy")
def _of_pair(bodies, types, s, cell, images, corners, vectors, i, j, at, work):
    """Energy per cell of particle i, placed at `at`, with all images of j."""
    energy = 0.0
    # of its own images every second one is the other one's mirror image; they turn with it
    own, second = i == j, at if i == j else j
    shift, scratch = work[6], work[:6]
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
                energy += pair_energy(
                    bodies,
                    types[i],
                    corners[at],
                    vectors[at],
                    types[j],
                    corners[second],
                    vectors[second],
                    shift,
                    scratch,
                )
                if not math.isfinite(energy):
                    return energy
    return energy


@njit(cache=True, error_model="numpy")
def _range(reach, between):
    """First and last image in reach; only the first where there are none in this direction."""
    if reach < 0.0:
        return 0, 0
    return math.ceil(-reach - between), math.floor(reach - between)

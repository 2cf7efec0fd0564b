"""Molecular dynamics of one small system, by a team of lanes.

One text for the CPU and a GPU, as `operations.search.lbfgs`. Random numbers follow from seed, step
and particle alone, so that they are the same whoever draws them. Many systems at once:
`operations.search.trips`.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import types as nb
from numpy.typing import NDArray

from operations.search.compilation import compiled
from operations.search.neighbour_list import LISTED_SUM, NEIGHBOURS, make_list
from operations.search.problem import MATRIX, PROBLEM, VECTOR
from operations.search.random_words import normals, sum_of_squares
from operations.search.team import WIDTH, lane, sync, total

#: Thermostats.
NONE, BUSSI, LANGEVIN = range(3)
#: Streams of random numbers: of the particles and of all together.
OF_PARTICLES, OF_ALL, OF_OTHERS = range(3)
#: Square of the distance that no particle moves while a list holds, unless the run explodes.
FARTHEST = 1e6


class Motion(NamedTuple):
    """Particles of mass 1, all x, then all y, then all z.

    Attributes
    ----------
    r, v, force : ndarray of float64, shape (3 N,)
    images : ndarray of int64, shape (3 N,)
        Periods that they have left the cell by.
    virial : ndarray of float64, shape (3, 3)
    """

    r: NDArray[np.float64]
    v: NDArray[np.float64]
    force: NDArray[np.float64]
    images: NDArray[np.int64]
    virial: NDArray[np.float64]


class Rule(NamedTuple):
    """Equations of motion.

    Attributes
    ----------
    thermostat : {NONE, BUSSI, LANGEVIN}
    dt, time : float
        Time step, and that of the thermostat.
    start, kT, slope : int, float, float
        kT at the step `start`, and by how much it rises with every step.
    seed : int
    """

    thermostat: int
    dt: float
    time: float
    start: int
    kT: float
    slope: float
    seed: int


class Record(NamedTuple):
    """What is seen on the way.

    Attributes
    ----------
    steps : ndarray of int64, shape (E,)
        When; the last is where the way ends.
    frames : ndarray of int64, shape (E,)
        Row of `r`, `v` and `images` that the particles then go into; -1 for none.
    rows : ndarray of float64, shape (E, 13)
        Then the energy, and of sum v v and the virial each xx, yy, zz, xy, xz, yz.
    r, v, images : ndarray, shape (F, 3 N)
        As in `Motion`.
    """

    steps: NDArray[np.int64]
    frames: NDArray[np.int64]
    rows: NDArray[np.float64]
    r: NDArray[np.float64]
    v: NDArray[np.float64]
    images: NDArray[np.int64]


POINTER = nb.FunctionType(LISTED_SUM)
MOTION = nb.NamedTuple((VECTOR, VECTOR, VECTOR, nb.int64[::1], MATRIX), Motion)
RULE = nb.NamedTuple(
    (nb.int64, nb.float64, nb.float64, nb.int64, nb.float64, nb.float64, nb.int64), Rule
)
RECORD = nb.NamedTuple(
    (nb.int64[::1], nb.int64[::1], MATRIX, MATRIX, MATRIX, nb.int64[:, ::1]), Record
)


@compiled
def sum_listed(pair_sum, problem, r, neighbours, force, virial):
    """Energy, forces and virial: on the CPU by a function pointer."""
    return pair_sum(problem, r, neighbours, force, virial)


@compiled(nb.float64(POINTER, PROBLEM, MOTION, NEIGHBOURS))
def set_out(pair_sum, problem, motion, neighbours):
    """Energy at the start of a run; makes the list and writes forces and virial."""
    make_list(problem, motion.r, motion.images, neighbours)
    return sum_listed(pair_sum, problem, motion.r, neighbours, motion.force, motion.virial)


@compiled
def _rescale(motion, n, d, rule, kT, step):
    """Bussi's thermostat, which draws the kinetic energy; the total momentum is conserved.

    G. Bussi, D. Donadio and M. Parrinello, J. Chem. Phys. 126, 014101 (2007), equation A7.
    """
    square = 0.0
    for i in range(lane(), n, WIDTH):
        for k in range(d):
            square += motion.v[k * n + i] * motion.v[k * n + i]
    square, free = total(square), (n - 1) * d
    if free == 0 or not square > 0.0:
        return
    decay = math.exp(-rule.dt / rule.time)
    one, _, _, _ = normals(rule.seed, step, 0, OF_ALL)
    others = sum_of_squares(rule.seed, step, OF_OTHERS, free - 1)
    part = (1.0 - decay) * kT / square
    factor = math.sqrt(decay + part * (one * one + others) + 2.0 * one * math.sqrt(part * decay))
    for i in range(lane(), n, WIDTH):
        for k in range(d):
            motion.v[k * n + i] *= factor


@compiled(nb.float64(POINTER, PROBLEM, MOTION, NEIGHBOURS, RULE, nb.int64, nb.int64))
def advance(pair_sum, problem, motion, neighbours, rule, step, stop):
    """Go from one step to a later one, in place; returns the energy there, nan where a particle
    has left for infinity.

    Velocity Verlet, followed by Bussi's thermostat; of Langevin dynamics the splitting BAOAB of
    B. Leimkuhler and C. Matthews, Appl. Math. Res. Express 2013, 34, with friction 1 / time.
    """
    n, d = len(problem.types), problem.dimensions
    r, v, force, reference = motion.r, motion.v, motion.force, neighbours.reference
    half, langevin = 0.5 * rule.dt, rule.thermostat == LANGEVIN
    decay = math.exp(-rule.dt / rule.time) if langevin else 1.0
    limit = 0.25 * neighbours.skin * neighbours.skin
    energy = math.nan
    while step < stop:
        step += 1
        kT = rule.kT + rule.slope * (step - rule.start)
        spread = math.sqrt((1.0 - decay * decay) * kT)
        gone, lost = 0.0, 0.0
        for i in range(lane(), n, WIDTH):
            noise = normals(rule.seed, step, i, OF_PARTICLES) if langevin else (0.0, 0.0, 0.0, 0.0)
            square = 0.0
            for k in range(d):
                m = k * n + i
                velocity = v[m] + half * force[m]
                r[m] += half * velocity
                velocity = decay * velocity + spread * noise[k]
                r[m] += half * velocity
                v[m] = velocity
                square += (r[m] - reference[m]) * (r[m] - reference[m])
            gone += 1.0 if square > limit else 0.0
            lost += 0.0 if square < FARTHEST else 1.0
        if total(lost) > 0.0:
            return math.nan
        if total(gone) > 0.0:
            make_list(problem, r, motion.images, neighbours)
        sync()
        energy = sum_listed(pair_sum, problem, r, neighbours, force, motion.virial)
        for i in range(lane(), n, WIDTH):
            for k in range(d):
                v[k * n + i] += half * force[k * n + i]
        if rule.thermostat == BUSSI:
            _rescale(motion, n, d, rule, kT, step)
    return energy


@compiled
def _note(motion, n, energy, record, event):
    """Write down what is seen of an event."""
    v, virial = motion.v, motion.virial
    xx = yy = zz = xy = xz = yz = 0.0
    for i in range(lane(), n, WIDTH):
        x, y, z = v[i], v[n + i], v[2 * n + i]
        xx += x * x
        yy += y * y
        zz += z * z
        xy += x * y
        xz += x * z
        yz += y * z
    xx, yy, zz, xy, xz, yz = total(xx), total(yy), total(zz), total(xy), total(xz), total(yz)
    if lane() == 0:
        row = record.rows[event]
        row[0] = energy
        row[1], row[2], row[3], row[4], row[5], row[6] = xx, yy, zz, xy, xz, yz
        row[7], row[8], row[9] = virial[0, 0], virial[1, 1], virial[2, 2]
        row[10], row[11], row[12] = virial[0, 1], virial[0, 2], virial[1, 2]
    frame = record.frames[event]
    if frame >= 0:
        for k in range(lane(), 3 * n, WIDTH):
            record.r[frame, k], record.v[frame, k] = motion.r[k], v[k]
            record.images[frame, k] = motion.images[k]
    sync()


@compiled(nb.int64(POINTER, PROBLEM, MOTION, NEIGHBOURS, RULE, nb.int64, RECORD), nogil=True)
def follow(pair_sum, problem, motion, neighbours, rule, step, record):
    """Go from a step past all events of a record, in place.

    Returns
    -------
    int
        How many events were passed; fewer than all where energies are finite no more.
    """
    n = len(problem.types)
    energy = set_out(pair_sum, problem, motion, neighbours)
    for event in range(len(record.steps)):
        if record.steps[event] > step:
            energy = advance(pair_sum, problem, motion, neighbours, rule, step, record.steps[event])
            if not math.isfinite(energy):
                return event
            step = record.steps[event]
        _note(motion, n, energy, record, event)
    return len(record.steps)

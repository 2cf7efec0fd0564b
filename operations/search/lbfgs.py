"""Energy or enthalpy of free particles in a free cell, and L-BFGS on it: by a team of lanes.

The text is the same for the CPU, where a team is one lane and the functions are compiled once for
all potentials and kept on disk, and for a GPU (`operations.search.team`). Lanes own every WIDTH-th
number of a vector; only sums over pairs read what others have written.
"""

from __future__ import annotations

import math
from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
from numba import types as nb

from operations.search.compilation import FASTMATH, NoAlias, compiled
from operations.search.matrices import determinant, dot, invert, multiply_transposed, transform
from operations.search.problem import PAIR_SUM, PROBLEM, VECTOR
from operations.search.team import WIDTH, lane, sync, total, word

#: Corrections that L-BFGS remembers.
MEMORY = 4
#: A step of L-BFGS that raises the energy is cut this often before the memory is forgotten.
BACKTRACKS = 12
#: Part of the lowest energy met by which a step may end above it: where a neighbour leaves the
#: cut-off of a potential that is not shifted, energy jumps up on the way down the forces.
RISE = 1e-4
#: First step in units of the gradient, where the longest step allows.
FIRST = 0.1

#: Rows of a workspace: steps, changes of the gradient, the gradient before; the next point, its
#: gradient, the step to it; then what a cell needs: vectors to the nearest images, and where it is
#: free positions and forces in the deformed cell.
CORRECTIONS = 2 * MEMORY + 1
NEW, GRADIENT, STEP, NEAR, R, FORCE = range(CORRECTIONS, CORRECTIONS + 6)
ROWS = FORCE + 1
#: Its matrices: deformation, cell, virial, an inverse, and one for what is in between.
F, CELL, VIRIAL, INVERSE, BETWEEN = range(5)
MATRICES = BETWEEN + 1


class Work(NamedTuple):
    """Scratch space of a team.

    Attributes
    ----------
    rows : ndarray of float64, shape (ROWS, at least as many as there are variables)
    matrices : ndarray of float64, shape (MATRICES, 3, 3)
    rho, alpha : ndarray of float64, shape (MEMORY,)
        Of the two loops.
    """

    rows: Any
    matrices: Any
    rho: Any
    alpha: Any


@compiled
def make_work(n):
    """Scratch space for so many variables; rows begin at multiples of 64 bytes from the first."""
    rows = np.empty((ROWS, (n + 7) // 8 * 8))
    return Work(rows, np.empty((MATRICES, 3, 3)), np.empty(MEMORY), np.empty(MEMORY))


class Outcome(IntEnum):
    """How a minimisation ended."""

    CONVERGED = 0
    BUDGET = 1  # evaluations spent
    STUCK = 2  # no step lowers the energy although the gradient is above the tolerance
    COLLAPSED = 3  # energy not finite, or the cell lost its volume
    DISPERSED = 4  # the cell grew without limit


#: No outcome yet.
GOING_ON = -1


@compiled
def deform(strain, length, f):
    """Write F from the variables c (F - 1) and the length c; 1 where the cell is fixed and c is
    0."""
    for a in range(3):
        for b in range(3):
            f[a, b] = 1.0 if a == b else 0.0
            if length > 0.0:
                f[a, b] += strain[3 * a + b] / length


@compiled
def deformation(strain, length):
    """F; see `deform`."""
    f = np.empty((3, 3))
    deform(strain, length, f)
    return f


@compiled
def slope_by_deformation(f, virial, work, inverse, slope):
    """Write dH/dF = (PV - virial) F^-T, with the work PV; changes the virial."""
    for a in range(3):
        for b in range(3):
            virial[a, b] = work - virial[a, b] if a == b else -virial[a, b]
    invert(f, inverse)
    multiply_transposed(virial, inverse, slope)


@compiled
def by_deformation(f, virial, work):
    """dH/dF; see `slope_by_deformation`."""
    slope = np.empty((3, 3))
    slope_by_deformation(f, virial.copy(), work, np.empty((3, 3)), slope)
    return slope


@word()
def sum_pairs(pair_sum, problem, r, cell, force, virial, work):
    """Energy, forces and virial: on the CPU by a function pointer, which has its own scratch
    space."""
    return pair_sum(problem, r, cell, force, virial)


@compiled
def compress(stiffness, v, gradient, n):
    """Springs of all particles to their common centre, stiffness × Σ r²: returns their energy and
    adds to the gradient."""
    x = y = z = 0.0
    for i in range(lane(), n, WIDTH):
        x, y, z = x + v[i], y + v[n + i], z + v[2 * n + i]
    x, y, z = total(x) / n, total(y) / n, total(z) / n
    energy = 0.0
    for k in range(lane(), 3 * n, WIDTH):
        d = v[k] - (x if k < n else y if k < 2 * n else z)
        energy += stiffness * d * d
        gradient[k] += 2.0 * stiffness * d
    return total(energy)


@compiled
def objective(pair_sum, problem, v, gradient, work):
    """Energy, or enthalpy where the cell is free; writes the gradient by the variables `v`.

    The variables are x, y, z of all particles, followed by c (F - 1) row by row (9 numbers; in two
    dimensions those with z stay zero) where the cell is free, or by the rotation vectors of rigid
    bodies (`operations.search.bodies`).
    """
    n, d, c = len(problem.types), problem.dimensions, problem.strain_length
    sync()
    if c <= 0.0:
        virial = work.matrices[VIRIAL]
        energy = sum_pairs(pair_sum, problem, v, problem.cell, gradient, virial, work)
        for k in range(lane(), len(v), WIDTH):
            gradient[k] = -gradient[k]
        if problem.compression > 0.0:
            energy += compress(problem.compression, v, gradient, n)
        return energy
    f, cell, virial = work.matrices[F], work.matrices[CELL], work.matrices[VIRIAL]
    if lane() == 0:
        deform(v[3 * n :], c, f)
        multiply_transposed(problem.cell, f, cell)
        for a in range(3):
            for b in range(3):
                virial[a, b] = 0.0
    sync()
    volume = abs(determinant(f) * determinant(problem.cell))
    r, force = work.rows[R, : 3 * n], work.rows[FORCE, : 3 * n]
    for i in range(lane(), n, WIDTH):
        for k in range(i, 3 * n, n):
            r[k] = v[k]
    transform(f, r, n)
    sync()
    energy = sum_pairs(pair_sum, problem, r, cell, force, virial, work)
    slope, transposed = work.matrices[BETWEEN], work.matrices[CELL]
    if lane() == 0:
        slope_by_deformation(f, virial, problem.pressure * volume, work.matrices[INVERSE], slope)
        for a in range(3):
            for b in range(3):
                transposed[a, b] = f[b, a]
                free = a < d and b < d
                gradient[3 * n + 3 * a + b] = slope[a, b] / c if free else 0.0
    sync()
    transform(transposed, force, n)
    for i in range(lane(), n, WIDTH):
        for k in range(i, 3 * n, n):
            gradient[k] = -force[k]
    sync()
    return energy + problem.pressure * volume


@compiled
def lost(problem, work, energy):
    """`Outcome.COLLAPSED` or `DISPERSED` where it is no use to go on from the point whose energy
    has been computed last."""
    if not math.isfinite(energy):
        return Outcome.COLLAPSED
    if problem.strain_length > 0.0:
        ratio = determinant(work.matrices[F])
        if not ratio > 1e-3:
            return Outcome.COLLAPSED
        if ratio > 1e3:
            return Outcome.DISPERSED
    return GOING_ON


@compiled(pipeline_class=NoAlias, fastmath=FASTMATH)
def _add_and_project(step, factor, rows, row, other):
    """step ← step + factor × one row; returns its product with another."""
    product = 0.0
    for k in range(lane(), len(step), WIDTH):
        step[k] += factor * rows[row, k]
        product += step[k] * rows[other, k]
    return total(product)


@compiled
def _two_loops(rows, rho, alpha, step, newest, stored, factor):
    """step ← factor H⁻¹ g; returns its product with g.

    The rows are MEMORY steps, as many changes of the gradient, and the gradient g.
    """
    for k in range(lane(), len(step), WIDTH):
        step[k] = 0.0
    m, g = newest, 2 * MEMORY
    product = _add_and_project(step, factor, rows, g, m if stored else g)
    for k in range(1, stored + 1):
        alpha[m] = rho[m] * product
        older = m - 1 if m > 0 else MEMORY - 1
        other = older if k < stored else MEMORY + m
        product = _add_and_project(step, -alpha[m], rows, MEMORY + m, other)
        m = older
    for k in range(1, stored + 1):
        m = m + 1 if m < MEMORY - 1 else 0
        newer = m + 1 if m < MEMORY - 1 else 0
        a = alpha[m] / abs(factor) - rho[m] * product
        product = _add_and_project(step, a, rows, m, MEMORY + newer if k < stored else g)
    return product


@compiled(pipeline_class=NoAlias, fastmath=FASTMATH)
def _go_on(v, step, gradient, s, y, g):
    """Take the step: v ← v + step, s ← step, y ← gradient - g, g ← gradient.

    Returns s y, y y and g g.
    """
    sy = yy = gg = 0.0
    for k in range(lane(), len(v), WIDTH):
        change = gradient[k] - g[k]
        v[k] += step[k]
        s[k], y[k], g[k] = step[k], change, gradient[k]
        sy += step[k] * change
        yy += change * change
        gg += gradient[k] * gradient[k]
    return total(sy), total(yy), total(gg)


@compiled
def descend(pair_sum, problem, v, tolerance, max_step, max_evaluations, work):
    """`lbfgs` in a workspace."""
    n = len(v)
    new, gradient, step = work.rows[NEW, :n], work.rows[GRADIENT, :n], work.rows[STEP, :n]
    rows, rho = work.rows[:CORRECTIONS], work.rho
    scale = FIRST
    stored, newest = 0, 0
    energy = objective(pair_sum, problem, v, gradient, work)
    evaluations = 1
    if lost(problem, work, energy) != GOING_ON:
        return Outcome.COLLAPSED, energy, evaluations
    lowest, square = energy, dot(gradient, gradient)
    g = rows[2 * MEMORY]
    for k in range(lane(), n, WIDTH):
        g[k] = gradient[k]
    while True:
        if math.sqrt(square / n) < tolerance:
            return Outcome.CONVERGED, energy, evaluations
        if evaluations >= max_evaluations:
            return Outcome.BUDGET, energy, evaluations
        # Before the curvature is known no longer than the longest step.
        factor = scale if stored else min(max_step / math.sqrt(square), scale)
        slope = _two_loops(rows, rho, work.alpha, step, newest, stored, -factor)
        factor = math.copysign(min(1.0, max_step / math.sqrt(dot(step, step))), -slope)
        # Below tolerance × step a change of energy says nothing.
        most = lowest + RISE * abs(lowest) + tolerance * max_step
        backtracks = 0
        while True:
            slope *= factor
            for k in range(lane(), n, WIDTH):
                step[k] *= factor
                new[k] = v[k] + step[k]
            e_new = objective(pair_sum, problem, new, gradient, work)
            evaluations += 1
            if e_new <= most:
                break
            backtracks += 1
            if backtracks > BACKTRACKS or evaluations >= max_evaluations:
                break
            factor = 0.1
            if math.isfinite(e_new):
                factor = min(max(0.5 * slope / (slope + energy - e_new), 0.1), 0.5)
        if backtracks > BACKTRACKS:
            if stored == 0:
                outcome = Outcome.STUCK if math.isfinite(e_new) else Outcome.COLLAPSED
                return outcome, energy, evaluations
            stored = 0
            continue
        if not e_new <= most:
            return Outcome.BUDGET, energy, evaluations
        m = (newest + 1) % MEMORY
        ys, yy, square = _go_on(v, step, gradient, rows[m], rows[MEMORY + m], g)
        fell, energy = e_new < energy, e_new
        lowest = min(lowest, energy)
        end = lost(problem, work, energy)
        if end != GOING_ON:
            return end, energy, evaluations
        if ys != 0.0 and yy > 0.0:
            # A negative curvature is kept by its magnitude.
            rho[m] = 1.0 / ys
            scale = abs(ys) / yy
            newest = m
            stored = min(stored + 1, MEMORY)
        elif not fell:
            # The step was too short to change anything: what is known is of the wall of a core.
            if stored == 0:
                return Outcome.STUCK, energy, evaluations
            stored, scale = 0, FIRST


RESULT = nb.Tuple((nb.int64, nb.float64, nb.int64))
MINIMISER = RESULT(PAIR_SUM, PROBLEM, VECTOR, nb.float64, nb.float64, nb.int64)


@compiled(MINIMISER, nogil=True)
def lbfgs(pair_sum, problem, v, tolerance, max_step, max_evaluations):
    """Minimise by L-BFGS, in place; see `operations.search.minimise.minimise`.

    J. Nocedal, Math. Comput. 35, 773 (1980), with steps no longer than `max_step` (as in GMIN and
    pele). A step that ends higher than `RISE` above the lowest energy met is cut, to the minimum
    of the parabola through both energies and the slope, so that it cannot diverge.

    Returns
    -------
    outcome, energy, evaluations
    """
    work = make_work(len(v))
    return descend(pair_sum, problem, v, tolerance, max_step, max_evaluations, work)


@compiled(nb.float64(PAIR_SUM, PROBLEM, VECTOR, VECTOR))
def evaluate(pair_sum, problem, v, gradient):
    """`objective` for callers outside of compiled code."""
    return objective(pair_sum, problem, v, gradient, make_work(len(v)))

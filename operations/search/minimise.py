"""Local minimisation of energy or enthalpy, all of it compiled.

The variables are the coordinates of the particles, and where the cell is free at a pressure also
its deformation: with H = E + PV, r = F s and cell = F cell₀, L-BFGS or FIRE walk in (s, c (F - 1)).
The length c = √N × (distance between neighbours) gives strain the stiffness of a bond. A cell that
collapses, flies apart or meets nan ends as a rejected candidate.

Everything compiled is compiled once for all potentials and kept on disk, because sums over
pairs come in as function pointers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Literal

import numpy as np
from numba import types as nb

from analysis.configuration import Configuration
from operations.search.cells import in_box, reduced
from operations.search.compilation import FASTMATH, NoAlias, compiled
from operations.search.kernels import Kernel
from operations.search.matrices import determinant, dot, inverse, product, transform, transposed
from operations.search.problem import PAIR_SUM, PROBLEM, VECTOR, Problem

#: Corrections that L-BFGS remembers.
MEMORY = 4
#: A step of L-BFGS that raises the energy is cut this often before the memory is forgotten.
BACKTRACKS = 12
#: Part of the lowest energy met by which a step may end above it: where a neighbour leaves the
#: cut-off of a potential that is not shifted, energy jumps up on the way down the forces.
RISE = 1e-4


class Outcome(IntEnum):
    """How a minimisation ended."""

    CONVERGED = 0
    BUDGET = 1  # evaluations spent
    STUCK = 2  # no step lowers the energy although the gradient is above the tolerance
    COLLAPSED = 3  # energy not finite, or the cell lost its volume
    DISPERSED = 4  # the cell grew without limit


#: No outcome yet.
_GOING_ON = -1


@compiled
def deformation(strain, length):
    """F from the variables c (F - 1) and the length c; 1 where the cell is fixed and c is 0."""
    f = np.zeros((3, 3))
    for a in range(3):
        f[a, a] = 1.0
        if length > 0.0:
            for b in range(3):
                f[a, b] += strain[3 * a + b] / length
    return f


@compiled
def by_deformation(f, virial, work):
    """dH/dF = (PV - virial) F^-T, with the work PV."""
    slope = -virial
    for a in range(3):
        slope[a, a] = work - virial[a, a]
    return product(slope, transposed(inverse(f)))


@compiled
def objective(pair_sum, problem, v, gradient, scratch):
    """Energy, or enthalpy where the cell is free; writes the gradient by the variables `v`.

    The variables are x, y, z of all particles, followed by c (F - 1) row by row (9 numbers; in two
    dimensions those with z stay zero) where the cell is free, or by the rotation vectors of rigid
    bodies (`operations.search.bodies`).
    """
    n, d, c = len(problem.types), problem.dimensions, problem.strain_length
    if c == 0.0:
        energy = pair_sum(problem, v, problem.cell, gradient, scratch)
        for k in range(len(v)):
            gradient[k] = -gradient[k]
        return energy
    f = deformation(v[3 * n :], c)
    volume = abs(determinant(f) * determinant(problem.cell))
    cell = product(problem.cell, transposed(f))
    r, force, virial = v[: 3 * n].copy(), np.empty(3 * n), np.zeros((3, 3))
    transform(f, r, n)
    energy = pair_sum(problem, r, cell, force, virial)
    transform(transposed(f), force, n)
    for k in range(3 * n):
        gradient[k] = -force[k]
    slope = by_deformation(f, virial, problem.pressure * volume)
    for a in range(3):
        for b in range(3):
            gradient[3 * n + 3 * a + b] = slope[a, b] / c if a < d and b < d else 0.0
    return energy + problem.pressure * volume


@compiled
def _lost(problem, v, energy):
    """`Outcome.COLLAPSED` or `DISPERSED` where it is no use to go on."""
    if not math.isfinite(energy):
        return Outcome.COLLAPSED
    if problem.strain_length > 0.0:
        ratio = determinant(deformation(v[3 * len(problem.types) :], problem.strain_length))
        if not ratio > 1e-3:
            return Outcome.COLLAPSED
        if ratio > 1e3:
            return Outcome.DISPERSED
    return _GOING_ON


@compiled(pipeline_class=NoAlias, fastmath=FASTMATH)
def _add_and_project(step, factor, rows, row, other):
    """step ← step + factor × one row; returns its product with another."""
    product = 0.0
    for k in range(len(step)):
        step[k] += factor * rows[row, k]
        product += step[k] * rows[other, k]
    return product


@compiled
def _two_loops(rows, rho, alpha, step, newest, stored, factor):
    """step ← factor H⁻¹ g; returns its product with g.

    The rows are MEMORY steps, as many changes of the gradient, and the gradient g.
    """
    for k in range(len(step)):
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
    for k in range(len(v)):
        change = gradient[k] - g[k]
        v[k] += step[k]
        s[k], y[k], g[k] = step[k], change, gradient[k]
        sy += step[k] * change
        yy += change * change
        gg += gradient[k] * gradient[k]
    return sy, yy, gg


RESULT = nb.Tuple((nb.int64, nb.float64, nb.int64))


@compiled(
    RESULT(PAIR_SUM, PROBLEM, VECTOR, nb.float64, nb.float64, nb.int64),
)
def lbfgs(pair_sum, problem, v, tolerance, max_step, max_evaluations):
    """Minimise by L-BFGS, in place; see `minimise`.

    J. Nocedal, Math. Comput. 35, 773 (1980), with steps no longer than `max_step` (as in GMIN and
    pele). A step that ends higher than `RISE` above the lowest energy met is cut, to the minimum
    of the parabola through both energies and the slope, so that it cannot diverge.

    Returns
    -------
    outcome, energy, evaluations
    """
    n = len(v)
    new, gradient, step = np.empty(n), np.empty(n), np.empty(n)
    rows, rho, alpha = np.zeros((2 * MEMORY + 1, n)), np.empty(MEMORY), np.empty(MEMORY)
    scratch = np.empty((3, 3))
    scale = 0.1
    stored, newest = 0, 0
    energy = objective(pair_sum, problem, v, gradient, scratch)
    evaluations = 1
    if _lost(problem, v, energy) != _GOING_ON:
        return Outcome.COLLAPSED, energy, evaluations
    lowest, square = energy, dot(gradient, gradient)
    g = rows[2 * MEMORY]
    for k in range(n):
        g[k] = gradient[k]
    while True:
        if math.sqrt(square / n) < tolerance:
            return Outcome.CONVERGED, energy, evaluations
        if evaluations >= max_evaluations:
            return Outcome.BUDGET, energy, evaluations
        # Before the curvature is known no longer than the longest step.
        factor = scale if stored else min(max_step / math.sqrt(square), scale)
        slope = _two_loops(rows, rho, alpha, step, newest, stored, -factor)
        factor = math.copysign(min(1.0, max_step / math.sqrt(dot(step, step))), -slope)
        # Below tolerance × step a change of energy says nothing.
        most = lowest + RISE * abs(lowest) + tolerance * max_step
        backtracks = 0
        while True:
            slope *= factor
            for k in range(n):
                step[k] *= factor
                new[k] = v[k] + step[k]
            e_new = objective(pair_sum, problem, new, gradient, scratch)
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
        energy = e_new
        lowest = min(lowest, energy)
        lost = _lost(problem, v, energy)
        if lost != _GOING_ON:
            return lost, energy, evaluations
        if ys != 0.0 and yy > 0.0:
            # A negative curvature is kept by its magnitude.
            rho[m] = 1.0 / ys
            scale = abs(ys) / yy
            newest = m
            stored = min(stored + 1, MEMORY)


@compiled(
    RESULT(PAIR_SUM, PROBLEM, VECTOR, nb.float64, nb.float64, nb.int64),
)
def fire(pair_sum, problem, v, tolerance, max_step, max_evaluations):
    """Minimise by FIRE, in place; see `minimise`.

    E. Bitzek et al., Phys. Rev. Lett. 97, 170201 (2006), semi-implicit Euler with the half step
    back of FIRE 2.0 (J. Guénolé et al., Comput. Mater. Sci. 175, 109584 (2020)).

    Returns
    -------
    outcome, energy, evaluations
    """
    n = len(v)
    g, velocity = np.zeros(n), np.zeros(n)
    scratch = np.empty((3, 3))
    dt, mixing, downhill = 0.1 * max_step, 0.1, 0
    dt_most = max_step
    energy = objective(pair_sum, problem, v, g, scratch)
    evaluations = 1
    while True:
        lost = _lost(problem, v, energy)
        if lost != _GOING_ON:
            return lost, energy, evaluations
        square = power = speed = 0.0
        for k in range(n):
            square += g[k] * g[k]
            power -= g[k] * velocity[k]
            speed += velocity[k] * velocity[k]
        if math.sqrt(square / n) < tolerance:
            return Outcome.CONVERGED, energy, evaluations
        if evaluations >= max_evaluations:
            return Outcome.BUDGET, energy, evaluations
        if power > 0.0:
            downhill += 1
            if downhill > 5:
                dt = min(1.1 * dt, dt_most)
                mixing *= 0.99
        else:
            for k in range(n):
                v[k] -= 0.5 * dt * velocity[k]
                velocity[k] = 0.0
            speed = 0.0
            dt = max(0.5 * dt, 1e-4 * dt_most)
            mixing, downhill = 0.1, 0
        ratio = math.sqrt(speed / square)
        moved = 0.0
        for k in range(n):
            velocity[k] -= dt * g[k]
            velocity[k] = (1.0 - mixing) * velocity[k] - mixing * ratio * g[k]
            moved += (dt * velocity[k]) ** 2
        factor = min(1.0, max_step / math.sqrt(moved)) if moved > 0.0 else 1.0
        for k in range(n):
            velocity[k] *= factor
            v[k] += dt * velocity[k]
        energy = objective(pair_sum, problem, v, g, scratch)
        evaluations += 1


@compiled(nb.float64(PAIR_SUM, PROBLEM, VECTOR, VECTOR))
def evaluate(pair_sum, problem, v, gradient):
    """`objective` for callers outside of compiled code."""
    return objective(pair_sum, problem, v, gradient, np.empty((3, 3)))


@dataclass(frozen=True)
class Minimum:
    """Where a minimisation ended.

    Attributes
    ----------
    configuration : Configuration
    energy : float
        Potential energy.
    enthalpy : float
        E + PV; the energy where no pressure was given.
    evaluations : int
        Evaluations of energy and forces.
    outcome : Outcome
    """

    configuration: Configuration
    energy: float
    enthalpy: float
    evaluations: int
    outcome: Outcome


def make_problem(
    kernel: Kernel, configuration: Configuration, pressure: float | None = None
) -> tuple[Problem, np.ndarray]:
    """What the compiled minimisers take for a configuration; a pressure frees its cell.

    Returns
    -------
    problem : Problem
    v : ndarray of float64
        The variables: 3 N coordinates, and 9 of the deformation where the cell is free.
    """
    n, d = configuration.n_particles, configuration.dimensions
    c, strain = 0.0, np.zeros(0)
    if pressure is not None:
        c = math.sqrt(n) * (configuration.volume / n) ** (1.0 / d)
        strain = np.zeros(9)
    problem = kernel.problem(configuration.types, configuration.cell, d)
    problem = problem._replace(pressure=pressure or 0.0, strain_length=c)
    return problem, np.concatenate([configuration.positions.T.ravel(), strain])


def minimise(
    kernel: Kernel,
    configuration: Configuration,
    pressure: float | None = None,
    *,
    tolerance: float = 1e-6,
    max_step: float = 0.4,
    max_evaluations: int = 20_000,
    method: Literal["lbfgs", "fire"] = "lbfgs",
) -> Minimum:
    """The local minimum of energy, or at a pressure of enthalpy, below a configuration.

    Parameters
    ----------
    kernel : Kernel
    configuration : Configuration
        Open, or in any periodic cell.
    pressure : float, optional
        Frees all lengths and angles of the cell.
    tolerance : float
        Largest root mean square of the gradient (energy per length).
    max_step : float
        Longest step, the norm over all variables (length).
    max_evaluations : int
    method : "lbfgs" or "fire"

    Returns
    -------
    Minimum
        In a box reduced to its shortest lattice vectors where the cell was free.
    """
    if pressure is not None:
        if not configuration.periodic:
            raise ValueError("a pressure needs a periodic cell, the boundary is open")
        configuration = shortest_vectors(configuration)
    problem, v = make_problem(kernel, configuration, pressure)
    status, value, evaluations = (lbfgs if method == "lbfgs" else fire)(
        kernel.sum(configuration.periodic), problem, v, tolerance, max_step, max_evaluations
    )
    outcome = Outcome(status)
    if outcome in (Outcome.COLLAPSED, Outcome.DISPERSED):
        return Minimum(configuration, value, value, evaluations, outcome)
    n = configuration.n_particles
    f = deformation(v[3 * n :], problem.strain_length)
    positions = (f @ v[: 3 * n].reshape(3, n)).T
    if pressure is None:
        configuration = replace(configuration, positions=positions, velocities=None)
        return Minimum(configuration, value, value, evaluations, outcome)
    configuration = in_box(
        reduced(problem.cell @ f.T, problem.dimensions),
        positions,
        configuration.types,
        configuration.type_names,
        problem.dimensions,
    )
    energy = value - pressure * configuration.volume
    return Minimum(configuration, energy, value, evaluations, outcome)


def shortest_vectors(configuration: Configuration) -> Configuration:
    """The same crystal in the cell of its shortest lattice vectors."""
    return in_box(
        reduced(configuration.cell, configuration.dimensions),
        configuration.positions,
        configuration.types,
        configuration.type_names,
        configuration.dimensions,
    )

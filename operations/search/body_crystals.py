"""Crystals of rigid bodies: enthalpy of any periodic cell, and its minima, all of it compiled.

The enthalpy is one function with the signature of a sum over pairs, so that the minimisers of
`operations.search.minimise` take it as they take clusters of bodies. Its variables are the centres
s at F = 1 (3 N), rotation vectors times a length (3 N) and, where the cell is free, c (F - 1) row
by row (9), as there: r = F s, cell = F cell₀. Bodies do not turn with the cell; to turn it and all
of them together changes nothing.
"""

from __future__ import annotations

import math
from dataclasses import replace
from enum import IntEnum
from functools import lru_cache
from typing import Any

import numpy as np
from numba import cfunc
from numpy.typing import NDArray

from analysis.configuration import Configuration
from operations.search.bodies import (
    Bodies,
    Interact,
    add_pair,
    rotation_length,
    to_rotation_vectors,
    turned_bodies,
)
from operations.search.cells import placed, reduced
from operations.search.expected_volume import CLOSEST, Expected
from operations.search.kernels import image_vectors, nearest_images
from operations.search.lbfgs import Outcome, by_deformation, deformation, evaluate, lbfgs
from operations.search.matrices import determinant, inverse, product, transform, transposed
from operations.search.minimise import Minimum
from operations.search.problem import SUM, Problem
from operations.search.rotations import absorb

FloatArray = NDArray[np.float64]

#: Cells whose volume shrinks by more than this have collapsed.
COLLAPSED = 1e-3


class Last(IntEnum):
    """The last row of a frame."""

    PRESSURE = 0
    STRAIN_LENGTH = 1  # 0 where the cell is fixed, and the result the energy
    REACH = 2  # of the interaction


@lru_cache(maxsize=128)
def _compile_enthalpy(interact: Interact) -> Any:
    """Enthalpy of a crystal, a function pointer with the signature `SUM`.

    In the place of the cell is a frame, a matrix of four columns: the N orientations; the lattice
    vectors at F = 1; and a row that `Last` names. Writes minus the gradient, and as the virial
    -Σ dE/dr_ij ⊗ r_ij over pairs.
    """

    @cfunc(SUM, error_model="numpy")
    def enthalpy(problem, v, frame, force, virial):
        types, d = problem.types, problem.dimensions
        n, last = len(types), frame[len(types) + 3]
        pressure, c, reach = last[Last.PRESSURE], last[Last.STRAIN_LENGTH], last[Last.REACH]
        cell, f = frame[n : n + 3, :3].copy(), deformation(v[6 * n :], c)
        ratio = determinant(f)
        if not ratio > COLLAPSED:
            return np.nan
        volume = ratio * abs(determinant(cell))
        cell = product(cell, transposed(f))
        reciprocal = transposed(inverse(cell))
        shifts = image_vectors(cell, reciprocal, d, reach)
        if len(shifts) == 0:
            return np.nan
        r = v[: 3 * n].copy()
        transform(f, r, n)
        x, y, z = r[:n], r[n : 2 * n], r[2 * n :]
        turned, begin = turned_bodies(problem, frame, v[3 * n : 6 * n])
        force[:], virial[:] = 0.0, 0.0
        near, out, energy = np.empty((3, n)), np.empty(9), 0.0
        for i in range(n):
            one = types[i], begin[i], begin[i + 1]
            nearest_images(i, i + 1, x, y, z, cell, reciprocal, d, near)
            for image in range(len(shifts)):
                for j in range(i + 1):
                    if image == 0 and j == i:
                        continue
                    dx = -near[0, j] - shifts[image, 0]
                    dy = -near[1, j] - shifts[image, 1]
                    dz = -near[2, j] - shifts[image, 2]
                    if dx * dx + dy * dy + dz * dz >= reach * reach:
                        continue
                    other = types[j], begin[j], begin[j + 1]
                    u = interact(problem, turned, one, other, dx, dy, dz, out)
                    if j == i:  # each image of a body is met from both sides
                        u *= 0.5
                        for k in range(9):
                            out[k] *= 0.5
                    energy += u
                    add_pair(force, n, i, j, out)
                    for a in range(3):
                        virial[a, 0] -= out[a] * dx
                        virial[a, 1] -= out[a] * dy
                        virial[a, 2] -= out[a] * dz
        if d == 2:
            for i in range(n):
                force[2 * n + i] = 0.0
        transform(transposed(f), force, n)
        to_rotation_vectors(problem, v[3 * n : 6 * n], force[3 * n : 6 * n])
        if c == 0.0:
            return energy
        slope = by_deformation(f, virial, pressure * volume)
        for a in range(d):
            for b in range(d):
                force[6 * n + 3 * a + b] = -slope[a, b] / c
        return energy + pressure * volume

    return enthalpy


def crystal_problem(
    bodies: Bodies, configuration: Configuration, pressure: float | None = None
) -> tuple[Any, Problem, FloatArray]:
    """What the compiled minimisers take for a crystal of bodies; a pressure frees its cell.

    Returns
    -------
    enthalpy : function pointer
    problem : Problem
    v : ndarray of float64, shape (6 N,), or (6 N + 9,) where the cell is free
    """
    if not math.isfinite(bodies.reach):
        raise ValueError("bodies in a periodic cell need an energy that ends at a cut-off")
    n, d = configuration.n_particles, configuration.dimensions
    c, strain = 0.0, 0
    if pressure is not None:
        c, strain = math.sqrt(n) * (configuration.volume / n) ** (1.0 / d), 9
    orientations = configuration.orientations
    if orientations is None:
        raise ValueError("bodies need orientations")
    frame = np.zeros((n + 4, 4))
    frame[:n] = orientations
    frame[n : n + 3, :3] = configuration.cell
    frame[n + 3, : len(Last)] = pressure or 0.0, c, bodies.reach
    types = np.ascontiguousarray(configuration.types, dtype=np.int64)
    problem = Problem(types, bodies.coefficients, bodies.forms, frame, d)
    v = np.concatenate([configuration.positions.T.ravel(), np.zeros(3 * n + strain)])
    return _compile_enthalpy(bodies.interact), problem, v


def energy_of(bodies: Bodies, configuration: Configuration) -> float:
    """Potential energy of a crystal of bodies."""
    enthalpy, problem, v = crystal_problem(bodies, configuration)
    return float(evaluate(enthalpy, problem, v, np.zeros(len(v))))


def minimise_bodies(
    bodies: Bodies,
    configuration: Configuration,
    pressure: float,
    *,
    tolerance: float = 1e-6,
    max_step: float = 0.4,
    max_evaluations: int = 20_000,
) -> Minimum:
    """The local minimum of enthalpy below a crystal: centres, rotations and cell together.

    Parameters
    ----------
    bodies : Bodies
    configuration : Configuration
        Periodic, with orientations.
    pressure : float
    tolerance : float
        Largest root mean square of the gradient (energy per length).
    max_step : float
        Longest step, the norm over all variables (length).
    max_evaluations : int

    Returns
    -------
    Minimum
        In a box reduced to its shortest lattice vectors.
    """
    d, n = configuration.dimensions, configuration.n_particles
    start = placed(configuration, reduced(configuration.cell, d), configuration.positions)
    enthalpy, problem, v = crystal_problem(bodies, start, pressure)
    status, value, evaluations = lbfgs(enthalpy, problem, v, tolerance, max_step, max_evaluations)
    f = deformation(v[6 * n :], problem.cell[n + 3, Last.STRAIN_LENGTH])
    ratio = float(np.linalg.det(f))
    outcome = Outcome(status)
    if not math.isfinite(value) or not ratio > 10.0 * COLLAPSED:
        outcome = Outcome.COLLAPSED
    if outcome is Outcome.COLLAPSED:
        return Minimum(start, value, value, evaluations, outcome)
    positions = (f @ v[: 3 * n].reshape(3, n)).T
    orientations = problem.cell[:n].copy()
    absorb(orientations, v, rotation_length(problem))
    turned = replace(start, orientations=orientations)
    crystal = placed(turned, reduced(start.cell @ f.T, d), positions)
    return Minimum(crystal, value - pressure * crystal.volume, value, evaluations, outcome)


def expect_bodies(
    bodies: Bodies, counts: NDArray[np.int64], pressure: float, dimensions: int
) -> Expected:
    """Scales of a crystal of bodies: one touches the next."""
    volume = bodies.distance**dimensions
    apart = np.full((len(counts), len(counts)), CLOSEST * bodies.distance)
    return Expected(volume, bodies.depth + pressure * volume, apart, 0)

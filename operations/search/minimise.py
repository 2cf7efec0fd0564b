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
from typing import Literal

import numpy as np

from analysis.configuration import Configuration
from operations.search.cells import in_box, reduced
from operations.search.compilation import compiled
from operations.search.kernels import Kernel
from operations.search.lbfgs import (
    GOING_ON,
    MINIMISER,
    Outcome,
    deformation,
    lbfgs,
    lost,
    make_work,
    objective,
)
from operations.search.problem import Problem


@compiled(MINIMISER, nogil=True)
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
    work = make_work(n)
    dt, mixing, downhill = 0.1 * max_step, 0.1, 0
    dt_most = max_step
    energy = objective(pair_sum, problem, v, g, work)
    evaluations = 1
    while True:
        end = lost(problem, work, energy)
        if end != GOING_ON:
            return end, energy, evaluations
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
        energy = objective(pair_sum, problem, v, g, work)
        evaluations += 1


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
    configuration = placed_to_relax(configuration, pressure)
    problem, v = make_problem(kernel, configuration, pressure)
    ended = (lbfgs if method == "lbfgs" else fire)(
        kernel.sum(configuration.periodic), problem, v, tolerance, max_step, max_evaluations
    )
    return minimum_of(configuration, problem, v, pressure, ended)


def placed_to_relax(configuration: Configuration, pressure: float | None) -> Configuration:
    """Where the cell is free, the same crystal in that of its shortest lattice vectors.

    Raises
    ------
    ValueError
        Where there is no cell that could be free.
    """
    if pressure is None:
        return configuration
    if not configuration.periodic:
        raise ValueError("a pressure needs a periodic cell, the boundary is open")
    return shortest_vectors(configuration)


def minimum_of(
    configuration: Configuration,
    problem: Problem,
    v: np.ndarray,
    pressure: float | None,
    ended: tuple[int, float, int],
) -> Minimum:
    """What a compiled minimiser has made of a configuration: the variables, and outcome, value and
    evaluations."""
    status, value, evaluations = ended
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

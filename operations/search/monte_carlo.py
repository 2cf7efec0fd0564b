"""Metropolis Monte Carlo of particles, exchanges and cell shape at a pressure, compiled.

N. Metropolis et al., J. Chem. Phys. 21, 1087 (1953); cells of any shape as in R. Najafabadi and
S. Yip, Scr. Metall. 17, 1199 (1983), and L. Filion et al., Phys. Rev. Lett. 103, 188302 (2009).
The weight of a cell is V^N exp(-H/kT), all shapes of one volume being alike (Haar measure).
Cells are small, so that every trial is one evaluation of the whole energy; after each sweep the
cell has its shortest lattice vectors, so that it does not become flat by shear.
"""

from __future__ import annotations

import math
from enum import IntEnum

import numpy as np
from numba import types as nb

from operations.search.cells import height, reduced, strain
from operations.search.compilation import compiled
from operations.search.matrices import determinant
from operations.search.problem import GENERATOR, MATRIX, PAIR_SUM, PROBLEM, VECTOR
from operations.search.trials import adapt, exchanges, metropolis

#: Trial moves of the cell in one sweep.
CELL_MOVES = 2
#: Share of trial moves to be accepted; step lengths follow.
ACCEPTED = 0.35


class Trial(IntEnum):
    """Kinds of trial moves, and where their lengths are."""

    PARTICLE = 0
    CELL = 1
    EXCHANGE = -1  # has no length


@compiled(
    nb.Tuple((nb.float64, nb.int64))(
        PAIR_SUM,
        PROBLEM,
        MATRIX,
        VECTOR,
        nb.float64,
        nb.float64,
        nb.float64,
        nb.float64,
        GENERATOR,
        VECTOR,
    ),
)
def sweep(pair_sum, problem, r, lengths, kT, ceiling, largest, flattest, random, enthalpies):
    """Sweeps of trial moves at constant temperature and pressure, in place.

    Parameters
    ----------
    pair_sum, problem
        As in `operations.search.minimise`; the cell of the problem is changed.
    r : ndarray of float64, shape (3, N)
        Cartesian positions.
    lengths : ndarray of float64, shape (2,)
        Longest step of a particle, and largest component of a strain; adapted for the next
        sweeps, so that these ones keep detailed balance.
    kT : float
        Infinite: of configurations below the ceiling the volume alone counts.
    ceiling : float
        No move leads to this enthalpy or above it; infinite: there is none.
    largest : float
        Volume that is not exceeded: at no pressure a gas would grow for ever.
    flattest : float
        A cell flatter than this, in units of the distance between particles, is not tried.
    random : numpy.random.Generator
    enthalpies : ndarray of float64, shape (sweeps,)
        Written: the enthalpy after each sweep.

    Returns
    -------
    enthalpy, evaluations
    """
    n, d = r.shape[1], problem.dimensions
    types, cell = problem.types, problem.cell
    moves = n if n > 1 else 0
    per_sweep = moves + CELL_MOVES + exchanges(types)
    force, virial = np.empty(3 * n), np.empty((3, 3))
    trial_r, trial_cell = r.copy(), cell.copy()
    volume = abs(determinant(cell))
    energy = pair_sum(problem, r.reshape(3 * n), cell, force, virial)
    enthalpy = energy + problem.pressure * volume
    evaluations = 1
    tried, accepted = np.zeros(2), np.zeros(2)
    for s in range(len(enthalpies)):
        for _ in range(per_sweep):
            kind = random.integers(0, per_sweep)
            trial_r[:] = r
            trial_cell[:] = cell
            new_volume = volume
            if kind < moves:
                for a in range(d):
                    trial_r[a, kind] += lengths[Trial.PARTICLE] * (2.0 * random.random() - 1.0)
                which = Trial.PARTICLE
            elif kind < moves + CELL_MOVES:
                deformation = strain(random, lengths[Trial.CELL], cell, d, trial_cell)
                new_volume = abs(determinant(trial_cell))
                spacing = (new_volume / n) ** (1.0 / d)
                possible = (
                    0.0 < new_volume <= largest
                    and height(reduced(trial_cell, d), d) > flattest * spacing
                )
                tried[Trial.CELL] += 1.0
                if not possible:
                    continue
                for i in range(n):
                    for a in range(d):
                        trial_r[a, i] = 0.0
                        for k in range(d):
                            trial_r[a, i] += deformation[a, k] * r[k, i]
                which = Trial.CELL
            else:
                i, j = random.integers(0, n), random.integers(0, n)
                if types[i] == types[j]:
                    continue
                for a in range(3):
                    trial_r[a, i], trial_r[a, j] = r[a, j], r[a, i]
                which = Trial.EXCHANGE
            energy = pair_sum(problem, trial_r.reshape(3 * n), trial_cell, force, virial)
            trial = energy + problem.pressure * new_volume
            evaluations += 1
            weight = (enthalpy - trial) / kT + n * math.log(new_volume / volume)
            # From an overlap it walks until the energy is finite.
            take = not math.isfinite(enthalpy) or (
                math.isfinite(trial) and metropolis(random, weight) and trial < ceiling
            )
            if which == Trial.PARTICLE:
                tried[which] += 1.0
            if take:
                r[:] = trial_r
                cell[:] = trial_cell
                enthalpy, volume = trial, new_volume
                if which != Trial.EXCHANGE:
                    accepted[which] += 1.0
        cell[:] = reduced(cell, d)
        enthalpies[s] = enthalpy
    adapt(lengths, tried, accepted, ACCEPTED, 1e-6, (0.5 * largest ** (1.0 / d), 0.3))
    return enthalpy, evaluations

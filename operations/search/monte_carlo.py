"""Metropolis Monte Carlo of particles, exchanges and cell shape at a pressure, compiled.

N. Metropolis et al., J. Chem. Phys. 21, 1087 (1953); cells of any shape as in R. Najafabadi and
S. Yip, Scr. Metall. 17, 1199 (1983), and L. Filion et al., Phys. Rev. Lett. 103, 188302 (2009).
The weight of a cell is V^N exp(-H/kT), all shapes of one volume being alike (Haar measure).
Cells are small, so that every trial is one evaluation of the whole energy; after each sweep the
cell has its shortest lattice vectors, so that it does not become flat by shear.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numba import types as nb

from operations.search.cells import height, reduced, strain
from operations.search.kernels import MATRIX, PAIR_SUM, VECTOR
from operations.search.matrices import determinant
from operations.search.minimise import PROBLEM

#: Trial moves of the cell in one sweep.
CELL_MOVES = 2
#: Share of trial moves to be accepted; step lengths follow.
ACCEPTED = 0.35
#: A cell flatter than this, in units of the distance between particles, is not tried.
FLATTEST = 0.2


@njit(
    nb.Tuple((nb.float64, nb.int64))(
        PAIR_SUM,
        PROBLEM,
        MATRIX,
        MATRIX,
        VECTOR,
        nb.float64,
        nb.float64,
        nb.int64,
        nb.npy_rng,
        VECTOR,
    ),
    cache=True,
    error_model="numpy",
)
def sweep(pair_sum, problem, r, cell, lengths, kT, largest, sweeps, random, enthalpies):
    """Sweeps of trial moves at constant temperature and pressure, in place.

    Parameters
    ----------
    pair_sum, problem
        As in `operations.search.minimise`; types and pressure are the problem's, its cell is not.
    r : ndarray of float64, shape (3, N)
        Cartesian positions.
    cell : ndarray of float64, shape (3, 3)
        Lattice vectors as rows.
    lengths : ndarray of float64, shape (2,)
        Longest step of a particle, and largest component of a strain; adapted for the next
        sweeps, so that these ones keep detailed balance.
    kT : float
    largest : float
        Volume that is not exceeded: at no pressure a gas would grow for ever.
    sweeps : int
    random : numpy.random.Generator
    enthalpies : ndarray of float64, shape (sweeps,)
        Written: the enthalpy after each sweep.

    Returns
    -------
    enthalpy, evaluations
    """
    n, d = r.shape[1], problem.dimensions
    types = problem.types
    mixture = False
    for i in range(1, n):
        mixture = mixture or types[i] != types[0]
    exchanges = n // 2 + 1 if mixture else 0
    moves = n if n > 1 else 0
    per_sweep = moves + CELL_MOVES + exchanges
    force, virial = np.empty(3 * n), np.empty((3, 3))
    trial_r, trial_cell = r.copy(), cell.copy()
    volume = abs(determinant(cell))
    enthalpy = (
        pair_sum(
            r.reshape(3 * n),
            cell,
            d,
            types,
            problem.coefficients,
            problem.forms,
            force,
            virial,
        )
        + problem.pressure * volume
    )
    evaluations = 1
    tried, accepted = np.zeros(2), np.zeros(2)
    for s in range(sweeps):
        for _ in range(per_sweep):
            kind = random.integers(0, per_sweep)
            trial_r[:] = r
            trial_cell[:] = cell
            new_volume = volume
            if kind < moves:
                for a in range(d):
                    trial_r[a, kind] += lengths[0] * (2.0 * random.random() - 1.0)
                which = 0
            elif kind < moves + CELL_MOVES:
                deformation = strain(random, lengths[1], cell, d, trial_cell)
                new_volume = abs(determinant(trial_cell))
                spacing = (new_volume / n) ** (1.0 / d)
                possible = (
                    0.0 < new_volume <= largest and height(trial_cell, d) > FLATTEST * spacing
                )
                tried[1] += 1.0
                if not possible:
                    continue
                for i in range(n):
                    for a in range(d):
                        trial_r[a, i] = 0.0
                        for k in range(d):
                            trial_r[a, i] += deformation[a, k] * r[k, i]
                which = 1
            else:
                i, j = random.integers(0, n), random.integers(0, n)
                if types[i] == types[j]:
                    continue
                for a in range(3):
                    trial_r[a, i], trial_r[a, j] = r[a, j], r[a, i]
                which = -1
            trial = (
                pair_sum(
                    trial_r.reshape(3 * n),
                    trial_cell,
                    d,
                    types,
                    problem.coefficients,
                    problem.forms,
                    force,
                    virial,
                )
                + problem.pressure * new_volume
            )
            evaluations += 1
            weight = (enthalpy - trial) / kT + n * math.log(new_volume / volume)
            # From an overlap it walks until the energy is finite.
            take = not math.isfinite(enthalpy) or (
                math.isfinite(trial) and (weight >= 0.0 or random.random() < math.exp(weight))
            )
            if which == 0:
                tried[0] += 1.0
            if take:
                r[:] = trial_r
                cell[:] = trial_cell
                enthalpy, volume = trial, new_volume
                if which >= 0:
                    accepted[which] += 1.0
        cell[:] = reduced(cell, d)
        enthalpies[s] = enthalpy
    for k in range(2):
        if tried[k] > 0.0:
            lengths[k] *= math.exp(accepted[k] / tried[k] - ACCEPTED)
            lengths[k] = min(max(lengths[k], 1e-6), 0.5 * largest ** (1.0 / d) if k == 0 else 0.3)
    return enthalpy, evaluations

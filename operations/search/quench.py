"""The quench of a hop of basin hopping, and the list of minima it may go into; compiled."""

from __future__ import annotations

import math

import numpy as np

from operations.search import body_moves, rotations
from operations.search.bodies import are_bodies, rotation_length
from operations.search.cells import reduced
from operations.search.compilation import compiled
from operations.search.fragments import in_one_piece, within_cutoffs
from operations.search.lbfgs import Outcome, deformation, lbfgs
from operations.search.matrices import determinant, product, transform, transposed
from operations.search.problem import Problem
from operations.search.walk import Count, Met

#: Evaluations that a quench may take.
QUENCH = 2000
#: Force that a compressed quench comes down to, in units of that of `rules`.
COMPRESSED = 10.0


@compiled
def rules(problem, settings):
    """Force that a quench of a hop comes down to, and its longest step."""
    n = len(problem.types)
    step = 0.4 if n < 4 else 0.2 * math.sqrt(n / 4.0)
    return 1e-2 * settings.depth / settings.distance, step


@compiled
def quench(pair_sum, problem, settings, v):
    """Relax in place, compressed first where that is asked for; returns what `lbfgs` does.

    Of two phases: M. Locatelli, F. Schoen, Comput. Optim. Appl. 26, 173 (2003); the compression is
    that of J. P. K. Doye, Phys. Rev. E 62, 8753 (2000).
    """
    tolerance, longest = rules(problem, settings)
    before = 0
    if settings.compression > 0.0:
        compressed = Problem(
            problem.types,
            problem.coefficients,
            problem.forms,
            problem.cell,
            problem.dimensions,
            0.0,
            0.0,
            settings.compression,
        )
        _, _, before = lbfgs(pair_sum, compressed, v, COMPRESSED * tolerance, longest, QUENCH)
    outcome, energy, evaluations = lbfgs(pair_sum, problem, v, tolerance, longest, QUENCH)
    return outcome, energy, before + evaluations


@compiled
def settled(problem, v, outcome, energy, relaxed):
    """The energy of a quench, infinite where it failed; a free cell goes into `problem.cell`,
    reduced, rotations of bodies go into their orientations there, and v is relative to it.

    What was relaxed before may end where rounding lets nothing lower the energy.
    """
    n = len(problem.types)
    if are_bodies(problem):
        rotations.absorb(problem.cell, v, rotation_length(problem))
    if outcome != Outcome.CONVERGED and not (relaxed and outcome == Outcome.STUCK):
        return np.inf
    if problem.strain_length > 0.0:
        f = deformation(v[3 * n :], problem.strain_length)
        transform(f, v, n)
        v[3 * n :] = 0.0
        problem.cell[:] = reduced(product(problem.cell, transposed(f)), problem.dimensions)
    return energy


@compiled
def is_in_pieces(pair_energies, problem, settings, counts, v):
    """Whether a cluster has fallen apart at the cut-off; counted."""
    if not settings.open:
        return False
    if are_bodies(problem):
        tied = body_moves.energies_of_pairs(pair_energies, problem, v) != 0.0
    else:
        tied = within_cutoffs(problem, v)
    if in_one_piece(tied):
        return False
    counts[Count.IN_PIECES] += 1
    return True


@compiled
def _size(settings, v, cell, n):
    if settings.free:
        return abs(determinant(cell))
    total = 0.0
    for a in range(3):
        first = second = 0.0
        for i in range(a * n, (a + 1) * n):
            first += v[i]
            second += v[i] * v[i]
        total += second - first * first / n
    return total / n


@compiled
def record(pair_sum, pair_energies, problem, settings, walk, v, energy, scratch):
    """Put a minimum into the list where it is new and low enough; returns its energy, tight."""
    counts = walk.counts
    keep, n = len(walk.minima), len(problem.types)
    if energy > walk.minima[keep - 1] + 1e-3 * settings.depth:
        return energy
    size = _size(settings, v, problem.cell, n)
    for tight in range(2):
        near = (1e-6 if tight else 1e-3) * settings.depth
        for k in range(keep):
            if abs(energy - walk.minima[k]) < near and (
                abs(size - walk.minima_size[k]) < (1e-4 if tight else 3e-3) * size
            ):
                walk.minima_met[k, Met.VISITS] += 1
                return walk.minima[k]
        if tight:
            break
        quenches, evaluations = counts[Count.QUENCHES], counts[Count.EVALUATIONS]
        scratch[:] = v
        if problem.strain_length > 0.0:
            scratch[3 * n :] = 0.0
        loose, step = rules(problem, settings)
        outcome, energy, spent = lbfgs(pair_sum, problem, scratch, 1e-5 * loose, step, QUENCH)
        energy = settled(problem, scratch, outcome, energy, True)
        counts[Count.EVALUATIONS] += spent
        if not energy < np.inf:
            return np.inf
        if is_in_pieces(pair_energies, problem, settings, counts, scratch):
            return np.inf
        size = _size(settings, scratch, problem.cell, n)
    if not energy < walk.minima[keep - 1]:
        return energy
    k = keep - 1
    while k > 0 and walk.minima[k - 1] > energy:
        walk.minima[k] = walk.minima[k - 1]
        walk.minima_size[k] = walk.minima_size[k - 1]
        walk.minima_positions[k] = walk.minima_positions[k - 1]
        walk.minima_cells[k] = walk.minima_cells[k - 1]
        walk.minima_met[k] = walk.minima_met[k - 1]
        k -= 1
    walk.minima[k], walk.minima_size[k] = energy, size
    walk.minima_positions[k], walk.minima_cells[k] = scratch[: 3 * n], problem.cell
    met = walk.minima_met[k]
    met[Met.VISITS], met[Met.QUENCHES], met[Met.EVALUATIONS] = 1, quenches, evaluations
    return energy

"""The walk of basin hopping, compiled: many hops in one call, on arrays that make its state.

A walker makes runs. Each run follows one strategy from a fresh start until it has not improved for
a while, and strategies are drawn by how well their runs have paid so far (`payoff`). What solves
one cluster hurts another (D. J. Wales, J. P. K. Doye, J. Phys. Chem. A 101, 5111 (1997); double
funnels), so none is trusted beforehand. Walkers take turns and share the list of minima and that
experience.
"""

from __future__ import annotations

import math

import numpy as np
from numba import types as nb

from operations.search import body_moves, cores, moves, rotations
from operations.search.bodies import are_bodies, rotation_length
from operations.search.cells import reduced
from operations.search.compilation import compiled
from operations.search.fragments import in_one_piece, within_cutoffs
from operations.search.lbfgs import Outcome, deformation, lbfgs
from operations.search.matrices import determinant, product, transform, transposed
from operations.search.payoff import choose
from operations.search.problem import GENERATOR, PAIR_ENERGIES, PAIR_SUM, PROBLEM
from operations.search.walk import HISTORY, PAVED, SETTINGS, WALK, Count, Met, Step, Strategy, Tally

#: Displacements after which step and temperature are adapted.
ADAPT = 50
#: A quench of a hop may take this many evaluations.
QUENCH = 2000


@compiled
def _quench(pair_sum, problem, v, tolerance, relaxed):
    """Quench in place; a free cell goes into `problem.cell`, reduced, rotations of bodies go into
    their orientations there, and v is relative to it.

    What was relaxed before may end where rounding lets nothing lower the energy.
    """
    n = len(problem.types)
    if problem.strain_length > 0.0:
        v[3 * n :] = 0.0
    step = 0.4 if n < 4 else 0.2 * math.sqrt(n / 4.0)
    outcome, energy, spent = lbfgs(pair_sum, problem, v, tolerance, step, QUENCH)
    if are_bodies(problem):
        rotations.absorb(problem.cell, v, rotation_length(problem))
    if outcome != Outcome.CONVERGED and not (relaxed and outcome == Outcome.STUCK):
        return np.inf, spent
    if problem.strain_length > 0.0:
        f = deformation(v[3 * n :], problem.strain_length)
        transform(f, v, n)
        v[3 * n :] = 0.0
        problem.cell[:] = reduced(product(problem.cell, transposed(f)), problem.dimensions)
    return energy, spent


@compiled
def _is_in_pieces(pair_energies, problem, settings, counts, v):
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
def _record(pair_sum, pair_energies, problem, settings, walk, v, energy, scratch):
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
        tolerance = 1e-7 * settings.depth / settings.distance
        energy, spent = _quench(pair_sum, problem, scratch, tolerance, True)
        counts[Count.EVALUATIONS] += spent
        if not energy < np.inf:
            return np.inf
        if _is_in_pieces(pair_energies, problem, settings, counts, scratch):
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


@compiled
def _step_of(settings, energy):
    """Where visits to minima of this energy are counted."""
    return math.floor(energy / settings.width) % PAVED


@compiled
def _start(rng, problem, settings, v):
    """A random start in `v`."""
    n, d = len(problem.types), problem.dimensions
    if not settings.open:
        # A cell like a deformed cube of the volume in mind.
        edge = settings.volume ** (1.0 / d)
        for a in range(d):
            for b in range(d):
                problem.cell[a, b] = edge if a == b else 0.0
        if settings.free:
            volume = 0.0
            while volume < 0.3 * settings.volume:
                for a in range(d):
                    for b in range(d):
                        noise = 0.6 * (rng.random() - 0.5)
                        problem.cell[a, b] = edge * ((1.0 if a == b else 0.0) + noise)
                volume = determinant(problem.cell)
            factor = (settings.volume / volume) ** (1.0 / d)
            for a in range(d):
                for b in range(d):
                    problem.cell[a, b] *= factor
        for i in range(n):
            v[i] = v[n + i] = v[2 * n + i] = 0.0
            for a in range(d):
                u = rng.random() - 0.5
                for b in range(d):
                    v[b * n + i] += u * problem.cell[a, b]
        return
    moves.random_cluster(rng, v, n, d, moves.radius(settings.volume, d), 0.7 * settings.distance)
    if are_bodies(problem):
        body_moves.start(rng, problem, v)


@compiled(
    nb.boolean(PAIR_SUM, PAIR_ENERGIES, PROBLEM, SETTINGS, WALK, GENERATOR, nb.int64),
)
def hop(pair_sum, pair_energies, problem, settings, walk, rng, hops):
    """Make hops, in place.

    Parameters
    ----------
    pair_sum, pair_energies : function pointers of the kernel
    problem : Problem
        Its cell is scratch space.
    settings : Settings
    walk : Walk
        Changed.
    rng : numpy.random.Generator
        Its state is part of the walk.
    hops : int

    Returns
    -------
    bool
        Whether the target has been reached or the budget is spent.
    """
    counts = walk.counts
    n, d, walkers = len(problem.types), problem.dimensions, len(walk.energy)
    bodies = are_bodies(problem)
    length = 6 * n if bodies else 3 * n + (9 if settings.free else 0)
    v, scratch = np.zeros(length), np.zeros(length)
    none = np.zeros((3, 0))
    loose = 1e-2 * settings.depth / settings.distance
    mixture = len(problem.forms) > 1
    for _ in range(hops):
        w = counts[Count.HOPS] % walkers
        counts[Count.HOPS] += 1
        strategy = walk.strategy[w]
        fresh = strategy < 0 or walk.since[w] >= settings.patience[strategy]
        if bodies and not walk.energy[w] < np.inf:
            fresh = True  # no place to go on from
        problem.cell[:], v[: 3 * n] = walk.cells[w], walk.positions[w]
        looked = 0
        kind = Step.NEITHER
        points, symmetrise = none, False
        if fresh:
            if strategy >= 0:
                k = counts[Count.RUNS] % HISTORY
                walk.run_energy[k], walk.run_cost[k] = walk.best[w], walk.cost[w]
                walk.run_strategy[k] = strategy
                counts[Count.RUNS] += 1
            # Each walker begins one run before the first is over.
            number = counts[Count.RUNS] + walkers - 1 if strategy >= 0 else w
            strategy = choose(rng, settings, walk)
            walk.strategy[w], walk.since[w], walk.cost[w] = strategy, 0, 0
            walk.energy[w] = walk.best[w] = np.inf
            walk.visits[w] = 0
            walk.lacking[w] = cores.lacking(rng, problem) if strategy == Strategy.SYMMETRY else 0
            if number < len(settings.seeds):
                v[: 3 * n] = settings.seeds[number]
            elif strategy == Strategy.SYMMETRY:
                symmetrise = True
            else:
                _start(rng, problem, settings, v)
        elif bodies:
            kind, looked = body_moves.move(rng, pair_energies, problem, settings, walk, w, v)
        elif strategy == Strategy.SYMMETRY:
            # The particles of the run's minimum, turned at random, as the first points.
            points = moves.turned(rng, v, n, d)
            symmetrise = True
        elif strategy == Strategy.VACANCIES and rng.random() < 0.85:
            looked = cores.to_vacancies(rng, pair_energies, problem, v)
        elif mixture and rng.random() < 0.4:
            moves.swap(rng, v, n, problem.types)
        elif settings.open and rng.random() < 0.4:
            looked = 1
            energies = body_moves.particle_energies(pair_energies, problem, v)
            moves.angular(rng, v, n, d, energies, 0.4)
        else:
            kind = Step.DISPLACEMENT
            moves.displace(rng, v, n, d, walk.step[w])
            if settings.free:
                f = np.zeros((3, 3))
                for a in range(3):
                    f[a, a] = 1.0
                for a in range(d):
                    for b in range(d):
                        f[a, b] += 0.3 * walk.step[w] * (2.0 * rng.random() - 1.0)
                problem.cell[:] = product(problem.cell, f)
                transform(transposed(f), v, n)
        if symmetrise:
            lacking = walk.lacking[w]
            counts[Count.QUENCHES] += lacking > 0
            done, looked = cores.symmetric(
                rng, pair_sum, pair_energies, problem, settings, lacking, v, points
            )
            if not done:
                _start(rng, problem, settings, v)
        energy, spent = _quench(pair_sum, problem, v, loose, False)
        counts[Count.QUENCHES] += 1
        counts[Count.EVALUATIONS] += spent + looked
        before = counts[Count.EVALUATIONS]
        if energy < np.inf and _is_in_pieces(pair_energies, problem, settings, counts, v):
            energy = np.inf
        if energy < np.inf:
            energy = _record(pair_sum, pair_energies, problem, settings, walk, v, energy, scratch)
        walk.cost[w] += spent + looked + counts[Count.EVALUATIONS] - before
        walk.since[w] += 1
        change = paved = energy - walk.energy[w]
        if settings.height > 0.0 and abs(change) < np.inf:
            more = walk.visits[w, _step_of(settings, energy)]
            more -= walk.visits[w, _step_of(settings, walk.energy[w])]
            paved += settings.height * more
        accepted = paved <= 0.0 or rng.random() < math.exp(-paved / walk.kT[w])
        elsewhere = abs(change) > 1e-3 * settings.depth
        if accepted and energy < np.inf:
            walk.energy[w] = energy
            walk.positions[w], walk.cells[w] = v[: 3 * n], problem.cell
            if energy < walk.best[w] - 1e-3 * settings.depth:
                walk.best[w] = energy
                walk.since[w] = 0
        if settings.height > 0.0 and walk.energy[w] < np.inf:
            walk.visits[w, _step_of(settings, walk.energy[w])] += 1
        if kind != Step.NEITHER:
            row = kind * walkers + w
            tally = walk.tally[row]
            tally[Tally.TRIED] += 1
            tally[Tally.ELSEWHERE] += elsewhere
            tally[Tally.ACCEPTED] += elsewhere and accepted
            if tally[Tally.TRIED] == ADAPT:
                # Most steps should lead elsewhere, a third of them be accepted.
                walk.step[row] *= 1.05 if tally[Tally.ELSEWHERE] < 0.8 * ADAPT else 1 / 1.05
                if kind == Step.ROTATION:
                    walk.step[row] = min(walk.step[row], math.pi)
                stays = tally[Tally.ACCEPTED] < 0.3 * tally[Tally.ELSEWHERE]
                walk.kT[w] *= 1.1 if stays else 1 / 1.1
                tally[:] = 0
        if walk.minima[0] <= settings.target or counts[Count.EVALUATIONS] >= settings.budget:
            return True
    return False

"""The walk of basin hopping, compiled: many hops in one call, on arrays that make its state.

A walker makes runs. Each run follows one strategy from a fresh start until it has not improved for
a while, and strategies are drawn by how well their runs have paid so far (`payoff`). What solves
one cluster hurts another (D. J. Wales, J. P. K. Doye, J. Phys. Chem. A 101, 5111 (1997); double
funnels), so none is trusted beforehand. Walkers take turns and share the list of minima and that
experience.

A hop is drawn, relaxed and judged. What is drawn follows from the key, the number of the hop and
the walker alone, and only judging changes what walkers share. So hops of different walkers may be
drawn and relaxed at once (`operations.search.walking`): judged in their order, they are what they
would be one after the other.
"""

from __future__ import annotations

import math
from enum import IntEnum

import numpy as np
from numba import types as nb

from operations.search import body_moves, cores, moves
from operations.search.bodies import are_bodies
from operations.search.compilation import compiled
from operations.search.matrices import determinant, product, transform, transposed
from operations.search.payoff import choose
from operations.search.problem import PAIR_ENERGIES, PAIR_SUM, PROBLEM, Problem
from operations.search.quench import is_in_pieces, quench, record, settled
from operations.search.random_words import stream
from operations.search.walk import (
    HISTORY,
    PAVED,
    SETTINGS,
    TRIALS,
    WALK,
    Count,
    Step,
    Strategy,
    Tally,
)

#: Displacements after which step and temperature are adapted.
ADAPT = 50


class Purpose(IntEnum):
    """What random numbers of a hop, or of a walker's first run, are drawn for."""

    FIRST = 0
    DRAW = 1
    JUDGE = 2


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


@compiled
def _begin(rng, problem, settings, walk, w, number):
    """A walker begins a run, the search's so-manieth: it has a strategy and no minimum yet."""
    strategy = choose(rng, settings, walk)
    walk.strategy[w], walk.since[w], walk.cost[w] = strategy, 0, 0
    walk.energy[w] = walk.best[w] = np.inf
    walk.visits[w] = 0
    walk.lacking[w] = cores.lacking(rng, problem) if strategy == Strategy.SYMMETRY else 0
    walk.seed[w] = number if number < len(settings.seeds) else -1


@compiled
def _draw(rng, pair_sum, pair_energies, problem, settings, walk, w, v):
    """A start or a move of walker `w`, in `v` and the cell.

    Returns
    -------
    kind : Step
    looked : int
        Evaluations of the energy.
    cores : int
        Quenches of a symmetric core.
    """
    n, d, strategy = len(problem.types), problem.dimensions, walk.strategy[w]
    problem.cell[:], v[: 3 * n], v[3 * n :] = walk.cells[w], walk.positions[w], 0.0
    looked, kind = 0, Step.NEITHER
    points, symmetrise = np.zeros((3, 0)), False
    if not walk.energy[w] < np.inf:
        if walk.seed[w] >= 0 and walk.since[w] == 0:
            v[: 3 * n] = settings.seeds[walk.seed[w]]
        elif strategy == Strategy.SYMMETRY:
            symmetrise = True
        else:
            _start(rng, problem, settings, v)
    elif are_bodies(problem):
        kind, looked = body_moves.move(rng, pair_energies, problem, settings, walk, w, v)
    elif strategy == Strategy.SYMMETRY:
        # The particles of the run's minimum, turned at random, as the first points.
        points = moves.turned(rng, v, n, d)
        symmetrise = True
    elif strategy == Strategy.VACANCIES and rng.random() < 0.85:
        looked = cores.to_vacancies(rng, pair_energies, problem, v)
    elif len(problem.forms) > 1 and rng.random() < 0.4:
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
    if not symmetrise:
        return kind, looked, 0
    lacking = walk.lacking[w]
    done, looked = cores.symmetric(
        rng, pair_sum, pair_energies, problem, settings, lacking, v, points
    )
    if not done:
        _start(rng, problem, settings, v)
    return kind, looked, int(lacking > 0)


@compiled
def _judge(rng, pair_sum, pair_energies, problem, settings, walk, trials, k, w, scratch):
    """Record the minimum of a hop of walker `w`, accept it or not, adapt; whether the walk ends."""
    counts, v, strategy, kind = walk.counts, trials.positions[k], walk.strategy[w], trials.kind[k]
    n, walkers = len(problem.types), len(walk.energy)
    before = counts[Count.EVALUATIONS]
    counts[Count.HOPS] += 1
    counts[Count.QUENCHES] += 1 + trials.cores[k]
    counts[Count.EVALUATIONS] += trials.evaluations[k] + trials.looked[k]
    energy = settled(problem, v, trials.outcome[k], trials.energy[k], False)
    if energy < np.inf and is_in_pieces(pair_energies, problem, settings, counts, v):
        energy = np.inf
    if energy < np.inf:
        energy = record(pair_sum, pair_energies, problem, settings, walk, v, energy, scratch)
    walk.cost[w] += counts[Count.EVALUATIONS] - before
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
    if walk.since[w] >= settings.patience[strategy]:
        run = counts[Count.RUNS] % HISTORY
        walk.run_energy[run], walk.run_cost[run] = walk.best[w], walk.cost[w]
        walk.run_strategy[run] = strategy
        counts[Count.RUNS] += 1
        # Each walker begins one run before the first is over.
        _begin(rng, problem, settings, walk, w, counts[Count.RUNS] + walkers - 1)
    return walk.minima[0] <= settings.target or counts[Count.EVALUATIONS] >= settings.budget


@compiled(
    nb.boolean(
        *(PAIR_SUM, PAIR_ENERGIES, PROBLEM, SETTINGS, WALK, TRIALS),
        *(nb.int64, nb.int64, nb.int64, nb.int64, nb.boolean, nb.boolean, nb.boolean),
    ),
    nogil=True,
)
def hop(
    pair_sum,
    pair_energies,
    problem,
    settings,
    walk,
    trials,
    key,
    origin,
    first,
    last,
    draw,
    relax,
    judge,
):
    """Make hops, in place, or those parts of them that are asked for.

    Parameters
    ----------
    pair_sum, pair_energies : function pointers of the kernel
    problem : Problem
    settings : Settings
    walk : Walk
        Changed by what is judged.
    trials : Trials
        Changed. Hop h has row (h - origin) mod B.
    key : int
        Of the random numbers.
    origin, first, last : int
        From hop `first` until before `last`.
    draw, relax, judge : bool
        What to do of each. Hops of different walkers may be drawn and relaxed in any order, in
        several threads; they are judged in the order of their numbers.

    Returns
    -------
    bool
        Whether the target has been reached or the budget is spent, at the last hop judged.
    """
    walkers = len(walk.energy)
    scratch = np.zeros(trials.positions.shape[1])
    for number in range(first, last):
        k, w = (number - origin) % len(trials.energy), number % walkers
        v = trials.positions[k]
        one = Problem(
            problem.types,
            problem.coefficients,
            problem.forms,
            trials.cells[k],
            problem.dimensions,
            problem.pressure,
            problem.strain_length,
            problem.compression,
        )
        if draw:
            if walk.strategy[w] < 0:
                _begin(stream(key, w, Purpose.FIRST), one, settings, walk, w, w)
            rng = stream(key, number, Purpose.DRAW)
            trials.kind[k], trials.looked[k], trials.cores[k] = _draw(
                rng, pair_sum, pair_energies, one, settings, walk, w, v
            )
        if relax:
            trials.outcome[k], trials.energy[k], trials.evaluations[k] = quench(
                pair_sum, one, settings, v
            )
        if judge:
            rng = stream(key, number, Purpose.JUDGE)
            if _judge(rng, pair_sum, pair_energies, one, settings, walk, trials, k, w, scratch):
                return True
    return False

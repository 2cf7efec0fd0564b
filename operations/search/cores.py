"""Clusters as a core and what sits on it: symmetric cores, and vacant sites occupied; compiled.

Many a cluster of lowest energy is a symmetric one of fewer particles with the others at its
surface (76 and 77 Lennard-Jones particles: the Marks decahedron of 75). So half of the symmetric
runs look for a core that lacks some particles, which then come to the best vacant sites of the
relaxed core (cf. the core orbits of M. T. Oakley, R. L. Johnston, D. J. Wales, Phys. Chem. Chem.
Phys. 15, 3965 (2013)).
"""

from __future__ import annotations

import numpy as np

from operations.search import moves, vacancies
from operations.search.compilation import compiled
from operations.search.lbfgs import Outcome, lbfgs
from operations.search.problem import Problem
from operations.search.quench import QUENCH, rules

#: Share of the symmetric runs whose core lacks particles.
LACKING = 0.5
#: A core lacks at most the particles of the cluster divided by this.
LARGEST = 16
#: Random point groups that are tried for a cluster.
GROUPS = 50
#: Vacant sites are filled by their energies, lowered by up to this part at random.
NOISE = 0.1


@compiled
def lacking(rng, problem):
    """Particles that the symmetric core of a run lacks; none in a mixture."""
    most = len(problem.types) // LARGEST
    if most == 0 or moves.is_mixture(problem.types) or rng.random() >= LACKING:
        return 0
    return 1 + moves.below(rng, most)


@compiled
def symmetric(rng, pair_sum, pair_energies, problem, settings, lacking, v, points):
    """A cluster with a symmetric core, in `v`.

    Parameters
    ----------
    lacking : int
        Particles by which the core is smaller.
    points : ndarray of float64, shape (3, M)
        As in `moves.symmetric_cluster`.

    Returns
    -------
    done : bool
        Otherwise `v` is of no use.
    looked : int
        Energies that were looked at.
    """
    size, d = len(problem.types) - lacking, problem.dimensions
    smaller = Problem(
        problem.types[:size],
        problem.coefficients,
        problem.forms,
        problem.cell,
        d,
        problem.pressure,
        problem.strain_length,
        problem.compression,
    )
    core = np.empty(3 * size)
    radius, apart = moves.radius(settings.volume, d), 0.8 * settings.distance
    for _ in range(GROUPS):
        g = moves.below(rng, len(settings.orders))
        group = settings.groups[g, : settings.orders[g]]
        if moves.symmetric_cluster(rng, smaller, core, group, radius, apart, points):
            break
    else:
        return False, 0
    if lacking == 0:
        v[:] = core
        return True, 0
    tolerance, step = rules(smaller, settings)
    outcome, _, spent = lbfgs(pair_sum, smaller, core, tolerance, step, QUENCH)
    if outcome != Outcome.CONVERGED:
        return False, spent
    done, looked = completed(rng, pair_energies, smaller, core, v)
    return done, spent + looked


@compiled
def completed(rng, pair_energies, problem, core, v):
    """A relaxed core, and at its best vacant sites the particles that `v` has room for.

    Returns
    -------
    done : bool
        Whether there are enough sites.
    looked : int
        As in `vacancies.settle`.
    """
    x, energies, occupied, field = _lattice(pair_energies, problem, core)
    looked = 1
    for _ in range((len(v) - len(core)) // 3):
        best, least = -1, np.inf
        for j in range(len(field)):
            if not occupied[j]:
                looked += 1
                trial = field[j] * (1.0 - NOISE * rng.random())
                if trial < least:
                    best, least = j, trial
        if best < 0:
            return False, looked
        occupied[best] = True
        field += energies[best]
    looked += vacancies.settle(energies, occupied, field)
    _put(x, occupied, v)
    return True, looked


@compiled
def to_vacancies(rng, pair_energies, problem, v):
    """Move weakly bound particles to vacant sites; returns how many energies were looked at."""
    n = len(problem.types)
    x, energies, occupied, field = _lattice(pair_energies, problem, v)
    looked = 1 + vacancies.settle(energies, occupied, field)
    most = 1 + n // 10
    changed = not occupied[:n].all()
    for attempt in range(8):
        if changed:
            break
        changed, more = vacancies.rearrange(rng, energies, occupied, field, most + attempt)
        looked += more
    _put(x, occupied, v)
    return looked


@compiled
def _lattice(pair_energies, problem, v):
    """Particles and the vacant sites around them: places, their pair energies, which of them are
    occupied, and the energy of a particle at each."""
    n, d = len(problem.types), problem.dimensions
    sites = np.empty((3, vacancies.SITES_PER_PARTICLE * n))
    distance = vacancies.neighbour_distance(v, n)
    m = n + vacancies.vacant_sites(v, n, d, distance, sites)
    x = np.empty((3, m))
    for a in range(3):
        x[a, :n] = v[a * n : (a + 1) * n]
        x[a, n:] = sites[a, : m - n]
    types = np.zeros(m, dtype=np.int64)
    energies = np.empty((m, m))
    pair_energies(problem, x, types, x, types, energies)
    occupied = np.arange(m) < n
    field = np.zeros(m)
    for i in range(m):
        energies[i, i] = 0.0
    for j in range(n):
        field += energies[j]
    return x, energies, occupied, field


@compiled
def _put(x, occupied, v):
    """The occupied sites, which are as many as the particles of `v`."""
    n, k = len(v) // 3, 0
    for i in range(len(occupied)):
        if occupied[i]:
            v[k], v[n + k], v[2 * n + k] = x[0, i], x[1, i], x[2, i]
            k += 1

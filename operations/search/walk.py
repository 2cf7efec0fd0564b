"""The state of a basin-hopping walk as arrays for compiled functions, and what is fixed in it."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numba import typeof
from numba import types as nb

#: Runs that the choice of a strategy looks back on.
HISTORY = 400
#: Steps of the energy that visits are counted in; energies so many steps apart count as one.
PAVED = 1024


class Strategy(IntEnum):
    """How a run starts and moves."""

    DISPLACEMENT = 0  # random start, all coordinates at random, angular moves, swaps
    VACANCIES = 1  # random start, weakly bound particles to vacant sites
    SYMMETRY = 2  # start from orbits of a random point group, and symmetrised moves


class Step(IntEnum):
    """Moves whose size is adapted; walkers have one row of sizes after another of each."""

    DISPLACEMENT = 0
    ROTATION = 1
    NEITHER = -1


class Count(IntEnum):
    """What a walk counts."""

    HOPS = 0
    QUENCHES = 1
    EVALUATIONS = 2  # of the energy; each trial occupation of a lattice is one
    RUNS = 3  # that are over
    IN_PIECES = 4  # quenches after which a cluster was


class Tally(IntEnum):
    """What is counted of steps, to adapt their size."""

    TRIED = 0
    ELSEWHERE = 1  # led to another minimum
    ACCEPTED = 2  # of those


class Met(IntEnum):
    """What is kept of the encounters with a minimum."""

    VISITS = 0
    QUENCHES = 1  # at the first
    EVALUATIONS = 2  # at the first


class Settings(NamedTuple):
    """What does not change during a walk.

    Attributes
    ----------
    open : bool
        A cluster; otherwise a periodic cell.
    free : bool
        The cell is free at a pressure.
    target : float
        Energy at which the walk may stop; -inf for none.
    budget : int
        Evaluations of the energy after which it stops.
    distance : float
        Between neighbours: the minimum of the pair potential.
    depth : float
        Of that minimum.
    volume : float
        Of a fresh cell, or of the sphere of a fresh cluster.
    enabled : ndarray of bool, shape (3,)
        Which of the strategies.
    patience : ndarray of int64, shape (3,)
        Hops of each without improvement after which a run ends.
    groups, orders : ndarray
        Point groups, `operations.search.point_groups.packed`.
    seeds : ndarray of float64, shape (S, 3 N)
        Where the first S runs start; clusters only.
    width, height : float
        Of the paving: a step of the energy, and what a visit adds to the energies in it.
    compression : float
        Stiffness of the springs to the centre at the beginning of a quench; 0 for none.
    """

    open: bool
    free: bool
    target: float
    budget: int
    distance: float
    depth: float
    volume: float
    enabled: np.ndarray
    patience: np.ndarray
    groups: np.ndarray
    orders: np.ndarray
    seeds: np.ndarray
    width: float
    height: float
    compression: float


class Walk(NamedTuple):
    """The state of all walkers (first axis of some arrays) and of what they share.

    Attributes
    ----------
    positions : ndarray of float64, shape (W, 3 N)
    cells : ndarray of float64, shape (W, 3, 3)
        Of rigid bodies the orientations instead, shape (W, N, 4); `minima_cells` likewise.
    energy, best : ndarray of float64, shape (W,)
        Of the current minimum, inf where a run has none yet, and the lowest of the run. Enthalpy
        where the cell is free.
    strategy, since, cost : ndarray of int64, shape (W,)
        Of the run: strategy (-1 before the first), hops since it improved, evaluations.
    step, kT : ndarray of float64, shape (W,)
        Of displacements; adapted. Rigid bodies have W steps of rotations, in radians, after those.
    tally : ndarray of int64, shape (W, 3)
        Of displacements since the last adaptation, see `Tally`; below that of rotations.
    counts : ndarray of int64
        See `Count`.
    run_energy : ndarray of float64, shape (HISTORY,)
    run_strategy, run_cost : ndarray of int64, shape (HISTORY,)
        The latest runs.
    minima : ndarray of float64, shape (K,)
        Energies of the distinct minima, ascending; inf where there is none yet.
    minima_positions : ndarray of float64, shape (K, 3 N)
    minima_cells : ndarray of float64, shape (K, 3, 3)
    minima_size : ndarray of float64, shape (K,)
        Mean squared distance from the centre (volume, of a free cell): tells minima apart whose
        energies are close.
    minima_met : ndarray of int64, shape (K, 3)
        See `Met`.
    visits : ndarray of int64, shape (W, PAVED)
        Of the run to each step of the energy; without a paving of shape (W, 0).
    lacking : ndarray of int64, shape (W,)
        Particles by which the symmetric core of the run is smaller.
    seed : ndarray of int64, shape (W,)
        Which of the seeds the run starts from; -1 for none.
    """

    positions: np.ndarray
    cells: np.ndarray
    energy: np.ndarray
    best: np.ndarray
    strategy: np.ndarray
    since: np.ndarray
    cost: np.ndarray
    step: np.ndarray
    kT: np.ndarray
    tally: np.ndarray
    counts: np.ndarray
    run_energy: np.ndarray
    run_strategy: np.ndarray
    run_cost: np.ndarray
    minima: np.ndarray
    minima_positions: np.ndarray
    minima_cells: np.ndarray
    minima_size: np.ndarray
    minima_met: np.ndarray
    visits: np.ndarray
    lacking: np.ndarray
    seed: np.ndarray

    @classmethod
    def fresh(
        cls, n: int, walkers: int, keep: int, step: float, kT: float, paved: bool = False
    ) -> Walk:
        """Before the first hop."""
        return cls(
            positions=np.zeros((walkers, 3 * n)),
            cells=np.zeros((walkers, 3, 3)) + np.eye(3),
            energy=np.full(walkers, np.inf),
            best=np.full(walkers, np.inf),
            strategy=np.full(walkers, -1),
            since=np.zeros(walkers, dtype=np.int64),
            cost=np.zeros(walkers, dtype=np.int64),
            step=np.full(walkers, step),
            kT=np.full(walkers, kT),
            tally=np.zeros((walkers, len(Tally)), dtype=np.int64),
            counts=np.zeros(len(Count), dtype=np.int64),
            run_energy=np.full(HISTORY, np.inf),
            run_strategy=np.full(HISTORY, -1),
            run_cost=np.zeros(HISTORY, dtype=np.int64),
            minima=np.full(keep, np.inf),
            minima_positions=np.zeros((keep, 3 * n)),
            minima_cells=np.zeros((keep, 3, 3)),
            minima_size=np.zeros(keep),
            minima_met=np.zeros((keep, len(Met)), dtype=np.int64),
            visits=np.zeros((walkers, PAVED if paved else 0), dtype=np.int64),
            lacking=np.zeros(walkers, dtype=np.int64),
            seed=np.full(walkers, -1),
        )

    def of_bodies(self, angle: float) -> Walk:
        """A fresh walk of rigid bodies, which turn by up to `angle` at first."""
        walkers, keep, n = len(self.energy), len(self.minima), self.positions.shape[1] // 3
        return self._replace(
            cells=np.tile(np.eye(4)[0], (walkers, n, 1)),
            step=np.concatenate([self.step, np.full(walkers, angle)]),
            tally=np.zeros((2 * walkers, len(Tally)), dtype=np.int64),
            minima_cells=np.zeros((keep, n, 4)),
        )


class Trials(NamedTuple):
    """Hops that are drawn, perhaps relaxed, and not yet judged: a row each.

    Attributes
    ----------
    positions : ndarray of float64, shape (B, variables)
    cells : ndarray of float64, as `Walk.cells`
    energy : ndarray of float64, shape (B,)
    outcome, evaluations : ndarray of int64, shape (B,)
        These three as `operations.search.lbfgs.lbfgs` returns them.
    kind, looked, cores : ndarray of int64, shape (B,)
        Of the move: its `Step`, evaluations, quenches of a symmetric core.
    """

    positions: np.ndarray
    cells: np.ndarray
    energy: np.ndarray
    outcome: np.ndarray
    evaluations: np.ndarray
    kind: np.ndarray
    looked: np.ndarray
    cores: np.ndarray

    @classmethod
    def of(cls, walk: Walk, settings: Settings, count: int) -> Trials:
        """Room for so many."""
        size, cell = walk.positions.shape[1], walk.cells.shape[1:]
        more = size if cell[-1] == 4 else 9 if settings.free else 0  # rotations, strain
        numbers = (np.zeros(count, dtype=np.int64) for _ in range(5))
        return cls(
            np.zeros((count, size + more)), np.zeros((count, *cell)), np.zeros(count), *numbers
        )


SETTINGS = nb.NamedTuple(
    (
        nb.boolean,
        nb.boolean,
        nb.float64,
        nb.int64,
        nb.float64,
        nb.float64,
        nb.float64,
        nb.boolean[::1],
        nb.int64[::1],
        nb.float64[:, :, :, ::1],
        nb.int64[::1],
        nb.float64[:, ::1],
        nb.float64,
        nb.float64,
        nb.float64,
    ),
    Settings,
)
WALK = typeof(Walk.fresh(1, 1, 1, 0.1, 1.0))
TRIALS = nb.NamedTuple(
    (nb.float64[:, ::1], nb.float64[:, :, ::1], nb.float64[::1], *[nb.int64[::1]] * 5), Trials
)

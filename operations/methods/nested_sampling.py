"""Method `nested_sampling`: walkers below a ceiling that falls.

The highest walker is noted and made anew: a copy of another one that walks below the energy of the
one that is gone (`operations.equilibrium.nested`, `below_ceiling`). Of cells the ceiling is one of
the enthalpy.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from operations.equilibrium.below_ceiling import Below, OfCell, OfCluster, Walker
from operations.equilibrium.curve import along, highest, in_words
from operations.equilibrium.nested import canonical, log_weights
from operations.jobs import trajectory
from operations.jobs.driver import Task
from operations.jobs.files import part_of, replacing
from operations.jobs.result import Result
from operations.jobs.seeds import generator
from operations.jobs.state import FINAL
from workspace_schema.methods.nested_sampling import NestedSampling as Parameters
from workspace_schema.statepoint import StatePoint

FloatArray = NDArray[np.float64]

#: Seconds of a chunk, about.
CHUNK = 2.0
#: Walks of a random start before the first ceiling.
FIRST_WALKS = 10
#: Part of all probability at the coldest temperature that may be below the last ceiling.
LEFT = 1e-4
#: Configurations kept while the volume falls by a factor e.
KEPT = 20
#: Parts of those that are alive, and how uneven new heights may be among them.
RANKS, MOST_UNEVEN = 20, 0.05
#: Draws of the volumes, whose spread is the error.
DRAWS = 50
#: Part of the largest volume that is near to it, and probability that may be there.
NEAR_LARGEST, MOST_NEAR = 0.9, 1e-3
#: Highest temperature, in units of the coldest, from which the time that is left is told.
HOTTEST = 100.0


@dataclass
class State:
    """Where a job is.

    Attributes
    ----------
    walkers : list of dict
        Those that are alive.
    heights, volumes : ndarray, shape (K,)
        Of them.
    lengths : ndarray
        Step lengths of the next walk.
    gone : list of (float, float, int)
        Height and volume of each that is gone, and how many were alive.
    kept : list of dict
        Every so many of these.
    ranks : ndarray of int, shape (RANKS,)
        How often a new height was in each part of those that are alive; even, where walks are long.
    unmoved : int
        Walks that ended where they began.
    is_done : bool
    wall_seconds : float
    """

    walkers: list[Walker]
    heights: FloatArray
    volumes: FloatArray
    lengths: FloatArray
    gone: list[tuple[float, float, int]]
    kept: list[Walker]
    ranks: NDArray[np.int64]
    unmoved: int = 0
    is_done: bool = False
    wall_seconds: float = 0.0


class NestedSampling:
    """See `operations.jobs.driver.Method`."""

    unit = "particle-steps"

    def __init__(self, task: Task) -> None:
        self._task = task
        self._point = StatePoint.read(task.statepoint, task.extent)
        assert isinstance(self._point.method, Parameters)
        self._method = self._point.method
        self._n, self._k = self._point.system.n_particles, self._method.walkers
        self._d = self._point.system.dimensions
        kind = OfCluster if self._point.system.boundary == "open" else OfCell
        self._below: Below = kind(task, self._point, self._method)
        self._every = max(self._k // KEPT, 1)

    # -- verbs of the driver ---------------------------------------------------------------------

    def start(self) -> State:
        """Nothing done."""
        none = np.zeros(0)
        ranks = np.zeros(RANKS, dtype=np.int64)
        return State([], np.zeros(self._k), np.zeros(self._k), none, [], [], ranks)

    def step(self, state: State) -> State:
        """Random walkers; or some walks."""
        began = time.monotonic()
        while time.monotonic() - began < CHUNK and not state.is_done:
            if len(state.walkers) < self._k:
                self._begin(state)
                continue
            turn = len(state.gone) // self._k
            self._replace_highest(state)
            if len(state.gone) // self._k > turn:
                state.is_done = self._is_enough(state)
        state.wall_seconds += time.monotonic() - began
        return state

    def finished(self, state: State) -> bool:
        """Whether what is below the ceiling counts for nothing at the coldest temperature."""
        return state.is_done

    def save(self, state: State, path: Path) -> None:
        """Write a checkpoint."""
        content: dict[str, Any] = _stacked("walkers", state.walkers) | _stacked("kept", state.kept)
        with replacing(path) as temporary:
            np.savez(
                temporary,
                heights=state.heights,
                volumes=state.volumes,
                lengths=state.lengths,
                gone=np.array(state.gone).reshape(-1, 3),
                ranks=state.ranks,
                unmoved=state.unmoved,
                is_done=state.is_done,
                wall_seconds=state.wall_seconds,
                **content,
            )

    def load(self, path: Path) -> State:
        """Read a checkpoint."""
        with np.load(path) as saved:
            return State(
                _apart(part_of(saved, "walkers_")),
                saved["heights"],
                saved["volumes"],
                saved["lengths"],
                [(float(h), float(v), int(alive)) for h, v, alive in saved["gone"]],
                _apart(part_of(saved, "kept_")),
                saved["ranks"],
                int(saved["unmoved"]),
                bool(saved["is_done"]),
                float(saved["wall_seconds"]),
            )

    def progress(self, state: State) -> tuple[float, float, float, str]:
        """Walks done and about in all, as if what follows were harmonic; the temperature at which
        what is highest now is likely."""
        done, work = len(state.gone), self._n * self._method.sweeps
        half = 0.5 * self._d * self._n
        if done < self._k:
            return done, max(2.0 * half * self._k, 1.0), work, ""
        kT = state.gone[-self._k][0] - state.gone[-1][0]  # the volume has fallen by a factor e
        fall = np.log(np.clip(kT / self._method.coldest, 1.0, HOTTEST))
        total = done + self._k * (half * fall + np.sqrt(half))
        return done, done if state.is_done else total, work, f"kT about {kT:.3g}"

    def rescue(self, state: State) -> None:
        """Nothing is lost: a walk that fails begins anew."""

    def finish(self, state: State) -> Result:
        """Write a configuration of each temperature, the coldest first."""
        method, cold = self._method, self._method.coldest
        order = np.argsort(-state.heights, kind="stable")
        alive = np.arange(self._k, 0, -1)
        last = np.column_stack([state.heights[order], state.volumes[order], alive])
        heights, volumes, left = np.vstack([np.array(state.gone), last]).T
        weights = log_weights(left)
        near = volumes > NEAR_LARGEST * self._below.largest
        share = canonical(weights, heights, method.hottest)[near].sum()
        if share > MOST_NEAR:
            raise ValueError(
                f"at the hottest temperature, {method.hottest:g}, {share:.2g} of the probability is"
                f" near the largest volume that was tried, {self._below.largest:.4g}; expected a"
                " lower method.hottest, or a higher method.pressure"
            )
        kT = np.geomspace(cold, method.hottest, method.temperatures)
        curve = along(cold, method.hottest)
        values = self._along(kT, curve, weights, heights, volumes)
        draws = [
            self._along(
                kT,
                curve,
                log_weights(left, generator(self._task.seed, f"volumes {k}")),
                heights,
                volumes,
            )
            for k in range(DRAWS)
        ]
        errors = np.std(draws, axis=0)
        uneven = self._uneven(state)
        if uneven > MOST_UNEVEN:
            errors[:] = np.nan
        rows, details = in_words(self._columns(), kT, curve, values, errors)
        places = [*range(0, len(state.gone), self._every), *(len(state.gone) + np.arange(self._k))]
        walkers = [*state.kept, *(state.walkers[k] for k in order)]
        random = generator(self._task.seed, "frames")
        frames = []
        for one in kT:
            share = canonical(weights[places], heights[places], one)
            k = int(random.choice(len(places), p=share))
            frame = self._below.configuration(walkers[k])
            energy = heights[places[k]] - (method.pressure or 0.0) * volumes[places[k]]
            frame.log = {"kT": float(one), "energy_per_particle": float(energy) / self._n}
            frames.append((places[k], frame))
        trajectory.write(self._task.folder / FINAL, frames)
        return Result.of_search(
            n_particles=self._n,
            seed=self._task.seed,
            wall_seconds=round(state.wall_seconds, 3),
            energy_evaluations=len(state.gone) * self._n * method.sweeps,
            energy_per_particle=rows[0]["energy_per_particle"],
            number_density=rows[0].get("number_density"),
            pressure=method.pressure,
            kT=float(cold),
            rows=rows,
        ).more(
            truncation="as written",
            nested={
                "walkers": self._k,
                "walks": len(state.gone),
                "log_volume": float(-np.sum(1.0 / left[: len(state.gone)])),
                "lowest": float(heights[-1]),
                "unmoved": state.unmoved / len(state.gone),
                "uneven": uneven,
            },
            **details,
        )

    # -- details ---------------------------------------------------------------------------------

    def _begin(self, state: State) -> None:
        """One random walker more."""
        number = len(state.walkers)
        random = generator(self._task.seed, f"start {number}")
        walker, state.lengths = self._below.begin(random)
        for _ in range(FIRST_WALKS):
            height = self._below.walk(walker, state.lengths, np.inf, random)
        self._take(state, number, walker, height)
        state.walkers.append(walker)

    def _replace_highest(self, state: State) -> None:
        """Note the highest walker, or all that have its height, and walk from others below it."""
        ceiling = float(state.heights.max())
        here = state.heights >= ceiling
        tied, below = np.flatnonzero(here).tolist(), np.flatnonzero(~here)
        if not len(below):
            raise ValueError(
                f"all {self._k} walkers have the energy {ceiling:.6g}: none is below it; expected"
                " a potential that tells configurations apart, or more method.walkers"
            )
        for j, one in enumerate(tied):
            if len(state.gone) % self._every == 0:
                state.kept.append(state.walkers[one])
            state.gone.append((ceiling, float(state.volumes[one]), self._k - j))
        first = len(state.gone) - len(tied)
        for number, one in enumerate(tied, first):
            random = generator(self._task.seed, f"walk {number}")
            parent = int(random.choice(below))
            walker = {name: array.copy() for name, array in state.walkers[parent].items()}
            before = float(state.heights[parent])
            height = self._below.walk(walker, state.lengths, ceiling, random)
            lower = int((state.heights[below] < height).sum())
            state.ranks[lower * RANKS // (len(below) + 1)] += 1
            state.unmoved += height == before
            self._take(state, one, walker, height)
            state.walkers[one] = walker

    def _take(self, state: State, number: int, walker: Walker, height: float) -> None:
        """Note what a walker has."""
        state.heights[number], state.volumes[number] = height, self._below.volume(walker)

    def _uneven(self, state: State) -> float:
        """The largest difference of the distribution of ranks to an even one (A. Fowlie, W. Handley
        and L. Su, Mon. Not. R. Astron. Soc. 497, 5256 (2020))."""
        found = np.cumsum(state.ranks) / state.ranks.sum()
        return float(np.abs(found - np.arange(1, RANKS + 1) / RANKS).max())

    def _is_enough(self, state: State) -> bool:
        """Whether little of the probability at the coldest temperature is below the ceiling."""
        cold = self._method.coldest
        heights, _, alive = np.array(state.gone).T
        above = logsumexp(log_weights(alive) - heights / cold)
        volume = -np.sum(1.0 / alive) - np.log(self._k)
        below = volume + logsumexp(-state.heights / cold)
        return bool(below < above + np.log(LEFT))

    def _along(
        self,
        kT: FloatArray,
        curve: FloatArray,
        weights: FloatArray,
        heights: FloatArray,
        volumes: FloatArray,
    ) -> FloatArray:
        """The columns at the temperatures of rows and curve, and where the heat capacity of the
        curve is highest in a last row; shape (n, columns)."""
        pressure, found = self._method.pressure or 0.0, []
        for one in np.append(kT, curve):
            share = canonical(weights, heights, one)
            counts = share > 0.0  # overlaps have energies whose squares are infinite
            share, h = share[counts], heights[counts]
            height, volume = share @ h, share @ volumes[counts]
            variance = share @ (h - height) ** 2
            capacity = variance / one**2 / self._n + 0.5 * self._d
            row = [(height - pressure * volume) / self._n, capacity]
            found.append([*row, self._n / volume] if pressure else row)
        top = highest(curve, np.array(found)[len(kT) :, 1])
        return np.array([*found, [*top, np.nan][: len(found[0])]])

    def _columns(self) -> list[str]:
        """Names of the columns of `_along`."""
        if self._method.pressure:
            return ["energy_per_particle", "isobaric_heat_capacity", "number_density"]
        return ["energy_per_particle", "heat_capacity"]


def _stacked(name: str, walkers: list[Walker]) -> Walker:
    """Arrays of some walkers as one each."""
    if not walkers:
        return {}
    return {f"{name}_{key}": np.stack([one[key] for one in walkers]) for key in walkers[0]}


def _apart(arrays: Walker) -> list[Walker]:
    """The other way."""
    rows = zip(*arrays.values(), strict=True)
    return [dict(zip(arrays, row, strict=True)) for row in rows] if arrays else []

"""Annealing of small periodic cells: many Monte Carlo chains at a pressure, one after the other.

L. Filion, M. Marechal, B. van Oorschot, D. Pelt, F. Smallenburg, M. Dijkstra, Phys. Rev. Lett.
103, 188302 (2009). What moves in a cell, and what becomes of a chain that is cold, is a subclass's.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from operations.jobs.driver import Task
from operations.jobs.files import part_of, replacing
from operations.jobs.result import Result
from operations.jobs.seeds import generator
from operations.methods.cooling import Cooling, CoolingState
from operations.search.minima import Minima


@dataclass
class Chain:
    """One cell on its way down.

    Attributes
    ----------
    cycle : int
        Coolings that are over.
    cooling : CoolingState
    arrays : dict of str to ndarray
        Particles, cell and lengths of trial moves, changed in place.
    random : numpy.random.Generator
    """

    cycle: int
    cooling: CoolingState
    arrays: dict[str, np.ndarray]
    random: np.random.Generator


@dataclass
class Chains:
    """Where the chains are.

    Attributes
    ----------
    chain : int
        Chains that are over.
    current : Chain or None
        The one under way; None where the next has not begun.
    evaluations : int
        Of the energy; each trial move is one.
    outcomes : Counter
        How coolings ended.
    minima : Minima
    wall_seconds : float
    """

    chain: int = 0
    current: Chain | None = None
    evaluations: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    minima: Minima = field(default_factory=lambda: Minima("enthalpy"))
    wall_seconds: float = 0.0


class SmallCells:
    """Chains of a job, cooled one or more times each."""

    unit = "evaluations"
    #: Energy evaluations of one chunk: about a second.
    chunk: ClassVar[int]
    #: Stages of constant temperature of one cooling.
    stages: ClassVar[int]

    def __init__(self, task: Task) -> None:
        self._task = task
        self._method = task.statepoint["method"]
        system = task.statepoint["system"]
        self._particles, self._dimensions = system["particles"], system["dimensions"]
        self._n = sum(self._particles.values())
        self._pressure = float(self._method["pressure"])
        hot, cold = self._method["kT"]
        stages = min(self.stages, self._method["sweeps"])
        self._sweeps = self._method["sweeps"] // stages
        self._coolings = [
            Cooling(self._method["cooling"], hot * factor, cold, stages)
            for factor in [1.0] + [self._method.get("reheat", 1.0)] * (self._method["cycles"] - 1)
        ]

    # -- what a subclass adds --------------------------------------------------------------------

    def begin(self, random: np.random.Generator) -> dict[str, np.ndarray]:
        """A random start: the arrays of a chain."""
        raise NotImplementedError

    def sweep(self, chain: Chain, enthalpies: np.ndarray) -> int:
        """Sweeps at the temperature of a chain; writes their enthalpies, returns evaluations."""
        raise NotImplementedError

    def harvest(self, state: Chains, chain: Chain) -> None:
        """Take in what a chain has become that is cold."""
        raise NotImplementedError

    def describe(self, minima: Minima) -> str:
        """The best structure, for the progress line."""
        best = minima.best
        return "" if best is None else f"H/N {best.enthalpy:.6g}, {best.times} times"

    # -- verbs of the driver ---------------------------------------------------------------------

    def start(self) -> Chains:
        """No chain has begun."""
        return Chains()

    def step(self, state: Chains) -> Chains:
        """Stages of cooling, until a chunk's evaluations are spent."""
        begin, most = time.monotonic(), state.evaluations + self.chunk
        while state.evaluations < most and not self.finished(state):
            if state.current is None:
                # each chain has random numbers of its own
                random = generator(self._task.seed, f"chain {state.chain}")
                arrays = self.begin(random)
                state.current = Chain(0, self._coolings[0].start(), arrays, random)
            self._advance(state, state.current)
        state.wall_seconds += time.monotonic() - begin
        return state

    def finished(self, state: Chains) -> bool:
        """Whether every chain is over, or the budget spent."""
        budget = self._method.get("max_energy_evaluations")
        spent = budget is not None and state.evaluations >= budget
        return state.chain >= self._method["chains"] or (spent and state.current is None)

    def save(self, state: Chains, path: Path) -> None:
        """Everything, the state of the random numbers too."""
        content: dict[str, Any] = {
            "counts": np.array([state.chain, state.evaluations]),
            "wall_seconds": state.wall_seconds,
            "outcomes": np.array(json.dumps(state.outcomes)),
        } | state.minima.to_arrays()
        chain = state.current
        if chain is not None:
            content |= {
                "cycle": chain.cycle,
                "cooling": chain.cooling.to_array(),
                "random": np.array(json.dumps(chain.random.bit_generator.state)),
            }
            content |= {f"chain_{name}": array for name, array in chain.arrays.items()}
        with replacing(path) as temporary:
            np.savez(temporary, **content)

    def load(self, path: Path) -> Chains:
        """Read a checkpoint."""
        with np.load(path) as saved:
            n_chains, evaluations = (int(number) for number in saved["counts"])
            current = None
            if "cycle" in saved:
                random = np.random.default_rng()
                random.bit_generator.state = json.loads(str(saved["random"]))
                arrays = part_of(saved, "chain_")
                cooling = CoolingState.from_array(saved["cooling"])
                current = Chain(int(saved["cycle"]), cooling, arrays, random)
            return Chains(
                chain=n_chains,
                current=current,
                evaluations=evaluations,
                outcomes=Counter(json.loads(str(saved["outcomes"]))),
                minima=Minima.from_arrays("enthalpy", saved),
                wall_seconds=float(saved["wall_seconds"]),
            )

    def progress(self, state: Chains) -> tuple[float, float, float, str]:
        """Coolings done and in all, and the best structure."""
        cycles, chain, done = len(self._coolings), state.current, 0.0
        if chain is not None:
            done = chain.cycle + chain.cooling.stage / self._coolings[0].stages
        done = state.chain + done / cycles
        work = state.evaluations / max(done, 1e-9)
        return done, self._method["chains"], work, self.describe(state.minima)

    def rescue(self, state: Chains) -> None:
        """Nothing is lost: a chain that fails is rejected by itself."""

    def finish(self, state: Chains) -> Result:
        """Write final.gsd."""
        state.minima.write(self._task.folder / "final.gsd")
        result = Result.of_search(
            **state.minima.quantities(),
            kT=0.0,
            n_particles=self._n,
            seed=self._task.seed,
            wall_seconds=state.wall_seconds,
            energy_evaluations=state.evaluations,
        )
        return result.more(
            **state.minima.counts(),
            quenches=sum(state.outcomes.values()),
            outcomes=dict(state.outcomes),
        )

    # -- details ---------------------------------------------------------------------------------

    def types(self) -> np.ndarray:
        """Types of the particles of a cell, shape (N,)."""
        counts = [self._particles[name] for name in sorted(self._particles)]
        return np.repeat(np.arange(len(counts)), counts)

    def _advance(self, state: Chains, chain: Chain) -> None:
        """One stage of cooling; after the last, the harvest and the next cycle or chain."""
        cooling = self._coolings[chain.cycle]
        enthalpies = np.empty(self._sweeps)
        state.evaluations += self.sweep(chain, enthalpies)
        chain.cooling = cooling.next(chain.cooling, enthalpies)
        if not cooling.finished(chain.cooling):
            return
        self.harvest(state, chain)
        chain.cycle += 1
        if chain.cycle < len(self._coolings):
            chain.cooling = self._coolings[chain.cycle].start()
        else:
            state.chain, state.current = state.chain + 1, None

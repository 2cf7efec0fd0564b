"""Annealing of hard and patchy particles in small periodic cells of free shape.

Many Monte Carlo chains, each cooled at a pressure; for hard particles that is a compression to
pressure / kT. L. Filion, M. Marechal, B. van Oorschot, D. Pelt, F. Smallenburg, M. Dijkstra, Phys.
Rev. Lett. 103, 188302 (2009).
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from analysis.shapes import packing_fraction
from operations.cooling import Cooling, CoolingState
from operations.driver import Task
from operations.engines import EngineState, Sampling, Segment
from operations.files import replacing
from operations.hard_particles import dilute_start, hard_particles
from operations.minima import Minima
from operations.seeds import generator

#: Stages of constant temperature of one cooling.
STAGES = 50

#: Trial moves of every particle in one sweep, beside one of the cell, which costs far more.
MOVES = 4

#: Sweeps of one chunk: a few seconds.
CHUNK = 5_000

#: Samples of the enthalpy in one stage.
SAMPLES = 20


@dataclass
class State:
    """Where the chains are.

    Attributes
    ----------
    chain : int
        Chains that are over.
    cycle : int
        Coolings of the chain under way that are over.
    cooling : CoolingState, optional
        None where the next chain has not begun.
    engine : EngineState, optional
    moves : int
        Trial moves so far.
    minima : Minima
    wall_seconds : float
    """

    chain: int = 0
    cycle: int = 0
    cooling: CoolingState | None = None
    engine: EngineState | None = None
    moves: int = 0
    minima: Minima = field(default_factory=lambda: Minima("enthalpy"))
    wall_seconds: float = 0.0


class HardAnnealing:
    """Monte Carlo of particles and cell, cooled."""

    unit = "trial moves"

    def __init__(self, task: Task) -> None:
        self._task = task
        self._method = task.statepoint["method"]
        self._particles = task.statepoint["system"]["particles"]
        self._dimensions = task.statepoint["system"]["dimensions"]
        self._n = sum(self._particles.values())
        self._pressure = float(self._method["pressure"])
        hot, cold = self._method["kT"]
        stages = min(STAGES, self._method["sweeps"])
        self._sweeps = self._method["sweeps"] // stages
        self._coolings = [
            Cooling(self._method["cooling"], hot * factor, cold, stages)
            for factor in [1.0] + [self._method.get("reheat", 1.0)] * (self._method["cycles"] - 1)
        ]
        self._engine = hard_particles(
            task,
            "npt",
            "flexible",
            adjust_until=np.iinfo(np.int64).max,
            box_period=1,
            n_moves=MOVES,
        )

    # -- verbs of the driver ---------------------------------------------------------------------

    def start(self) -> State:
        """No chain has begun."""
        return State()

    def step(self, state: State) -> State:
        """Stages of cooling, until a chunk's sweeps are made."""
        begin, most = time.monotonic(), state.moves + CHUNK * MOVES * self._n
        while state.moves < most and not self.finished(state):
            self._advance(state)
        state.wall_seconds += time.monotonic() - begin
        return state

    def finished(self, state: State) -> bool:
        """Whether every chain is over, or the budget spent."""
        budget = self._method.get("max_energy_evaluations")
        spent = budget is not None and state.moves >= budget
        return state.chain >= self._method["chains"] or (spent and state.cooling is None)

    def save(self, state: State, path: Path) -> None:
        """Everything; random numbers follow from seed, chain and sweep."""
        content: dict[str, Any] = {
            "counts": np.array([state.chain, state.cycle, state.moves]),
            "wall_seconds": state.wall_seconds,
        } | state.minima.to_arrays()
        if state.cooling is not None and state.engine is not None:
            content["cooling"] = state.cooling.to_array()
            content |= {f"engine_{key}": value for key, value in state.engine.items()}
        with replacing(path) as temporary:
            np.savez(temporary, **content)

    def load(self, path: Path) -> State:
        """Read a checkpoint."""
        with np.load(path) as saved:
            chain, cycle, moves = (int(number) for number in saved["counts"])
            engine = {
                key.removeprefix("engine_"): saved[key]
                for key in saved.files
                if key.startswith("engine_")
            }
            return State(
                chain=chain,
                cycle=cycle,
                cooling=CoolingState.from_array(saved["cooling"]) if engine else None,
                engine=engine or None,
                moves=moves,
                minima=Minima.from_arrays("enthalpy", saved),
                wall_seconds=float(saved["wall_seconds"]),
            )

    def progress(self, state: State) -> tuple[float, float, float, str]:
        """Coolings done and in all, and the best packing."""
        cycles, done = len(self._coolings), 0.0
        if state.cooling is not None:
            done = state.cycle + state.cooling.stage / self._coolings[0].stages
        done = state.chain + done / cycles
        best, detail = state.minima.best, ""
        if best is not None:
            packing = packing_fraction(self._engine.shapes, best.configuration)
            detail = f"H/N {best.enthalpy:.6g}, packing fraction {packing:.4f}"
        return done, self._method["chains"], state.moves / max(done, 1e-9), detail

    def rescue(self, state: State) -> None:
        """Nothing can be lost: Monte Carlo does not explode."""

    def finish(self, state: State) -> dict[str, Any]:
        """Write final.gsd; return the content of result.json."""
        state.minima.write(self._task.folder / "final.gsd")
        best = state.minima.found[0].configuration
        return state.minima.summary() | {
            "kT": float(self._method["kT"][1]),
            "packing_fraction": packing_fraction(self._engine.shapes, best),
            "n_particles": self._n,
            "engine": self._engine.name,
            "engine_version": self._engine.version,
            "device": self._engine.device,
            "seed": self._task.seed,
            "wall_seconds": state.wall_seconds,
            "energy_evaluations": state.moves,
            "versions": {name: version(name) for name in ("numpy", "gsd", "signac")},
        }

    # -- details ---------------------------------------------------------------------------------

    def _advance(self, state: State) -> None:
        """One stage of cooling; after the last, the structure and the next cycle or chain."""
        if state.cooling is None or state.engine is None:
            random = generator(self._task.seed, f"chain {state.chain}")
            start = dilute_start(self._engine, self._particles, self._dimensions, random)
            # Every chain has random numbers of its own: HPMC's follow from the sweep.
            first = int(random.integers(2**32))
            state.engine = self._engine.begin(start, first)
            state.cycle, state.cooling = 0, self._coolings[0].start()
        cooling, kT = self._coolings[state.cycle], state.cooling.kT
        first = int(state.engine["step"])
        stop = first + self._sweeps
        segment = Segment(first, stop, (kT, kT), (self._pressure, self._pressure))
        sampling = Sampling(max(self._sweeps // SAMPLES, 1), 0, stop)
        chunk = self._engine.run(state.engine, segment, stop, sampling)
        state.engine = chunk.state
        state.moves += self._sweeps * MOVES * self._n
        energies, volumes = self._n * chunk.samples[:, 2], chunk.samples[:, 4]
        state.cooling = cooling.next(state.cooling, energies + self._pressure * volumes)
        if not cooling.finished(state.cooling):
            return
        configuration = self._engine.configuration(state.engine)
        state.minima.add(configuration, float(energies[-1]), self._pressure, state.moves)
        state.cycle += 1
        if state.cycle < len(self._coolings):
            state.cooling = self._coolings[state.cycle].start()
        else:
            state.chain, state.cooling, state.engine = state.chain + 1, None, None

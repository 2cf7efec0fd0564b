"""Annealing of hard and patchy particles in small periodic cells of free shape.

Many Monte Carlo chains, each cooled at a pressure; for hard particles that is a compression to
pressure / kT. L. Filion, M. Marechal, B. van Oorschot, D. Pelt, F. Smallenburg, M. Dijkstra, Phys.
Rev. Lett. 103, 188302 (2009).
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from analysis.configuration import Configuration
from analysis.shapes import packing_fraction, shape_of
from operations.cooling import Cooling, CoolingState
from operations.driver import Task
from operations.files import replacing
from operations.minima import Minima
from operations.search.cells import in_box
from operations.search.hard_bodies import make_bodies
from operations.search.hard_monte_carlo import sweep
from operations.seeds import generator
from operations.start import random_orientations
from workspace_schema.system import System

#: Stages of constant temperature of one cooling.
STAGES = 100

#: Trial moves of one chunk: a few seconds.
CHUNK = 100_000

#: Distance of neighbours at the start, in diameters of the circumscribed sphere.
DILUTE = 1.05

#: Displacement (in diameters), turn and strain to begin with.
FIRST_LENGTHS = (0.1, 0.3, 0.05)


@dataclass
class Chain:
    """One cell on its way down.

    Attributes
    ----------
    cycle : int
        Coolings that are over.
    cooling : CoolingState
    s : ndarray of float64, shape (N, 3)
        Fractional coordinates.
    q : ndarray of float64, shape (N, 4)
        Orientations.
    cell : ndarray of float64, shape (3, 3)
        Lattice vectors as rows.
    lengths : ndarray of float64, shape (3,)
        Longest displacement, turn and strain of a trial move.
    random : numpy.random.Generator
    """

    cycle: int
    cooling: CoolingState
    s: np.ndarray
    q: np.ndarray
    cell: np.ndarray
    lengths: np.ndarray
    random: np.random.Generator


@dataclass
class State:
    """Where the chains are.

    Attributes
    ----------
    chain : int
        Chains that are over.
    current : Chain or None
        The one under way; None where the next has not begun.
    moves : int
        Trial moves so far.
    minima : Minima
    wall_seconds : float
    """

    chain: int = 0
    current: Chain | None = None
    moves: int = 0
    minima: Minima = field(default_factory=lambda: Minima("enthalpy"))
    wall_seconds: float = 0.0


class HardAnnealing:
    """Monte Carlo of bodies, exchanges and cell, cooled."""

    unit = "trial moves"

    def __init__(self, task: Task) -> None:
        self._task = task
        self._method = task.statepoint["method"]
        system = System.model_validate(task.statepoint["system"])
        self._particles, self._dimensions = dict(system.particles or {}), system.dimensions
        self._n = system.n_particles
        blocks = dict(system.building_blocks or {})
        self._shapes = {name: shape_of(blocks[name], self._dimensions) for name in system.types}
        self._bodies = make_bodies(blocks, self._dimensions)
        self._pressure = float(self._method["pressure"])
        hot, cold = self._method["kT"]
        stages = min(STAGES, self._method["sweeps"])
        self._sweeps = self._method["sweeps"] // stages
        self._coolings = [
            Cooling(self._method["cooling"], hot * factor, cold, stages)
            for factor in [1.0] + [self._method.get("reheat", 1.0)] * (self._method["cycles"] - 1)
        ]

    # -- verbs of the driver ---------------------------------------------------------------------

    def start(self) -> State:
        """No chain has begun."""
        return State()

    def step(self, state: State) -> State:
        """Stages of cooling, until a chunk's trial moves are made."""
        begin, most = time.monotonic(), state.moves + CHUNK
        while state.moves < most and not self.finished(state):
            if state.current is None:
                state.current = self._begin(state.chain)
            self._advance(state, state.current)
        state.wall_seconds += time.monotonic() - begin
        return state

    def finished(self, state: State) -> bool:
        """Whether every chain is over, or the budget spent."""
        budget = self._method.get("max_energy_evaluations")
        spent = budget is not None and state.moves >= budget
        return state.chain >= self._method["chains"] or (spent and state.current is None)

    def save(self, state: State, path: Path) -> None:
        """Everything, the state of the random numbers too."""
        content: dict[str, Any] = {
            "counts": np.array([state.chain, state.moves]),
            "wall_seconds": state.wall_seconds,
        } | state.minima.to_arrays()
        chain = state.current
        if chain is not None:
            content |= {
                "cycle": chain.cycle,
                "cooling": chain.cooling.to_array(),
                "s": chain.s,
                "q": chain.q,
                "cell": chain.cell,
                "lengths": chain.lengths,
                "random": np.array(json.dumps(chain.random.bit_generator.state)),
            }
        with replacing(path) as temporary:
            np.savez(temporary, **content)

    def load(self, path: Path) -> State:
        """Read a checkpoint."""
        with np.load(path) as saved:
            current = None
            if "cycle" in saved:
                random = np.random.default_rng()
                random.bit_generator.state = json.loads(str(saved["random"]))
                current = Chain(
                    int(saved["cycle"]),
                    CoolingState.from_array(saved["cooling"]),
                    *(saved["s"], saved["q"], saved["cell"], saved["lengths"], random),
                )
            n_chains, moves = (int(number) for number in saved["counts"])
            return State(
                chain=n_chains,
                current=current,
                moves=moves,
                minima=Minima.from_arrays("enthalpy", saved),
                wall_seconds=float(saved["wall_seconds"]),
            )

    def progress(self, state: State) -> tuple[float, float, float, str]:
        """Coolings done and in all, and the best packing."""
        cycles, chain, done = len(self._coolings), state.current, 0.0
        if chain is not None:
            done = chain.cycle + chain.cooling.stage / self._coolings[0].stages
        done = state.chain + done / cycles
        best, detail = state.minima.best, ""
        if best is not None:
            packing = packing_fraction(self._shapes, best.configuration)
            detail = f"H/N {best.enthalpy:.6g}, packing fraction {packing:.4f}, {best.times} times"
        return done, self._method["chains"], state.moves / max(done, 1e-9), detail

    def rescue(self, state: State) -> None:
        """Nothing can be lost: Monte Carlo does not explode."""

    def finish(self, state: State) -> dict[str, Any]:
        """Write final.gsd; return the content of result.json."""
        state.minima.write(self._task.folder / "final.gsd")
        best = state.minima.found[0].configuration
        return state.minima.summary() | {
            "kT": float(self._method["kT"][1]),
            "packing_fraction": packing_fraction(self._shapes, best),
            "n_particles": self._n,
            "engine": "search",
            "engine_version": version("numba"),
            "device": "cpu",
            "seed": self._task.seed,
            "wall_seconds": state.wall_seconds,
            "energy_evaluations": state.moves,
            "versions": {name: version(name) for name in ("numpy", "numba", "gsd", "signac")},
        }

    # -- details ---------------------------------------------------------------------------------

    def _begin(self, chain: int) -> Chain:
        """Particles so far apart that they can turn; each chain has random numbers of its own."""
        random, d = generator(self._task.seed, f"chain {chain}"), self._dimensions
        edge = int(np.ceil(self._n ** (1 / d) - 1e-9))
        sites = np.array(list(np.ndindex(*(edge,) * d)), dtype=np.float64)
        s = np.zeros((self._n, 3))
        s[:, :d] = random.permutation(sites)[: self._n] / edge
        diameter = 2.0 * float(self._bodies.outer.max())
        cell = np.eye(3)
        cell[:d, :d] *= DILUTE * diameter * edge
        return Chain(
            cycle=0,
            cooling=self._coolings[0].start(),
            s=s,
            q=random_orientations(self._n, d, random),
            cell=cell,
            lengths=np.array(FIRST_LENGTHS) * [diameter, 1.0, 1.0],
            random=random,
        )

    def _types(self) -> np.ndarray:
        counts = [self._particles[name] for name in sorted(self._particles)]
        return np.repeat(np.arange(len(counts)), counts)

    def _advance(self, state: State, chain: Chain) -> None:
        """One stage of cooling; after the last, the structure and the next cycle or chain."""
        cooling = self._coolings[chain.cycle]
        enthalpies = np.empty(self._sweeps)
        energy, moves = sweep(
            *(self._bodies, self._types(), chain.s, chain.q, chain.cell, self._dimensions),
            *(chain.lengths, chain.cooling.kT, self._pressure, self._sweeps, chain.random),
            enthalpies,
        )
        state.moves += moves
        chain.cooling = cooling.next(chain.cooling, enthalpies)
        if not cooling.finished(chain.cooling):
            return
        state.minima.add(self._configuration(chain), energy, self._pressure, state.moves)
        chain.cycle += 1
        if chain.cycle < len(self._coolings):
            chain.cooling = self._coolings[chain.cycle].start()
        else:
            state.chain, state.current = state.chain + 1, None

    def _configuration(self, chain: Chain) -> Configuration:
        """The particles in a GSD box, which is the cell turned; the particles turn with it."""
        import rowan

        names, d = sorted(self._particles), self._dimensions
        found = in_box(chain.cell, chain.s @ chain.cell, self._types(), names, d)
        turn = (np.linalg.inv(chain.cell) @ found.cell).T
        orientations = rowan.multiply(rowan.from_matrix(turn, require_orthogonal=False), chain.q)
        return replace(
            found,
            orientations=rowan.normalize(orientations),
            type_shapes=tuple(self._shapes[name].to_gsd() for name in names),
        )

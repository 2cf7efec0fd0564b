"""Annealing of small periodic cells: many Monte Carlo chains at a pressure, each quenched.

L. Filion, M. Marechal, B. van Oorschot, D. Pelt, F. Smallenburg, M. Dijkstra, Phys. Rev. Lett.
103, 188302 (2009).
"""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from analysis.configuration import Configuration
from operations.cooling import Cooling, CoolingState
from operations.driver import Task
from operations.files import replacing
from operations.minima import Minima
from operations.pair_functions import U_MAX, pair_functions
from operations.search.cells import height, in_box, reduced
from operations.search.kernels import make_kernel
from operations.search.minimise import Minimum, Outcome, Problem, minimise
from operations.search.monte_carlo import sweep
from operations.search.wells import refuse_sunken_wells
from operations.seeds import generator
from operations.start import core_diameter, particle_types
from workspace_schema.interactions import Interactions

#: Energy evaluations of one chunk: about a second.
CHUNK = 50_000

#: Stages of constant temperature of one cooling.
STAGES = 50

#: Volume of a random start in units of that of the particles' cores (σ^d), and the largest volume.
START_VOLUME, LARGEST_VOLUME = (1.5, 4.0), 12.0

#: A smaller volume, in the same units, has collapsed.
SMALLEST_VOLUME = 0.03

#: At no pressure, particles with less binding energy each are not bound.
UNBOUND = 1e-9

#: Pressure added while it is hot, in units of kT over the volume of a core. Without it a crystal
#: that holds together by attraction would begin as a gas of any volume; it vanishes with cooling.
PUSH = 1.0

#: Root mean square of the gradient at which a quench ends, and its budget.
TOLERANCE, QUENCH_EVALUATIONS = 1e-6, 5_000


@dataclass
class Chain:
    """One cell on its way down.

    Attributes
    ----------
    cycle : int
        Coolings that are over.
    cooling : CoolingState
    positions : ndarray of float64, shape (3, N)
    cell : ndarray of float64, shape (3, 3)
        Lattice vectors as rows.
    lengths : ndarray of float64, shape (2,)
        Longest trial move of a particle, and largest strain.
    random : numpy.random.Generator
    """

    cycle: int
    cooling: CoolingState
    positions: np.ndarray
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
    evaluations, quenches : int
    outcomes : Counter
        How quenches ended, by the names of `Outcome`.
    minima : Minima
    wall_seconds : float
    """

    chain: int = 0
    current: Chain | None = None
    evaluations: int = 0
    quenches: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    minima: Minima = field(default_factory=lambda: Minima("enthalpy"))
    wall_seconds: float = 0.0


class CellAnnealing:
    """Monte Carlo of particles, exchanges and cell, cooled."""

    unit = "evaluations"

    def __init__(self, task: Task) -> None:
        self._task = task
        self._method = task.statepoint["method"]
        system = task.statepoint["system"]
        self._particles, self._dimensions = system["particles"], system["dimensions"]
        self._n = sum(self._particles.values())
        self._pressure = float(self._method["pressure"])
        hot, cold = self._method["kT"]
        stages = min(STAGES, self._method["sweeps"])
        self._sweeps = self._method["sweeps"] // stages
        self._coolings = [
            Cooling(self._method["cooling"], hot * factor, cold, stages)
            for factor in [1.0] + [self._method.get("reheat", 1.0)] * (self._method["cycles"] - 1)
        ]
        interactions = Interactions.model_validate(task.statepoint["potential"])
        pairs = pair_functions(interactions, sorted(self._particles), task.root, U_MAX)
        refuse_sunken_wells(pairs, sorted(self._particles))
        self._kernel = make_kernel(pairs)
        cores = {pair: core_diameter(function, 2.0 * hot) for pair, function in pairs.items()}
        # A potential without a core orders at distances of the range of its energy.
        cores = {pair: core or 0.3 * pairs[pair].r_cut for pair, core in cores.items()}
        counts = [self._particles[name] for name in sorted(self._particles)]
        self._core_volume = sum(
            count * cores[k, k] ** self._dimensions for k, count in enumerate(counts)
        )
        self._spacing = (self._core_volume / self._n) ** (1.0 / self._dimensions)

    # -- verbs of the driver ---------------------------------------------------------------------

    def start(self) -> State:
        """No chain has begun."""
        return State()

    def step(self, state: State) -> State:
        """Stages of cooling and quenches, until a chunk's evaluations are spent."""
        begin, most = time.monotonic(), state.evaluations + CHUNK
        while state.evaluations < most and not self.finished(state):
            if state.current is None:
                state.current = self._begin(state.chain)
            self._advance(state, state.current)
        state.wall_seconds += time.monotonic() - begin
        return state

    def finished(self, state: State) -> bool:
        """Whether every chain is over, or the budget spent."""
        budget = self._method.get("max_energy_evaluations")
        spent = budget is not None and state.evaluations >= budget
        return state.chain >= self._method["chains"] or (spent and state.current is None)

    def save(self, state: State, path: Path) -> None:
        """Everything, the state of the random numbers too."""
        content: dict[str, Any] = {
            "counts": np.array([state.chain, state.evaluations, state.quenches]),
            "wall_seconds": state.wall_seconds,
            "outcomes": np.array(json.dumps(state.outcomes)),
        } | state.minima.to_arrays()
        chain = state.current
        if chain is not None:
            content |= {
                "cycle": chain.cycle,
                "cooling": chain.cooling.to_array(),
                "positions": chain.positions,
                "cell": chain.cell,
                "lengths": chain.lengths,
                "random": np.array(json.dumps(chain.random.bit_generator.state)),
            }
        with replacing(path) as temporary:
            np.savez(temporary, **content)

    def load(self, path: Path) -> State:
        """Read a checkpoint."""
        with np.load(path) as saved:
            n_chains, evaluations, quenches = (int(number) for number in saved["counts"])
            current = None
            if "cycle" in saved:
                random = np.random.default_rng()
                random.bit_generator.state = json.loads(str(saved["random"]))
                current = Chain(
                    int(saved["cycle"]),
                    CoolingState.from_array(saved["cooling"]),
                    *(saved["positions"], saved["cell"], saved["lengths"], random),
                )
            return State(
                chain=n_chains,
                current=current,
                evaluations=evaluations,
                quenches=quenches,
                outcomes=Counter(json.loads(str(saved["outcomes"]))),
                minima=Minima.from_arrays("enthalpy", saved),
                wall_seconds=float(saved["wall_seconds"]),
            )

    def progress(self, state: State) -> tuple[float, float, float, str]:
        """Coolings done and in all, and the best enthalpy."""
        cycles, chain, done = len(self._coolings), state.current, 0.0
        if chain is not None:
            done = chain.cycle + chain.cooling.stage / self._coolings[0].stages
        done = state.chain + done / cycles
        best = state.minima.best
        detail = "" if best is None else f"H/N {best.enthalpy:.6g}, {best.times} times"
        return done, self._method["chains"], state.evaluations / max(done, 1e-9), detail

    def rescue(self, state: State) -> None:
        """Nothing is lost: a chain that fails is rejected by itself."""

    def finish(self, state: State) -> dict[str, Any]:
        """Write final.gsd; return the content of result.json.

        Raises
        ------
        ValueError
            Where no chain has ended in a minimum.
        """
        if state.minima.best is None:
            ends = ", ".join(f"{count} {name}" for name, count in sorted(state.outcomes.items()))
            raise ValueError(
                f"none of {state.quenches} quenches ended in a minimum ({ends}): at pressure"
                f" {self._pressure:g} the potential may have none; expected a core that repels and"
                " attraction or pressure"
            )
        state.minima.write(self._task.folder / "final.gsd")
        return state.minima.summary() | {
            "kT": 0.0,
            "n_particles": self._n,
            "quenches": state.quenches,
            "outcomes": dict(state.outcomes),
            "engine": "search",
            "engine_version": version("numba"),
            "device": "cpu",
            "seed": self._task.seed,
            "wall_seconds": state.wall_seconds,
            "energy_evaluations": state.evaluations,
            "versions": {name: version(name) for name in ("numpy", "numba", "gsd", "signac")},
        }

    # -- details ---------------------------------------------------------------------------------

    def _begin(self, chain: int) -> Chain:
        """A random cell with random particles; each chain has random numbers of its own."""
        random = generator(self._task.seed, f"chain {chain}")
        d = self._dimensions
        while True:
            cell = np.eye(3)
            cell[:d, :d] += 0.4 * random.standard_normal((d, d))
            determinant = np.linalg.det(cell)
            if determinant < 0.0:
                cell[0] *= -1.0
            cell = reduced(cell, d) if abs(determinant) > 0.05 else cell
            volume = abs(determinant)
            if volume > 0.05 and height(cell, d) > 0.5 * volume ** (1.0 / d):
                break
        wanted = self._core_volume * random.uniform(*START_VOLUME)
        cell[:d, :d] *= (wanted / volume) ** (1.0 / d)
        fractional = random.random((self._n, 3))
        fractional[:, d:] = 0.0
        types, _ = particle_types(self._particles, random)
        # The kind of each particle is fixed; where it is, is random.
        fractional = fractional[np.argsort(types, kind="stable")]
        return Chain(
            cycle=0,
            cooling=self._coolings[0].start(),
            positions=np.ascontiguousarray((fractional @ cell).T),
            cell=cell,
            lengths=np.array([0.3 * self._spacing, 0.1]),
            random=random,
        )

    def _types(self) -> np.ndarray:
        counts = [self._particles[name] for name in sorted(self._particles)]
        return np.repeat(np.arange(len(counts)), counts)

    def _advance(self, state: State, chain: Chain) -> None:
        """One stage of cooling; after the last, the quench and the next cycle or chain."""
        cooling = self._coolings[chain.cycle]
        problem = Problem(
            self._types(),
            *(self._kernel.coefficients, self._kernel.forms, chain.cell, self._dimensions),
            *(self._pressure + PUSH * self._n * chain.cooling.kT / self._core_volume, 1.0),
        )
        enthalpies = np.empty(self._sweeps)
        _, evaluations = sweep(
            *(self._kernel.sum(True), problem, chain.positions, chain.cell, chain.lengths),
            *(chain.cooling.kT, LARGEST_VOLUME * self._core_volume, self._sweeps),
            *(chain.random, enthalpies),
        )
        state.evaluations += evaluations
        chain.cooling = cooling.next(chain.cooling, enthalpies)
        if not cooling.finished(chain.cooling):
            return
        self._quench(state, chain)
        chain.cycle += 1
        if chain.cycle < len(self._coolings):
            chain.cooling = self._coolings[chain.cycle].start()
        else:
            state.chain, state.current = state.chain + 1, None

    def _quench(self, state: State, chain: Chain) -> None:
        configuration = self._configuration(chain)
        minimum = minimise(
            self._kernel,
            configuration,
            self._pressure,
            tolerance=TOLERANCE,
            max_evaluations=QUENCH_EVALUATIONS,
        )
        state.evaluations += minimum.evaluations
        state.quenches += 1
        outcome = self._outcome(minimum)
        state.outcomes[outcome.name.lower()] += 1
        if outcome not in (Outcome.COLLAPSED, Outcome.DISPERSED):
            state.minima.add(
                minimum.configuration, minimum.energy, self._pressure, state.evaluations
            )

    def _outcome(self, minimum: Minimum) -> Outcome:
        """How a quench ended; what has lost its volume, or is not bound, is no minimum."""
        if minimum.outcome in (Outcome.COLLAPSED, Outcome.DISPERSED):
            return minimum.outcome
        if minimum.configuration.volume < SMALLEST_VOLUME * self._core_volume:
            return Outcome.COLLAPSED
        # Particles far from each other have no energy at all.
        if self._pressure == 0.0 and minimum.energy >= -UNBOUND * self._n:
            return Outcome.DISPERSED
        return minimum.outcome

    def _configuration(self, chain: Chain) -> Configuration:
        names = sorted(self._particles)
        return in_box(chain.cell, chain.positions.T, self._types(), names, self._dimensions)

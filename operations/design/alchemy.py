"""By alchemy: parameters fluctuate by Monte Carlo between pieces of a simulation.

One step is one piece and the moves after it.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.configuration import Configuration
from analysis.statistics import mean_of
from operations.design.fluctuating import FIRST_WIDTH, Fluctuating, Points
from operations.design.judge import UnderJudge, judged
from operations.design.outcome import conclude
from operations.engines import EngineState, ExplodedError, Sampling, Segment
from operations.jobs import trajectory
from operations.jobs.driver import Task
from operations.jobs.result import Result
from operations.jobs.samples import SAMPLE_COLUMNS
from operations.jobs.seeds import generator
from operations.jobs.state import FINAL
from workspace_schema.methods.design_crystals import Alchemy as Parameters
from workspace_schema.statepoint import StatePoint

FloatArray = NDArray[np.float64]

#: Moves of each parameter after a piece.
MOVES = 10
#: Part of the looks that is equilibration, in which the size of moves is adapted.
EQUILIBRATION = 0.2
#: Bins of the distribution of a parameter.
BINS = 400
#: Error of the mean of a parameter, in units of its bounds, that is small enough.
NEAR = 0.05
#: Looks of the judge during the run; those of equilibration are left out.
JUDGED = 10
#: Part of them that has to be the target, at least.
HELD = 0.5


@dataclass
class State:
    """Where a design is.

    Attributes
    ----------
    engine : EngineState
    x : ndarray, shape (n,)
        Present parameters, in units of their bounds.
    width : ndarray, shape (n,)
        Standard deviation of their moves.
    counts : ndarray, shape (n, BINS)
        How often a parameter was in a bin, after equilibration.
    values : ndarray, shape (looks, n)
        Mean parameters over the moves of a look.
    forces : ndarray, shape (looks, columns)
        As of `Fluctuating.forces`.
    accepted : ndarray, shape (n,)
        Moves, after equilibration.
    held : list of str
        What the judge called the system, after equilibration.
    update : int
        Looks.
    wall_seconds : float
    judge : str
        Name and hash of the labeller.
    compression : int
        Sweeps of a compression that is not complete; -1 where there is none.
    """

    engine: EngineState
    x: FloatArray
    width: FloatArray
    counts: FloatArray
    values: FloatArray
    forces: FloatArray
    accepted: FloatArray
    held: list[str] = field(default_factory=list)
    update: int = 0
    wall_seconds: float = 0.0
    judge: str = ""
    compression: int = -1


class Alchemy(UnderJudge):
    """The design, driven by `operations.jobs.driver`."""

    unit = "looks"
    state = State

    def __init__(self, task: Task) -> None:
        self._task = task
        point = StatePoint.read(task.statepoint, task.extent)
        assert isinstance(point.method, Parameters)
        self._method, self._system = point.method, point.system
        self._dimensions = point.system.dimensions
        self._fluctuating: Fluctuating
        if point.system.building_blocks:
            from operations.design.fluctuating_bodies import Bodies

            self._fluctuating = Bodies(task, point)
        else:
            self._fluctuating = Points(task, point)

    # -- verbs of the driver ---------------------------------------------------------------------

    def start(self) -> State:
        """The target or a fluid; or the design that is lengthened."""
        earlier = self._task.folder / "design.npz"
        if earlier.exists():
            return self.load(earlier)
        engine, x = self._fluctuating.begin()
        size = len(x)
        none = np.zeros((0, size))
        return State(
            engine,
            x,
            np.full(size, FIRST_WIDTH),
            np.zeros((size, BINS)),
            none,
            none,
            np.zeros(size),
            judge=self._judge,
            compression=0 if self._fluctuating.is_dilute(x, engine) else -1,
        )

    def step(self, state: State) -> State:
        """One piece of the simulation, then moves of the parameters; before the first, one chunk of
        a compression."""
        begin = time.monotonic()
        if state.compression >= 0:
            state.engine, state.compression = self._fluctuating.compressed(
                state.x, state.engine, state.compression
            )
            state.wall_seconds += time.monotonic() - begin
            return state
        steps, kT = self._method.steps, self._method.kT
        first = state.update * steps
        last = first + steps
        engine = self._fluctuating.engine(state.x, self._equilibration(state) * steps)
        segment = Segment(first, last, (kT, kT))
        chunk = engine.run(state.engine, segment, last, Sampling(steps, 0, last))
        if not np.isfinite(chunk.samples[:, SAMPLE_COLUMNS.index("potential_energy")]).all():
            raise ExplodedError("non-finite energy")
        state.engine = chunk.state
        self._moved(state, engine.configuration(chunk.state))
        state.update += 1
        state.wall_seconds += time.monotonic() - begin
        return state

    def finished(self, state: State) -> bool:
        """Whether there were enough looks."""
        return state.update >= self._method.updates

    def progress(self, state: State) -> tuple[float, float, float, str]:
        """Looks, and the present parameters."""
        now = self._fluctuating.values(state.x)
        if state.compression >= 0:
            return 0, self._method.updates, 1.0, f"compressing: {state.compression} sweeps"
        detail = "  ".join(f"{name} {value:.4g}" for name, value in now.items())
        return state.update, self._method.updates, 1.0, detail

    def rescue(self, state: State) -> None:
        """Keep the last configuration."""
        last = self._fluctuating.engine(state.x).configuration(state.engine)
        trajectory.write(self._task.folder / "last_good.gsd", [(state.update, last)])

    def finish(self, state: State) -> Result:
        """Write what holds, and the potential of the likeliest parameters."""
        folder = self._task.folder
        self.save(state, folder / "design.npz")
        engine = self._fluctuating.engine(state.x)
        last = engine.configuration(state.engine)
        trajectory.write(folder / FINAL, [(state.update, last)])
        rows = self._rows(state)
        likeliest = np.array([row.pop("x") for row in rows.values()])
        if not self._fluctuating.exists(likeliest):  # each is likely, but not with the others
            likeliest = state.x
        verdict, reason = self._verdict(state, rows)
        details: dict[str, Any] = {
            "by": "alchemy",
            "target": self._method.target,
            "distributions": rows,
            "held": state.held,
            "held_share": self._share(state),
            "judge": state.judge,
            "updates": state.update,
            "steps": state.update * self._method.steps,
            **self._fluctuating.found(likeliest),
        }
        result = Result(
            n_particles=self._system.n_particles,
            engine=engine.name,
            engine_version=engine.version,
            device=engine.device,
            seed=self._task.seed,
            wall_seconds=round(state.wall_seconds, 3),
            energy_evaluations=state.update * self._method.steps,
            number_density=self._method.number_density,
            kT=self._method.kT,
            packages=("numpy", "gsd", "signac", "sympy"),
        )
        tables = self._fluctuating.tables(likeliest)
        return conclude(self._task, result, tables, verdict, reason, details)

    # -- details ---------------------------------------------------------------------------------

    def _equilibration(self, state: State) -> int:
        """Looks of equilibration: a run that is lengthened has those that it had."""
        if len(state.values):
            return state.update - len(state.values)
        return math.ceil(EQUILIBRATION * self._method.updates)

    def _moved(self, state: State, configuration: Configuration) -> None:
        """Moves of the parameters, and what they add to what is known."""
        random = generator(self._task.seed, f"moves {state.update}")
        energies = self._fluctuating.energies(configuration)
        equilibrates = state.update < self._equilibration(state)
        visited, accepted = self._fluctuating.visited(state.x, state.width, energies, random, MOVES)
        state.x = x = visited[-1]
        if equilibrates:
            state.width = np.where(accepted > 0.4 * MOVES, state.width * 1.2, state.width / 1.2)
            state.width = np.clip(state.width, 1e-4, 0.5)
        else:
            for k, column in enumerate(visited.T):
                state.counts[k] += np.histogram(column, BINS, (0.0, 1.0))[0]
            state.values = np.vstack([state.values, visited.mean(axis=0)])
            forces = self._fluctuating.forces(x, energies, state.width)
            state.forces = np.vstack([state.forces.reshape(-1, len(forces)), forces])
            state.accepted = state.accepted + accepted
        every = max(self._method.updates // JUDGED, 1)
        if not equilibrates and (state.update + 1) % every == 0:
            state.held = [*state.held, self._judged(configuration)]

    def _judged(self, configuration: Configuration) -> str:
        return str(judged(self._task, configuration).label)

    def _share(self, state: State) -> float:
        """Part of the looks at which the judge saw the target, turning bodies or not."""
        target = self._method.target
        names = (target, self._fluctuating.plastic + target)
        return sum(label in names for label in state.held) / len(state.held)

    def _rows(self, state: State) -> dict[str, dict[str, Any]]:
        """What is known of each parameter."""
        rows: dict[str, dict[str, Any]] = {}
        edges = np.linspace(0.0, 1.0, BINS + 1)
        moves = MOVES * max(len(state.values), 1)
        known = self._fluctuating
        for k, (name, low, width) in enumerate(
            zip(known.names, known.low.tolist(), known.width.tolist(), strict=True)
        ):
            mean, error = mean_of(state.values[:, k])
            force, force_error = known.force(state.forces, k, state.width) or (None, None)
            spread = float(state.values[:, k].std()) * BINS
            kernel = np.exp(-0.5 * (np.arange(-BINS, BINS + 1) / max(0.3 * spread, 0.5)) ** 2)
            smooth = np.convolve(state.counts[k], kernel)[BINS : 2 * BINS]
            top = int(np.argmax(smooth))
            at = 0.5 * (edges[top] + edges[top + 1])
            density = state.counts[k] / max(state.counts[k].sum(), 1.0) * BINS / width
            rows[name] = {
                "x": at,
                "most_probable": float(low + width * at),
                "mean": low + width * mean,
                "mean_error": width * error,
                "conjugate_force": None if force is None else force / width,
                "conjugate_force_error": None if force_error is None else force_error / width,
                "edges": (low + width * edges).tolist(),
                "density": density.tolist(),
                "accepted": float(state.accepted[k] / moves),
            }
        return rows

    def _verdict(self, state: State, rows: dict[str, dict[str, Any]]) -> tuple[str, str]:
        share = self._share(state)
        if share < HELD:
            seen = ", ".join(f"{name} {n}" for name, n in Counter(state.held).most_common())
            now = ", ".join(f"{k} {v:.4g}" for k, v in self._fluctuating.values(state.x).items())
            return "not found", (
                f"{self._method.target} does not hold: it is seen at {share:.0%} of the looks after"
                f" equilibration ({seen}), the last at {now}"
            )
        for (name, row), width in zip(rows.items(), self._fluctuating.width.tolist(), strict=True):
            if not row["mean_error"] <= NEAR * width:
                return "undecided", f"the mean of {name} is known to {row['mean_error']:.2g} only"
        return "found", ""

"""By alchemy: parameters of a form fluctuate by Monte Carlo between pieces of molecular dynamics.

One step is one piece and the moves after it.
"""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.configuration import Configuration
from analysis.prototypes import crystal
from analysis.statistics import mean_of
from operations.design.judge import UnderJudge, judged
from operations.design.outcome import conclude
from operations.design.pairs import pairs_within
from operations.design.unknowns import Parameters as Cube
from operations.engines import (
    Engine,
    EngineState,
    ExplodedError,
    Integration,
    Sampling,
    Segment,
    wanted,
)
from operations.interactions.model import Model
from operations.interactions.pair_functions import PairFunction
from operations.interactions.start import random_configuration, thermal_velocities
from operations.jobs import trajectory
from operations.jobs.driver import Task
from operations.jobs.result import Result
from operations.jobs.seeds import generator
from operations.jobs.state import FINAL
from workspace_schema.methods.design_crystals import Alchemy as Parameters
from workspace_schema.methods.targets import box_of
from workspace_schema.potentials import Adjustable
from workspace_schema.statepoint import StatePoint

FloatArray = NDArray[np.float64]

#: Moves of each parameter after a piece, and on the perfect crystal before all.
MOVES, FIRST_MOVES = 10, 100
#: Part of the looks that is equilibration, in which the size of moves is adapted.
EQUILIBRATION = 0.2
#: Standard deviation of the first moves, in units of the bounds.
FIRST_WIDTH = 0.1
#: Bins of the distribution of a parameter.
BINS = 400
#: Step of the numerical derivative by a parameter, in units of its bounds.
SMALL = 1e-4
#: Error of the mean of a parameter, in units of its bounds, that is small enough.
NEAR = 0.05
#: Looks of the judge during the run.
JUDGED = 10


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
    values, forces : ndarray, shape (looks, n)
        Mean parameters over the moves of a look, and the conjugate forces -∂U/∂x per particle.
    accepted : ndarray, shape (n,)
        Moves, after equilibration.
    held : list of str
        What the judge called the system.
    update : int
        Looks.
    wall_seconds : float
    judge : str
        Name and hash of the labeller.
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


class Alchemy(UnderJudge):
    """The design, driven by `operations.jobs.driver`."""

    unit = "looks"
    state = State

    def __init__(self, task: Task) -> None:
        self._task = task
        point = StatePoint.read(task.statepoint, task.extent)
        assert isinstance(point.method, Parameters)
        assert point.potential is not None
        self._method, self._system = point.method, point.system
        self._dimensions = point.system.dimensions
        (self._type,) = point.system.types
        potential = point.potential.pair(self._type, self._type)
        assert isinstance(potential, Adjustable)
        self._cube, self._names = Cube(potential), tuple(potential.free)
        self._widths = np.array([high - low for low, high in potential.free.values()])
        # a piece is canonical, however few particles there are
        self._integration = Integration("nvt", point.method.dt, thermostat="langevin")
        self._built: tuple[bytes, Engine] | None = None

    # -- verbs of the driver ---------------------------------------------------------------------

    def start(self) -> State:
        """The target with parameters in the middle; or the design that is lengthened."""
        earlier = self._task.folder / "design.npz"
        if earlier.exists():
            return self.load(earlier)
        n, d, kT = self._system.n_particles, self._system.dimensions, self._method.kT
        x = self._cube.start
        if self._method.target == "fluid":
            start = random_configuration(
                {self._type: n},
                d,
                self._method.number_density,
                {(0, 0): self._cube.function(x)},
                kT,
                generator(self._task.seed, "start"),
            )
        else:
            start = crystal_of(self._method.target, n, self._method.number_density)
            start.type_names = (self._type,)
            # else it would have to hold in the middle of the bounds first
            r, random = (
                pairs_within(start, self._cube.form.r_cut).r,
                generator(self._task.seed, "x"),
            )
            x = self._visited(x, np.full(len(x), FIRST_WIDTH), r, random, FIRST_MOVES)[0][-1]
        start.velocities = thermal_velocities(n, d, kT, generator(self._task.seed, "velocities"))
        size = len(x)
        none = np.zeros((0, size))
        return State(
            self._engine(x).begin(start),
            x,
            np.full(size, FIRST_WIDTH),
            np.zeros((size, BINS)),
            none,
            none,
            np.zeros(size),
            judge=self._judge,
        )

    def step(self, state: State) -> State:
        """One piece of molecular dynamics, then moves of the parameters."""
        begin = time.monotonic()
        steps, kT = self._method.steps, self._method.kT
        first = state.update * steps
        last = first + steps
        engine = self._engine(state.x)
        segment = Segment(first, last, (kT, kT))
        chunk = engine.run(state.engine, segment, last, Sampling(steps, 0, last))
        if not np.isfinite(chunk.samples).all():
            raise ExplodedError("non-finite energy or pressure")
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
        now = self._cube.values(state.x)
        detail = "  ".join(f"{name} {value:.4g}" for name, value in now.items())
        return state.update, self._method.updates, 1.0, detail

    def rescue(self, state: State) -> None:
        """Keep the last configuration."""
        last = self._engine(state.x).configuration(state.engine)
        trajectory.write(self._task.folder / "last_good.gsd", [(state.update, last)])

    def finish(self, state: State) -> Result:
        """Write what holds, and the potential of the likeliest parameters."""
        folder = self._task.folder
        self.save(state, folder / "design.npz")
        engine = self._engine(state.x)
        last = engine.configuration(state.engine)
        trajectory.write(folder / FINAL, [(state.update, last)])
        rows = self._rows(state)
        likeliest = np.array([row.pop("x") for row in rows.values()])
        verdict, reason = self._verdict(state, rows)
        pair = f"{self._type}-{self._type}"
        values = self._cube.values(likeliest)
        details: dict[str, Any] = {
            "by": "alchemy",
            "target": self._method.target,
            "parameters": values,
            "distributions": rows,
            "held": state.held,
            "judge": state.judge,
            "updates": state.update,
            "steps": state.update * self._method.steps,
            "potential": {pair: {"parameters": values}},
            "curves": {pair: self._cube.curve(likeliest)},
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
        table = {pair: self._cube.table(likeliest)}
        return conclude(self._task, result, table, verdict, reason, details)

    # -- details ---------------------------------------------------------------------------------

    def _engine(self, x: FloatArray) -> Engine:
        """The engine of parameters; that of the last ones is kept."""
        key = x.tobytes()
        if self._built is None or self._built[0] != key:
            pairs = {(0, 0): PairFunction(self._cube.form.at(self._cube.values(x)))}
            model = Model(self._system.dimensions, (self._type,), pairs)
            kind = wanted(self._task.settings, model, self._integration)
            device = self._task.settings.get("device", "auto")
            self._built = key, kind(model, self._integration, self._task.seed, device)
        return self._built[1]

    def _energy(self, x: FloatArray, r: FloatArray) -> float:
        """Of pairs at distances, each of which is there twice."""
        form = self._cube.form.at(self._cube.values(x))
        return 0.5 * float(PairFunction(form, sound=True).energy(r).sum())

    def _moved(self, state: State, configuration: Configuration) -> None:
        """Moves of the parameters, and what they add to what is known."""
        random = generator(self._task.seed, f"moves {state.update}")
        r = pairs_within(configuration, self._cube.form.r_cut).r
        equilibrates = state.update < EQUILIBRATION * self._method.updates
        visited, accepted = self._visited(state.x, state.width, r, random, MOVES)
        state.x = x = visited[-1]
        if equilibrates:
            state.width = np.where(accepted > 0.4 * MOVES, state.width * 1.2, state.width / 1.2)
            state.width = np.clip(state.width, 1e-4, 0.5)
        else:
            for k, column in enumerate(visited.T):
                state.counts[k] += np.histogram(column, BINS, (0.0, 1.0))[0]
            state.values = np.vstack([state.values, visited.mean(axis=0)])
            state.forces = np.vstack([state.forces, self._forces(x, r)])
            state.accepted = state.accepted + accepted
        every = max(self._method.updates // JUDGED, 1)
        if (state.update + 1) % every == 0:
            state.held = [*state.held, self._judged(configuration)]

    def _visited(
        self, x: FloatArray, width: FloatArray, r: FloatArray, random: np.random.Generator, n: int
    ) -> tuple[FloatArray, FloatArray]:
        """Parameters after each of n moves of every one, and how many were accepted."""
        energy, seen, accepted = self._energy(x, r), [], np.zeros(len(x))
        for _, k in itertools.product(range(n), range(len(x))):
            trial = x.copy()
            trial[k] += width[k] * random.standard_normal()
            chance = random.random()
            if 0.0 <= trial[k] <= 1.0:
                other = self._energy(trial, r)
                if chance < np.exp(min((energy - other) / self._method.kT, 0.0)):
                    x, energy = trial, other
                    accepted[k] += 1
            seen.append(x)
        return np.array(seen), accepted

    def _forces(self, x: FloatArray, r: FloatArray) -> FloatArray:
        """Conjugate forces -∂U/∂x per particle, x in units of the bounds."""
        found = np.zeros(len(x))
        for k in range(len(x)):
            ends = np.clip(x[k] + np.array([-SMALL, SMALL]), 0.0, 1.0)
            low, high = (self._energy(np.where(np.arange(len(x)) == k, end, x), r) for end in ends)
            found[k] = -(high - low) / (ends[1] - ends[0])
        return found / self._system.n_particles

    def _judged(self, configuration: Configuration) -> str:
        return str(judged(self._task, configuration).label)

    def _rows(self, state: State) -> dict[str, dict[str, Any]]:
        """What is known of each parameter."""
        rows: dict[str, dict[str, Any]] = {}
        edges = np.linspace(0.0, 1.0, BINS + 1)
        bounds = self._cube.form.free
        moves = MOVES * max(len(state.values), 1)
        for k, name in enumerate(self._names):
            low, width = bounds[name][0], self._widths[k]
            mean, error = mean_of(state.values[:, k])
            force, force_error = mean_of(state.forces[:, k])
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
                "conjugate_force": force / width,
                "conjugate_force_error": force_error / width,
                "edges": (low + width * edges).tolist(),
                "density": density.tolist(),
                "accepted": float(state.accepted[k] / moves),
            }
        return rows

    def _verdict(self, state: State, rows: dict[str, dict[str, Any]]) -> tuple[str, str]:
        from analysis.labelling.phases import is_crystal

        target, last = self._method.target, state.held[-1]
        if target != "fluid" and last != target:
            now = ", ".join(f"{k} {v:.4g}" for k, v in self._cube.values(state.x).items())
            return "not found", f"{target} does not hold: it is {last}, at {now}"
        if target == "fluid" and is_crystal(last):
            return "not found", f"the fluid does not hold: it is {last}"
        for (name, row), width in zip(rows.items(), self._widths, strict=True):
            if not row["mean_error"] <= NEAR * width:
                return "undecided", f"the mean of {name} is known to {row['mean_error']:.2g} only"
        return "found", ""


def crystal_of(name: str, n_particles: int, number_density: float) -> Configuration:
    """A crystal of so many particles, in the box of whole cells that is widest; see `box_of`."""
    return crystal(name, box_of(name, n_particles, number_density)[0], number_density)

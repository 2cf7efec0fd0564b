"""A list of simulations, one after the other, each of the same length: what free energies are made
of, and windows of umbrella sampling.

A finished job that is lengthened goes on with each of them. One step is one chunk of one run.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from analysis.configuration import Configuration
from analysis.statistics import FEWEST, is_long
from operations.engines import (
    Chunk,
    Engine,
    EngineError,
    EngineState,
    Integration,
    Sampling,
    Segment,
    wanted,
)
from operations.engines.hard_spheres import HardSpheres
from operations.interactions.model import Model
from operations.jobs import trajectory
from operations.jobs.driver import Task
from operations.jobs.files import part_of, replacing
from operations.jobs.result import QUANTITIES, Result
from operations.jobs.state import FINAL, PREVIOUS
from workspace_schema.statepoint import StatePoint

FloatArray = NDArray[np.float64]

#: Steps or sweeps between two samples.
PERIOD = 20
#: Of a chunk, at most: terms in Python are slow.
CHUNK = 5000
#: Steps between two configurations in which what the cut-off takes away is looked at.
SEEN = 1000
#: Time step in units of 1/ω of Langevin dynamics whose <d²> in a harmonic well is too large by a
#: quarter of its square.
STEP = 0.04
#: Where the states of a job are kept, to be lengthened.
KEPT = "equilibrium.npz"


@dataclass(frozen=True)
class Run:
    """One of the simulations.

    Attributes
    ----------
    model : Model
    integration : Integration
    kT : float
    keeps_frames : bool
        Whether its samples are made of configurations.
    is_seen : bool
        Whether `Runs.beyond` looks at some of them.
    pressure : float
        Of a barostat.
    """

    model: Model
    integration: Integration
    kT: float
    keeps_frames: bool = False
    is_seen: bool = False
    pressure: float = 0.0


@dataclass
class State:
    """Where a job is.

    Attributes
    ----------
    engines : dict of int to EngineState
        Of each run that has begun.
    steps : ndarray of int, shape (runs,)
        Done by each, equilibration included.
    samples : dict of int to ndarray, shape (samples, columns)
        Of each run, without equilibration.
    beyond : ndarray, shape (frames, 2)
        Of configurations of the first run, what a potential without cut-off has more: energy per
        particle and pressure.
    wall_seconds : float
    """

    engines: dict[int, EngineState]
    steps: NDArray[np.int64]
    samples: dict[int, FloatArray] = field(default_factory=dict)
    beyond: FloatArray = field(default_factory=lambda: np.zeros((0, 2)))
    wall_seconds: float = 0.0


class Runs(ABC):
    """Simulations of a job, driven by `operations.jobs.driver`.

    A subclass sets `runs`, and says how one begins and what the samples add up to. Its parameters
    have kT, equilibration_steps and steps.
    """

    unit = "particle-steps"
    #: Key of the result under which the details of the sum stand.
    key = "free_energy"
    #: Which run is that of the configuration of the result.
    shown = 0
    runs: list[Run]
    #: Whether hard spheres take the compiled walk, not an engine of the settings.
    walks_spheres = False
    #: Of the dynamics, in words; Monte Carlo has none.
    time_step = "exact"

    def __init__(self, task: Task) -> None:
        self._task = task
        self.point = StatePoint.read(task.statepoint, task.extent)
        self.method = cast(Any, self.point.method)
        self.n, self.d = self.point.system.n_particles, self.point.system.dimensions
        # every sample falls on a multiple of the period
        period = self.period
        self._equilibration = -(-self.method.equilibration_steps // period) * period
        self._length = self._equilibration + -(-self.method.steps // period) * period
        self._built: dict[int, Engine] = {}

    @abstractmethod
    def begin(self, number: int, engine: Any, state: State) -> EngineState:
        """The start of a run; those before it are done."""

    @abstractmethod
    def add_up(self, state: State) -> tuple[dict[str, Any], dict[str, Any]]:
        """Quantities of the result with their errors (`averages`), and what else it says under
        `key`."""

    @property
    def number_density(self) -> float | None:
        """Of the result."""
        return float(self.method.number_density)

    @property
    def kT(self) -> float:
        """Of the result."""
        return float(self.method.kT)

    @property
    def period(self) -> int:
        """Steps between two samples."""
        return PERIOD

    @property
    def takes_turns(self) -> bool:
        """Whether runs go on period by period, each in its turn, once all are equilibrated."""
        return False

    def read(self, number: int, chunk: Chunk) -> FloatArray:
        """What is kept of the samples of a chunk of a run."""
        return chunk.samples

    def watched(self, number: int, state: State) -> FloatArray | None:
        """Of a run the series whose length decides whether the result has errors; None if it is
        not asked."""
        return None

    def beyond(self, frames: list[Configuration]) -> FloatArray:
        """Of each configuration what a potential without cut-off has more, shape (frames, 2)."""
        return np.zeros((0, 2))

    def advance(
        self, number: int, engine: Any, state: EngineState, step: int, stop: int
    ) -> tuple[EngineState, FloatArray, FloatArray]:
        """A chunk of a run from one step to another: the state after it, what is kept, and what
        `beyond` says of its configurations."""
        run = self.runs[number]
        # the end of all runs is never reached: a sample there would fall between two others
        whole = Segment(0, 10**15, (run.kT, run.kT), (run.pressure, run.pressure))
        produces = step >= self._equilibration
        frames = PERIOD if run.keeps_frames else SEEN if run.is_seen else 0
        chunk = engine.run(state, whole, stop, Sampling(PERIOD, frames if produces else 0, 10**15))
        rows = self.read(number, chunk) if produces else chunk.samples[:0]
        return chunk.state, rows, self.beyond([one for _, one in chunk.frames if run.is_seen])

    # -- verbs of the driver ---------------------------------------------------------------------

    def start(self) -> State:
        """Nothing done; or the job that is lengthened."""
        kept = self._task.folder / KEPT
        if (self._task.folder / PREVIOUS).exists() and kept.exists():
            return self.load(kept)
        return State({}, np.zeros(len(self.runs), dtype=np.int64))

    def step(self, state: State) -> State:
        """One chunk of a run."""
        began = time.monotonic()
        number = self._next(state)
        engine, step = self.engine(number), int(state.steps[number])
        if number not in state.engines:
            state.engines[number] = self.begin(number, engine, state)
        produces = step >= self._equilibration
        end = self._length if produces else self._equilibration
        steps = min(engine.chunk_particle_steps // self.n, CHUNK) // self.period * self.period
        if self._in_turn(state):
            steps = self.period
        stop = min(step + max(steps, self.period), end)
        state.engines[number], rows, beyond = self.advance(
            number, engine, state.engines[number], step, stop
        )
        state.beyond = np.vstack([state.beyond, beyond])
        if produces:
            before = state.samples.get(number, np.zeros((0, rows.shape[1])))
            state.samples[number] = np.vstack([before, rows])
        state.steps[number] = stop
        state.wall_seconds += time.monotonic() - began
        return state

    def finished(self, state: State) -> bool:
        """Whether every run is done."""
        return bool((state.steps >= self._length).all())

    def save(self, state: State, path: Path) -> None:
        """Write a checkpoint."""
        content: dict[str, Any] = {"steps": state.steps, "wall_seconds": state.wall_seconds}
        content["beyond"] = state.beyond
        for number, arrays in state.engines.items():
            content |= {f"engine_{number}_{key}": value for key, value in arrays.items()}
        content |= {f"samples_{number}": rows for number, rows in state.samples.items()}
        with replacing(path) as temporary:
            np.savez(temporary, **content)

    def load(self, path: Path) -> State:
        """Read a checkpoint."""
        with np.load(path) as saved:
            if len(saved["steps"]) != len(self.runs):
                raise EngineError(
                    f"{path.name} has {len(saved['steps'])} simulations of an earlier program;"
                    f" expected {len(self.runs)}: run the job again from the start,"
                    " CAMPAIGN_FORCE=1 project.py exec"
                )
            begun = {int(name.split("_")[1]) for name in saved.files if name.startswith("engine_")}
            samples = part_of(saved, "samples_")
            return State(
                {number: part_of(saved, f"engine_{number}_") for number in begun},
                saved["steps"],
                {int(number): rows for number, rows in samples.items()},
                saved["beyond"] if "beyond" in saved.files else np.zeros((0, 2)),
                float(saved["wall_seconds"]),
            )

    def progress(self, state: State) -> tuple[float, float, float, str]:
        """Steps done and in all, particles, and which run it is."""
        done, total = int(state.steps.sum()), len(self.runs) * self._length
        if self._in_turn(state):
            return done, total, self.n, f"{len(self.runs)} runs in turn"
        number = len(self.runs) if self.finished(state) else self._next(state) + 1
        return done, total, self.n, f"run {number} of {len(self.runs)}"

    def rescue(self, state: State) -> None:
        """Keep the last configuration of the run that fails."""
        number = self._next(state)
        if number in state.engines:
            path = self._task.folder / "last_good.gsd"
            trajectory.write(path, [(int(state.steps[number]), self.last(number, state))])

    def finish(self, state: State) -> Result:
        """Write the last configuration of the run to be shown, and what the samples add up to."""
        self.save(state, self._task.folder / KEPT)
        averages, details = self.add_up(state)
        if words := self._too_short(state):
            averages = {name: mean | {"standard_error": None} for name, mean in averages.items()}
            details |= {"error": None, "too_short": words}
        engine, shown = self.engine(self.shown), self.shown
        last = int(state.steps[shown]), self.last(shown, state)
        trajectory.write(self._task.folder / FINAL, [last])
        quantities = {name: mean["mean"] for name, mean in averages.items()}
        quantities.setdefault("number_density", self.number_density)
        more = {name: quantities.pop(name) for name in set(quantities) - set(QUANTITIES)}
        return Result(
            **quantities,
            n_particles=self.n,
            engine=engine.name,
            engine_version=engine.version,
            device=engine.device,
            seed=self._task.seed,
            wall_seconds=round(state.wall_seconds, 3),
            energy_evaluations=int(state.steps.sum()),
            kT=self.kT,
            packages=("numpy", "gsd", "signac", "scipy"),
        ).more(averages=averages, **more, **{self.key: details})

    def _in_turn(self, state: State) -> bool:
        """Whether runs now take turns."""
        return self.takes_turns and bool((state.steps >= self._equilibration).all())

    def _next(self, state: State) -> int:
        """Which run goes on: the first that is not done, or is furthest behind."""
        if self._in_turn(state):
            return int(np.argmin(state.steps))
        goal = self._equilibration if self.takes_turns else self._length
        return int(np.argmax(state.steps < goal))

    def _too_short(self, state: State) -> str:
        """Which runs are too short for any error, "" if none is."""
        series = {number: self.watched(number, state) for number in range(len(self.runs))}
        short = [k + 1 for k, one in series.items() if one is not None and not is_long(one)]
        if not short:
            return ""
        return (
            f"runs {', '.join(map(str, short))} of {len(self.runs)} are shorter than {FEWEST} of"
            " their autocorrelation times, and nothing has an error: expected more steps"
        )

    # -- pieces of a method ----------------------------------------------------------------------

    def kind(self, model: Model, integration: Integration) -> type[Engine]:
        """The class of the engine for a model and equations of motion, as the settings want it."""
        if self.walks_spheres and model.blocks:
            return cast("type[Engine]", HardSpheres)  # it has the verbs that are asked for here
        return wanted(self._task.settings, model, integration)

    def in_wells(self, model: Model, omega: float, step: float, friction: float) -> Integration:
        """Langevin dynamics with a friction in units of ω, the largest frequency that particles
        meet, and the time step `step`/ω; a smaller one where positions in harmonic wells are not
        exact."""
        integration = self.langevin(model, step / omega, 1.0 / (friction * omega))
        self.time_step = f"{step:g}/omega, exact in harmonic wells"
        if integration.thermostat != "gjf":
            integration, self.time_step = replace(integration, dt=STEP / omega), f"{STEP:g}/omega"
        return integration

    def langevin(self, model: Model, dt: float, thermostat_time: float) -> Integration:
        """Langevin dynamics, exact in harmonic wells where the engine has that."""
        plain = Integration("nvt", dt, "langevin", thermostat_time)
        exact = self.d == 3 and "gjf" in self.kind(model, plain).capabilities
        return replace(plain, thermostat="gjf") if exact else plain

    def engine(self, number: int) -> Engine:
        """The engine of a run. No two have the same noise."""
        if number not in self._built:
            if not self.takes_turns:
                self._built.clear()
            run = self.runs[number]
            kind = self.kind(run.model, run.integration)
            seed = (self._task.seed + 104_729 * number) % 2**31
            device = self._task.settings.get("device", "auto")
            self._built[number] = kind(run.model, run.integration, seed, device)
        return self._built[number]

    def seen(self, state: State) -> FloatArray:
        """What `beyond` says of the first run; of a short one of its last configuration."""
        return state.beyond if len(state.beyond) else self.beyond([self.last(0, state)])

    def last(self, number: int, state: State) -> Configuration:
        """The last configuration of a run."""
        return self.engine(number).configuration(state.engines[number])


def measured(mean: float, error: float) -> dict[str, float | None]:
    """As `averages` in a result have it; an error that is not known is None."""
    return {"mean": mean, "standard_error": known(np.array([error]))[0]}


def known(values: FloatArray) -> list[float | None]:
    """Numbers as a result has them: None where there is none."""
    return [float(x) if np.isfinite(x) else None for x in values]


def start_of(configuration: Configuration, kT: float, random: np.random.Generator) -> Configuration:
    """A configuration with velocities of a temperature."""
    from operations.interactions.start import thermal_velocities

    n, d = configuration.n_particles, configuration.dimensions
    configuration.velocities = thermal_velocities(n, d, kT, random)
    return configuration

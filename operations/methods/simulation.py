"""The run of one job in an engine: chunks, samples, checkpoints, quantities.

What molecular dynamics and Monte Carlo share; the engine and the start are theirs.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import numpy as np

from analysis.configuration import Configuration
from operations.engines import (
    Chunk,
    Engine,
    EngineState,
    Integration,
    Run,
    Sampling,
    Segment,
    choose,
)
from operations.engines.pace import Pace, by_steps
from operations.interactions.model import Model
from operations.interactions.walls import Slit, check_slit
from operations.jobs import samples, trajectory
from operations.jobs.driver import Task
from operations.jobs.files import part_of, replacing
from operations.jobs.result import Result
from operations.jobs.samples import SAMPLE_COLUMNS
from operations.jobs.state import CHECKPOINT
from operations.methods.start_file import read_start
from workspace_schema.inputs import stored_input

#: Name of the column with the pressure normal to walls.
WALL_PRESSURE = "wall_pressure"
#: So many of the last samples are kept for the checks of a run.
RECENT = 50


def watched(before: np.ndarray, new: np.ndarray) -> np.ndarray:
    """The first of all samples and the last `RECENT` ones, from those before and the new ones."""
    rows = np.concatenate([before, new])
    return rows if len(rows) <= RECENT + 1 else np.concatenate([rows[:1], rows[-RECENT:]])


@dataclass
class RunState:
    """Where a run is.

    Attributes
    ----------
    engine : EngineState
    step : int
    n_samples, n_frames : int
        Thermodynamic samples and frames so far; they are in files of their own.
    watched : ndarray, shape (n, columns)
        The first sample and the last ones, which the checks of a run look at, columns
        `Model.columns`.
    wall_seconds : float
    samples : ndarray, shape (n, columns)
        Samples of the last chunk, not yet written.
    frames : list
        Frames of the last chunk, not yet written.
    notes : dict of str to ndarray
        What a method keeps beside, in the checkpoint too.
    """

    engine: EngineState
    step: int
    n_samples: int
    n_frames: int
    watched: np.ndarray
    wall_seconds: float
    samples: np.ndarray = field(default_factory=lambda: np.empty(0))
    frames: list[tuple[int, Configuration]] = field(default_factory=list)
    notes: dict[str, np.ndarray] = field(default_factory=dict)


#: A chunk of a method, seen from outside: engines are asked for runs.
Steps = Generator[Run, Chunk, RunState]


class Simulation(ABC):
    """A model in an engine; a method adds both (`use`), the start, which segment follows, when it
    is over, and the products.

    Parameters
    ----------
    task : Task
    total : int
        Steps of the whole run.
    """

    unit = "particle-steps"
    engine: Any
    #: Steps of a chunk at least, however many particles there are.
    least_chunk = 1

    def __init__(self, task: Task, total: int) -> None:
        self._task = task
        self._method = task.statepoint["method"]
        self._system = task.statepoint["system"]
        self._n = sum(self._system["particles"].values())
        self._total = total
        self._pace = Pace()
        #: Between walls, where the particles are in their box.
        self._slit: Slit | None = None
        self._open = self._system["boundary"] == "open"
        log_period = int(task.settings.get("log_period", 100))
        frames = int(task.settings.get("frames", 50))
        # Every frame falls on a sample, so that it can carry its energy and pressure.
        frame_period = max(total // frames // log_period, 1) * log_period if frames else 0
        self._sampling = Sampling(log_period, frame_period, total)

    # -- pieces of a method ----------------------------------------------------------------------

    def use(self, model: Model, integration: Integration) -> Engine:
        """The engine for a model and equations of motion, as the settings want it; auto goes on
        with the one that wrote the checkpoint.

        Raises
        ------
        EngineError
            If no such engine can do it.
        """
        device = self._task.settings.get("device", "auto")
        kind = choose(self._engine_name(), model, integration, device)
        self.model = model
        return kind(model, integration, self._task.seed, device)

    def begin(self, kT: float) -> RunState:
        """The state that begins at a temperature."""
        raise NotImplementedError

    def begin_at(self, engine_state: EngineState) -> RunState:
        """The state of a run that begins; what an earlier one has left is removed."""
        for file in (trajectory.FILE, samples.FILE):
            (self._task.folder / file).unlink(missing_ok=True)
        return RunState(
            engine=engine_state,
            step=0,
            n_samples=0,
            n_frames=0,
            watched=self.no_samples(),
            wall_seconds=0.0,
        )

    def no_samples(self) -> np.ndarray:
        """An empty table of samples."""
        return np.empty((0, len(self.model.columns)))

    def samples(self) -> np.ndarray:
        """All samples that are in the file, shape (n, columns)."""
        return samples.read(self._task.folder / samples.FILE, len(self.model.columns))

    @abstractmethod
    def stepping(self, state: RunState) -> Steps:
        """One chunk further, as what it asks an engine for: it is given the chunk, and returns the
        next state."""

    def step(self, state: RunState) -> RunState:
        """One chunk further."""
        way = self.stepping(state)
        try:
            run = next(way)
            while True:
                run = way.send(run.engine.run(run.state, run.segment, run.stop, run.sampling))
        except StopIteration as end:
            return cast("RunState", end.value)

    def advance(self, state: RunState, segment: Segment) -> Steps:
        """One chunk in a segment, as long as `Pace` says; see `stepping`."""
        begin = time.monotonic()
        chunk_steps = self._pace.steps(self.engine, self._n, self.least_chunk)
        if hasattr(self.engine, "most_steps"):
            chunk_steps = min(chunk_steps, self.engine.most_steps(self._n, self._sampling))
        last = state.step
        if by_steps(self.engine):  # where chunks end does not depend on where one began
            last -= (state.step - segment.start) % chunk_steps
        stop = min(last + chunk_steps, segment.stop)
        chunk = yield Run(self.engine, state.engine, segment, stop, self._sampling)
        self._pace.took(stop - state.step, time.monotonic() - begin)
        seen = watched(state.watched, chunk.samples)
        self.check(segment, seen)
        rows = {int(row[0]): row for row in chunk.samples}
        for step, configuration in chunk.frames:
            configuration.log = self._quantities(rows[step])
        return RunState(
            engine=chunk.state,
            step=stop,
            n_samples=state.n_samples + len(chunk.samples),
            n_frames=state.n_frames + len(chunk.frames),
            watched=seen,
            wall_seconds=state.wall_seconds + time.monotonic() - begin,
            samples=chunk.samples,
            frames=chunk.frames,
            notes=state.notes,
        )

    def compress(self, state: RunState) -> RunState:
        """One chunk before the first step, while there is a note "compression", its steps."""
        raise NotImplementedError

    def compressed(self, state: RunState, engine: EngineState, steps: int | None) -> RunState:
        """What a chunk of the compression has led to; None where it is over."""
        notes = dict(state.notes)
        del notes["compression"]
        if steps is not None:
            notes["compression"] = np.asarray(steps)
        return replace(state, engine=engine | {"step": np.asarray(0)}, notes=notes)

    def check(self, segment: Segment, rows: np.ndarray) -> None:  # noqa: B027 - some have nothing to say
        """Raise ExplodedError where samples (the first and the last ones) say that a run fails."""

    def write_thermo(self, state: RunState) -> None:
        """Write thermo.npz: all samples by the names of the products."""
        rows = self.samples()
        thermo: dict[str, Any] = {"step": rows[:, 0]} | self._series(rows)
        with replacing(self._task.folder / "thermo.npz") as temporary:
            np.savez_compressed(temporary, **thermo, wall_seconds=state.wall_seconds)

    def result(self, state: RunState, **quantities: Any) -> Result:
        """The result of a run with these quantities."""
        shared = getattr(self.engine, "together", 1)
        return Result(
            **quantities,
            n_particles=self._n,
            engine=self.engine.name,
            engine_version=self.engine.version,
            device=self.engine.device,
            seed=self._task.seed,
            wall_seconds=state.wall_seconds,
            energy_evaluations=state.step,
            packages=("numpy", "gsd", "signac", "sympy"),
            details={"steps": state.step} | ({"together": shared} if shared > 1 else {}),
        )

    def imposed_pressure(self, steps: np.ndarray) -> np.ndarray:
        """Pressure of the barostat at steps, shape (n,)."""
        raise NotImplementedError

    # -- verbs of the driver ---------------------------------------------------------------------

    def save(self, state: RunState, path: Path) -> None:
        """Append the new frames and samples, then write the checkpoint that counts them."""
        folder = self._task.folder
        if state.frames:
            trajectory.append(folder / trajectory.FILE, state.frames)
        if len(state.samples):
            samples.append(folder / samples.FILE, state.samples)
        content: dict[str, Any] = {
            "step": state.step,
            "n_samples": state.n_samples,
            "n_frames": state.n_frames,
            "watched": state.watched,
            "wall_seconds": state.wall_seconds,
            "engine_name": self.engine.name,
            "columns": np.array(self.model.columns),
        }
        content |= {f"engine_{key}": value for key, value in state.engine.items()}
        content |= {f"note_{key}": value for key, value in state.notes.items()}
        with replacing(path) as temporary:
            np.savez(temporary, **content)

    def load(self, path: Path) -> RunState:
        """Read a checkpoint; frames and samples that it does not know are dropped."""
        with np.load(path) as saved:
            engine = part_of(saved, "engine_")
            name = str(engine.pop("name"))
            if name != self.engine.name:
                raise ValueError(
                    f"written by {name}, but the engine here is {self.engine.name}; set engine:"
                    f" {name}"
                )
            state = RunState(
                engine=engine,
                step=int(saved["step"]),
                n_samples=int(saved["n_samples"]),
                n_frames=int(saved["n_frames"]),
                watched=saved["watched"],
                wall_seconds=float(saved["wall_seconds"]),
                notes=part_of(saved, "note_"),
            )
        trajectory.keep(self._task.folder / trajectory.FILE, state.n_frames)
        columns = len(self.model.columns)
        samples.keep(self._task.folder / samples.FILE, state.n_samples, columns)
        return state

    def progress(self, state: RunState) -> tuple[float, float, float, str]:
        """Steps done and in all, particles, and the last sample or where a compression is."""
        detail = ""
        if "compression" in state.notes:
            now = self._n / self.room(self.engine.configuration(state.engine).volume)
            detail = f"compressing: density {now:.4g}"
        elif len(state.watched):
            _, kT, energy, _, volume = state.watched[-1][:5]
            density = self._n / self.room(volume)
            detail = f"kT {kT:.3g}  U/N {energy:.4g}  density {density:.3g}"
        return state.step, self._total, self._n, detail

    def rescue(self, state: RunState) -> None:
        """Keep the last good configuration of a run that fails."""
        configuration = self.engine.configuration(state.engine)
        trajectory.write(self._task.folder / "last_good.gsd", [(state.step, configuration)])

    def room(self, volume: float) -> float:
        """Volume in which the particles are in a box of a volume: between its walls."""
        return volume if self._slit is None else volume * self._slit.share

    # -- details ---------------------------------------------------------------------------------

    def _engine_name(self) -> str:
        """The name asked for, or that in the checkpoint."""
        name = str(self._task.settings.get("engine", "auto"))
        kept = self._kept(CHECKPOINT, "engine_name") if name == "auto" else None
        return name if kept is None else str(kept)

    def _kept(self, file: str, name: str) -> np.ndarray | None:
        """One array of an archive of the job, whose others are not read; None where there is none:
        a damaged file is for `load` to complain about."""
        with suppress(Exception), np.load(self._task.folder / file) as saved:
            return np.asarray(saved[name])
        return None

    def _from_file(self, sha256: str) -> Configuration:
        configuration = read_start(stored_input(self._task.root, sha256), self._system)
        if self._slit is not None:
            check_slit(configuration, self._slit)
        if "number_density" in self._method:
            factor = (configuration.number_density / self._method["number_density"]) ** (
                1 / configuration.dimensions
            )
            configuration.positions *= factor
            configuration.box[: configuration.dimensions] *= factor
        return configuration

    def _quantities(self, row: np.ndarray) -> dict[str, float]:
        """Thermodynamic quantities of one sample, by the names of the products."""
        return {name: float(values[0]) for name, values in self._series(row[None]).items()}

    def _series(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Samples by the names of the products; enthalpy uses the measured pressure in nvt and
        nve, the imposed one in npt. An open system has no volume, and nothing that needs one."""
        step, kT, energy, pressure, volume, *terms = rows.T
        if self._slit is not None:
            volume = volume * self._slit.share
            known = dict(zip(self.model.columns[len(SAMPLE_COLUMNS) :], terms, strict=True))
            pressure = known.get(WALL_PRESSURE, pressure)
        imposed = pressure
        if self._method["ensemble"] == "npt":
            imposed = self.imposed_pressure(step)
        series = {"kT": kT, "energy_per_particle": energy}
        series |= dict(zip(self.model.columns[len(SAMPLE_COLUMNS) :], terms, strict=True))
        if self._open:
            return series
        return series | {
            "enthalpy_per_particle": energy + imposed * volume / self._n,
            "pressure": pressure,
            "number_density": self._n / volume,
        }

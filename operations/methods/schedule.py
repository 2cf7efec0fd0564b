"""Runs along a schedule: equilibration, each piece of a ramp of kT and pressure, production."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from analysis.configuration import Configuration
from analysis.statistics import SHORTEST, correlated_mean
from operations.engines import Segment
from operations.jobs import samples, trajectory
from operations.jobs.driver import Task
from operations.jobs.files import read_json
from operations.jobs.progress import say
from operations.jobs.result import AT_KT, QUANTITIES, Result
from operations.jobs.samples import SAMPLE_COLUMNS
from operations.jobs.seal import broken
from operations.jobs.state import FINAL, PREVIOUS
from operations.methods.simulation import RunState, Simulation, Steps, watched


def knots(value: float | list[float]) -> list[float]:
    """A ramp's knots; a constant is a ramp with two equal ones."""
    return [float(v) for v in value] if isinstance(value, list) else [float(value)] * 2


def schedule(method: dict[str, Any], production_steps: int) -> list[Segment]:
    """The stretches of a run: equilibration, each piece of the ramp, production."""
    kT, pressure = knots(method.get("kT", 0.0)), knots(method.get("pressure", 0.0))
    steps, equilibration = int(method["steps"]), int(method.get("equilibration_steps", 0))
    turns = np.unique(
        np.concatenate([np.rint(np.linspace(0, steps, len(v))) for v in (kT, pressure)])
    ).astype(int)

    def value(values: list[float], step: int) -> float:
        return float(np.interp(step, np.linspace(0, steps, len(values)), values))

    pieces = [(0, equilibration, 0, 0)]
    pieces += [(equilibration + a, equilibration + b, a, b) for a, b in pairwise(turns)]
    pieces.append((equilibration + steps, equilibration + steps + production_steps, steps, steps))
    return [
        Segment(
            int(start),
            int(stop),
            (value(kT, a), value(kT, b)),
            (value(pressure, a), value(pressure, b)),
        )
        for start, stop, a, b in pieces
        if stop > start
    ]


def hottest(method: dict[str, Any]) -> float:
    """Highest kT of a schedule."""
    return max(knots(method["kT"]))


class Scheduled(Simulation):
    """A `Simulation` whose method has a schedule (`workspace_schema.methods.schedule`).

    The other base of a method gives the engine and `begin`.
    """

    def __init__(self, task: Task, *arguments: Any) -> None:
        self._production = int(task.extent.get("production_steps", 0))
        self._segments = schedule(task.statepoint["method"], self._production)
        super().__init__(task, self._segments[-1].stop, *arguments)

    # -- verbs of the driver ---------------------------------------------------------------------

    def start(self) -> RunState:
        """Equilibrium velocities on the starting configuration, or a finished run's last frame."""
        previous, final = (self._task.folder / name for name in (PREVIOUS, FINAL))
        if previous.exists() and final.exists():
            wrong = broken(read_json(previous), self._task.folder)
            if wrong:
                raise ValueError(f"{previous} {wrong}; to begin anew delete {FINAL} beside it")
            return self._lengthen(final)
        return self.begin(self._segments[0].kT[0])

    def stepping(self, state: RunState) -> Steps:
        """One chunk, never across two segments; before the first, of a compression."""
        if "compression" in state.notes:
            begin = time.monotonic()
            state = self.compress(state)
            return replace(state, wall_seconds=state.wall_seconds + time.monotonic() - begin)
        segment = next(s for s in self._segments if s.start <= state.step < s.stop)
        return (yield from self.advance(state, segment))

    def finished(self, state: RunState) -> bool:
        """Whether every segment is done."""
        return state.step >= self._total

    def finish(self, state: RunState) -> Result:
        """Write final.gsd and thermo.npz."""
        folder = self._task.folder
        rows = self.samples()
        production = rows[rows[:, 0] > self._total - self._production]
        averages = {
            name: _without_nan(vars(correlated_mean(values)))
            for name, values in self._series(production).items()
            if len(production) >= 8
        }
        final = self._quantities(rows[-1])
        answer: dict[str, Any] = final | {name: mean["mean"] for name, mean in averages.items()}
        if not averages and not self._open:
            # The pressure of one configuration is noise; so is an enthalpy with it.
            known = self._method["ensemble"] == "npt"
            answer["pressure"] = float(self.imposed_pressure(rows[-1, 0])) if known else None
            answer["enthalpy_per_particle"] = final["enthalpy_per_particle"] if known else None
        configuration = self.engine.configuration(state.engine)
        configuration.log = final
        trajectory.write(folder / "final.gsd", [(state.step, configuration)])
        self.write_thermo(state)
        others = {name: answer.pop(name) for name in answer.keys() - set(QUANTITIES)}
        needed = self._steps_needed(averages)
        if needed:
            others["production_steps_needed"] = needed
            say(
                "production is too short for error bars of"
                f" {', '.join(sorted(n for n, mean in averages.items() if _unknown(mean)))}:"
                f" at least production_steps: {needed}, as far as so few samples tell"
            )
        others |= self._outside()
        if self._method["ensemble"] == "npt":
            others["barostat"] = AT_KT
        return self.result(state, **answer).more(**others, averages=averages)

    def _outside(self) -> dict[str, Any]:
        """How many frames leave the domain that a many-body potential was fitted to."""
        many_body, file = self.model.many_body, self._task.folder / trajectory.FILE
        if many_body is None:
            return {}
        frames = trajectory.read(file) if file.exists() else []
        n, fit = many_body.n_outside(frames), many_body.data.fit
        if n:
            say(
                f"{n} of {len(frames)} frames have particles closer than the potential was fitted"
                f" to, or another number density than {fit.densities}; fit it to such frames, too"
            )
        return {"frames_outside_fit": n, "fit": fit.model_dump(mode="json")}

    def _steps_needed(self, averages: dict[str, Any]) -> int:
        """Steps of production for an error bar of every average, with two digits; 0 where each has
        one."""
        times = [m["autocorrelation_time"] for m in averages.values() if _unknown(m)]
        if not times:
            return 0
        steps = SHORTEST * max(times) * self._sampling.log_period
        unit = 10 ** max(math.floor(math.log10(steps)) - 1, 0)
        return math.ceil(steps / unit) * unit

    def imposed_pressure(self, steps: np.ndarray) -> np.ndarray:
        """Pressure of the barostat at steps, shape (n,)."""
        turns = [s.start for s in self._segments] + [self._segments[-1].stop]
        values = [s.pressure[0] for s in self._segments] + [self._segments[-1].pressure[1]]
        return np.interp(steps, turns, values)

    # -- details ---------------------------------------------------------------------------------

    def _lengthen(self, previous: Path) -> RunState:
        """Go on from the products of a finished run (its last frame, in single precision)."""
        configuration = Configuration.read(previous)
        with np.load(self._task.folder / "thermo.npz") as thermo:
            series = {key: thermo[key] for key in thermo.files}
        nothing = np.zeros_like(series["step"])
        density = series.get("number_density")
        rows = np.stack(
            [
                series["step"],
                series["kT"],
                series["energy_per_particle"],
                series.get("pressure", nothing),
                nothing if density is None else self._n / density / self.room(1.0),
                *(series[name] for name in self.model.columns[len(SAMPLE_COLUMNS) :]),
            ],
            axis=1,
        )
        samples.keep(self._task.folder / samples.FILE, 0)
        samples.append(self._task.folder / samples.FILE, rows)
        step = int(rows[-1, 0])
        return RunState(
            engine=self.engine.begin(configuration, step),
            step=step,
            n_samples=len(rows),
            n_frames=trajectory.keep_until(self._task.folder / trajectory.FILE, step),
            watched=watched(self.no_samples(), rows),
            wall_seconds=float(series["wall_seconds"]),
        )


def _unknown(mean: dict[str, Any]) -> bool:
    """Whether an average has a correlation time, but too few samples for an error bar."""
    return mean["standard_error"] is None and mean["autocorrelation_time"] is not None


def _without_nan(content: dict[str, Any]) -> dict[str, Any]:
    """NaN as None, for JSON."""
    return {key: None if value != value else value for key, value in content.items()}

"""Runs from random starts, what the judge says of their ends, and the result of a design whose
potential three of them have tried."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.configuration import Configuration
from operations.design.judge import UnderJudge, judged
from operations.design.outcome import conclude
from operations.design.unknowns import Together
from operations.engines import ExplodedError
from operations.jobs import trajectory
from operations.jobs.driver import Task
from operations.jobs.result import Result
from operations.jobs.state import FINAL
from operations.methods.forward import Forward
from workspace_schema.canonical import canonical
from workspace_schema.methods.design_crystals import Judged
from workspace_schema.methods.forward import Forward as Schema
from workspace_schema.methods.ramp import knots
from workspace_schema.potentials import Sought, TableData
from workspace_schema.statepoint import StatePoint

#: Independent runs of the potential that is found, and how many must assemble.
REPLICAS, MOST_OF_THEM = 3, 2


@dataclass(frozen=True)
class Seen:
    """What a run came to.

    Attributes
    ----------
    probability : float
        Mean over the particles that they are of the target.
    label : str
    exploded : str
        Why there is none; empty where there is.
    configuration : Configuration, optional
    engine : tuple of str
        Name, version and device.
    """

    probability: float
    label: str
    exploded: str = ""
    configuration: Configuration | None = None
    engine: tuple[str, ...] = ()


def seen_at_the_end(
    task: Task | None,
    tables: dict[str, TableData] | str,
    potentials: dict[tuple[int, int], tuple[str, Sought]],
    target: str,
) -> Seen:
    """Run from a random start, and look at the end."""
    from operations.interactions.pair_functions import PairFunction

    if task is None or isinstance(tables, str):
        return Seen(0.0, "", str(tables))
    functions = {
        types: PairFunction(potential, data=tables[pair])
        for types, (pair, potential) in potentials.items()
    }
    try:
        run = Forward(task, functions)
        state = run.start()
        while not run.finished(state):
            state = run.step(state)
    except (ExplodedError, ValueError) as error:
        return Seen(0.0, "", str(error))
    configuration = run.engine.configuration(state.engine)
    labels = judged(task, configuration)
    probability = 0.0
    if target in labels.phase_names:
        probability = float(labels.probabilities[:, labels.phase_names.index(target)].mean())
    engine = (run.engine.name, run.engine.version, run.engine.device)
    return Seen(probability, labels.label, "", configuration, engine)


def run_of(task: Task, own: Judged, text: str) -> Task:
    """The task of a run, as a job of method `forward` would have it, whose random numbers follow
    from a text."""
    shared = ("kT", "pressure", "number_density", "equilibration_steps", "steps", "dt")
    method = {key: getattr(own, key) for key in shared}
    ensemble = "nvt" if own.pressure is None else "npt"
    schema = Schema.model_validate({"name": "forward", "ensemble": ensemble} | method)
    point = {key: value for key, value in task.statepoint.items() if key != "potential"}
    return replace(
        task,
        id=hashlib.md5(text.encode(), usedforsecurity=False).hexdigest(),
        folder=task.folder / "run",
        statepoint=point | {"method": canonical(schema)},
        extent={},
        settings=task.settings | {"frames": 0},
    )


def replica(task: Task, number: int, seen: Seen) -> dict[str, Any]:
    """What the result says of a replica; its configuration is a file until the end."""
    file = _replica_file(task, number)
    file.unlink(missing_ok=True)
    if seen.configuration is not None:
        trajectory.write(file, [(0, seen.configuration)])
    return {"probability": seen.probability, "label": seen.label, "exploded": seen.exploded}


def assembled(replicas: Sequence[dict[str, Any]], target: str) -> int:
    """How many replicas have the label of the target."""
    return sum(one["label"] == target for one in replicas)


def write_replicas(task: Task, replicas: Sequence[dict[str, Any]]) -> list[Configuration]:
    """Write the ends of replicas as the answer of the job, the likeliest first."""
    order = sorted(range(len(replicas)), key=lambda k: -float(replicas[k]["probability"]))
    kept = [_replica_file(task, k) for k in order]
    frames = [Configuration.read(file) for file in kept if file.exists()]
    trajectory.write(task.folder / FINAL, list(enumerate(frames)))
    for file in kept:
        file.unlink(missing_ok=True)
    return frames


class JudgedDesign(UnderJudge):
    """What designs share whose potential is tried by replicas in the end.

    Their states have `replicas`, `history`, `engine` and `wall_seconds`.
    """

    def __init__(self, task: Task) -> None:
        self._task = task
        point = StatePoint.read(task.statepoint, task.extent)
        assert isinstance(point.method, Judged)
        assert point.potential is not None
        self._method = point.method
        self._n, self._dimensions = point.system.n_particles, point.system.dimensions
        self._spacing = point.method.number_density ** (-1.0 / self._dimensions)
        unit = max(knots(point.method.kT))
        self._unknowns = Together(point.potential, point.system.types, self._spacing, unit)

    @property
    def steps_of_a_run(self) -> int:
        """Of each run that is judged."""
        return int(self._method.equilibration_steps + self._method.steps)

    def words(self, state: Any) -> str:
        """How many replicas have assembled."""
        return f"assembled {assembled(state.replicas, self._method.target)} of {REPLICAS}"

    def result(
        self,
        state: Any,
        x: NDArray[np.float64],
        verdict: str,
        reason: str,
        details: dict[str, Any],
        evaluations: int,
        packages: tuple[str, ...],
    ) -> Result:
        """Write the replicas and, where one is found, the potential at a point of the unit cube;
        what the result says of them beside `details`."""
        frames = write_replicas(self._task, state.replicas)
        engine = (*state.engine, None, None, None)[:3]
        result = Result(
            n_particles=self._n,
            engine=engine[0],
            engine_version=engine[1],
            device=engine[2],
            seed=self._task.seed,
            wall_seconds=round(state.wall_seconds, 3),
            energy_evaluations=evaluations,
            number_density=frames[0].number_density if frames else None,
            kT=knots(self._method.kT)[-1],
            packages=("numpy", *packages, "gsd", "signac", "sympy"),
        )
        found = self._unknowns.found(x)
        shared: dict[str, Any] = {
            "by": self._method.by,
            "target": self._method.target,
            "assembled": self.words(state),
            "replicas": state.replicas,
            "history": state.history,
            "judge": state.judge,
            "potential": self._unknowns.described(x),
        }
        if "parameters" in found:
            shared["parameters"] = found["parameters"]
        tables = self._unknowns.tables(x)
        return conclude(self._task, result, tables, verdict, reason, shared | details)


def _replica_file(task: Task, number: int) -> Path:
    return task.folder / f"replica.{number}.gsd"

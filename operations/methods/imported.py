"""Configurations from elsewhere (another code, an experiment): straight to the labels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from analysis.configuration import Configuration
from analysis.formats import read_configuration
from operations.jobs import trajectory
from operations.jobs.driver import Task
from operations.jobs.files import read_json
from operations.jobs.result import QUANTITIES, Result
from operations.jobs.state import DOCUMENT


@dataclass
class State:
    """The configuration, which is the answer already."""

    configuration: Configuration


class Imported:
    """Copies a configuration file of the campaign into the job's products."""

    unit = "files"

    def __init__(self, task: Task) -> None:
        self._task = task

    def start(self) -> State:
        """Read the file."""
        sha256 = self._task.statepoint["method"]["sha256"]
        found = sorted((self._task.root / "inputs").glob(f"{sha256}*"))
        if not found:
            raise ValueError(f"inputs/{sha256}* is missing; run init.py again with the files")
        dimensions = self._task.statepoint["system"]["dimensions"]
        configuration = read_configuration(found[0], dimensions, self._source())
        return State(configuration)

    def _source(self) -> str:
        document = read_json(self._task.folder / DOCUMENT)
        return str(document.get("source", self._task.statepoint["method"]["sha256"]))

    def step(self, state: State) -> State:
        """Nothing to do."""
        return state

    def finished(self, state: State) -> bool:
        """Always."""
        return True

    def save(self, state: State, path: Path) -> None:
        """Nothing to keep: reading the file again is as fast."""

    def load(self, path: Path) -> State:
        """Read the file again."""
        return self.start()

    def progress(self, state: State) -> tuple[float, float, float, str]:
        """One file of one."""
        return 1, 1, 1, ""

    def rescue(self, state: State) -> None:
        """Nothing can fail after the start."""

    def finish(self, state: State) -> Result:
        """Write final.gsd."""
        configuration = state.configuration
        trajectory.write(self._task.folder / "final.gsd", [(0, configuration)])
        known: dict[str, Any] = {name: configuration.log.get(name) for name in QUANTITIES}
        known["number_density"] = configuration.number_density if configuration.periodic else None
        return Result(
            **known,
            n_particles=configuration.n_particles,
            engine="imported",
            engine_version=None,
            device=None,
            seed=self._task.seed,
            wall_seconds=0.0,
            energy_evaluations=0,
            details={"source": self._source()},
        )

"""Configurations from elsewhere (another code, an experiment): straight to the labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.configuration import METRES
from analysis.formats import Contents, read_contents
from operations.jobs import trajectory
from operations.jobs.driver import Task
from operations.jobs.files import read_json
from operations.jobs.result import QUANTITIES, Result
from operations.jobs.state import DOCUMENT, FINAL
from workspace_schema.inputs import stored_input
from workspace_schema.methods.imported import Imported as Parameters

if TYPE_CHECKING:
    from workspace_schema.points import Point


@dataclass
class Reading:
    """What the file holds, which is the answer already."""

    contents: Contents


class Imported:
    """Copies a configuration file of the campaign into the job's products."""

    unit = "files"

    def __init__(self, task: Task) -> None:
        self._task = task

    def start(self) -> Reading:
        """Read the file."""
        try:
            file = stored_input(self._task.root, self._task.statepoint["method"]["sha256"])
        except FileNotFoundError as error:
            raise ValueError(f"{error}; run init.py again with the files") from None
        source = self._source()
        return Reading(_read(self._task.statepoint, file, source if source else file.name))

    def _source(self) -> str:
        return str(read_json(self._task.folder / DOCUMENT).get("source", ""))

    def step(self, state: Reading) -> Reading:
        """Nothing to do."""
        return state

    def finished(self, state: Reading) -> bool:
        """Always."""
        return True

    def save(self, state: Reading, path: Path) -> None:
        """Nothing to keep: reading the file again is as fast."""

    def load(self, path: Path) -> Reading:
        """Read the file again."""
        return self.start()

    def progress(self, state: Reading) -> tuple[float, float, float, str]:
        """One file of one."""
        return 1, 1, 1, ""

    def rescue(self, state: Reading) -> None:
        """Nothing can fail after the start."""

    def finish(self, state: Reading) -> Result:
        """Write final.gsd, and trajectory.gsd of all frames."""
        frames = state.contents.frames
        configuration = frames[-1]
        if self._task.statepoint["method"].get("frame") == "all":
            trajectory.write(self._task.folder / trajectory.FILE, list(enumerate(frames)))
        trajectory.write(self._task.folder / FINAL, [(0, configuration)])
        known: dict[str, Any] = {name: configuration.log.get(name) for name in QUANTITIES}
        # beside vacuum the box says nothing
        known["number_density"] = configuration.number_density if state.contents.bounded else None
        return Result(
            **known,
            n_particles=configuration.n_particles,
            engine="imported",
            engine_version=None,
            device=None,
            seed=self._task.seed,
            wall_seconds=0.0,
            energy_evaluations=0,
            details={
                "n_frames": len(frames),
                "unit_in_metres": configuration.log.get(METRES),
                "source": self._source() or self._task.statepoint["method"]["sha256"],
                "notes": state.contents.notes,
            },
        )


def check_files(points: Iterable[Point], inputs: Mapping[str, Path]) -> tuple[list[str], list[str]]:
    """Read the files of jobs to be made, each once, before there is a job.

    Parameters
    ----------
    points : iterable of Point
        Those of other methods are passed over.
    inputs : mapping of str to Path
        Files by the SHA-256 of their content.

    Returns
    -------
    problems, notes : list of str
        What is wrong with files, and what was decided in reading them; each begins with the name.
    """
    problems: dict[str, None] = {}
    notes: dict[str, None] = {}
    for point in points:
        method = point.statepoint["method"]
        if method["name"] != "imported":
            continue
        file = inputs[method["sha256"]]
        source = point.source or file.name
        try:
            contents = _read(point.statepoint, file, source)
        except (ValueError, OSError) as error:
            problems[str(error)] = None
        else:
            notes |= {f"{source}: {note}": None for note in contents.notes}
    return list(problems), list(notes)


def _read(statepoint: Mapping[str, Any], file: Path, source: str) -> Contents:
    how = Parameters.model_validate(statepoint["method"])
    return read_contents(file, statepoint["system"]["dimensions"], source, how)

"""The one driver of every method: chunks, checkpoints, deadlines, progress, attempts, products.

A method is a class with a few verbs (`Method`) that turns a state into the next one; everything
around that is here. Exceptions end here too: they become `failed.json`, so that one job never
stops a campaign.

Several jobs may be driven side by side in one process (`side_by_side.py`), each as if it were
alone: what their methods ask engines for is answered for all at once.
"""

from __future__ import annotations

import importlib
import os
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol
from zipfile import is_zipfile

from analysis.archives import check_arrays
from operations.jobs.attempts import recorded, settle, survived
from operations.jobs.deadline import Deadline
from operations.jobs.designs import used
from operations.jobs.errors import ExplodedError, NotBegunError
from operations.jobs.files import read_json, remove_leftovers, write_product
from operations.jobs.locks import BusyError, exclusive
from operations.jobs.progress import Progress, clock, say
from operations.jobs.result import Result
from operations.jobs.seal import sealed
from operations.jobs.seeds import job_seed
from operations.jobs.side_by_side import Around, nothing_around, side_by_side
from operations.jobs.state import (
    AGAIN,
    CHECKPOINT,
    DOCUMENT,
    FAILED,
    FINAL,
    KEPT,
    LABELS,
    PREVIOUS,
    PROPERTIES,
    RESULT,
    STATEPOINT,
    THERMO,
)
from workspace_schema.design_files import table_file
from workspace_schema.files import check_folder
from workspace_schema.job_ids import job_id
from workspace_schema.methods.facts import METHODS, class_name
from workspace_schema.root import mark_outdated

#: Bytes that a checkpoint unpacks to, at most.
MOST_CHECKPOINT = 8 << 30


@dataclass(frozen=True)
class Task:
    """Everything a method may know of its job.

    Attributes
    ----------
    id : str
        The signac job id.
    folder : Path
        The job folder.
    root : Path
        The campaign root.
    statepoint : dict
        What is computed.
    extent : dict
        How long (may grow later), by the method's own keys.
    settings : dict
        How: engine, device, sampling.
    """

    id: str
    folder: Path
    root: Path
    statepoint: dict[str, Any]
    extent: dict[str, Any]
    settings: dict[str, Any]

    @property
    def seed(self) -> int:
        """The job's own seed."""
        return job_seed(self.id)

    @classmethod
    def read(cls, folder: Path, root: Path, settings: dict[str, Any]) -> Task:
        """The task of a job folder.

        Raises
        ------
        ValueError
            If the state point or the job document cannot be read; one line that says what to do.
        """
        again = "delete it, then init.py with the campaign file and init.py --retry"
        try:
            statepoint = read_json(folder / STATEPOINT)
            if job_id(statepoint) != folder.name:
                raise ValueError(f"{folder / STATEPOINT} is not the state point of this job")
            method = statepoint.get("method")
            if not isinstance(method, dict) or method.get("name") not in METHODS:
                raise ValueError(f"{folder / STATEPOINT} has no method of this program")
            extent = read_json(folder / DOCUMENT).get("extent", {})
            if not isinstance(extent, dict):
                raise ValueError(f"{folder / DOCUMENT} is damaged: extent")
        except ValueError as error:
            raise ValueError(f"{error}; {again}") from None
        return cls(folder.name, folder, root, statepoint, extent, settings)


class Method(Protocol):
    """A method: states in, states out. One file each in `operations/methods/`.

    `step` does one chunk of a few seconds and must depend on nothing but the state, so that a
    resumed job equals an uninterrupted one. A method whose chunks can be done with those of other
    jobs has ``stepping(state)`` too: a generator that yields what it asks for, as `side_by_side`
    takes it, and returns the next state.
    """

    #: Unit of the rate in the progress line.
    unit: str

    def __init__(self, task: Task) -> None: ...

    def start(self) -> Any:
        """The first state."""

    def step(self, state: Any) -> Any:
        """One chunk further."""

    def finished(self, state: Any) -> bool:
        """Whether nothing is left to do."""

    def save(self, state: Any, path: Path) -> None:
        """Write a checkpoint to `path` (by rename); append what belongs into logs before."""

    def load(self, path: Path) -> Any:
        """Read a checkpoint; put the append-only products back to what it knows."""

    def progress(self, state: Any) -> tuple[float, float, float, str]:
        """Done, total, work per unit done, and a short detail."""

    def rescue(self, state: Any) -> None:
        """Keep the last good state of a run that fails."""

    def finish(self, state: Any) -> Result:
        """Write the products; return what `result.json` says."""


def method_class(name: str) -> Callable[[Task], Method]:
    """A method's class by name, or the function that chooses among its classes."""
    return getattr(importlib.import_module(f"operations.methods.{name}"), class_name(name))


#: A job as it is driven: it yields what it asks for, and is given the answer.
Drive = Generator[Any, Any, None]


def run(folder: Path, root: Path, settings: dict[str, Any], operation: str) -> None:
    """Drive the job in a folder; a state point that cannot be read is a failure like any other."""
    run_together([folder], root, settings, [operation])


def run_together(
    folders: Sequence[Path],
    root: Path,
    settings: dict[str, Any],
    operations: Sequence[str],
    around: Around = nothing_around,
) -> None:
    """Drive the jobs in several folders side by side, each as `run` does."""
    with Deadline() as deadline:
        side_by_side(
            [
                _run(folder, root, settings, operation, deadline)
                for folder, operation in zip(folders, operations, strict=True)
            ],
            around,
        )


def drive(task: Task) -> None:
    """Run a job's method until it is finished or has to stop; see the module's docstring.

    Does nothing for a job that is finished, has failed, or is being worked on by another process,
    unless `CAMPAIGN_FORCE=1` asks for a finished or failed one to be run again from the start.
    """
    with Deadline() as deadline:
        side_by_side([_driven(task, deadline)])


def _run(
    folder: Path, root: Path, settings: dict[str, Any], operation: str, deadline: Deadline
) -> Drive:
    with survived(folder, operation):
        check_folder(folder)
        try:
            task = Task.read(folder, root, settings)
        except ValueError:
            with suppress(BusyError), exclusive(folder), recorded(folder, operation):
                raise
            return
        yield from _driven(task, deadline)


def _driven(task: Task, deadline: Deadline) -> Drive:
    name = task.statepoint["method"]["name"]
    label = f"{name} {task.id[:8]}"
    try:
        with exclusive(task.folder):
            if os.environ.get("CAMPAIGN_FORCE") == "1":
                for product in (RESULT, PREVIOUS, LABELS, FAILED, CHECKPOINT, AGAIN):
                    (task.folder / product).unlink(missing_ok=True)
                if name == "design":
                    table_file(task.root, task.id).unlink(missing_ok=True)
            settle(task.folder)
            for product, word in ((RESULT, "is finished"), (FAILED, "has failed")):
                if (task.folder / product).exists():
                    say(f"{label}  {word}: nothing to do")
                    return
            reason = deadline.reason_to_stop(0.0)
            if reason:
                say(f"{label}  not begun ({reason})")
                return
            with recorded(task.folder, name) as outcome:
                remove_leftovers(task.folder)
                yield from _drive(task, method_class(name), label, deadline, outcome)
            mark_outdated(task.root)
    except BusyError:
        say(f"{label}  is being worked on by another process")


def _load(method: Method, checkpoint: Path) -> Any:
    """The state of a checkpoint; whatever is wrong with the files becomes one ValueError."""
    try:
        if is_zipfile(checkpoint):
            check_arrays(checkpoint, MOST_CHECKPOINT)
        return method.load(checkpoint)
    except (OSError, MemoryError):
        raise  # not the fault of what stands in them
    except Exception as error:
        raise ValueError(
            f"cannot go on from {checkpoint}: {error}; to start the job again delete it, then"
            f" init.py --retry {checkpoint.parent.name}"
        ) from error


def _step(method: Method, state: Any) -> Generator[Any, Any, Any]:
    """One chunk further."""
    stepping = getattr(method, "stepping", None)
    return method.step(state) if stepping is None else (yield from stepping(state))


def _drive(
    task: Task,
    kind: Callable[[Task], Method],
    label: str,
    deadline: Deadline,
    outcome: dict[str, str],
) -> Drive:
    begin = time.monotonic()
    design = used(task)
    method = kind(task)
    checkpoint = task.folder / CHECKPOINT
    if checkpoint.exists():
        state = _load(method, checkpoint)
    else:
        if not (task.folder / PREVIOUS).exists():
            for name in KEPT:  # of a run that this one does not lengthen
                (task.folder / name).unlink(missing_ok=True)
        state = method.start()
    progress = Progress(label, method.unit)
    progress.update(*method.progress(state))
    seconds = 0.0

    def stopped(reason: str) -> None:
        outcome.update(outcome="walltime", reason=reason)
        progress.close(f"stopped at a checkpoint ({reason}); run again to continue")

    while not method.finished(state):
        reason = deadline.reason_to_stop(seconds)
        if reason:
            stopped(reason)
            return
        chunk_begin = time.monotonic()
        try:
            state = yield from _step(method, state)
        except ExplodedError:
            method.rescue(state)
            raise
        except NotBegunError as error:
            stopped(str(error))
            return
        method.save(state, checkpoint)
        seconds = time.monotonic() - chunk_begin
        progress.update(*method.progress(state))
        if method.finished(state):
            longer = read_json(task.folder / DOCUMENT).get("extent", {})
            if longer and longer != task.extent:
                # The campaign has been lengthened meanwhile.
                task = replace(task, extent=longer)
                method = kind(task)
    result = method.finish(state).to_json() | {"extent": task.extent} | design
    result = sealed(result, task.folder, (FINAL, THERMO))
    mark_outdated(task.root)
    # Labels and properties of a shorter run no longer hold.
    for stale in (*task.folder.glob("labels*"), task.folder / PROPERTIES):
        stale.unlink(missing_ok=True)
    write_product(task.folder / RESULT, result)
    (task.folder / PREVIOUS).unlink(missing_ok=True)  # what was to be lengthened is
    # by its name, too: listings may be old
    for file in (task.folder / CHECKPOINT, *task.folder.glob("checkpoint.*")):
        file.unlink(missing_ok=True)
    progress.close(f"finished in {clock(time.monotonic() - begin)}")

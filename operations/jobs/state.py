"""What state a job is in and which operation comes next: the one place that says so.

Both follow from the names of the files in the job's folder, and from nothing else; contents are
not read, because `status` asks this of 100 000 jobs.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from workspace_schema.methods import METHODS

STATEPOINT = "signac_statepoint.json"
DOCUMENT = "signac_job_document.json"

RESULT = "result.json"
#: The result of a shorter run, which `init.py` has set aside because the campaign wants more.
PREVIOUS = "result.previous.json"
LABELS = "labels.json"
FAILED = "failed.json"
#: What `init.py --retry` makes of it.
CLEARED = "failed.previous.json"
#: Another one than at the start tells that a try that was killed made progress.
CHECKPOINT = "checkpoint.npz"
#: While a try is open.
RUNNING = ".running"
#: While the last try went wrong in a way that may be tried again.
AGAIN = ".again"
#: Mark, by `init.py`, of a job that only HOOMD-blue can run.
HOOMD_ONLY = ".hoomd"

FINAL, TRAJECTORY, THERMO = "final.gsd", "trajectory.gsd", "thermo.npz"
LABELS_OF_PARTICLES = "labels.npz"


class State(StrEnum):
    """States of a job, in the order in which it may pass them."""

    WAITING = "waiting"  # nothing done yet
    QUEUED = "queued"  # the scheduler has it
    RUNNING = "running"  # being worked on, as its lock or the scheduler says
    CONTINUED = "continued"  # stopped at a checkpoint, goes on when run again
    AGAIN = "again"  # the last try went wrong or was killed, and may be repeated
    FAILED = "failed"  # a person must look, whatever it has already
    UNLABELLED = "unlabelled"  # it has a result; what formed is not known yet
    DONE = "done"


def state_of(names: Collection[str], alive: Callable[[], bool] | None = None) -> State:
    """The state of a job.

    Parameters
    ----------
    names : collection of str
        Of the files in its folder.
    alive : callable, optional
        Whether a try that is open is being worked on; it is taken to be without it. Asked only
        where the answer depends on it.
    """
    if FAILED in names:
        return State.FAILED
    if RUNNING in names and (alive is None or alive()):
        return State.RUNNING
    if RESULT in names and LABELS in names:
        return State.DONE
    if RUNNING in names or AGAIN in names:
        return State.AGAIN
    if RESULT in names:
        return State.UNLABELLED
    return State.CONTINUED if CHECKPOINT in names else State.WAITING


def status_of(names: Collection[str]) -> str:
    """The state in the words of the table: "failed", "finished" where there is a result, labelled
    or not, else "unfinished"."""
    if state_of(names) is State.FAILED:
        return "failed"
    return "finished" if RESULT in names else "unfinished"


def marker(method: str) -> str:
    """Name of the empty file by which `init.py` says that a job is of a method."""
    return f".{method}"


def method_of(names: Collection[str]) -> str | None:
    """The method of a job; None where `init.py` has not come to its end."""
    return next((name for name in METHODS if marker(name) in names), None)


@dataclass(frozen=True)
class Step:
    """An operation on one job, and the files between which it stands.

    Attributes
    ----------
    operation : str
        As `project.py run -o` takes it.
    summary : str
        What it does, in a sentence.
    needs, makes : str
        It is due where the first is there, the second is not, and nothing has failed.
    on_gpu : bool
        Whether it runs on a GPU where the campaign asks for one.
    """

    operation: str
    summary: str
    needs: str
    makes: str
    on_gpu: bool = False


#: What is done to one job, in order.
STEPS = (
    *(
        Step(facts.operation or name, facts.summary, marker(name), RESULT, facts.on_gpu)
        for name, facts in METHODS.items()
    ),
    Step("label", "Label what formed.", RESULT, LABELS),
)
#: The operations by name.
OPERATIONS = {step.operation: step for step in STEPS}
#: Group of all of them.
SIMULATE = "simulate"


def next_step(names: Collection[str]) -> Step | None:
    """What a job needs next; None where it has everything, has failed or is no job of ours."""
    if FAILED in names or waits_for_hoomd(names):
        return None
    due = (step for step in reversed(STEPS) if step.needs in names)
    step = next(due, None)
    return step if step and step.makes not in names else None


def next_operation(names: Collection[str], settings: Mapping[str, Any]) -> tuple[str, bool] | None:
    """What a job is submitted for next, and whether on a GPU.

    One visit to a core does all that is left; on a GPU only what needs it.
    """
    step = next_step(names)
    if step is None:
        return None
    if step.on_gpu and settings.get("device") == "gpu":
        return step.operation, True
    return ("label" if step.operation == "label" else SIMULATE), False


@cache
def hoomd_installed() -> bool:
    """Whether HOOMD-blue is installed here."""
    return importlib.util.find_spec("hoomd") is not None


def waits_for_hoomd(names: Collection[str]) -> bool:
    """Whether a job needs HOOMD-blue, which is not installed here, to go on."""
    over = RESULT in names or FAILED in names
    return HOOMD_ONLY in names and not over and not hoomd_installed()

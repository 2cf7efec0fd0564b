"""What state a job is in, from the names of the files in its folder: the one place that says so.

Contents are not read, because `status` asks this of 100 000 jobs. What comes next is decided in
`eligibility.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from enum import StrEnum

from workspace_schema.methods.facts import METHODS

STATEPOINT = "signac_statepoint.json"
DOCUMENT = "signac_job_document.json"

RESULT = "result.json"
#: The result of a shorter run, which `init.py` has set aside because the campaign wants more.
PREVIOUS = "result.previous.json"
#: What finished searches and designs keep, so that they can be lengthened.
KEPT = ("walk.npz", "generations.npz", "design.npz")
LABELS = "labels.json"
#: Beside the labels, what the settings have asked to be measured.
PROPERTIES = "properties.json"
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
#: Of one that runs on the CPU, though others of its method run on a GPU.
CPU_ONLY = ".cpu"
#: Of one that runs on a GPU, though others of its method run on the CPU.
GPU_TOO = ".gpu"

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

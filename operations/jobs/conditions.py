"""Conditions of signac-flow: whether files exist in the job folder or in `results/`.

They are asked of every job at every start, and look at the existence of files only.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from operations.jobs import designs, eligibility, former, outdated
from operations.jobs.document import project_document, settings_of
from operations.jobs.eligibility import hoomd_installed
from operations.jobs.folders import Folders, listed
from workspace_schema.design_files import FOLDER

Condition = Callable[[Any], bool]


class Seen:
    """What `status`, which asks many conditions of every job, has seen; None at other times."""

    folders: Folders | None = None


def names_in(job: Any) -> frozenset[str]:
    """Names of the files in the job folder: now, or, within `status`, when it looked."""
    return listed(job.path) if Seen.folders is None else Seen.folders.names(job.id)


def holds(job: Any, name: str) -> bool:
    """Whether a file exists in the job folder: now, or, within `status`, when it looked."""
    folders = Seen.folders
    return bool(job.isfile(name)) if folders is None else name in folders.names(job.id)


def has(name: str) -> Condition:
    """The condition that a file exists in the job folder."""
    return lambda job: holds(job, name)


def waits_for_hoomd(job: Any) -> bool:
    """Only HOOMD-blue can run it, which is not installed here."""
    # asked first: it spares looking into the folder
    return not hoomd_installed() and eligibility.waits_for_hoomd(names_in(job))


def waits_for_design(job: Any) -> bool:
    """It uses what a design or another job finds, which has found nothing yet."""
    root = str(job.project.path)
    # asked first: it spares looking into the folder
    return os.path.isdir(os.path.join(root, FOLDER)) and bool(
        eligibility.waits_for_design(names_in(job), designs.found(root))
    )


def is_left_out(job: Any) -> bool:
    """The campaign file no longer has it."""
    root = str(job.project.path)
    return job.id in former.left_out(root, settings_of(root))


def is_anchor(job: Any) -> bool:
    """Whether the campaign-level operation runs on this job."""
    return job.id == project_document(job.project.path).get("anchor")


def results_outdated(job: Any) -> bool:
    """Whether a result has changed since the last aggregation."""
    return outdated.is_outdated(job.project.path)


def results_made(job: Any) -> bool:
    """Whether this is the anchor and the results are up to date."""
    return is_anchor(job) and not results_outdated(job)


def newer_than_results(name: str) -> Condition:
    """The condition, on the anchor, that a file in `results/` is not older than the table there."""

    def condition(job: Any) -> bool:
        if not is_anchor(job):
            return False
        results = os.path.join(job.project.path, "results")
        try:
            made = os.stat(os.path.join(results, name)).st_mtime
            return made >= os.stat(os.path.join(results, "phase_diagram.parquet")).st_mtime
        except OSError:
            return False

    return condition

"""What `status` needs beside flow's table: what it may leave out, and the lines below."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from signac.errors import JobsCorruptedError

from operations.jobs.document import settings_of
from operations.jobs.eligibility import CAMPAIGN_LEVEL, STEPS
from operations.jobs.folders import Folders, job_ids
from operations.jobs.state import FAILED, RESULT
from operations.monitor.survey import Survey, failure
from operations.rounds.due import is_adaptive
from operations.rounds.summary import summary

ADVICE = (
    "Clear and try again with: init.py --retry [JOB_ID …]; an ExplodedError comes again until dt,"
    " density or potential change in the campaign file"
)


def unused_operations(root: Path, folders: Folders) -> set[str]:
    """Operations that no job of a campaign is for; flow asks every other one of every job."""
    seen = {name for names in {folders.names(job_id) for job_id in job_ids(root)} for name in names}
    unused = {step.operation for step in STEPS if step.makes == RESULT and step.needs not in seen}
    return unused if is_adaptive(root) else {*unused, "propose"}


def readable(jobs: Any) -> list[Any]:
    """The jobs whose state points can be read; the others are named."""
    found = []
    for item in jobs:
        (job,) = item if isinstance(item, tuple) else (item,)
        try:
            job.cached_statepoint  # noqa: B018
        except (JobsCorruptedError, KeyError, OSError):
            print(f"left out {job.id}: its state point cannot be read", file=sys.stderr)
            continue
        found.append(job)
    return found


def below(root: Path, folders: Folders, active: Collection[str], held: Sequence[str]) -> list[str]:
    """The lines below flow's table: what failed or was killed and why, and what is left.

    Parameters
    ----------
    root : Path
    folders : Folders
        What has been seen of the job folders.
    active : collection of str
        Ids that run, as the scheduler says.
    held : sequence of str
        What there is to say of packs that a person must release.
    """
    known = Survey.of(root, job_ids(root), settings_of(str(root)), active, folders)
    rounds = summary(root)
    lines = [*held, *(rounds.lines() if rounds else ()), *known.lines(root)]
    for what in CAMPAIGN_LEVEL.values():
        if (root / what / FAILED).exists():
            lines.insert(0, f"failed {what}  {failure(root / what)}")
    return [*lines, ADVICE] if any(line.startswith("failed") for line in lines) else lines

"""What `status` needs beside flow's table: what it may leave out, and the lines below."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from signac.errors import JobsCorruptedError

from operations.jobs.document import settings_of
from operations.jobs.eligibility import CAMPAIGN_LEVEL, STEPS
from operations.jobs.files import readable_json
from operations.jobs.folders import Folders, job_ids
from operations.jobs.locks import is_worked_on
from operations.jobs.state import DOCUMENT, FAILED, LABELS, RESULT, STATEPOINT, marker, state_of
from operations.monitor.survey import Survey, failure, one_line
from operations.results.rows import is_number, value_at
from operations.rounds.due import is_adaptive
from operations.rounds.summary import summary

ADVICE = "Clear and try again with: init.py --retry [JOB_ID …]"
EXPLODED = (
    "; an ExplodedError comes again until dt, density or potential change in the campaign file"
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


#: Jobs that the table in words shows.
MOST_ROWS = 1000


def in_rows(root: Path, folders: Folders, ids: Sequence[str], axes: Sequence[str]) -> list[str]:
    """A table in words of jobs, with what formed: one line a job, by the values of the axes.

    Parameters
    ----------
    root : Path
    folders : Folders
        What has been seen of the job folders.
    ids : sequence of str
    axes : sequence of str
    """
    from analysis.notation import format_value

    table: list[tuple[Any, dict[str, str]]] = []
    for job_id in ids[:MOST_ROWS]:
        folder = root / "workspace" / job_id
        names = folders.names(job_id)
        statepoint = readable_json(folder / STATEPOINT)
        labels = readable_json(folder / LABELS) if LABELS in names else {}
        label, confidence = labels.get("label"), labels.get("confidence")
        formed = f"{label} ({confidence:.2f})" if label and is_number(confidence) else ""
        source = (
            readable_json(folder / DOCUMENT).get("source", "")
            if marker("imported") in names
            else ""
        )
        row = {"job": job_id[:8], "file": str(source)}
        values = [value_at(statepoint, axis) for axis in axes]
        row |= dict(zip(axes, map(format_value, values), strict=True))
        row |= {"state": state_of(names, partial(is_worked_on, folder)), "what formed": formed}
        order = [(not is_number(v), v if is_number(v) else str(v)) for v in values]
        table.append((order, {column: one_line(text) for column, text in row.items()}))
    rows = [row for _, row in sorted(table, key=lambda pair: pair[0])]
    columns = [name for name in (rows[0] if rows else {}) if any(row[name] for row in rows)]
    cells = [columns, *([row[name] for name in columns] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]
    rest = len(ids) - MOST_ROWS
    return [*lines, *([f"… and {rest} more jobs"] if rest > 0 else []), ""]


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
    if any(line.startswith("failed") for line in lines):
        lines.append(ADVICE + EXPLODED * any("ExplodedError" in line for line in lines))
    return lines

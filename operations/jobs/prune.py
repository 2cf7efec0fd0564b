"""Move the jobs that the campaign file no longer has out of the workspace, and back where a file
has them again; nothing is deleted."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from operations.jobs.campaign_root import PROJECT_DOCUMENT
from operations.jobs.document import read_document
from operations.jobs.folders import job_ids
from operations.jobs.locks import BusyError, exclusive
from operations.jobs.state import STATEPOINT
from workspace_schema.files import write_json
from workspace_schema.history import former_jobs, write_former_jobs
from workspace_schema.root import (
    PRUNED,
    check_links,
    check_not_archived,
    mark_outdated,
    pruned_jobs,
)


def prunable(root: Path) -> list[str]:
    """Ids of the jobs of a root that its campaign file no longer has."""
    check_links(root)
    check_not_archived(root)
    there = set(job_ids(root))
    return sorted(former_jobs(root) & there)


def prune(root: Path, chosen: Sequence[str]) -> tuple[int, list[str]]:
    """Move job folders to `workspace_schema.root.PRUNED`.

    Returns
    -------
    n_moved : int
    busy : list of str
        Jobs that stay because somebody works on them.
    """
    target = root / PRUNED
    target.mkdir(exist_ok=True)
    busy = []
    for job_id in chosen:
        folder = root / "workspace" / job_id
        place, n = target / job_id, 1
        while os.path.lexists(place):  # it was moved before, and made again
            place, n = target / f"{job_id}.{n}", n + 1
        try:
            with exclusive(folder):
                os.rename(folder, place)
        except BusyError:
            busy.append(job_id)
    write_former_jobs(root, former_jobs(root) - (set(chosen) - set(busy)))
    document, left = read_document(root), job_ids(root)
    if left and document and document.get("anchor") not in left:
        write_json(root / PROJECT_DOCUMENT, document | {"anchor": left[0]})
    mark_outdated(root)
    return len(chosen) - len(busy), busy


def bring_back(root: Path, wanted: Iterable[str]) -> int:
    """Move jobs that were moved away, and are wanted again, back with all that they have.

    Of one that was moved away several times the last comes back.

    Returns
    -------
    int
        How many came back.
    """
    places = pruned_jobs(root)
    n_back = 0
    for job_id in places.keys() & set(wanted):
        folder = root / "workspace" / job_id
        if (folder / STATEPOINT).exists():
            continue
        folder.parent.mkdir(exist_ok=True)
        with suppress(FileNotFoundError):
            folder.rmdir()  # of a run that was killed between the folder and its state point
        os.rename(root / PRUNED / places[job_id][-1], folder)
        n_back += 1
    if n_back:
        mark_outdated(root)
    return n_back

"""Move the jobs that the campaign file no longer has out of the workspace; nothing is deleted."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from operations.jobs.campaign_root import PROJECT_DOCUMENT
from operations.jobs.document import read_document
from operations.jobs.folders import job_ids
from operations.jobs.locks import BusyError, exclusive
from workspace_schema.files import write_json
from workspace_schema.history import former_jobs, write_former_jobs
from workspace_schema.root import check_links, check_not_archived, mark_outdated

#: Where their folders go, below the root; back in workspace/ they are jobs again.
FOLDER = "pruned"


def prunable(root: Path) -> list[str]:
    """Ids of the jobs of a root that its campaign file no longer has."""
    check_links(root)
    check_not_archived(root)
    there = set(job_ids(root))
    return sorted(former_jobs(root) & there)


def prune(root: Path, chosen: Sequence[str]) -> tuple[int, list[str]]:
    """Move job folders to `FOLDER`.

    Returns
    -------
    n_moved : int
    busy : list of str
        Jobs that stay because somebody works on them.
    """
    target = root / FOLDER
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

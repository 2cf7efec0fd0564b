"""What is in the job folders: the names of the files, each folder looked into once."""

from __future__ import annotations

import os
from pathlib import Path

from workspace_schema.job_ids import is_job_id

#: What a folder that cannot be read holds.
NOTHING: frozenset[str] = frozenset()


def listed(folder: str | Path) -> frozenset[str]:
    """Names of the files in a job folder; none where it cannot be read, or is a link."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return NOTHING
    try:
        return frozenset(os.listdir(handle))
    except OSError:
        return NOTHING
    finally:
        os.close(handle)


class Folders:
    """Names of the files in the job folders of a campaign, as they were when first asked for.

    Parameters
    ----------
    root : Path
    """

    def __init__(self, root: Path) -> None:
        self._workspace = os.path.join(root, "workspace")
        self._names: dict[str, frozenset[str]] = {}
        # most folders hold the same names: each set is kept once
        self._sets: dict[frozenset[str], frozenset[str]] = {NOTHING: NOTHING}

    def names(self, job_id: str) -> frozenset[str]:
        """Names of the files in a job's folder; none where it cannot be read."""
        known = self._names.get(job_id)
        if known is None:
            found = listed(os.path.join(self._workspace, job_id))
            known = self._names[job_id] = self._sets.setdefault(found, found)
        return known

    def forget(self, job_id: str) -> None:
        """Look into a job's folder again when it is next asked for."""
        self._names.pop(job_id, None)


def job_ids(root: Path) -> list[str]:
    """Ids of the jobs in the workspace of a campaign, in order."""
    try:
        return sorted(filter(is_job_id, os.listdir(os.path.join(root, "workspace"))))
    except OSError:
        return []

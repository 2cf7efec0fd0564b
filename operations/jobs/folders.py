"""What is in the job folders: the names of the files, each folder looked into once."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path

#: What a folder that cannot be read holds.
NOTHING: frozenset[str] = frozenset()

_JOB_ID = re.compile(r"[0-9a-f]{32}")


def is_job_id(name: str) -> bool:
    """Whether a name is that of a job folder, and of nothing else."""
    return _JOB_ID.fullmatch(name) is not None


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


def check_folder(folder: Path) -> None:
    """Raise OSError where a job folder is a link: nothing is written to what is elsewhere."""
    if folder.is_symlink():
        raise OSError(errno.ELOOP, "a link, which is not followed", str(folder))


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

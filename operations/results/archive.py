"""Finished roots as one file: `project.py archive [--restore] ROOT ...`.

Every job is a folder of about a dozen files, and their number is what file systems run out of
first. The job folders of a root whose jobs are all done become `workspace.zip`; the project
document, the table and the diagrams stay, so that `operations.results.gather` goes on using them.
Any tool reads the archive, and single jobs can be taken out of it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

from analysis.phase_diagram.table import TABLE_FILE
from operations.jobs import outdated
from operations.jobs.files import replacing
from operations.jobs.folders import Folders, job_ids
from operations.jobs.state import FAILED, LABELS, RUNNING
from workspace_schema.root import ARCHIVE, is_archived

WORKSPACE = "workspace"
#: Folders that are on their way out, after everything of theirs is in the archive, or in.
LEAVING, COMING = ".workspace.leaving", ".workspace.coming"


def archive(root: Path) -> int:
    """Put the job folders of a root into one file, and remove them once it has been read back.

    Killed at any moment, the folders or the archive are complete, and the same again finishes it.

    Returns
    -------
    int
        Number of jobs.

    Raises
    ------
    ValueError
        If the root is no campaign, is archived, its diagram is out of date, or jobs are not done;
        nothing is changed.
    OSError
        If the archive cannot be written or read back; the folders stay.
    """
    if is_archived(root):
        shutil.rmtree(root / LEAVING, ignore_errors=True)
        raise ValueError(f"{root} is archived already")
    if outdated.is_outdated(root) or not (root / TABLE_FILE).exists():
        raise ValueError(f"{root} has no diagram of today's jobs: project.py run -o aggregate")
    jobs, folders = job_ids(root), Folders(root)
    left = [job for job in jobs if not folders.names(job) & {LABELS, FAILED}]
    left += [job for job in jobs if RUNNING in folders.names(job)]
    if left:
        raise ValueError(f"{len(left)} jobs of {root} are not done, {left[0]} is one of them")
    workspace = root / WORKSPACE
    with replacing(root / ARCHIVE) as temporary:
        names = []
        with zipfile.ZipFile(
            temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=1, strict_timestamps=False
        ) as packed:
            for file in sorted(path for path in workspace.rglob("*") if path.is_file()):
                names.append(file.relative_to(workspace).as_posix())
                packed.write(file, names[-1])
        with zipfile.ZipFile(temporary) as packed:
            broken = packed.testzip()
            if broken or packed.namelist() != names:
                raise OSError(f"{root / ARCHIVE} cannot be read back: {broken or 'its list'}")
    workspace.rename(root / LEAVING)
    shutil.rmtree(root / LEAVING)
    return len(jobs)


def restore(root: Path) -> int:
    """Take the job folders of a root out of its archive, and remove it.

    Returns
    -------
    int
        Number of jobs.

    Raises
    ------
    ValueError
        If the root is not archived, or its archive cannot be read.
    """
    if not is_archived(root):
        raise ValueError(f"{root} is not archived")
    coming, workspace = root / COMING, root / WORKSPACE
    for leftover in (coming, root / LEAVING):
        shutil.rmtree(leftover, ignore_errors=True)
    try:
        with zipfile.ZipFile(root / ARCHIVE) as packed:
            packed.extractall(coming)
    except (zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"{root / ARCHIVE} cannot be read: {error}") from error
    if workspace.is_dir():
        workspace.rmdir()  # an empty one, which signac makes
    coming.rename(workspace)
    os.unlink(root / ARCHIVE)
    return len(job_ids(root))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser("project.py archive", description=__doc__)
    parser.add_argument("roots", nargs="+", type=Path, metavar="ROOT")
    parser.add_argument("--restore", action="store_true", help="back into folders")
    options = parser.parse_args(argv)
    status = 0
    for root in options.roots:
        try:
            count = (restore if options.restore else archive)(root)
            print(f"{root}: {count} jobs {'restored' if options.restore else 'archived'}")
        except (ValueError, OSError) as error:
            print(error, file=sys.stderr)
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())

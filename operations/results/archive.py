"""Finished roots as one file: `project.py archive [--restore] ROOT ...`.

Every job is a folder of about a dozen files, and their number is what file systems run out of
first. The job folders of a root whose jobs are all done become `workspace.zip`; the project
document, the table and the diagrams stay, so that `project.py gather` goes on using them.
Any tool reads the archive, and single jobs can be taken out of it.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import sys
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

from analysis.phase_diagram.table import TABLE_FILE
from operations.jobs import outdated
from operations.jobs.files import open_file, replacing
from operations.jobs.folders import Folders, job_ids
from operations.jobs.seal import file_hash
from operations.jobs.state import RUNNING, State, state_of
from workspace_schema.root import ARCHIVE, check_links, is_archived

WORKSPACE = "workspace"
#: Folders that are on their way out, after everything of theirs is in the archive, or in.
LEAVING, COMING = ".workspace.leaving", ".workspace.coming"
#: What reading a damaged archive raises.
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


def archive(root: Path) -> int:
    """Put the job folders of a root into one file, and remove them once it has been read back and
    compared with them, hash by hash.

    Killed at any moment, the folders or the archive are complete, and the same again finishes it.

    Returns
    -------
    int
        Number of jobs.

    Raises
    ------
    ValueError
        If the root is no campaign, is archived, its diagram is out of date, jobs are not done, or
        something in their folders is no file; nothing is changed.
    OSError
        If the archive cannot be written, or is not what is in the folders; these stay.
    """
    check_links(root)
    if is_archived(root):
        shutil.rmtree(root / LEAVING, ignore_errors=True)
        raise ValueError(f"{root} is archived already")
    if outdated.is_outdated(root) or not (root / TABLE_FILE).exists():
        raise ValueError(f"{root} has no diagram of today's jobs: project.py run -o aggregate")
    jobs, folders = job_ids(root), Folders(root)
    over = (State.DONE, State.FAILED)
    named = {job: folders.names(job) for job in jobs}
    left = [job for job, names in named.items() if state_of(names) not in over or RUNNING in names]
    if left:
        raise ValueError(f"{len(left)} jobs of {root} are not done, {left[0]} is one of them")
    workspace = root / WORKSPACE
    names = _names(workspace)
    with replacing(root / ARCHIVE) as temporary:
        with zipfile.ZipFile(
            temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=1, strict_timestamps=False
        ) as packed:
            for name in names:
                packed.write(workspace / name, name)
        _compare(temporary, workspace, names)
    workspace.rename(root / LEAVING)
    shutil.rmtree(root / LEAVING)
    return len(jobs)


def _names(workspace: Path) -> list[str]:
    """All that is in the job folders, folders with a stroke at the end, in order.

    Raises
    ------
    ValueError
        Where something cannot be kept: a link, what is no file, a name that is no text.
    """
    names, folders = [], [workspace]
    while folders:
        folder = folders.pop()
        if folder.is_symlink():
            raise ValueError(f"{folder} is a link; an archive holds files")
        with os.scandir(folder) as entries:
            for entry in entries:
                name = Path(entry.path).relative_to(workspace).as_posix()
                try:
                    name.encode()
                except UnicodeEncodeError:
                    raise ValueError(f"{os.fsencode(entry.path)!r} is no name in UTF-8") from None
                if entry.is_symlink() or not (entry.is_dir() or entry.is_file()):
                    what = "a link" if entry.is_symlink() else "no file"
                    raise ValueError(f"{entry.path} is {what}; an archive holds files")
                names.append(f"{name}/" if entry.is_dir() else name)
                if entry.is_dir():
                    folders.append(Path(entry.path))
    return sorted(names)


def _compare(archive: Path, workspace: Path, names: list[str]) -> None:
    """Raise OSError unless an archive holds what the job folders do, file by file."""
    with zipfile.ZipFile(archive) as packed:
        if packed.namelist() != names:
            raise OSError(f"{archive} cannot be read back: its list")
        for name in names:
            if name.endswith("/"):
                continue
            try:
                with packed.open(name) as content:
                    kept = hashlib.file_digest(content, "sha256").hexdigest()  # type: ignore[arg-type]
            except (zipfile.BadZipFile, zlib.error, EOFError) as error:
                raise OSError(f"{archive} cannot be read back: {name}: {error}") from None
            if kept != file_hash(workspace / name):
                raise OSError(f"{workspace / name} has changed meanwhile; nothing was removed")
    if _names(workspace) != names:
        raise OSError(f"{workspace} has changed meanwhile; nothing was removed")


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
    check_links(root)
    if not is_archived(root):
        raise ValueError(f"{root} is not archived")
    coming, workspace = root / COMING, root / WORKSPACE
    for leftover in (coming, root / LEAVING):
        shutil.rmtree(leftover, ignore_errors=True)
    try:
        with open(open_file(root / ARCHIVE), "rb") as stream, zipfile.ZipFile(stream) as packed:
            size = sum(member.file_size for member in packed.infolist())
            if size > shutil.disk_usage(root).free:
                raise ValueError(f"it unpacks to {size} bytes, which the disk has not")
            coming.mkdir()
            packed.extractall(coming)
    except (*_DAMAGED, ValueError) as error:
        shutil.rmtree(coming, ignore_errors=True)
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

"""A campaign root on disk: its document and its job folders, by plain file operations.

100 000 jobs take seconds: nothing is opened that only has to be there.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workspace_schema.bounded import read_bounded
from workspace_schema.errors import RootError
from workspace_schema.files import check_folder, touch, write_json, write_text
from workspace_schema.job_ids import is_job_id
from workspace_schema.migrations import check_version, read_project_document

if TYPE_CHECKING:
    from workspace_schema.points import Point

#: While it exists the phase diagram is out of date; see `operations.jobs.outdated`.
OUTDATED = Path("results") / ".due"

#: What `operations.results.archive` makes of the job folders.
ARCHIVE = "workspace.zip"

#: Where jobs go that the campaign file no longer has, when that is confirmed.
PRUNED = "pruned"

#: Ledger and candidates of a campaign that goes on in rounds.
ADAPTIVE = Path("adaptive")
CANDIDATES = ADAPTIVE / "candidates.jsonl"

#: What signac knows a root by.
CONFIG = Path(".signac") / "config"
_CONFIG_TEXT = "schema_version = 2\n"
_VERSION = re.compile(rb"^\s*schema_version\s*=\s*\"?[0-9]+\"?\s*$", re.MULTILINE)
_MOST_CONFIG = 100_000  # bytes

#: Folders of a root that are written to.
PARTS = (
    "workspace",
    "results",
    "results/.cache",
    "results/notebooks",
    "logs",
    "inputs",
    "tables",
    "adaptive",
    "designs",
    "labellers",
    ".packs",
    ".signac",
    "campaign_files",
    PRUNED,
)


def read_document(root: Path) -> dict[str, Any]:
    """The project document of a root, {} where there is none.

    Raises
    ------
    RootError, MigrationError
        If the root is no folder, or of a schema version that this code does not have.
    """
    if root.exists() and not root.is_dir():
        raise RootError(f"{root} is not a folder")
    document = read_project_document(root)
    if document:
        check_version(document.get("schema_version"), root)
    return document


def check_links(root: Path, parts: Iterable[str] = PARTS) -> None:
    """Raise `RootError` where a part of a root is a link out of it: nothing is written there."""
    inside = os.path.realpath(root) + os.sep
    for part in parts:
        path = os.path.join(root, part)
        if os.path.islink(path) and not os.path.realpath(path).startswith(inside):
            raise RootError(
                f"{path} is a link out of the campaign, which is not followed; move the whole"
                " root there and link that"
            )


def has_config(root: Path) -> bool:
    """Whether signac can know a root by its configuration: it is there, whole, and says a version.

    It is not where the disk was full when it was written, or where a copy left out what begins with
    a dot.
    """
    try:
        content = read_bounded(root / CONFIG, _MOST_CONFIG)
        content.decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    return _VERSION.search(content) is not None


def write_config(root: Path) -> None:
    """Make the configuration of a root; what is left of one is kept beside it.

    By temporary file and rename, where signac itself could leave half a file when killed.
    """
    file = root / CONFIG
    if file.parent.is_symlink() or not file.parent.is_dir():
        file.parent.unlink(missing_ok=True)
        file.parent.mkdir()
    if file.is_dir() or (file.exists() and file.stat().st_size > 0):
        file.replace(file.with_name("config.damaged"))
    write_text(file, _CONFIG_TEXT)


def is_archived(root: Path) -> bool:
    """Whether the job folders of a root are in its archive."""
    if not (root / ARCHIVE).exists():
        return False
    try:
        with os.scandir(root / "workspace") as entries:
            return not any(entries)  # else killed between writing the one and removing the other
    except FileNotFoundError:
        return True


def check_not_archived(root: Path) -> None:
    """Raise `RootError`, which says what to do, where the jobs of a root are in its archive."""
    if is_archived(root):
        restore = f"project.py archive --restore {root}"
        raise RootError(f"{root} is archived; {restore}")


def existing_jobs(root: Path) -> set[str]:
    """The ids of the jobs of a root; a folder that is a link is none."""
    check_not_archived(root)
    try:
        with os.scandir(root / "workspace") as entries:
            names = [
                entry.name for entry in entries if is_job_id(entry.name) and not entry.is_symlink()
            ]
    except FileNotFoundError:
        return set()
    # a run that was killed between the folder and its state point leaves a job to be made again
    return {name for name in names if _size(in_job(root, name, "signac_statepoint.json")) > 0}


def pruned_jobs(root: Path) -> dict[str, list[str]]:
    """Names of the folders of jobs that were moved away, by the id of the job, the last one last.

    Of a job that was moved away, made again and moved away again there are several: ID, ID.1, …
    """
    try:
        with os.scandir(root / PRUNED) as entries:
            names = [entry.name for entry in entries if not entry.is_symlink()]
    except FileNotFoundError:
        return {}
    found: dict[str, list[str]] = {}
    for name in sorted(names, key=lambda name: (len(name), name)):
        job_id, _, number = name.partition(".")
        statepoint = os.path.join(root, PRUNED, name, "signac_statepoint.json")
        if is_job_id(job_id) and (number.isdecimal() or name == job_id) and _size(statepoint):
            found.setdefault(job_id, []).append(name)
    return found


def _size(file: str) -> int:
    try:
        return os.stat(file).st_size
    except FileNotFoundError:
        return 0


def in_job(root: Path, job_id: str, name: str) -> str:
    """The path of a file of a job."""
    return os.path.join(root, "workspace", job_id, name)


def make_folder(root: Path, point: Point) -> None:
    """Make the folder of a job, with its state point as signac keeps it.

    By temporary file and rename, where signac itself could leave half a file when killed.
    """
    file = in_job(root, point.job_id, "signac_statepoint.json")
    folder = os.path.dirname(file)
    check_folder(folder)
    os.makedirs(folder, exist_ok=True)
    write_json(file, point.statepoint)


def set_aside(root: Path, job_id: str, product: str) -> None:
    """Rename a product, so that its operation is due and its content is not lost."""
    try:
        os.replace(
            in_job(root, job_id, f"{product}.json"),
            in_job(root, job_id, f"{product}.previous.json"),
        )
    except FileNotFoundError:
        return


def mark_outdated(root: Path) -> None:
    """Say that the phase diagram no longer shows what the jobs hold."""
    marker = root / OUTDATED
    marker.parent.mkdir(exist_ok=True)
    touch(marker)

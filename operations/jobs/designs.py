"""Jobs that use what a design has found, or the crystal of another job: they wait for its file, and
say which one they had.

`init.py` leaves an empty file in the folder of such a job whose name ends in the id of the other.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from operations.jobs.files import readable_json
from operations.jobs.state import CHECKPOINT, FAILED, FINAL, PREVIOUS, RESULT, marker
from workspace_schema.bounded import read_bounded
from workspace_schema.design_files import (
    CRYSTAL,
    FOLDER,
    NEEDS,
    crystal_of,
    designs_of,
    hash_of,
    table_file,
)
from workspace_schema.files import write_text
from workspace_schema.job_ids import is_job_id

if TYPE_CHECKING:
    from operations.jobs.driver import Task


def needed(names: Collection[str]) -> list[str]:
    """Ids of the designs, and of the job with a crystal, that a job uses, from the names of the
    files in its folder."""
    return sorted(name.removeprefix(NEEDS) for name in names if name.startswith(NEEDS))


def found(root: str | Path) -> frozenset[str]:
    """Ids of the designs of a root that have found a potential, or a body, and of the finished jobs
    whose crystals are needed."""
    try:
        names = os.listdir(os.path.join(root, FOLDER))
    except OSError:
        return frozenset()
    crystals = (name.removesuffix(CRYSTAL) for name in names if name.endswith(CRYSTAL))
    tables = (name[:-6] for name in names if name.endswith(".table"))
    finished = (one for one in crystals if os.path.exists(_folder(root, one) / RESULT))
    return frozenset((*tables, *finished))


def called(root: Path, design: str) -> str:
    """What a job waits for, in words."""
    is_design = (_folder(root, design) / marker("design")).exists()
    return f"the {'design' if is_design else 'job'} {design}"


def why_not(root: Path, design: str) -> str:
    """Why there is nothing that a design has found."""
    folder = _folder(root, design)
    if not is_job_id(design) or not folder.is_dir():
        return "which is no job here"
    if (folder / FAILED).exists():
        return "which has failed"
    if not (folder / RESULT).exists():
        return "which is not finished"
    design_said = readable_json(folder / RESULT).get("design")
    verdict = design_said.get("verdict") if isinstance(design_said, dict) else None
    return f"which has found none: {verdict or 'nothing'}"


def used(task: Task) -> dict[str, object]:
    """What `result.json` says of the designs, a list where there are several, and of the job with
    a crystal, that a job uses.

    Raises
    ------
    ValueError
        Where one has found nothing, or something else than when the job began: a run that goes on
        from a checkpoint, or is lengthened, is of one potential, one body and one crystal.
    """
    said: dict[str, object] = {}
    notes = []
    for design in designs_of(task.statepoint):
        file = table_file(task.root, design)
        notes.append(_as_begun(task, design, file, file.exists()))
    if notes:
        said["design_used"] = notes[0] if len(notes) == 1 else notes
    crystal = crystal_of(task.statepoint)
    if crystal is not None:
        folder = _folder(task.root, crystal)
        said["crystal_used"] = _as_begun(task, crystal, folder / FINAL, (folder / RESULT).exists())
    return said


def _as_begun(task: Task, design: str, file: Path, is_there: bool) -> dict[str, str]:
    """The id and the hash of what a job uses, which is what it was when the job began."""
    if not is_there:
        waits = f"waits for {called(task.root, design)}, {why_not(task.root, design)}"
        raise ValueError(waits)
    sha256, mark = hash_of(file), task.folder / f"{NEEDS}{design}"
    begun = read_bounded(mark, 100).decode("ascii") if mark.exists() else ""
    kept = [name for name in (CHECKPOINT, PREVIOUS) if (task.folder / name).exists()]
    if begun not in ("", sha256) and kept:
        raise ValueError(
            f"{file} was changed since this job began; to start it again delete"
            f" {' and '.join(kept)}, then init.py --retry {task.id}"
        )
    write_text(mark, sha256)
    return {"id": design, "sha256": sha256}


def _folder(root: str | Path, job_id: str) -> Path:
    return Path(root) / "workspace" / job_id

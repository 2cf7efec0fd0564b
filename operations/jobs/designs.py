"""Jobs that use what a design has found: they wait for its file, and say which one they had.

`init.py` leaves an empty file in the folder of such a job whose name ends in the id of the design.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from operations.jobs.files import readable_json
from operations.jobs.state import CHECKPOINT, FAILED, PREVIOUS, RESULT
from workspace_schema.bounded import read_bounded
from workspace_schema.design_files import FOLDER, NEEDS, designs_of, table_file, table_hash
from workspace_schema.files import write_text
from workspace_schema.job_ids import is_job_id

if TYPE_CHECKING:
    from operations.jobs.driver import Task


def needed(names: Collection[str]) -> list[str]:
    """Ids of the designs that a job uses, from the names of the files in its folder."""
    return sorted(name.removeprefix(NEEDS) for name in names if name.startswith(NEEDS))


def found(root: str | Path) -> frozenset[str]:
    """Ids of the designs of a root that have found a potential, or a body."""
    try:
        names = os.listdir(os.path.join(root, FOLDER))
    except OSError:
        return frozenset()
    return frozenset(name[:-6] for name in names if name.endswith(".table"))


def why_not(root: Path, design: str) -> str:
    """Why there is nothing that a design has found."""
    folder = root / "workspace" / design
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
    """What `result.json` says of the design that a job uses: a list where there are several.

    Raises
    ------
    ValueError
        Where one has found nothing, or something else than when the job began: a run that goes on
        from a checkpoint, or is lengthened, is of one potential and one body.
    """
    notes = [_used(task, design) for design in designs_of(task.statepoint)]
    return {"design_used": notes[0] if len(notes) == 1 else notes} if notes else {}


def _used(task: Task, design: str) -> dict[str, str]:
    if not table_file(task.root, design).exists():
        raise ValueError(f"waits for the design {design}, {why_not(task.root, design)}")
    sha256, mark = table_hash(task.root, design), task.folder / f"{NEEDS}{design}"
    begun = read_bounded(mark, 100).decode("ascii") if mark.exists() else ""
    goes_on = [name for name in (CHECKPOINT, PREVIOUS) if (task.folder / name).exists()]
    if begun not in ("", sha256) and goes_on:
        raise ValueError(
            f"{table_file(task.root, design)} was changed since this job began; to start it again"
            f" delete {' and '.join(goes_on)}, then init.py --retry {task.id}"
        )
    write_text(mark, sha256)
    return {"id": design, "sha256": sha256}

"""The campaign files that a root was given, and the jobs of it that the last one no longer has.

Each file is kept as `campaign_files/0001.yaml`, 0002 …, from the second on with what changed,
`0002.diff`; the same file again is not kept twice.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Collection
from pathlib import Path

from workspace_schema.bounded import read_bounded
from workspace_schema.files import write_json, write_text
from workspace_schema.job_ids import is_job_id

FOLDER = "campaign_files"
#: Ids of the jobs of the root that the last campaign file does not have.
FORMER = Path(FOLDER) / "former_jobs.json"

_MOST = 100_000_000  # bytes of one of these files


def former_jobs(root: Path) -> frozenset[str]:
    """Ids of the jobs that the last campaign file of a root does not have.

    None where that is not known: then all jobs are shown, which loses nothing.
    """
    try:
        found = json.loads(read_bounded(root / FORMER, _MOST))
    except (OSError, ValueError, RecursionError):
        return frozenset()
    names = found if isinstance(found, list) else []
    return frozenset(one for one in names if isinstance(one, str) and is_job_id(one))


def write_former_jobs(root: Path, job_ids: Collection[str]) -> None:
    """Remember which jobs of a root its campaign file does not have."""
    if job_ids or (root / FORMER).exists():
        (root / FOLDER).mkdir(exist_ok=True)
        write_json(root / FORMER, sorted(job_ids))


def keep(root: Path, campaign_file: Path) -> tuple[str, list[str]]:
    """Keep a campaign file in a root, with what changed since the one before.

    Returns
    -------
    name : str
        What it is called in the root; "" where it is the one that was given last.
    changes : list of str
        Lines of the unified diff; none of the first file.
    """
    text = campaign_file.read_text(encoding="utf-8")
    folder = root / FOLDER
    folder.mkdir(exist_ok=True)
    numbers = [int(file.stem) for file in folder.glob("*.yaml") if file.stem.isdecimal()]
    number = max(numbers, default=0)
    lines: list[str] = []
    if number:
        before = read_bounded(folder / f"{number:04d}.yaml", _MOST).decode("utf-8", "replace")
        if before == text:
            return "", []
        names = f"{number:04d}.yaml", f"{number + 1:04d}.yaml"
        both = before.splitlines(), text.splitlines()
        lines = list(difflib.unified_diff(both[0], both[1], names[0], names[1], lineterm=""))
        write_text(folder / f"{number + 1:04d}.diff", "\n".join(lines) + "\n")
    write_text(folder / f"{number + 1:04d}.yaml", text)
    return f"{FOLDER}/{number + 1:04d}.yaml", lines

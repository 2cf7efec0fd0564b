"""Files of designs, by plain file operations: `status` asks for them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workspace_schema.bounded import read_bounded
from workspace_schema.job_ids import is_job_id

#: Folder of a root with what the designs have found.
FOLDER = "designs"
#: Name, followed by the id of a design, of the empty file by which `init.py` says that a job needs
#: it; the job writes there the hash of the table that it began with.
NEEDS = ".needs."
#: Bytes of a file with what a design has found, at most.
MOST = 1_000_000_000


def design_of(potential: Any) -> str | None:
    """Id of the design that the potential of a state point uses."""
    if not isinstance(potential, Mapping):
        return None
    pairs = potential.get("pairs")
    for block in (potential, *(pairs.values() if isinstance(pairs, Mapping) else ())):
        design = block.get("design") if isinstance(block, Mapping) else None
        if isinstance(design, str) and is_job_id(design):  # it becomes a part of a path
            return design
    return None


def table_file(root: Path, design: str) -> Path:
    """The file with what a design has found."""
    return root / FOLDER / f"{design}.table"


def table_hash(root: Path, design: str) -> str:
    """SHA-256 of what a design has found."""
    return hashlib.sha256(read_bounded(table_file(root, design), MOST)).hexdigest()

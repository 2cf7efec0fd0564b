"""Files a campaign refers to, kept in ``inputs/<sha256><suffix>`` below its root.

A state point names a file by the hash of its content alone, so that the campaign goes on after
the original was moved or changed.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def stored_input(root: Path, sha256: str) -> Path:
    """Return the file with this content below a campaign's root.

    Raises
    ------
    FileNotFoundError
        Where there is none.
    """
    for file in sorted((root / "inputs").glob(f"{sha256}*")):
        if not file.name.endswith(".tmp"):
            return file
    raise FileNotFoundError(f"{root / 'inputs'} holds no file {sha256}*")


def store_input(root: Path, sha256: str, source: Path) -> None:
    """Copy a file below a campaign's root unless it is there."""
    try:
        stored_input(root, sha256)
    except FileNotFoundError:
        target = root / "inputs" / f"{sha256}{source.suffix}"
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f"{target.name}.{os.getpid()}.tmp")
        shutil.copyfile(source, temporary)
        temporary.replace(target)

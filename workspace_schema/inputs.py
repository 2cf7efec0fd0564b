"""Files a campaign refers to, kept in ``inputs/<sha256><suffix>`` below its root.

A state point names a file by the hash of its content alone, so that the campaign goes on after
the original was moved or changed.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

#: Bytes of the largest file that a campaign takes in.
LARGEST_FILE = 2_000_000_000


def too_large(size: int | None, most: int) -> str:
    """That a file of so many bytes, or of more than can be told, is not read."""
    got = "more than that unpacked" if size is None else f"{size / 1e6:.0f} MB"
    return f"is too large: expected at most {most / 1e6:.0f} MB, got {got}; keep fewer frames"


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

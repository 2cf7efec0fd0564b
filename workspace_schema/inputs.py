"""Files a campaign refers to, kept in ``inputs/<sha256><suffix>`` below its root.

A state point names a file by the hash of its content alone, so that the campaign goes on after
the original was moved or changed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from workspace_schema.bounded import open_regular
from workspace_schema.files import overwriting

#: Bytes of the largest file that a campaign takes in.
LARGEST_FILE = 2_000_000_000


def too_large(size: int | None, most: int) -> str:
    """That a file of so many bytes, or of more than can be told, is not read."""
    got = "more than that unpacked" if size is None else f"{size / 1e6:.0f} MB"
    return f"is too large: expected at most {most / 1e6:.0f} MB, got {got}; keep fewer frames"


def stored_input(root: Path, sha256: str) -> Path:
    """Return the file with this content below a campaign's root, held against its hash.

    Raises
    ------
    FileNotFoundError
        Where there is none.
    ValueError
        Where its content is another one.
    OSError
        Where it cannot be read, or is no regular file.
    """
    file = _copies(root).get(sha256)
    if file is None:
        raise FileNotFoundError(f"{root / 'inputs'} holds no file {sha256}*")
    with open_regular(file) as stream:
        size = os.fstat(stream.fileno()).st_size
        if size > LARGEST_FILE:
            raise ValueError(f"{file} {too_large(size, LARGEST_FILE)}")
        found = _sha256(stream)
    if found != sha256:
        raise ValueError(
            f"{file} was changed: its content has the SHA-256 {found}; put the original there"
        )
    return file


def _sha256(stream: IO[bytes]) -> str:
    return hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]


def _copies(root: Path) -> dict[str, Path]:
    """The files that are kept, by the hashes in their names, whatever they hold."""
    try:
        names = sorted(os.listdir(root / "inputs"))
    except FileNotFoundError:
        return {}
    kept = (name for name in names if not name.endswith(".tmp"))
    return {name.partition(".")[0]: root / "inputs" / name for name in kept}


def store_inputs(root: Path, sources: Mapping[str, Path]) -> None:
    """Copy files, by the hashes of their contents, below a campaign's root unless they are there.

    Raises
    ------
    ValueError
        Where a file no longer has its hash: it was changed after it was read.
    OSError
    """
    missing = sources.keys() - _copies(root).keys()
    for sha256, source in sources.items():
        if sha256 not in missing:
            continue
        target = root / "inputs" / f"{sha256}{source.suffix}"
        target.parent.mkdir(parents=True, exist_ok=True)
        with overwriting(target) as copy:
            with open_regular(source) as stream:
                shutil.copyfileobj(stream, copy)
            copy.seek(0)
            if _sha256(copy) != sha256:
                raise ValueError(f"{source} was changed while it was read; run init.py again")

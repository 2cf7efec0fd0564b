"""Writing products so that a reader never sees half a file, and reading them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

#: Seconds before now in which a file's time may not tell a later change from an earlier one
#: (clocks of file servers, caches of network file systems).
SETTLED = 5.0


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; rename it over `path` when the block ends well.

    The content reaches the disk before the rename. If the block raises, `path` is as before and
    the temporary file is gone.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.tmp{path.suffix}")
    try:
        yield temporary
        with open(temporary, "rb") as handle:
            os.fsync(handle.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Remove temporary files that a killed process has left; only for the holder of the lock."""
    for leftover in folder.glob(".*.tmp*"):
        leftover.unlink(missing_ok=True)


def write_json(path: str | Path, content: Any) -> None:
    """Write JSON by temporary file and rename."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(content, indent=2, allow_nan=False) + "\n")


def append_line(path: str | Path, content: Any) -> None:
    """Append one JSON line with a single write, after a line that a kill may have torn."""
    line = (json.dumps(content) + "\n").encode()
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o666)
    try:
        size = os.fstat(handle).st_size
        if size and os.pread(handle, 1, size - 1) != b"\n":
            line = b"\n" + line
        os.write(handle, line)
    finally:
        os.close(handle)


def read_json(path: str | Path) -> dict[str, Any]:
    """The object in a JSON file; empty where there is none.

    Raises
    ------
    ValueError
        Where the file holds anything else.
    """
    try:
        with open(path, "rb") as stream:
            content = json.loads(stream.read())
    except FileNotFoundError:
        return {}
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is damaged: {error}") from None
    if not isinstance(content, dict):
        raise ValueError(f"{path} is damaged: not a JSON object")
    return content


def readable_json(path: str | Path) -> dict[str, Any]:
    """The object in a JSON file; empty also where it is damaged or cannot be read."""
    try:
        return read_json(path)
    except (OSError, ValueError):
        return {}

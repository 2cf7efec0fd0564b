"""The files of a job folder: read in small portions, and never out of the folder."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import Any

from operations.jobs import attempts
from operations.jobs.files import readable_json
from operations.jobs.state import FAILED

#: A file that is larger is taken to be damaged.
MOST_READ = 5_000_000
#: Bytes of a log that are shown.
TAIL = 8_000
#: Files that are listed.
MOST_LISTED = 200


def small_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file; empty where it cannot be read or is too large."""
    try:
        return readable_json(path) if path.stat().st_size <= MOST_READ else {}
    except (OSError, RecursionError):
        return {}


def listing(folder: Path) -> list[tuple[str, int]]:
    """Names and sizes of the regular files of a job that may be seen, without hidden ones."""
    found = []
    for name in sorted(os.listdir(folder)):
        if not name.startswith(".") and safe(folder, name):
            found.append((name, (folder / name).stat().st_size))
    return found[:MOST_LISTED]


def safe(folder: Path, name: str) -> Path | None:
    """The path of a file directly in a job folder; None if it is anything else.

    A link, wherever it leads, what is in a folder that is one, and a name with a separator are
    something else.
    """
    if folder.is_symlink() or name in ("", ".", "..") or set(name) & set("/\\\0"):
        return None
    path = folder / name
    try:
        return path if stat.S_ISREG(os.lstat(path).st_mode) else None
    except OSError:
        return None


def tries(folder: Path) -> list[dict[str, Any]]:
    """The tries at a job, the last one first."""
    path = folder / attempts.FILE
    if not path.is_file() or path.stat().st_size > MOST_READ:
        return []
    return attempts.read(folder)[::-1][:50]


def tail(path: Path) -> str:
    """The end of a text file."""
    try:
        with open(path, "rb") as handle:
            size = handle.seek(0, os.SEEK_END)
            handle.seek(max(size - TAIL, 0))
            text = handle.read(TAIL).decode(errors="replace")
    except OSError:
        return ""
    # a progress line overwrites itself
    lines = [line.rsplit("\r", 1)[-1] for line in text.replace("\r\n", "\n").split("\n")]
    cleaned = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", "\n".join(lines))
    return ("…\n" if size > TAIL else "") + cleaned.strip()


def logs(root: Path, folder: Path) -> list[tuple[str, str]]:
    """What is known in words of how the last tries went: name and end of each text."""
    found = []
    traceback = small_json(folder / FAILED).get("traceback")
    if isinstance(traceback, str):
        found.append(("traceback", traceback[-TAIL:]))
    numbers = [str(one.get("scheduler_job")) for one in tries(folder) if one.get("scheduler_job")]
    for number in list(dict.fromkeys(numbers))[:3]:
        if re.fullmatch(r"\d+", number):
            for path in sorted((root / "logs").glob(f"*.{number}.txt"))[:2]:
                if safe(path.parent, path.name):
                    found.append((path.name, tail(path)))
    return found

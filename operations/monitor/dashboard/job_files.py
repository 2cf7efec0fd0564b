"""The files of a job folder: read in small portions, and never out of the folder."""

from __future__ import annotations

import os
import re
import stat
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

from operations.jobs import attempts
from operations.jobs.files import open_file, readable_json
from operations.jobs.state import FAILED

#: A file that is larger is taken to be damaged.
MOST_READ = 5_000_000
#: Bytes of a log that are shown.
TAIL = 8_000
#: Files that are listed, and names that are looked at for them.
MOST_LISTED, MOST_SCANNED = 200, 100_000


def small_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file; empty where it cannot be read or is too large."""
    try:
        return readable_json(path) if path.stat().st_size <= MOST_READ else {}
    except OSError:
        return {}


def listing(folder: Path) -> list[tuple[str, int]]:
    """Names and sizes of the regular files of a job that may be seen, without hidden ones and those
    whose names are no text."""
    found = []
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in islice(entries, MOST_SCANNED))
    except OSError:
        return []
    for name in names:
        path = None if name.startswith(".") or not _is_text(name) else safe(folder, name)
        if path is not None:
            with suppress(OSError):
                found.append((name, path.stat().st_size))
        if len(found) == MOST_LISTED:
            break
    return found


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


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
    return attempts.read(folder)[::-1][:50]


def tail(path: Path) -> str:
    """The end of a text file."""
    try:
        with open(open_file(path), "rb") as handle:
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
    wanted = [n for n in dict.fromkeys(numbers) if re.fullmatch(r"\d{1,18}", n)][:3]
    if not wanted or (root / "logs").is_symlink():
        return found
    try:
        with os.scandir(root / "logs") as entries:
            names = sorted(entry.name for entry in islice(entries, MOST_SCANNED))
    except OSError:
        return found
    for number in wanted:
        those = [name for name in names if name.endswith(f".{number}.txt") and _is_text(name)]
        found += [(name, tail(root / "logs" / name)) for name in those[:2]]
    return found

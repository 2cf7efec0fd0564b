"""Writing below a root that may come from a stranger: nothing is written through a link."""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any


def open_file(path: str | Path, flags: int = os.O_RDONLY) -> int:
    """Open a file; returns its descriptor.

    Raises
    ------
    OSError
        Also where it is a link or no file.
    """
    try:
        handle = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o666)
    except OSError as error:
        if error.errno == errno.ELOOP:
            error.strerror = "a link, which is not followed"
        elif error.errno == errno.ENXIO:  # a pipe or a socket
            error.strerror = "expected a file"
        raise
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "expected a file", str(path))
    return handle


def touch(path: str | Path) -> None:
    """Make an empty file; what is there already gets a new time."""
    handle = open_file(path, os.O_WRONLY | os.O_CREAT)
    try:
        os.utime(handle)
    finally:
        os.close(handle)


@contextmanager
def overwriting(path: str | Path) -> Iterator[IO[bytes]]:
    """Give an empty file to write and read; rename it over `path` when the block ends well.

    Of two processes at once one gets an error.
    """
    folder, name = os.path.split(path)
    temporary = os.path.join(folder, f".{name}.tmp")
    with suppress(FileNotFoundError):
        os.unlink(temporary)
    try:
        with open(temporary, "x+b") as stream:  # never what is there, a link least of all
            yield stream
        os.replace(temporary, path)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        raise


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Give a temporary path beside `path`, for libraries that open it themselves; rename it over
    `path` when the block ends well.

    Unlike with `overwriting`, the content reaches the disk before the rename. If the block raises,
    `path` is as before and the temporary file is gone.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.tmp{path.suffix}")
    temporary.unlink(missing_ok=True)  # a link, say
    try:
        yield temporary
        with open(temporary, "rb") as handle:
            os.fsync(handle.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: str | Path, text: str) -> None:
    """Write UTF-8 text by temporary file and rename."""
    with overwriting(path) as stream:
        stream.write(text.encode("utf-8"))


def write_json(path: str | Path, content: Any) -> None:
    """Write JSON by temporary file and rename."""
    write_text(path, json.dumps(content))


def check_folder(folder: str | Path) -> None:
    """Raise OSError where a job folder is a link: nothing is written to what is elsewhere."""
    if os.path.islink(folder):
        raise OSError(errno.ELOOP, "a link, which is not followed", str(folder))

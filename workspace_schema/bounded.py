"""Files of unknown origin, read without waiting for ever and without filling the memory."""

from __future__ import annotations

import errno
import os
import stat
from io import BufferedReader
from pathlib import Path

#: Bytes of a JSON file, at most; one that is larger is taken to be damaged.
MOST_JSON = 64_000_000


def open_regular(path: str | Path) -> BufferedReader:
    """Open a regular file for reading; a link to one is followed.

    A FIFO, a device or a socket is refused and not waited for.

    Raises
    ------
    OSError
        Where it cannot be opened, or is no regular file; `strerror` says what it is.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    mode = os.fstat(handle).st_mode
    if not stat.S_ISREG(mode):
        os.close(handle)
        number = errno.EISDIR if stat.S_ISDIR(mode) else errno.EINVAL
        what = os.strerror(number) if stat.S_ISDIR(mode) else "not a regular file"
        raise OSError(number, what, str(path))
    return os.fdopen(handle, "rb")


def read_bounded(path: str | Path, most: int) -> bytes:
    """Return the content of a regular file of at most `most` bytes.

    Raises
    ------
    OSError
        Where it cannot be read, is no regular file, or is larger.
    """
    with open_regular(path) as stream:
        size = os.fstat(stream.fileno()).st_size
        if size > most:
            raise OSError(errno.EFBIG, f"the file is larger than {most} bytes", str(path))
        return stream.read(size)  # a longer read would take its memory before it begins

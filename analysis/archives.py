"""NumPy archives from files that nobody vouches for: no pickles, nothing larger than is allowed."""

from __future__ import annotations

import io
import math
import os
import stat
import zipfile
import zlib
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

#: Bytes that an archive unpacks to, at most.
MOST_BYTES = 1 << 30

_WRONG = (
    zipfile.BadZipFile,
    zlib.error,
    ValueError,
    KeyError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    SyntaxError,
    OSError,
    TypeError,
    OverflowError,
)


def check_arrays(path: str | Path, most: int = MOST_BYTES) -> None:
    """Raise ValueError where an archive holds no arrays, or more than so many bytes of them.

    Nothing is unpacked but the first bytes of each array.
    """
    stream = _open(path)
    try:
        with stream, zipfile.ZipFile(stream) as archive:
            total = sum(member.file_size for member in archive.infolist())
            if total > most:
                raise ValueError(f"it unpacks to {total} bytes, expected at most {most}")
            for member in archive.infolist():
                with archive.open(member) as content:
                    shape, kind = _header(content)
                    if math.prod(shape) * kind.itemsize > member.file_size:
                        raise ValueError(f"{member.filename} says it is larger than it is")
    except _WRONG as error:
        raise ValueError(f"{path} cannot be read: {error}") from None


def read_arrays(path: str | Path, most: int = MOST_BYTES) -> dict[str, np.ndarray]:
    """All arrays of an archive, by name.

    Parameters
    ----------
    path : str or Path
        A file; links are not followed.
    most : int
        Bytes that it unpacks to, at most.

    Raises
    ------
    ValueError
        Where it holds anything else.
    OSError
        Where it cannot be opened.
    """
    check_arrays(path, most)
    stream = _open(path)
    try:
        with stream, np.load(stream, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except _WRONG as error:
        raise ValueError(f"{path} cannot be read: {error}") from None


def _open(path: str | Path) -> BinaryIO:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise ValueError(f"{path} is no file")
    return os.fdopen(handle, "rb")


def _header(content: Any) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Shape and type of an array from the beginning of its file."""
    begin = io.BytesIO(content.read(1 << 16))
    version = np.lib.format.read_magic(begin)
    read = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }
    if version not in read:
        raise ValueError(f"arrays of version {version}")
    shape, _, kind = read[version](begin)
    return shape, kind

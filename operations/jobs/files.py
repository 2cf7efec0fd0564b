"""Writing products so that a reader never sees half a file, and reading them.

A campaign may come from a stranger: links are not followed, and what is no file (a pipe, a device)
is not opened.
"""

from __future__ import annotations

import errno
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workspace_schema.bounded import MOST_JSON
from workspace_schema.files import open_file, replacing

#: Ends of the names of products.
PRODUCTS = (".gsd", ".json", ".jsonl", ".npz", ".samples")

#: Integers are of 64 bits, as in every table; what is longer becomes a float.
MOST_DIGITS, LARGEST = 20, 1 << 63

#: Seconds before now in which a file's time may not tell a later change from an earlier one
#: (clocks of file servers, caches of network file systems).
SETTLED = 5.0


def check_file(path: str | Path) -> None:
    """Raise OSError where there is no file, or a link, for libraries that open it themselves."""
    os.close(open_file(path))


def remove_leftovers(folder: Path) -> None:
    """Remove temporary files that a killed process has left; only for the holder of the lock.

    Raises
    ------
    ValueError
        If a product is a link: nothing is written to what is elsewhere.
    """
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(".") and ".tmp" in entry.name[1:]:
                os.unlink(entry.path)
            elif entry.is_symlink() and entry.name.endswith(PRODUCTS):
                raise ValueError(f"{entry.path} is a link, which is not followed; delete it")


def part_of(saved: Mapping[str, Any], beginning: str) -> dict[str, Any]:
    """The arrays of an npz file whose names begin so, by the rest of their names."""
    return {
        name.removeprefix(beginning): saved[name] for name in saved if name.startswith(beginning)
    }


def write_product(path: str | Path, content: Any) -> None:
    """Write JSON that is on the disk before its rename, which `workspace_schema.files.write_json`
    does not wait for."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(content, indent=2, allow_nan=False) + "\n")


def append_line(path: str | Path, content: Any) -> None:
    """Append one JSON line with a single write, after a line that a kill may have torn."""
    line = (json.dumps(content) + "\n").encode()
    handle = open_file(path, os.O_RDWR | os.O_APPEND | os.O_CREAT)
    try:
        size = os.fstat(handle).st_size
        if size and os.pread(handle, 1, size - 1) != b"\n":
            line = b"\n" + line
        os.write(handle, line)
    finally:
        os.close(handle)


def read_bytes(path: str | Path, most: int, end: bool = False) -> bytes:
    """The content of a file of at most so many bytes; of a longer one its end, if that will do.

    Raises
    ------
    OSError
        Also where it is too large.
    """
    handle = open_file(path)
    try:
        size = os.fstat(handle).st_size
        if size > most:
            if not end:
                raise OSError(errno.EFBIG, f"{size} bytes, expected at most {most}", str(path))
            os.lseek(handle, size - most, os.SEEK_SET)
        pieces = [os.read(handle, min(size, most))]
        while pieces[-1] and sum(map(len, pieces)) < min(size, most):
            pieces.append(os.read(handle, most))
        return b"".join(pieces)
    finally:
        os.close(handle)


def parse_json(text: bytes) -> Any:
    """What JSON says, in what every encoder and table can hold: text without lone surrogates,
    integers of more than 64 bits as floats.

    Raises
    ------
    ValueError, RecursionError
    """
    content = json.loads(text.decode(), parse_int=_integer)
    return _encodable(content) if _SURROGATE.search(text) else content


_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def _integer(text: str) -> int | float:
    number = int(text) if len(text) <= MOST_DIGITS else LARGEST
    return number if -LARGEST <= number < LARGEST else float(text)


def _encodable(content: Any) -> Any:
    if isinstance(content, str):
        return content.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(content, list):
        return [_encodable(one) for one in content]
    if isinstance(content, dict):
        return {_encodable(key): _encodable(value) for key, value in content.items()}
    return content


def read_json(path: str | Path) -> dict[str, Any]:
    """The object in a JSON file; empty where there is none.

    Raises
    ------
    ValueError
        Where the file holds anything else, is a link or none of ours.
    """
    try:
        content = parse_json(read_bytes(path, MOST_JSON))
    except FileNotFoundError:
        return {}
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is damaged: {error}") from None
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EINVAL, errno.ENXIO, errno.EFBIG):
            raise ValueError(f"{path} is damaged: {error.strerror}") from None
        raise
    if not isinstance(content, dict):
        raise ValueError(f"{path} is damaged: not a JSON object")
    return content


def readable_json(path: str | Path) -> dict[str, Any]:
    """The object in a JSON file; empty also where it is damaged or cannot be read."""
    try:
        return read_json(path)
    except (OSError, ValueError):
        return {}

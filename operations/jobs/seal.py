"""Seals: a product says which job it is of, what the files beside it were, and what it says itself.

A bit that has flipped, or a file of a sister job, is seen by whoever asks `broken`. Products of
versions before this one have no seal and are taken as they are.
"""

from __future__ import annotations

import errno
import hashlib
import json
import math
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from operations.jobs.files import open_file, parse_json, readable_json
from operations.jobs.state import DOCUMENT

#: Bytes of a file that a product vouches for, at most: a sparse one of a terabyte would be read for
#: an hour.
MOST_BYTES = 1 << 32
#: Keys: the job, SHA-256 of the files by name, SHA-256 of everything else in the product.
JOB, FILES, SEAL = "job_id", "sha256", "seal"


def sealed(content: Mapping[str, Any], folder: Path, names: Iterable[str]) -> dict[str, Any]:
    """A product with its seal.

    Parameters
    ----------
    content : mapping
        Of JSON types.
    folder : Path
        Of the job.
    names : iterable of str
        Files that it vouches for; those that are not there, or too large, are left out.
    """
    hashes = {}
    for name in names:
        try:
            hashes[name] = file_hash(folder / name, MOST_BYTES)
        except FileNotFoundError:
            continue
        except OSError as error:
            if error.errno != errno.EFBIG:
                raise
    whole = dict(content) | {JOB: folder.name, FILES: hashes}
    return whole | {SEAL: _digest(whole)}  # in the place of an old one


def broken(content: Mapping[str, Any], folder: Path, files: bool = True) -> str:
    """What is wrong with a product that has a seal, in words; "" where nothing is.

    Parameters
    ----------
    content : mapping
        As read.
    folder : Path
        Of the job that it is found in.
    files : bool
        Whether to look into the files that it vouches for, too.
    """
    if content.keys().isdisjoint((JOB, FILES, SEAL)):
        return ""
    if content.get(SEAL) != _digest(content):
        return "is not as it was written"
    if content.get(JOB) != folder.name and content.get(JOB) not in _former(folder):
        return f"is of the job {content.get(JOB)}"
    hashes = content.get(FILES)
    for name, known in hashes.items() if files and isinstance(hashes, dict) else ():
        try:
            if file_hash(folder / name, MOST_BYTES) != known:
                return f"was written with another {name}"
        except OSError as error:
            return f"was written with a {name} that cannot be read: {error.strerror}"
    return ""


def _former(folder: Path) -> list[str]:
    """Ids that a job had in earlier versions of the schema, as a migration has noted them."""
    former = readable_json(folder / DOCUMENT).get("former")
    return former if isinstance(former, list) else []


def file_hash(path: Path, most: float = math.inf) -> str:
    """SHA-256 of a file.

    Raises
    ------
    OSError
        Where it is no file, or one of more bytes than `most`.
    """
    with open(open_file(path), "rb") as stream:
        if os.fstat(stream.fileno()).st_size > most:
            raise OSError(errno.EFBIG, f"more than {most:g} bytes", str(path))
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _digest(content: Mapping[str, Any]) -> str:
    # as it is read again: tuples are lists, long integers floats
    plain = parse_json(json.dumps(content).encode())
    plain.pop(SEAL, None)
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()

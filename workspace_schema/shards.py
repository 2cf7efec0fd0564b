"""A campaign spread over several roots: which job is in which, and how a folder says so.

A job goes by its id, which is a hash of its state point: always into the same root, whatever else
the campaign has.
"""

from __future__ import annotations

import json
from pathlib import Path

from workspace_schema.bounded import read_bounded
from workspace_schema.files import write_text

FILE = "shards.json"
MOST = 4096


def shard_of(job_id: str, n_shards: int) -> int:
    """Number of the root that a job belongs to, from 0."""
    return int(job_id[:8], 16) % n_shards


def shard_names(n_shards: int) -> list[str]:
    """Names of the roots, in the order of their numbers."""
    digits = len(str(n_shards - 1))
    return [f"shard_{number:0{digits}}" for number in range(n_shards)]


def read_number(folder: Path) -> int | None:
    """Into how many roots a folder is divided; None where it is not.

    Raises
    ------
    ValueError
        Where its file is damaged.
    """
    file = folder / FILE
    try:
        number = json.loads(read_bounded(file, 10_000))["shards"]
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, KeyError, TypeError, RecursionError):
        number = None
    if not isinstance(number, int) or not 1 <= number <= MOST:
        raise ValueError(f'{file} is damaged; expected {{"shards": N}} with N from 1 to {MOST}')
    return number


def write_number(folder: Path, n_shards: int) -> None:
    """Say into how many roots a folder is divided."""
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / FILE, json.dumps({"shards": n_shards}) + "\n")

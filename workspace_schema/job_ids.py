"""Ids of jobs, computed from their state points without signac."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

_JOB_ID = re.compile(r"[0-9a-f]{32}")


def job_id(statepoint: Mapping[str, Any]) -> str:
    """Return the id signac gives to a state point (MD5 of its JSON with sorted keys)."""
    return _hash(block_text(statepoint))


def is_job_id(name: str) -> bool:
    """Whether a name is that of a job folder, and of nothing else."""
    return _JOB_ID.fullmatch(name) is not None


def block_text(block: object) -> str:
    """Return the JSON of a part of a state point, as it stands in that of the whole."""
    return json.dumps(block, sort_keys=True)


def job_id_of_texts(texts: Mapping[str, str]) -> str:
    """Return the id of a state point from the texts of its parts, which many jobs share."""
    parts = ", ".join(f'"{name}": {texts[name]}' for name in sorted(texts))
    return _hash(f"{{{parts}}}")


def _hash(blob: str) -> str:
    return hashlib.md5(blob.encode(), usedforsecurity=False).hexdigest()

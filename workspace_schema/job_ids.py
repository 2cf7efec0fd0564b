"""Ids of jobs, computed from their state points without signac."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def job_id(statepoint: Mapping[str, Any]) -> str:
    """Return the id signac gives to a state point (MD5 of its JSON with sorted keys)."""
    blob = json.dumps(statepoint, sort_keys=True)
    return hashlib.md5(blob.encode(), usedforsecurity=False).hexdigest()

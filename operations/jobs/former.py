"""Jobs of a root that its campaign file no longer has: left out of runs, table and diagram."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from workspace_schema.history import FORMER, former_jobs


def left_out(root: Path | str, settings: Mapping[str, Any]) -> frozenset[str]:
    """Ids of the jobs that are left out: of none where `settings` show former jobs.

    Asked for every job by conditions: what the root says is read once, until it changes.
    """
    try:
        changed = os.stat(os.path.join(root, FORMER)).st_mtime_ns
    except OSError:
        return frozenset()
    return frozenset() if settings.get("former_jobs") == "show" else _read(str(root), changed)


@lru_cache(maxsize=64)
def _read(root: str, changed: int) -> frozenset[str]:
    return former_jobs(Path(root))

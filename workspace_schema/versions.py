"""What changed from one schema version to the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

SCHEMA_VERSION = 2

#: From a state point of one version to that of the next, and what moves from it to the extents of
#: the job (how long it goes on, where that is not the default).
Migration = Callable[[dict[str, Any]], tuple[dict[str, Any], dict[str, Any]]]


def _genetic_goes_on(statepoint: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Version 1 → 2: how far a genetic search goes is an extent."""
    extent: dict[str, Any] = {}
    if statepoint["method"]["name"] == "genetic":
        for name, default in (("generations", 60), ("stagnation", 12)):
            value = statepoint["method"].pop(name, default)
            if value != default:
                extent[name] = value
    return statepoint, extent


#: MIGRATIONS[n] turns a state point of version n into one of version n + 1.
MIGRATIONS: dict[int, Migration] = {1: _genetic_goes_on}

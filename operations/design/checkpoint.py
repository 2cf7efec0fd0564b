"""Checkpoints of designs: a state that is arrays, states of engines, and what JSON can hold."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from operations.jobs.files import part_of, replacing

State = TypeVar("State")

#: Name of what JSON holds.
COUNTERS = "design"


def save(state: Any, path: Path) -> None:
    """Write a state, a dataclass: arrays by their names, engines by theirs before each array."""
    content: dict[str, Any] = {}
    counters: dict[str, Any] = {}
    for name, value in vars(state).items():
        if isinstance(value, np.ndarray):
            content[name] = value
        elif isinstance(value, dict):
            content |= {f"{name}_{key}": array for key, array in value.items()}
        else:
            counters[name] = value
    content[COUNTERS] = np.array(json.dumps(counters))
    with replacing(path) as temporary:
        np.savez(temporary, **content)


def load(kind: type[State], path: Path) -> State:
    """Read a state of a kind."""
    with np.load(path) as saved:
        known: dict[str, Any] = json.loads(str(saved[COUNTERS]))
        for field in fields(kind):  # type: ignore[arg-type]
            if field.name in saved.files:
                known[field.name] = saved[field.name]
            elif field.name not in known:
                # a field that was not there yet keeps its default
                known |= {field.name: own} if (own := part_of(saved, f"{field.name}_")) else {}
    return kind(**known)

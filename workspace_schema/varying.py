"""Which values vary between the points of a campaign: the axes that its diagram may have."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from workspace_schema.blocks import Block
from workspace_schema.canonical import lookup
from workspace_schema.derived import derived
from workspace_schema.errors import dotted
from workspace_schema.methods.registry import PARAMETERS
from workspace_schema.suggestions import did_you_mean, meant


def varied_paths(blocks: Mapping[str, list[Block]]) -> list[str]:
    """Return the paths of the axes of all blocks as state points have them."""
    return list(
        dict.fromkeys(
            state_point_path(dotted(axis.path))
            for alternatives in blocks.values()
            for block in alternatives
            for axis in block.axes
            # each file is its own point
            if axis.path not in (("method", "sha256"), ("method", "conditions"))
        )
    )


def row_axes(methods: Sequence[Block]) -> set[str]:
    """Return the paths that only the rows of the jobs of these methods have a value of."""
    names = [str((block.fixed or {}).get("name")) for block in methods]
    return {path for name in names if name in PARAMETERS for path in PARAMETERS[name].row_axes}


class Values:
    """What there is at the paths of the points that went by.

    Parameters
    ----------
    paths : sequence of str
        Paths to be asked for; each has a value, not a block, in some job, or not.
    compare : bool
        Whether to find the paths at which jobs of one method differ, too.
    """

    def __init__(self, paths: Sequence[str], compare: bool) -> None:
        self._missing = list(dict.fromkeys(paths))
        self._compare = compare
        self._last: dict[tuple[str, str], Any] = {}
        self._values: dict[tuple[str, str], str | None] = {}  # None where there are several
        self._conditions: dict[str, set[Any]] = {}
        self._sample: Mapping[str, Any] = {}

    def add(self, statepoint: Mapping[str, Any]) -> None:
        """Take note of a point."""
        self._sample = statepoint
        if self._missing:
            self._missing = [path for path in self._missing if not _is_value(path, statepoint)]
        for name, value in statepoint.get("conditions", {}).items():
            self._conditions.setdefault(name, set()).add(value)
        if self._compare:
            name = statepoint["method"]["name"]
            for key, block in statepoint.items():
                if key != "replica" and self._last.get((name, key)) is not block:
                    self._last[name, key] = block
                    self._compare_leaves(name, block, key)

    def _compare_leaves(self, name: str, value: Any, path: str) -> None:
        if isinstance(value, Mapping):
            for key, item in value.items():
                self._compare_leaves(name, item, f"{path}.{key}")
        elif path not in ("method.name", "method.sha256", "potential.design"):
            text = json.dumps(value)
            if self._values.setdefault((name, path), text) != text:
                self._values[name, path] = None

    @property
    def leaves(self) -> list[str]:
        """Paths of all values of the last point."""
        return list(_leaves(self._sample))

    def has(self, path: str) -> bool:
        """Whether some job has a value at a path."""
        return path not in self._missing

    def varying_conditions(self) -> list[str]:
        """Return the paths of conditions that differ: numbers, or words where no number does."""
        varying = {name: found for name, found in self._conditions.items() if len(found) > 1}
        numbers = [n for n, found in varying.items() if all(isinstance(v, float) for v in found)]
        return [f"conditions.{name}" for name in numbers or varying]

    def differing(self) -> list[str]:
        """Return the paths at which jobs of one method differ, other than by replica."""
        return list(dict.fromkeys(path for (_, path), text in self._values.items() if text is None))


def _leaves(value: Any, path: str = "") -> Iterator[str]:
    """Yield the paths of what is no mapping."""
    if not isinstance(value, Mapping):
        yield path
        return
    for key, item in value.items():
        yield from _leaves(item, f"{path}.{key}" if path else key)


def hint_at_axis(path: str, varied: Sequence[str], leaves: Sequence[str]) -> str:
    """Return a hint at the axis that was meant: by its last part it may be called otherwise."""
    last = {known.rpartition(".")[2]: known for known in [*leaves, *varied]}
    found = meant(path.rpartition(".")[2], last)
    return f"did you mean {last[found]}?" if found else did_you_mean(path, varied)


def state_point_path(path: str) -> str:
    """Return a path as state points have it: the types of a pair are sorted."""
    parts = path.split(".")
    if parts[:2] == ["potential", "pairs"] and len(parts) > 2:
        parts[2] = "-".join(sorted(parts[2].split("-")))
    return ".".join(parts)


def _is_value(path: str, statepoint: Mapping[str, Any]) -> bool:
    """Return whether a job has a value, not a block, at a path, or one that follows from others."""
    if derived(statepoint, path) is not None:
        return True
    try:
        return not isinstance(lookup(statepoint, path), Mapping)
    except KeyError:
        return False

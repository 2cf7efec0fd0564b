"""Ranges ``{free: [low, high]}`` in the place of numbers, of which a design finds one."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from workspace_schema.errors import KeyPath, show

#: The key of a range.
FREE = "free"
#: Free parameters at most.
MOST = 10
#: Parts of the way from low to high at which a block is tried: the ends, and where a design may
#: begin. No bounds of whole numbers have a whole number at the last.
TRIED = (0.0, 1.0, 0.5, 0.381966)


def ranges(block: Mapping[str, Any]) -> Iterator[tuple[KeyPath, Any]]:
    """What is said to be free, however deep, and where."""
    for key, value in block.items():
        if isinstance(value, Mapping):
            if len(value) == 1 and FREE in value and not isinstance(value[FREE], Mapping):
                yield (str(key),), value[FREE]
            else:
                yield from (((str(key), *path), inner) for path, inner in ranges(value))


def has_ranges(block: Any) -> bool:
    """Whether a block has a free parameter."""
    return isinstance(block, Mapping) and any(True for _ in ranges(block))


def bounds(where: str, value: Any) -> tuple[float, float]:
    """Two numbers, the lower first.

    Raises
    ------
    ValueError
        ``WHERE: what is wrong``, where they are not.
    """
    numbers = value if isinstance(value, list | tuple) else ()
    plain = [x for x in numbers if isinstance(x, int | float) and not isinstance(x, bool)]
    if len(numbers) != 2 or len(plain) != 2 or not all(map(math.isfinite, plain)):
        raise ValueError(f"{where}: got {show(value)}; expected two numbers, {{free: [low, high]}}")
    low, high = float(plain[0]), float(plain[1])
    if not low < high:
        raise ValueError(
            f"{where}: got {show(value)}; expected low < high in {{free: [low, high]}}"
        )
    return low, high


def between(free: Mapping[str, tuple[float, float]], part: float) -> dict[str, float]:
    """Values at a part of the way from low to high, by name."""
    return {name: (1.0 - part) * low + part * high for name, (low, high) in free.items()}

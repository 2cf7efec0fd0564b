"""What a block of a campaign says at one step of its axes, and where in the file that stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from workspace_schema.axes import AxisGroup, place
from workspace_schema.blocks import Block
from workspace_schema.errors import KeyPath


class SteppedBlock:
    """A block and its axes among the groups of a campaign; a step is one number for each group.

    Parameters
    ----------
    block : Block
    groups : sequence of AxisGroup
        Also those of other blocks.
    """

    def __init__(self, block: Block, groups: Sequence[AxisGroup]) -> None:
        self.block = block
        self._axes = [
            (axis, number, member, group)
            for number, group in enumerate(groups)
            for member, axis in enumerate(group.axes)
            if axis.path[0] == block.name
        ]

    def own(self, steps: Sequence[int]) -> tuple[int, ...]:
        """Return the steps that concern the block."""
        return tuple(steps[number] for _, number, _, _ in self._axes)

    def at(self, steps: Sequence[int]) -> Any:
        """Return what the block says at a step."""
        data: Any = self.block.fixed
        for axis, number, member, group in self._axes:
            data = place(data, axis.path[1:], group.value(member, steps[number]))
        return data

    def locator(self, steps: Sequence[int]) -> Callable[[KeyPath], KeyPath]:
        """Return the function that turns a key path in the block at a step into one of the file."""

        def locate(path: KeyPath) -> KeyPath:
            for axis, number, _, _ in self._axes:
                inner = axis.path[1:]
                if path[: len(inner)] == inner:
                    item = (steps[number],) if axis.listed else ()
                    return (*axis.file_path, *item, *path[len(inner) :])
            return (*self.block.file_path, *path)

        return locate

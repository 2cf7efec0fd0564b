"""A building block of which a design finds some numbers, each between bounds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError

from workspace_schema.axes import place
from workspace_schema.building_blocks.building_block import BuildingBlock, Vector
from workspace_schema.canonical import canonical
from workspace_schema.design_files import read_numbers, table_file
from workspace_schema.errors import dotted, explain
from workspace_schema.ranges import FREE, MOST, TRIED, between, bounds, ranges


class AdjustableBody(BuildingBlock):
    """A building block with ``{free: [low, high]}`` for some of its numbers.

    In campaign files and state points it is the block of the form, ranges in the place of numbers.

    Attributes
    ----------
    block : dict
        All keys of the form in full; what is free is at its lower bound.
    free : dict of str to (float, float)
        Bounds by dotted path: ``truncation``, ``patches.X.half_angle``.
    design : str, optional
        Id of the job that finds them; left out in the design itself.
    """

    block: dict[str, Any]
    free: dict[str, tuple[float, float]]
    design: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")] | None = None

    def at(self, values: Mapping[str, float]) -> BuildingBlock:
        """The body with these values of what is free."""
        from workspace_schema.building_blocks import BUILDING_BLOCKS

        return BUILDING_BLOCKS[self.form].model_validate(_placed(self.block, values))

    @property
    def middle(self) -> BuildingBlock:
        """The body in the middle of all bounds."""
        return self.at(between(self.free, 0.5))

    @property
    def lives_in(self) -> tuple[int, ...]:
        """Dimensions of the systems it can be in."""
        return self.middle.lives_in

    @property
    def in_plane(self) -> dict[str, list[Vector]]:
        """Vectors that have z = 0 in two dimensions, by their key."""
        return self.middle.in_plane

    def plain(self) -> dict[str, Any]:
        """The block as it stands in a state point."""
        design = {} if self.design is None else {"design": self.design}
        own = {name: {FREE: list(both)} for name, both in self.free.items()}
        return _placed(self.block, own) | design

    def found(self, root: Path) -> BuildingBlock:
        """The body that the design has found.

        Raises
        ------
        ValueError
            Where it has found none, or not all and only what is free, each within its bounds.
        """
        if self.design is None:
            raise ValueError(f"a {self.form} with free numbers needs the id of its design")
        numbers, file = read_numbers(root, self.design), table_file(root, self.design)
        if numbers.keys() != self.free.keys():
            has = ", ".join(sorted(numbers)) or "nothing"
            raise ValueError(f"{file} has {has}; expected what is free: {', '.join(self.free)}")
        for name, (low, high) in self.free.items():
            rounding = 1e-9 * (high - low)
            if not low - rounding <= numbers[name] <= high + rounding:
                raise ValueError(
                    f"{file}: {name}: got {numbers[name]:g}; expected {low:g} to {high:g}, its"
                    " bounds"
                )
            numbers[name] = min(max(numbers[name], low), high)
        return self.at(numbers)


def adjustable_body(
    data: Mapping[str, Any], forms: Mapping[str, type[BuildingBlock]]
) -> AdjustableBody:
    """The building block of a block with ranges.

    Raises
    ------
    ValueError
        ``KEY: what is wrong``, where a range is none, or at its bounds or between them there is
        no such body.
    """
    form, design = forms[str(data["form"])], data.get("design")
    data = {key: value for key, value in data.items() if key != "design"}
    free = {dotted(path): bounds(dotted(path), value) for path, value in ranges(data)}
    free = dict(sorted(free.items()))  # the order of a file means nothing
    if len(free) > MOST:
        raise ValueError(f"{len(free)} numbers are free; expected at most {MOST}")
    whole = []
    for part in TRIED:
        block = _placed(data, between(free, part))
        try:
            whole.append(canonical(form.model_validate(block)))
        except ValidationError as error:
            path, message = explain(
                dict(error.errors(include_url=False, include_context=False)[0]),
                block,
                form.model_fields,
            )
            where = f"{dotted(path)}: " if path else ""
            why = " between the bounds" if dotted(path) in free else ""
            raise ValueError(f"{where}{message}{why}") from None
    return AdjustableBody(form=str(data["form"]), block=whole[0], free=free, design=design)


def _placed(block: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """A block with values at dotted paths."""
    placed: Any = dict(block)
    for name, value in values.items():
        placed = place(placed, tuple(name.split(".")), value)
    return dict(placed)

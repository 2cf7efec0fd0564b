"""What every building block has: a form, and a size that fixes the unit of length."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from workspace_schema.base import Model

Length = Annotated[float, Field(gt=0)]
Vector = tuple[float, float, float]


class BuildingBlock(Model):
    """The body of the particles of one type. A type without one is a point.

    A building block is one file with a subclass, and one line in
    `workspace_schema.building_blocks.BUILDING_BLOCKS`. Its geometry is in `analysis.shapes`.

    Attributes
    ----------
    form : str
        The key in the registry; subclasses narrow it to a literal.
    """

    form: str

    dimensions: ClassVar[tuple[int, ...]] = (2, 3)  # of the systems it can be in
    turns: ClassVar[bool] = True  # whether its orientation means anything
    references: ClassVar[tuple[str, ...]] = ()  # keys in analysis/references.bib
    hard: ClassVar[bool] = True  # whether it is a body for `monte_carlo`

    @property
    def lives_in(self) -> tuple[int, ...]:
        """Dimensions of the systems it can be in."""
        return self.dimensions

    @property
    def in_plane(self) -> dict[str, list[Vector]]:
        """Vectors that have z = 0 in two dimensions, by their key."""
        return {}

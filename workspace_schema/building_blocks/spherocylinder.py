"""Hard spherocylinders."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from workspace_schema.building_blocks.building_block import BuildingBlock, Length


class HardSpherocylinder(BuildingBlock):
    """A hard cylinder with a hemisphere of its diameter on either end, along z.

    Attributes
    ----------
    elongation : float
        L/D: length of the cylinder without the hemispheres in diameters.
    volume : float
        Of the whole body.
    """

    dimensions: ClassVar[tuple[int, ...]] = (3,)
    references: ClassVar[tuple[str, ...]] = ("mcgrother1996", "bolhuis1997")

    form: Literal["hard_spherocylinder"]
    elongation: Annotated[float, Field(ge=1e-3, le=1e3)]
    volume: Length = 1.0

    @property
    def length(self) -> float:
        """Of the whole body, with both hemispheres."""
        of_unit = math.pi / 6.0 + math.pi / 4.0 * self.elongation  # volume at diameter 1
        return float((1.0 + self.elongation) * (self.volume / of_unit) ** (1.0 / 3.0))

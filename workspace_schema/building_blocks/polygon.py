"""Hard convex polygons."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from workspace_schema.building_blocks.building_block import BuildingBlock, Length

Corner = tuple[float, float]
#: Sine of an angle from which on an edge turns.
_STRAIGHT = 1e-9


class HardPolygon(BuildingBlock):
    """A hard convex polygon, with `rounding` a spheropolygon: the polygon swept by a disk.

    Attributes
    ----------
    sides : int
        Of a regular polygon; or, instead,
    vertices : list of [x, y]
        Corners of a convex polygon, in either sense of rotation.
    area : float
        Of the whole body, rounding included.
    rounding : float
        Radius of the disk that is swept along the edge of a polygon, which is the smaller for it:
        at √(area / π) only the disk is left.
    """

    dimensions: ClassVar[tuple[int, ...]] = (2,)

    form: Literal["hard_polygon"]
    sides: Annotated[int, Field(ge=3, le=100)] | None = None
    vertices: Annotated[list[Corner], Field(min_length=3, max_length=200)] | None = None
    area: Length = 1.0
    rounding: Annotated[float, Field(ge=0)] = 0.0

    @model_validator(mode="after")
    def _one_description(self) -> HardPolygon:
        if (self.sides is None) == (self.vertices is None):
            raise ValueError("expected one of sides (of a regular polygon) and vertices")
        most = math.sqrt(self.area / math.pi)
        if self.rounding >= most:
            raise ValueError(
                f"rounding: got {self.rounding:g}; expected less than {most:.4g}, the radius of"
                " a disk"
            )
        if self.vertices is not None and not _is_convex(self.vertices):
            raise ValueError(
                "vertices: expected the corners of a convex polygon, one after the other"
            )
        return self


def _is_convex(corners: list[Corner]) -> bool:
    """Whether every turn along the edge is to the same side, and they add up to one round.

    A turn that rounding may have made is none.
    """
    n = len(corners)
    edges = [
        (corners[(k + 1) % n][0] - corners[k][0], corners[(k + 1) % n][1] - corners[k][1])
        for k in range(n)
    ]
    sines = [
        (a[0] * b[1] - a[1] * b[0]) / (math.hypot(*a) * math.hypot(*b) or 1.0)
        for a, b in zip(edges, edges[1:] + edges[:1], strict=True)
    ]
    if not (all(sine > _STRAIGHT for sine in sines) or all(sine < -_STRAIGHT for sine in sines)):
        return False
    # a star turns to one side too, but more than once around: its x goes up and down more often
    rising = [edge[0] > 0 for edge in edges if edge[0] != 0]
    return sum(a != b for a, b in zip(rising, rising[1:] + rising[:1], strict=True)) == 2

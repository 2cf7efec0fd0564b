"""Hard polygons, convex and concave."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from workspace_schema.building_blocks.building_block import BuildingBlock, Length

Corner = tuple[float, float]
#: Sine of an angle from which on an edge turns.
STRAIGHT = 1e-9


class HardPolygon(BuildingBlock):
    """A hard polygon; a convex one with `rounding` is a spheropolygon: the polygon swept by a disk.

    Attributes
    ----------
    sides : int
        Of a regular polygon; or, instead,
    vertices : list of [x, y]
        Corners, in either sense of rotation; the edges may not cross.
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
        if self.vertices is not None and not _is_simple(self.vertices):
            raise ValueError(
                "vertices: expected the corners of a polygon whose edges turn at every corner and"
                " do not cross, one after the other"
            )
        if self.rounding and not self.convex:
            raise ValueError("rounding: expected 0 of a polygon that is not convex")
        return self

    @property
    def convex(self) -> bool:
        """Whether it turns to one side only."""
        turns = [] if self.vertices is None else _turns(self.vertices)
        return all(turn > 0 for turn in turns) or all(turn < 0 for turn in turns)


def _turns(corners: list[Corner]) -> list[float]:
    """Sine of the turn at the end of every edge; 0 where an edge has no length."""
    n = len(corners)
    edges = [
        (corners[(k + 1) % n][0] - corners[k][0], corners[(k + 1) % n][1] - corners[k][1])
        for k in range(n)
    ]
    return [
        (a[0] * b[1] - a[1] * b[0]) / (math.hypot(*a) * math.hypot(*b) or 1.0)
        for a, b in zip(edges, edges[1:] + edges[:1], strict=True)
    ]


def _is_simple(corners: list[Corner]) -> bool:
    """Whether the edge turns at every corner and meets itself nowhere.

    A turn that rounding may have made is none.
    """
    if any(abs(turn) <= STRAIGHT for turn in _turns(corners)):
        return False
    n = len(corners)
    return not any(
        _meet(corners[i], corners[i + 1], corners[j], corners[(j + 1) % n])
        for i in range(n - 1)
        for j in range(i + 2, n - (i == 0))
    )


def _meet(a: Corner, b: Corner, c: Corner, d: Corner) -> bool:
    """Whether the segments a b and c d have a point in common."""
    first = _side(a, b, c), _side(a, b, d)
    if first[0] * first[1] > 0:
        return False
    second = _side(c, d, a), _side(c, d, b)
    if first[0] * first[1] < 0 and second[0] * second[1] < 0:
        return True
    ends = zip((*first, *second), (c, d, a, b), ((a, b), (a, b), (c, d), (c, d)), strict=True)
    return any(
        side == 0 and all(min(p[k], q[k]) <= end[k] <= max(p[k], q[k]) for k in (0, 1))
        for side, end, (p, q) in ends
    )


def _side(a: Corner, b: Corner, c: Corner) -> int:
    """On which side of the line from a to b a point is, 1 to the left; 0 where rounding decides."""
    turn = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    scale = math.dist(a, b) * max(math.dist(a, c), math.dist(b, c))
    return 0 if abs(turn) <= STRAIGHT * scale else (1 if turn > 0 else -1)

"""Rigid unions of hard convex polyhedra: an L, a cross."""

from __future__ import annotations

from itertools import combinations
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from workspace_schema.building_blocks.building_block import BuildingBlock, Length, Vector
from workspace_schema.building_blocks.polyhedron import check_corners

#: Two parts overlap where a ball of this part of their size fits into both.
_DEPTH = 1e-6

Part = Annotated[list[Vector], Field(min_length=4, max_length=200)]


class PolyhedronUnion(BuildingBlock):
    """A hard body of convex polyhedra that touch and do not overlap.

    Attributes
    ----------
    parts : list of list of [x, y, z]
        Corners of each polyhedron. The centroid of all is moved to the origin.
    volume : float
        Of the whole body.
    """

    dimensions: ClassVar[tuple[int, ...]] = (3,)

    form: Literal["polyhedron_union"]
    parts: Annotated[list[Part], Field(min_length=1, max_length=50)]
    volume: Length = 1.0

    @model_validator(mode="after")
    def _parts_side_by_side(self) -> PolyhedronUnion:
        for number, part in enumerate(self.parts):
            check_corners(part, f"parts[{number}]")
        for one, other in combinations(range(len(self.parts)), 2):
            if _overlap(self.parts[one], self.parts[other]):
                raise ValueError(
                    f"parts[{other}]: overlaps parts[{one}]; expected parts that only touch"
                )
        return self


def _overlap(one: list[Vector], other: list[Vector]) -> bool:
    """Whether more than a skin is common to two hulls: the largest ball in both, by a linear
    program."""
    import numpy as np
    from scipy.optimize import linprog
    from scipy.spatial import ConvexHull

    planes = np.concatenate([ConvexHull(np.array(part)).equations for part in (one, other)])
    room = np.column_stack([planes[:, :3], np.ones(len(planes))])  # n·x + radius <= -offset
    bounds = [(None, None)] * 4
    found = linprog([0, 0, 0, -1.0], A_ub=room, b_ub=-planes[:, 3], bounds=bounds)
    return bool(-found.fun > _DEPTH * min(np.ptp(one, axis=0).max(), np.ptp(other, axis=0).max()))

"""Rigid unions of hard convex polyhedra: an L, a cross."""

from __future__ import annotations

from itertools import combinations
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from workspace_schema.building_blocks.building_block import BuildingBlock, Length, Vector
from workspace_schema.building_blocks.polyhedron import check_corners

#: Two parts overlap where a ball of this part of the size of the smaller fits into both, and touch
#: where their faces need not move by more to meet.
_DEPTH = 1e-6

Part = Annotated[list[Vector], Field(min_length=4, max_length=200)]


class PolyhedronUnion(BuildingBlock):
    """A hard body of convex polyhedra that touch, all in one piece, and do not overlap.

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
        pairs = list(combinations(range(len(self.parts)), 2))
        depths = {(i, j): _depth(self.parts[i], self.parts[j]) for i, j in pairs}
        for (one, other), depth in depths.items():
            if depth > _DEPTH:
                raise ValueError(
                    f"parts[{other}]: overlaps parts[{one}]; expected parts that only touch"
                )
        held = {0}
        for _ in self.parts:
            held |= {k for pair in pairs if depths[pair] > -_DEPTH and held & {*pair} for k in pair}
        if loose := {*range(len(self.parts))} - held:
            raise ValueError(
                f"parts[{min(loose)}]: is apart from parts[0]; expected parts that touch"
            )
        return self


def _depth(one: list[Vector], other: list[Vector]) -> float:
    """Radius of the largest ball in both of two hulls over the size of the smaller, by a linear
    program; negative where faces have to move outwards to leave a point in both."""
    import numpy as np
    from scipy.optimize import linprog
    from scipy.spatial import ConvexHull

    hulls = [np.array(part) for part in (one, other)]
    small = min(hulls, key=lambda hull: float(np.ptp(hull, axis=0).max()))
    scaled = [(hull - small.mean(axis=0)) / np.ptp(small, axis=0).max() for hull in hulls]
    planes = np.concatenate([ConvexHull(part).equations for part in scaled])
    room = np.column_stack([planes[:, :3], np.ones(len(planes))])  # n·x + radius <= -offset
    bounds = [(None, None)] * 4
    return float(-linprog([0, 0, 0, -1.0], A_ub=room, b_ub=-planes[:, 3], bounds=bounds).fun)

"""Patchy particles after Kern and Frenkel."""

from __future__ import annotations

import math
from itertools import combinations, product
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from workspace_schema.base import Model
from workspace_schema.building_blocks.building_block import BuildingBlock, Length, Vector

#: Directions of patches by name.
ARRANGEMENTS: dict[str, list[Vector]] = {
    "pole": [(0, 0, 1)],
    "poles": [(0, 0, 1), (0, 0, -1)],
    "triangle": [(1, 0, 0), (-1 / 2, math.sqrt(3) / 2, 0), (-1 / 2, -math.sqrt(3) / 2, 0)],
    "square": [(1, 0, 0), (0, 1, 0), (-1, 0, 0), (0, -1, 0)],
    "tetrahedron": [(1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)],
    "octahedron": [(1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)],
    "cube": [(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)],
}
Arrangement = Literal["pole", "poles", "triangle", "square", "tetrahedron", "octahedron", "cube"]


def _point_somewhere(directions: str | list[Vector]) -> str | list[Vector]:
    if isinstance(directions, list) and any(not any(vector) for vector in directions):
        raise ValueError("[0, 0, 0] points nowhere")
    return directions


#: An arrangement by name, or vectors of any length.
Directions = Annotated[
    Arrangement | Annotated[list[Vector], Field(min_length=1, max_length=100)],
    AfterValidator(_point_somewhere),
]


def unit_vectors(directions: str | list[Vector]) -> list[Vector]:
    """Unit vectors of directions by name or by vectors."""
    vectors = ARRANGEMENTS[directions] if isinstance(directions, str) else directions
    lengths = [math.hypot(*vector) for vector in vectors]
    return [(x / n, y / n, z / n) for (x, y, z), n in zip(vectors, lengths, strict=True)]


class Patch(Model):
    """Patches of one kind on a particle.

    Attributes
    ----------
    directions : str or list of [x, y, z]
        Where they are: "pole" (one, along z), "poles" (two, opposite), "triangle" and "square"
        (around z), "tetrahedron", "octahedron", "cube" (towards the corners), or vectors of any
        length.
    half_angle : float
        Half the opening angle of a patch, in radians: θ in χ = sin²(θ / 2), the part of the
        surface that one patch covers; π is the whole surface.
    range : float
        Where the attraction ends, in diameters: λ.
    epsilon : float
        Depth of the attraction of two patches of this kind.
    sticks_to : list of str, optional
        Kinds of patches that it interacts with, if they stick to it too; left out: all.
    """

    directions: Directions = "pole"
    half_angle: float
    range: Annotated[float, Field(gt=1)] = 1.1
    epsilon: Annotated[float, Field(ge=0)] = 1.0
    sticks_to: Annotated[list[str], Field(max_length=100)] | None = None

    @field_validator("half_angle")
    @classmethod
    def _in_radians(cls, value: float) -> float:
        if not 0.0 < value <= math.pi:
            raise ValueError("expected radians, more than 0 and at most π = 3.1416")
        return value

    @field_validator("sticks_to")
    @classmethod
    def _in_one_order(cls, value: list[str] | None) -> list[str] | None:
        return None if value is None else sorted(set(value))

    @property
    def vectors(self) -> list[Vector]:
        """Unit vectors of the directions."""
        return unit_vectors(self.directions)


def stick(kind: str, patch: Patch, other_kind: str, other: Patch) -> bool:
    """Whether patches of two kinds attract each other."""
    return (patch.sticks_to is None or other_kind in patch.sticks_to) and (
        other.sticks_to is None or kind in other.sticks_to
    )


class KernFrenkel(BuildingBlock):
    """A hard sphere with attractive patches.

    Two particles closer than λ diameters gain ε where the line between their centres passes
    through a patch of each: N. Kern and D. Frenkel, J. Chem. Phys. 118, 9882 (2003). Patches of two
    kinds meet at the mean of their ranges with the geometric mean of their energies.

    Attributes
    ----------
    diameter : float
        Of the hard sphere.
    patches : dict of str to Patch
        By the name of their kind, which other types may have too.
    """

    references: ClassVar[tuple[str, ...]] = ("kern2003",)
    form: Literal["kern_frenkel"]
    diameter: Length = 1.0
    patches: Annotated[
        dict[Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=32)], Patch],
        Field(min_length=1, max_length=4),
    ]

    @property
    def in_plane(self) -> dict[str, list[Vector]]:
        """Vectors that have z = 0 in two dimensions, by their key."""
        return {
            f"patches.{kind}.directions": patch.vectors
            for kind, patch in self.patches.items()
            if patch.half_angle < math.pi  # the whole surface has no direction
        }

    @model_validator(mode="after")
    def _kinds_do_not_overlap(self) -> KernFrenkel:
        for (first, one), (second, other) in combinations(self.patches.items(), 2):
            reach = one.half_angle + other.half_angle
            for a, b in product(one.vectors, other.vectors):
                cosine = sum(x * y for x, y in zip(a, b, strict=True))
                if math.acos(max(-1.0, min(1.0, cosine))) < reach:
                    raise ValueError(
                        f"patches.{second}: overlaps with patches.{first}; only patches of one kind"
                        " may overlap"
                    )
        return self

"""Convex bodies whose surfaces repel or attract each other, for molecular dynamics."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from workspace_schema.building_blocks.building_block import BuildingBlock
from workspace_schema.building_blocks.polygon import HardPolygon
from workspace_schema.building_blocks.polyhedron import HardPolyhedron
from workspace_schema.building_blocks.sphere import HardSphere

Attraction = Literal["none", "centers", "surfaces", "both"]
#: Where attraction ends, unless it is said.
R_CUT = 2.5


class AnisotropicLennardJones(BuildingBlock):
    """A convex body in HOOMD-blue's molecular dynamics, with the anisotropic Lennard-Jones (ALJ)
    potential: one Lennard-Jones interaction of the centres, of the size of the insphere, and one of
    the surfaces where they are nearest.

    Attributes
    ----------
    shape : HardPolygon, HardPolyhedron or HardSphere
        ``{form: hard_polyhedron, name: cube}``: the body. Surfaces keep about σ_c apart.
    epsilon : float
        ε; of two types the geometric mean.
    contact_ratio : float
        σ_c, the length of the interaction of surfaces, in insphere diameters; of two types the mean
        of their σ_c.
    attraction : "none", "centers", "surfaces" or "both"
        Which of the two interactions attracts; "none" is purely repulsive.
    r_cut : float
        Only with attraction: where it ends, in units of its σ.
    """

    hard: ClassVar[bool] = False
    references: ClassVar[tuple[str, ...]] = ("ramasubramani2020a",)

    form: Literal["anisotropic_lennard_jones"]
    shape: Annotated[HardPolygon | HardPolyhedron | HardSphere, Field(discriminator="form")]
    epsilon: Annotated[float, Field(gt=0)] = 1.0
    contact_ratio: Annotated[float, Field(gt=0, le=1)] = 0.15
    attraction: Attraction = "none"
    r_cut: Annotated[float, Field(ge=1.5)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _attraction_ends(cls, data: Any) -> Any:
        # written out where it has a meaning, so that left out and given are one job
        attracts = isinstance(data, dict) and data.get("attraction", "none") != "none"
        return data | {"r_cut": data.get("r_cut") or R_CUT} if attracts else data

    @model_validator(mode="after")
    def _convex_shape(self) -> AnisotropicLennardJones:
        if isinstance(self.shape, HardPolygon) and not self.shape.convex:
            raise ValueError("shape.vertices: expected the corners of a convex polygon")
        return self

    @model_validator(mode="after")
    def _no_end_without_attraction(self) -> AnisotropicLennardJones:
        if self.attraction == "none" and self.r_cut is not None:
            raise ValueError("r_cut: has no meaning without attraction")
        return self

    @property
    def lives_in(self) -> tuple[int, ...]:
        """Dimensions of the systems it can be in: those of its shape."""
        return self.shape.dimensions

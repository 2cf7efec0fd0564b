"""Rigid unions of spheres."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from workspace_schema.building_blocks.building_block import BuildingBlock, Length, Vector


class SphereUnion(BuildingBlock):
    """A rigid body of spheres: hard ones in method `monte_carlo`; with a `potential:` sites, of
    which those of different bodies interact by the pair potential of their types.

    Attributes
    ----------
    centers : list of [x, y, z]
        In two dimensions z is 0. Their mean is moved to the origin.
    diameters : list of float, optional
        One a sphere; left out, all are 1. With a potential they are only drawn.
    spacing : float
        Factor on all centers: the bond length of ``centers: [[0, 0, 0], [1, 0, 0]]``.
    """

    form: Literal["sphere_union"]
    centers: Annotated[list[Vector], Field(min_length=1, max_length=200)]
    diameters: Annotated[list[Length], Field(min_length=1, max_length=200)] | None = None
    spacing: Annotated[float, Field(ge=0)] = 1.0

    @model_validator(mode="before")
    @classmethod
    def _all_diameters(cls, data: Any) -> Any:
        # written out, so that left out and given are one job
        centers = data.get("centers") if isinstance(data, dict) else None
        if isinstance(centers, list) and data.get("diameters") is None:
            return data | {"diameters": [1.0] * len(centers)}
        return data

    @property
    def in_plane(self) -> dict[str, list[Vector]]:
        """Vectors that have z = 0 in two dimensions, by their key."""
        return {"centers": self.centers}

    @model_validator(mode="after")
    def _one_diameter_a_sphere(self) -> SphereUnion:
        if self.diameters is not None and len(self.diameters) != len(self.centers):
            raise ValueError(
                f"diameters: got a list of {len(self.diameters)}; expected one for each of the"
                f" {len(self.centers)} centers (a list here is no axis)"
            )
        return self

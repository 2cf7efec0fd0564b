"""Ellipsoids with a Lennard-Jones interaction of their surfaces, for molecular dynamics."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from workspace_schema.building_blocks.building_block import BuildingBlock, Length


class GayBerne(BuildingBlock):
    """An ellipsoid of revolution in HOOMD-blue's molecular dynamics: 4ε(ζ⁻¹² - ζ⁻⁶) with
    ζ = (r - σ(r̂, e_i, e_j) + σ_min) / σ_min, where σ is the distance at which two ellipsoids touch
    and σ_min the smaller of length and width.

    J. G. Gay, B. J. Berne, J. Chem. Phys. 74, 3316 (1981), with a well of one depth for all
    directions, as in M. P. Allen, G. Germano, Mol. Phys. 104, 3225 (2006).

    Attributes
    ----------
    length : float
        Along the axis of revolution; less than the width is a disc.
    width : float
        Across it.
    epsilon : float
    r_cut : float
        ζ from which on the energy is zero; below it is shifted to be continuous.
    """

    dimensions: ClassVar[tuple[int, ...]] = (3,)
    hard: ClassVar[bool] = False
    references: ClassVar[tuple[str, ...]] = ("gay1981", "allen2006")

    form: Literal["gay_berne"]
    length: Length = 3.0
    width: Length = 1.0
    epsilon: Annotated[float, Field(gt=0)] = 1.0
    r_cut: Annotated[float, Field(ge=1.0)] = 2.5

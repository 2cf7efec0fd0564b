"""Hard spheres, and hard disks in two dimensions."""

from __future__ import annotations

from typing import ClassVar, Literal

from workspace_schema.building_blocks.building_block import BuildingBlock, Length


class HardSphere(BuildingBlock):
    """A hard sphere; in two dimensions a hard disk.

    Attributes
    ----------
    diameter : float
        Closest distance of the centres of two of them.
    """

    turns: ClassVar[bool] = False

    form: Literal["hard_sphere"]
    diameter: Length = 1.0

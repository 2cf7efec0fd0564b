"""The building blocks: a new one is a new file and a line here."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, WrapValidator

from workspace_schema.building_blocks.adjustable_body import AdjustableBody, adjustable_body
from workspace_schema.building_blocks.anisotropic_lennard_jones import AnisotropicLennardJones
from workspace_schema.building_blocks.building_block import BuildingBlock
from workspace_schema.building_blocks.ellipsoid import HardEllipsoid
from workspace_schema.building_blocks.gay_berne import GayBerne
from workspace_schema.building_blocks.patchy import KernFrenkel
from workspace_schema.building_blocks.patchy_lennard_jones import PatchyLennardJones
from workspace_schema.building_blocks.polygon import HardPolygon
from workspace_schema.building_blocks.polyhedron import HardPolyhedron
from workspace_schema.building_blocks.polyhedron_union import PolyhedronUnion
from workspace_schema.building_blocks.sphere import HardSphere
from workspace_schema.building_blocks.sphere_union import SphereUnion
from workspace_schema.building_blocks.spherocylinder import HardSpherocylinder
from workspace_schema.ranges import has_ranges

BUILDING_BLOCKS: dict[str, type[BuildingBlock]] = {
    "hard_sphere": HardSphere,
    "hard_polygon": HardPolygon,
    "hard_polyhedron": HardPolyhedron,
    "hard_ellipsoid": HardEllipsoid,
    "hard_spherocylinder": HardSpherocylinder,
    "polyhedron_union": PolyhedronUnion,
    "sphere_union": SphereUnion,
    "kern_frenkel": KernFrenkel,
    "patchy_lennard_jones": PatchyLennardJones,
    "anisotropic_lennard_jones": AnisotropicLennardJones,
    "gay_berne": GayBerne,
}

#: Those that Monte Carlo can treat: hard bodies, some with attractive steps.
HARD = frozenset(name for name, block in BUILDING_BLOCKS.items() if block.hard)


def _with_ranges(value: Any, read: Any) -> Any:
    """A building block, or one with free numbers."""
    if isinstance(value, AdjustableBody):
        return value
    known = has_ranges(value) and value.get("form") in BUILDING_BLOCKS
    return adjustable_body(value, BUILDING_BLOCKS) if known else read(value)


if TYPE_CHECKING:
    AnyBuildingBlock = BuildingBlock
else:
    AnyBuildingBlock = Annotated[
        Annotated[reduce(or_, BUILDING_BLOCKS.values()), Field(discriminator="form")],
        WrapValidator(_with_ranges),
    ]

__all__ = ["BUILDING_BLOCKS", "HARD", "AdjustableBody", "AnyBuildingBlock", "BuildingBlock"]

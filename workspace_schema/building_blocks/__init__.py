"""The building blocks: a new one is a new file and a line here."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

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

if TYPE_CHECKING:
    AnyBuildingBlock = BuildingBlock
else:
    AnyBuildingBlock = Annotated[reduce(or_, BUILDING_BLOCKS.values()), Field(discriminator="form")]

__all__ = ["BUILDING_BLOCKS", "HARD", "AnyBuildingBlock", "BuildingBlock"]

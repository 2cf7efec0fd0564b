"""How densely hard bodies can be packed at most."""

from __future__ import annotations

import math

from workspace_schema.building_blocks.building_block import BuildingBlock
from workspace_schema.building_blocks.ellipsoid import HardEllipsoid
from workspace_schema.building_blocks.patchy import KernFrenkel
from workspace_schema.building_blocks.polygon import HardPolygon
from workspace_schema.building_blocks.polyhedron import HardPolyhedron
from workspace_schema.building_blocks.polyhedron_union import PolyhedronUnion
from workspace_schema.building_blocks.sphere import HardSphere
from workspace_schema.building_blocks.sphere_union import SphereUnion
from workspace_schema.building_blocks.spherocylinder import HardSpherocylinder

#: Packing fractions of the closest packings of equal disks and of equal spheres (T. C. Hales, Ann.
#: Math. 162, 1065 (2005)).
CLOSE_PACKING = {2: math.pi / math.sqrt(12.0), 3: math.pi / math.sqrt(18.0)}


def least_volume(block: BuildingBlock, dimensions: int) -> float:
    """Volume (area in two dimensions) of a body; of a union that of its largest sphere, which is
    less."""
    if isinstance(block, HardPolyhedron | PolyhedronUnion | HardEllipsoid | HardSpherocylinder):
        return block.volume
    if isinstance(block, HardPolygon):
        return block.area
    diameter = 0.0
    if isinstance(block, HardSphere | KernFrenkel):
        diameter = block.diameter
    if isinstance(block, SphereUnion):
        diameter = max(block.diameters or [1.0])
    return math.pi * diameter**dimensions / (4.0 if dimensions == 2 else 6.0)


def volume(block: BuildingBlock, dimensions: int) -> float | None:
    """Volume (area in two dimensions) of a body; None of a union of spheres that may overlap, and
    of what is not hard."""
    if isinstance(block, SphereUnion):
        return least_volume(block, dimensions) if len(block.centers) == 1 else None
    return least_volume(block, dimensions) or None


def densest(
    blocks: dict[str, BuildingBlock], counts: dict[str, int], dimensions: int
) -> tuple[float, float]:
    """The number density that hard bodies cannot exceed, and its packing fraction: 1, or that of
    the closest packing where all are spheres of one size.

    Parameters
    ----------
    blocks : dict of str to BuildingBlock
        Of every type.
    counts : dict of str to int
        Particles of each type.
    dimensions : int
    """
    volumes = {name: least_volume(block, dimensions) for name, block in blocks.items()}
    mean = sum(volumes[name] * counts[name] for name in counts) / sum(counts.values())
    round_ones = all(isinstance(block, HardSphere | KernFrenkel) for block in blocks.values())
    alike = max(volumes.values()) - min(volumes.values()) < 1e-12 * mean
    most = CLOSE_PACKING[dimensions] if round_ones and alike else 1.0
    return most / mean, most


def check_density(
    number_density: float,
    blocks: dict[str, BuildingBlock],
    counts: dict[str, int],
    dimensions: int,
) -> None:
    """Raise ValueError where hard bodies cannot be so dense."""
    most, fraction = densest(blocks, counts, dimensions)
    if number_density > most * (1.0 + 1e-9):
        raise ValueError(
            f"number_density: got {number_density:g}; expected at most {most:.5g}, a packing"
            f" fraction of {fraction:.4g}: hard bodies cannot be denser"
        )

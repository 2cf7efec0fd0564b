"""What a structure search needs of building blocks: their shapes, and their compiled energy."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from analysis.shapes import Shape, shape_of
from operations.interactions.pair_functions import pair_functions
from workspace_schema.building_blocks.patchy_lennard_jones import PatchyLennardJones
from workspace_schema.statepoint import StatePoint
from workspace_schema.system import System

if TYPE_CHECKING:
    from operations.search.bodies import Bodies


def type_shapes(system: System) -> tuple[Shape, ...]:
    """Shape of every type; a point has none and is a sphere of no size. Empty without blocks."""
    blocks = system.building_blocks or {}
    if not blocks:
        return ()
    point = Shape("sphere", system.dimensions, np.zeros((1, 3)))
    return tuple(
        shape_of(blocks[name], system.dimensions) if name in blocks else point
        for name in system.types
    )


def bodies_of(point: StatePoint, root: Path) -> Bodies:
    """The rigid bodies of a state point, with their energy."""
    from operations.search.patchy import patchy_bodies
    from operations.search.sites import site_bodies

    system = point.system
    blocks = [(system.building_blocks or {}).get(name) for name in system.types]
    patchy = [block for block in blocks if isinstance(block, PatchyLennardJones)]
    if len(patchy) == len(blocks):
        return patchy_bodies(patchy)
    assert point.potential is not None
    functions = pair_functions(point.potential, system.types, root)
    pressure = getattr(point.method, "pressure", None)
    return site_bodies([shape.points for shape in type_shapes(system)], functions, pressure)

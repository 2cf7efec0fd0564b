"""The compiled energy of building blocks."""

from __future__ import annotations

from pathlib import Path

from operations.interactions.building_blocks import type_shapes
from operations.interactions.pair_functions import pair_functions
from operations.search.bodies import Bodies
from operations.search.patchy import patchy_bodies
from operations.search.sites import site_bodies
from workspace_schema.building_blocks.patchy_lennard_jones import PatchyLennardJones
from workspace_schema.statepoint import StatePoint


def bodies_of(point: StatePoint, root: Path) -> Bodies:
    """The rigid bodies of a state point, with their energy."""
    system = point.system
    blocks = [(system.building_blocks or {}).get(name) for name in system.types]
    patchy = [block for block in blocks if isinstance(block, PatchyLennardJones)]
    if len(patchy) == len(blocks):
        return patchy_bodies(patchy)
    assert point.potential is not None
    functions = pair_functions(point.potential, system.types, root)
    pressure = getattr(point.method, "pressure", None)
    return site_bodies([shape.points for shape in type_shapes(system)], functions, pressure)

"""Shapes of the building blocks of all types."""

from __future__ import annotations

import numpy as np

from analysis.shapes import Shape, shape_of
from workspace_schema.system import System


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

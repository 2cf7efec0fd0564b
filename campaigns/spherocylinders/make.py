"""Make the crystals that spherocylinders.yaml and spherocylinders_smectic.yaml start from.

    python campaigns/spherocylinders/make.py [FOLDER]

Two hexagonal layers of 132 spherocylinders with L/D = 5 and volume 1, one on top of the other, in a
box close to a cube. crystal.gsd: at a packing fraction of 0.642, 1.15 diameters apart in a layer,
the layers 0.05 diameters farther apart than they are long. layers.gsd: at 0.55, with layers that
are 6.3 diameters apart once the box has grown in all directions to 0.5.
"""

from __future__ import annotations

import sys
from pathlib import Path

import gsd.hoomd
import numpy as np

from analysis.shapes import shape_of
from workspace_schema.building_blocks.spherocylinder import HardSpherocylinder

COLUMNS, ROWS, LAYERS = 11, 12, 2


def crystal(across: float, along: float) -> gsd.hoomd.Frame:
    """A crystal as a frame of a GSD file, from distances in diameters in a layer and of layers."""
    shape = shape_of(HardSpherocylinder(form="hard_spherocylinder", elongation=5.0), 3)
    diameter = 2.0 * shape.radius
    sites = np.argwhere(np.ones((COLUMNS, ROWS, LAYERS)))
    column, row, layer = sites.T
    steps = diameter * np.array([across, across * np.sqrt(0.75), along])
    lengths = steps * [COLUMNS, ROWS, LAYERS]
    positions = np.column_stack([column + row % 2 / 2, row, layer]) * steps - lengths / 2
    frame = gsd.hoomd.Frame()
    frame.configuration.box = [*lengths, 0, 0, 0]
    frame.configuration.dimensions = 3
    frame.particles.N = len(sites)
    frame.particles.types = ["A"]
    frame.particles.type_shapes = [shape.to_gsd()]
    frame.particles.position = positions.astype(np.float32)
    frame.particles.orientation = np.tile([1.0, 0.0, 0.0, 0.0], (len(sites), 1))
    return frame


def main() -> None:
    """Write the file to a folder: its own unless told otherwise."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    for name, distances in (("crystal", (1.15, 6.05)), ("layers", (1.2376, 6.1))):
        with gsd.hoomd.open(str(folder / f"{name}.gsd"), "w") as file:
            file.append(crystal(*distances))


if __name__ == "__main__":
    main()

"""Make the crystal that spherocylinders.yaml starts from.

    python campaigns/spherocylinders/make.py [FOLDER]

Two hexagonal layers of 132 spherocylinders with L/D = 5 and volume 1, one on top of the other, in a
box close to a cube, at a packing fraction of 0.642: 1.15 diameters apart in a layer, the layers
0.05 diameters farther apart than they are long.
"""

from __future__ import annotations

import sys
from pathlib import Path

import gsd.hoomd
import numpy as np

from analysis.shapes import shape_of
from workspace_schema.building_blocks.spherocylinder import HardSpherocylinder

COLUMNS, ROWS, LAYERS = 11, 12, 2


def crystal() -> gsd.hoomd.Frame:
    """The crystal as a frame of a GSD file."""
    shape = shape_of(HardSpherocylinder(form="hard_spherocylinder", elongation=5.0), 3)
    diameter = 2.0 * shape.radius
    sites = np.argwhere(np.ones((COLUMNS, ROWS, LAYERS)))
    column, row, layer = sites.T
    steps = diameter * np.array([1.15, 1.15 * np.sqrt(0.75), 6.05])
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
    with gsd.hoomd.open(str(folder / "crystal.gsd"), "w") as file:
        file.append(crystal())


if __name__ == "__main__":
    main()

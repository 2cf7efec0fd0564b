"""Make the crystals that spherocylinders.yaml and spherocylinders_smectic.yaml start from.

    python campaigns/spherocylinders/make.py [FOLDER]

Hexagonal layers of spherocylinders with L/D = 5 and volume 1, on top of one another. crystal.gsd:
two of 132 in a box close to a cube, at a packing fraction of 0.642, 1.15 diameters apart in each,
the layers 0.05 diameters farther apart than they are long. layers.gsd: four of 64 at 0.55, with
layers that are 6.3 diameters apart once the box has grown in all directions to 0.5; two do not stay
layers, as the rods of a column, two of them in a period, slide along it together.
"""

from __future__ import annotations

import sys
from pathlib import Path

import gsd.hoomd
import numpy as np

from analysis.shapes import shape_of
from workspace_schema.building_blocks.spherocylinder import HardSpherocylinder

#: Of each file: rods along x and y, layers; distances in diameters in a layer and of layers.
CRYSTALS = {"crystal": ((11, 12, 2), 1.15, 6.05), "layers": ((8, 8, 4), 1.2376, 6.1)}


def crystal(counts: tuple[int, int, int], across: float, along: float) -> gsd.hoomd.Frame:
    """A crystal as a frame of a GSD file."""
    shape = shape_of(HardSpherocylinder(form="hard_spherocylinder", elongation=5.0), 3)
    diameter = 2.0 * shape.radius
    sites = np.argwhere(np.ones(counts))
    column, row, layer = sites.T
    steps = diameter * np.array([across, across * np.sqrt(0.75), along])
    lengths = steps * counts
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
    for name, made in CRYSTALS.items():
        with gsd.hoomd.open(str(folder / f"{name}.gsd"), "w") as file:
            file.append(crystal(*made))


if __name__ == "__main__":
    main()

"""Reference structures: crystals from their crystallographic description, and tilings.

cell = PROTOTYPES["A15"].cell()                    # conventional cell at unit number density
names(dimensions=3, n_types=1)                     # what there is
crystal("hcp", (7, 4, 4), number_density=1.0)      # whole cells in an orthogonal box
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.configuration import Configuration
from analysis.prototypes.binary import BINARY
from analysis.prototypes.plane import PLANE
from analysis.prototypes.prototype import Prototype, Site
from analysis.prototypes.unary import UNARY

__all__ = ["PROTOTYPES", "Prototype", "Site", "crystal", "names", "prototype"]

#: All crystals by name.
PROTOTYPES: dict[str, Prototype] = {each.name: each for each in (*UNARY, *BINARY, *PLANE)}


def names(dimensions: int | None = None, n_types: int | None = None) -> tuple[str, ...]:
    """Names of the crystals, of all or of those with so many dimensions and particle types."""
    return tuple(
        each.name
        for each in PROTOTYPES.values()
        if dimensions in (None, each.dimensions) and n_types in (None, len(each.types))
    )


def prototype(name: str) -> Prototype:
    """The crystal of that name.

    Raises
    ------
    ValueError
        If there is none.
    """
    if name not in PROTOTYPES:
        raise ValueError(f"crystal is {name!r}, expected one of {', '.join(PROTOTYPES)}")
    return PROTOTYPES[name]


def crystal(name: str, repeats: int | tuple[int, ...], number_density: float) -> Configuration:
    """A perfect crystal of whole cells in an orthogonal periodic box.

    Parameters
    ----------
    name : str
        One of `names()`.
    repeats : int or tuple of int
        Cells along each direction. The cell is the conventional one; in a hexagonal one with
        axes a, b, c it is the orthogonal one with axes a, a + 2 b, c and twice as many particles.
    number_density : float
        Particles per area or volume.

    Raises
    ------
    ValueError
        If the crystal is not known or the density is not positive.
    """
    if not number_density > 0:
        raise ValueError(f"number_density is {number_density}, expected a positive number")
    cell = prototype(name).cell()
    dims = cell.dimensions
    if cell.box[3]:
        cell = _orthogonal(cell)
    counts = np.ones(3, dtype=int)
    counts[:dims] = repeats
    whole = cell.replicate((int(counts[0]), int(counts[1]), int(counts[2])))
    scale = np.ones(3)
    scale[:dims] = number_density ** (-1 / dims)
    box = whole.box * np.append(scale, np.ones(3))
    return replace(whole, positions=whole.positions * scale, box=box)


def rectangular(cell: Configuration) -> Configuration:
    """The crystal of a conventional cell in one whose axes are at right angles.

    Raises
    ------
    ValueError
        Of a triclinic or monoclinic one.
    """
    _, _, _, xy, *other = cell.box
    # the second axis of a hexagonal cell leans by half of the first one, over √3/2 of it
    lean = xy * cell.box[1] / cell.box[0]
    if np.abs(other).max() > 1e-6 or min(abs(lean), abs(abs(lean) - 0.5)) > 1e-6:
        raise ValueError("the crystal has no cell whose axes are at right angles")
    return _orthogonal(cell) if abs(lean) > 0.25 else cell


def _orthogonal(cell: Configuration) -> Configuration:
    """The same hexagonal crystal in a cell twice as large, with axes at right angles."""
    double = cell.replicate((1, 2, 1))
    box = double.box.copy()
    box[3] = 0.0  # 2 b is (-a, sqrt(3) a), another lattice vector is (0, sqrt(3) a)
    positions = double.positions.copy()
    positions[:, 0] -= box[0] * np.floor(positions[:, 0] / box[0] + 0.5 + 1e-9)
    return replace(double, positions=positions, box=box)

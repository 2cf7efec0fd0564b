"""Crystals repeated in larger cells of any shape."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from analysis.configuration import Configuration
from operations.search.cells import in_box, reduced
from operations.search.crystal_moves import flat


@cache
def supercells(times: int, dimensions: int) -> tuple[NDArray[np.int64], ...]:
    """All lattices whose cell is so many times that of a given one.

    Returns
    -------
    tuple of ndarray of int64, shape (3, 3)
        Their vectors as rows in units of the given ones: lower triangular, in Hermite normal form.
        In two dimensions the third is kept.
    """
    found = []
    for a in range(1, times + 1):
        for b in range(1, times // a + 1):
            c = times // (a * b)
            if a * b * c != times or (dimensions == 2 and c > 1):
                continue
            for x, y, z in np.ndindex(a, *((a, b) if dimensions == 3 else (1, 1))):
                found.append(np.array([[a, 0, 0], [x, b, 0], [y, z, c]]))
    return tuple(found)


def repeated(crystal: Configuration, times: int, random: np.random.Generator) -> Configuration:
    """The crystal in a cell so many times as large, one at random of all that there are."""
    d = crystal.dimensions
    lattices = supercells(times, d)
    vectors = lattices[int(random.integers(len(lattices)))]
    cell, _ = flat(crystal)
    shifts = np.array(list(np.ndindex(*np.diag(vectors)))) @ cell
    orientations = crystal.orientations
    return in_box(
        reduced(vectors @ cell, d),
        (shifts[:, None] + crystal.positions).reshape(-1, 3),
        np.tile(crystal.types, times),
        crystal.type_names,
        d,
        None if orientations is None else np.tile(orientations, (times, 1)),
        crystal.type_shapes,
    )

"""The name of a crystal that is known."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from analysis.configuration import Configuration
from analysis.prototypes import PROTOTYPES, names
from operations.search.fingerprint import distance, fingerprint
from operations.search.symmetry import Symmetry, find_symmetry

#: Names of types in prototypes.
PROTOTYPE_TYPES = ("A", "B")
#: Fingerprints further apart are not of one prototype, whatever the symmetry.
FURTHEST = 0.12


@cache
def _known(dimensions: int, n_types: int) -> tuple[tuple[str, int, NDArray[np.float64]], ...]:
    """Name, space group and fingerprint of what there is."""
    cells = ((name, PROTOTYPES[name].cell()) for name in names(dimensions, n_types))
    return tuple((name, find_symmetry(cell).number, fingerprint(cell)) for name, cell in cells)


def prototype_name(configuration: Configuration, symmetry: Symmetry) -> str | None:
    """Name of the prototype with this space group that looks most alike; None if none does.

    Axial ratios and free coordinates may differ a little from those of the prototype.
    """
    present = np.unique(configuration.types)
    n_types = len(present)
    if n_types > len(PROTOTYPE_TYPES):
        return None
    types = np.searchsorted(present, configuration.types)
    best, found = FURTHEST, None
    for swapped in (False, True)[:n_types]:
        kinds = n_types - 1 - types if swapped else types
        described = fingerprint(
            replace(configuration, types=kinds, type_names=PROTOTYPE_TYPES[:n_types])
        )
        for name, number, known in _known(configuration.dimensions, n_types):
            if number == symmetry.number and known.shape == described.shape:
                apart = float(distance(described, known))
                if apart < best:
                    best, found = apart, name
    return found

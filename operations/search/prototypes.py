"""The name of a crystal that is known."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from analysis.configuration import Configuration
from analysis.prototypes import PROTOTYPES, names
from operations.search.fingerprint import distance, fingerprint
from operations.search.symmetry import Symmetry, find_symmetry

#: Names of types in prototypes.
PROTOTYPE_TYPES = ("A", "B")
#: Fingerprints further apart are not of one prototype, whatever the symmetry.
FURTHEST = 0.12
#: Nor are cells whose ratios of axes differ by a larger factor.
AXES = 1.4


@cache
def _known(dimensions: int, n_types: int) -> dict[int, tuple[str, ...]]:
    """Names by space group."""
    found: dict[int, tuple[str, ...]] = {}
    for name in names(dimensions, n_types):
        number = find_symmetry(PROTOTYPES[name].cell()).number
        found[number] = (*found.get(number, ()), name)
    return found


def _stretched(name: str, conventional: Configuration) -> Configuration:
    """The prototype with the axes of a crystal, if these are similar; else with its own."""
    prototype = PROTOTYPES[name]
    if prototype.dimensions == 3:
        a, b, c = conventional.box[:3]
        axes = (b * np.hypot(1.0, conventional.box[3]) / a, c / a)
        factors = np.divide(axes, prototype.axes)
        if factors.min() > 1 / AXES and factors.max() < AXES:
            prototype = replace(prototype, axes=axes)
    return prototype.cell()


def prototype_name(
    configuration: Configuration, symmetry: Symmetry, furthest: float = FURTHEST
) -> str | None:
    """Name of the prototype with this space group that looks most alike; None if none does.

    Axial ratios may be those of the crystal, free coordinates differ a little from the prototype's.
    `furthest` is the largest distance of their fingerprints.
    """
    present = np.unique(configuration.types)
    n_types = len(present)
    if n_types > len(PROTOTYPE_TYPES):
        return None
    alike = _known(configuration.dimensions, n_types).get(symmetry.number, ())
    known = {name: fingerprint(_stretched(name, symmetry.conventional)) for name in alike}
    types = np.searchsorted(present, configuration.types)
    best, found = furthest, None
    for swapped in (False, True)[:n_types] if known else ():
        kinds = n_types - 1 - types if swapped else types
        centres = replace(
            configuration,
            types=kinds,
            type_names=PROTOTYPE_TYPES[:n_types],
            orientations=None,
            type_shapes=None,
        )
        described = fingerprint(centres)
        for name, one in known.items():
            if one.shape == described.shape:
                apart = float(distance(described, one))
                if apart < best:
                    best, found = apart, name
    return found

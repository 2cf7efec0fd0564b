"""Published crystals like one: of the same kind in the AFLOW library, and the nearest of all."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, replace
from functools import cache
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np

import analysis.prototypes
from analysis.configuration import Configuration
from operations.search.cells import in_box
from operations.search.fingerprint import distance, fingerprint

#: Label, Strukturbericht symbol, mineral or compound, primitive cell (lengths in Å and angles) and
#: fractional coordinates of the crystals of M. J. Mehl et al., Comput. Mater. Sci. 136, S1 (2017),
#: as pymatgen 2026.10.24 has them.
AFLOW = Path(analysis.prototypes.__file__).parent / "aflow.csv"
#: Crystals of more types are not compared: every order of the types is.
MOST_TYPES = 4


@dataclass(frozen=True)
class Published:
    """One crystal of the library.

    Attributes
    ----------
    label : str
        As A2B_hP3_191_d_a.
    words : str
        The label, and what else the crystal is called.
    cell, sites : str
        As they stand in the table.
    """

    label: str
    words: str
    cell: str
    sites: str

    def configuration(self) -> Configuration:
        """The primitive cell."""
        from ase.cell import Cell

        lattice = np.array(Cell.fromcellpar([float(each) for each in self.cell.split()]))
        kinds, *fractions = zip(*(each.split() for each in self.sites.split("; ")), strict=True)
        names, types = np.unique(kinds, return_inverse=True)
        places = np.array(fractions, dtype=float).T @ lattice
        return in_box(lattice, places, types.astype(np.int32), tuple(map(str, names)), 3)


@cache
def library() -> tuple[Published, ...]:
    """All of them."""
    with open(AFLOW, newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    found = []
    for row in rows:
        words = ", ".join(filter(None, (row["strukturbericht"], row["mineral"])))
        both = f"{row['label']} ({words})" if words else row["label"]
        found.append(Published(row["label"], both, row["cell"], row["sites"]))
    return tuple(found)


def same_kind(aflow: str) -> tuple[str, ...]:
    """Published crystals with such a label; which letter an orbit has depends on the origin."""
    if not aflow:
        return ()
    wanted = _kind(aflow)
    return tuple(one.words for one in library() if _kind(one.label) == wanted)


def nearest_published(cell: Configuration) -> tuple[str, float] | None:
    """The crystal of the same composition with the nearest fingerprint, and how far it is.

    Its axes and free coordinates are those of the compound. Fingerprints are those of
    `operations.search.fingerprint`: below 0.01 nothing tells the crystals apart, fcc and hcp are
    0.46 apart.

    Parameters
    ----------
    cell : Configuration
        Three-dimensional, periodic.

    Returns
    -------
    tuple of (str, float) or None
        None where none has the composition, or with more than `MOST_TYPES` types.
    """
    present, types = np.unique(cell.types, return_inverse=True)
    if len(present) > MOST_TYPES:
        return None
    shares = _shares(types)
    names = tuple(map(str, range(len(present))))
    centres = replace(cell, type_names=names, orientations=None, type_shapes=None)
    own = [
        fingerprint(replace(centres, types=np.array(order)[types]))
        for order in permutations(range(len(present)))
    ]
    found = [
        (min(float(distance(each, _fingerprint(one))) for each in own), one.words)
        for one in library()
        if _shares(_read(one).types) == shares
    ]
    if not found:
        return None
    apart, words = min(found)
    return words, round(apart, 4)


def _shares(types: np.ndarray) -> list[int]:
    """The composition, whatever the types are called."""
    counts = np.bincount(types)
    return sorted(counts // np.gcd.reduce(counts))


@cache
def _read(one: Published) -> Configuration:
    return one.configuration()


@cache
def _fingerprint(one: Published) -> np.ndarray:
    return fingerprint(_read(one))


@cache
def _kind(label: str) -> tuple[Any, ...]:
    """What does not depend on the origin, nor on the order of the types."""
    formula, pearson, number, *letters = label.split("_")
    shares = _numbers(r"[A-Z](\d*)", formula) or [1]
    orbits = [sum(_numbers(r"(\d*)[a-zA-Z]", each)) for each in letters]
    return pearson, number, tuple(sorted(zip(shares, orbits, strict=False)))


def _numbers(pattern: str, text: str) -> list[int]:
    """Numbers beside letters; 1 where there is none."""
    return [int(one or 1) for one in re.findall(pattern, text)]

"""Crystals for other programs: CIF and extended XYZ, written by ASE."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from analysis.configuration import Configuration
from operations.jobs.files import replacing

if TYPE_CHECKING:
    from ase import Atoms


def to_ase(configuration: Configuration) -> Atoms:
    """The configuration as ASE atoms.

    A type with the name of an element is that element; other types are the elements from
    hydrogen on that are left, in their order. The names are in the array ``type``, log quantities
    in ``info``.
    """
    from ase import Atoms
    from ase.data import atomic_numbers

    names = configuration.type_names
    spare = (k for k in range(1, 100) if k not in {atomic_numbers.get(name) for name in names})
    numbers = np.array([atomic_numbers.get(name) or next(spare) for name in names])
    d = configuration.dimensions
    periodic = [configuration.periodic] * d + [False] * (3 - d)
    atoms = Atoms(
        numbers=numbers[configuration.types],
        positions=configuration.positions,
        cell=configuration.cell if configuration.periodic else None,
        pbc=periodic,
        info=dict(configuration.log),
    )
    atoms.set_array("type", np.array(names)[configuration.types])
    return atoms


def write_extxyz(path: Path, configurations: Sequence[Configuration]) -> None:
    """All configurations in one file, best first as given."""
    from ase.io import write

    with replacing(path) as temporary:
        write(temporary, [to_ase(each) for each in configurations], format="extxyz")


def write_cif(path: Path, configurations: Sequence[Configuration]) -> None:
    """All crystals in one file, one data block each; site labels are the names of the types.

    Coordinates are written out for the whole cell (P1), fractions with 7 digits.
    """
    from ase.io import write

    images = [to_ase(each) for each in configurations]
    for image in images:
        image.pbc = True  # a plane crystal is written as a layer of height 1
    labels = [[f"{name}{k + 1}" for k, name in enumerate(image.arrays["type"])] for image in images]
    with replacing(path) as temporary:
        write(temporary, images, format="cif", labels=labels)

"""Space groups and plane groups of configurations, by spglib."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.configuration import Configuration
from operations.search.cells import in_box

#: Plane groups by the number of the space group that is polar along z and projects to them.
PLANE_GROUPS = {
    1: "p1",
    3: "p2",
    6: "pm",
    7: "pg",
    8: "cm",
    25: "p2mm",
    28: "p2mg",
    32: "p2gg",
    35: "c2mm",
    75: "p4",
    99: "p4mm",
    100: "p4gm",
    143: "p3",
    156: "p3m1",
    157: "p31m",
    168: "p6",
    183: "p6mm",
}


@dataclass(frozen=True)
class Symmetry:
    """The symmetry of a crystal.

    Attributes
    ----------
    number : int
        Space group in the International Tables; in two dimensions that of the space group polar
        along z which projects to the plane group.
    symbol : str
        Hermann-Mauguin symbol of the space group or plane group.
    wyckoff : tuple of str
        Wyckoff letter of each particle.
    orbits : tuple of int
        Particles with the same number are equivalent.
    order : int
        Of the point group.
    deviation : float
        Root mean square distance of particles from where the operations take others, in units of
        (volume per particle)^(1/dimensions).
    primitive, conventional : Configuration
        Standardised cells, made exactly symmetric.
    """

    number: int
    symbol: str
    wyckoff: tuple[str, ...]
    orbits: tuple[int, ...]
    order: int
    deviation: float
    primitive: Configuration
    conventional: Configuration


def find_symmetry(configuration: Configuration, tolerance: float = 1e-3) -> Symmetry:
    """Space group, or in two dimensions plane group, of a periodic configuration.

    A plane crystal is looked at as a layer, far from its images, with a second particle
    above each, which takes away the mirror plane: the groups left are the 17 polar ones, with the
    Wyckoff letters of the plane groups.

    Parameters
    ----------
    configuration : Configuration
    tolerance : float
        Distance between positions that count as equivalent, in units of
        (volume per particle)^(1/dimensions).

    Raises
    ------
    ValueError
        Where the boundary is open, or spglib finds no symmetry (particles that coincide).
    """
    import spglib

    if not configuration.periodic:
        raise ValueError("symmetry needs a periodic cell, the boundary is open")
    n, d = configuration.n_particles, configuration.dimensions
    unit = (configuration.volume / n) ** (1.0 / d)
    cell = configuration.cell / unit
    positions = configuration.positions / unit
    types = configuration.types
    layer = 0.0
    if d == 2:
        # Longer than all else and no simple multiple, so that no axis can be taken for this one.
        layer = 11.137 * max(np.linalg.norm(cell[:2], axis=1).max(), 1.0)
        cell[2] = 0.0, 0.0, layer
        above = positions + np.array([0.0, 0.0, 0.3])
        positions = np.concatenate([positions, above])
        types = np.concatenate([types, types + len(configuration.type_names)])
    crystal = (cell, positions @ np.linalg.inv(cell), types)
    dataset = _quietly(spglib.get_symmetry_dataset, crystal, symprec=tolerance)
    cells = [
        _quietly(spglib.standardize_cell, crystal, to_primitive=primitive, symprec=tolerance)
        for primitive in (True, False)
    ]
    if dataset is None or None in cells:
        raise ValueError("spglib finds no symmetry: particles coincide or the cell is flat")
    primitive, conventional = (
        _configuration(standard, configuration, unit, layer) for standard in cells
    )
    symbol = dataset.international
    if d == 2:
        symbol = PLANE_GROUPS.get(dataset.number, symbol)
    return Symmetry(
        dataset.number,
        symbol,
        tuple(dataset.wyckoffs[:n]),
        tuple(dataset.crystallographic_orbits[:n].tolist()),
        len(np.unique(dataset.rotations, axis=0)),
        _deviation(crystal, dataset),
        primitive,
        conventional,
    )


def _deviation(crystal: tuple[Any, Any, Any], dataset: Any) -> float:
    """Root mean square distance of particles from where the operations take others."""
    cell, fractions, types = crystal
    total = 0.0
    for rotation, translation in zip(dataset.rotations, dataset.translations, strict=True):
        apart = (fractions @ rotation.T + translation)[:, None] - fractions
        apart = (apart - np.round(apart)) @ cell
        square = (apart**2).sum(axis=2)
        nearest = np.where(types[:, None] == types, square, np.inf).argmin(axis=1)
        moved = apart[np.arange(len(types)), nearest]
        # the translation is that of one particle
        total += float(((moved - moved.mean(axis=0)) ** 2).sum(axis=1).mean())
    return float(np.sqrt(total / len(dataset.rotations)))


def _quietly(function: Any, *words: Any, **options: Any) -> Any:
    """None where spglib raises or returns nothing, whatever its error handling is set to."""
    try:
        return function(*words, **options)
    except Exception:
        return None


def _configuration(
    standard: Any, original: Configuration, unit: float, layer: float
) -> Configuration:
    cell, fractional, types = standard
    if original.dimensions == 2:
        kept = types < len(original.type_names)
        axis = int(np.abs(np.linalg.norm(cell, axis=1) - layer).argmin())
        order = [(axis + 1) % 3, (axis + 2) % 3]
        a, b = cell[order]
        # The plane of the layer becomes that of x and y.
        x = np.linalg.norm(a)
        along = a @ b / x
        across = np.sqrt(b @ b - along * along)
        fractional = np.pad(fractional[kept][:, order], ((0, 0), (0, 1)))
        cell = np.array([[x, 0.0, 0.0], [along, across, 0.0], [0.0, 0.0, 1.0]])
        types = types[kept]
        cell[:2] *= unit
    else:
        cell = cell * unit
        if np.linalg.det(cell) < 0.0:
            cell = -cell
    return in_box(cell, fractional @ cell, types, original.type_names, original.dimensions)

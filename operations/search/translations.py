"""A small cell of a perfect crystal, however often its box repeats it."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from analysis.configuration import Configuration
from operations.search.cells import in_box, reduced

#: Particles by which a translation is tried before all are.
TRIED = 8
#: Translations that are tried at a time.
AT_A_TIME = 64


def small_cell(
    configuration: Configuration, largest: int, tolerance: float = 1e-3
) -> Configuration | None:
    """Centres of the particles in the cell that the shortest translations span.

    spglib's own search takes n² operations, too long for the boxes of simulations.

    Parameters
    ----------
    configuration : Configuration
        Periodic.
    largest : int
        Cells of more particles are not looked for.
    tolerance : float
        Distance between positions that count as equivalent, in units of
        (volume per particle)^(1/dimensions).

    Returns
    -------
    Configuration or None
        None if the cell has more than `largest` particles, as with noise.
    """
    n, d = configuration.n_particles, configuration.dimensions
    unit = (configuration.volume / n) ** (1.0 / d)
    box = reduced(configuration.cell, d)[:d, :d]
    fractions = _wrapped(configuration.positions[:, :d] @ np.linalg.inv(box))
    tree = cKDTree(fractions, boxsize=1.0)
    types = configuration.types

    def kept(shifts: np.ndarray, members: slice) -> np.ndarray:
        """Which shifts take these particles to places of others of their types."""
        moved = _wrapped(shifts[:, None] + fractions[members])
        there = tree.query(moved)[1]
        apart = moved - fractions[there]
        apart = (apart - np.round(apart)) @ box
        same = types[there] == types[members]
        same &= np.linalg.norm(apart, axis=-1) < tolerance * unit
        return np.asarray(same.all(axis=1))

    kinds, counts = np.unique(types, return_counts=True)
    rarest = np.flatnonzero(types == kinds[counts.argmin()])
    shifts = fractions[rarest[1:]] - fractions[rarest[0]]
    shifts -= np.round(shifts)
    shifts = np.concatenate([shifts, np.eye(d)])
    lengths = np.linalg.norm(shifts @ box, axis=1)
    shifts = shifts[np.argsort(lengths)]
    # Hermite: of a lattice, the shortest vector is at most (4/3)^((d - 1)/4) of this.
    nearby = lengths < 1.25 * unit * largest ** (1.0 / d)
    found: list[np.ndarray] = []
    for start in range(0, len(shifts), AT_A_TIME):
        if not found and start > nearby.sum():
            return None
        some = shifts[start : start + AT_A_TIME]
        for shift in some[kept(some, slice(0, TRIED))]:
            if _independent([*found, shift @ box], unit) and kept(shift[None], slice(n))[0]:
                found.append(shift @ box)
        if len(found) == d:
            return _cut(configuration, np.array(found), largest, tolerance * unit)
    return None


def _wrapped(fractions: np.ndarray) -> np.ndarray:
    """Into [0, 1), also what is less than rounding below 0."""
    inside = fractions - np.floor(fractions)
    return np.where(inside < 1.0, inside, 0.0)


def _independent(vectors: list[np.ndarray], unit: float) -> bool:
    sizes = np.linalg.svd(np.array(vectors), compute_uv=False)
    return len(vectors) <= len(vectors[0]) and bool(sizes[-1] > 0.05 * unit)


def _cut(
    configuration: Configuration, lattice: np.ndarray, largest: int, tolerance: float
) -> Configuration | None:
    """One particle of each of those that differ by a vector of the lattice."""
    d = len(lattice)
    if np.linalg.det(lattice) < 0:
        lattice = lattice * np.array([1.0] * (d - 1) + [-1.0])[:, None]
    share = abs(np.linalg.det(lattice)) / configuration.volume
    number = round(configuration.n_particles * share)
    if number > largest:
        return None
    fractions = configuration.positions[:, :d] @ np.linalg.inv(lattice)
    chosen: list[int] = []
    left = np.arange(configuration.n_particles)
    while len(left) and len(chosen) <= number:
        chosen.append(int(left[0]))
        apart = fractions[left] - fractions[left[0]]
        apart = (apart - np.round(apart)) @ lattice
        left = left[np.linalg.norm(apart, axis=1) > tolerance]
    if len(left) or len(chosen) != number:
        return None
    cell = np.eye(3)
    cell[:d, :d] = lattice
    return in_box(
        cell,
        configuration.positions[chosen],
        configuration.types[chosen],
        configuration.type_names,
        d,
    )

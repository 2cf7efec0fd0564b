"""How far particles move from where they belong: solid or fluid, over a trajectory."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.configuration import Configuration
from analysis.neighbourhoods import nearest


def lindemann_index(configurations: Sequence[Configuration], k: int = 12) -> np.ndarray:
    """Relative fluctuation of the distances to the neighbours of the first configuration.

    delta_i = mean over j of sqrt(<r_ij^2> - <r_ij>^2) / <r_ij>; a crystal melts where it reaches
    0.1 to 0.15. Distances between neighbours, unlike displacements from sites, do not drift.

    Parameters
    ----------
    configurations : sequence of Configuration
        The same particles in the same order, at two times or more.
    k : int
        Neighbours j of each particle, the nearest at the first time.

    Returns
    -------
    ndarray of float64, shape (N,)

    Raises
    ------
    ValueError
        If there are fewer than two configurations or their numbers of particles differ.

    Notes
    -----
    Zhou, Karplus, Ball and Berry, J. Chem. Phys. 116, 2323 (2002), equation (4), restricted to
    neighbours, so that a fluid in a large box does not hide a solid in it. Periodic images are
    taken as the nearest ones of the change since the time before.
    """
    if len(configurations) < 2:
        raise ValueError(f"{len(configurations)} configurations, expected at least two")
    numbers = sorted({each.n_particles for each in configurations})
    if len(numbers) > 1:
        raise ValueError(f"configurations have {numbers} particles, expected the same number")
    table = nearest(configurations[0], k)
    present = np.isfinite(table.distances)
    vectors = table.vectors
    before = configurations[0]
    sums = np.zeros((2, *table.distances.shape))
    for configuration in configurations:
        change = _change(before, configuration)
        vectors = vectors + change[table.indices] - change[:, None]
        squares = np.einsum("nki,nki->nk", vectors, vectors)
        sums += np.stack([np.sqrt(squares), squares])
        before = configuration
    mean, square = sums / len(configurations)
    spread = np.sqrt(np.maximum(square - mean**2, 0.0)) / np.where(mean > 0, mean, 1.0)
    return (spread * present).sum(axis=1) / np.maximum(present.sum(axis=1), 1)


def _change(before: Configuration, after: Configuration) -> np.ndarray:
    """Displacements, the shortest of all images; shape (N, 3)."""
    d = after.dimensions
    change = np.zeros((after.n_particles, 3))
    change[:, :d] = (after.positions - before.positions)[:, :d]
    if after.periodic:
        cell = after.cell[:d, :d]
        fractional = change[:, :d] @ np.linalg.inv(cell)
        change[:, :d] = (fractional - np.round(fractional)) @ cell
    return change

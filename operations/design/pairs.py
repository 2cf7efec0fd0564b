"""Pairs of particles within a distance, in double precision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analysis.configuration import Configuration
from workspace_schema.interactions import pair_key, type_pairs

FloatArray = NDArray[np.float64]

#: Particles of which all pairs are looked at where cells would be few.
MOST_OF_ALL = 1000


class Pairs(NamedTuple):
    """Pairs of particles, each twice: (i, j) and (j, i); or once.

    Attributes
    ----------
    i, j : ndarray of int, shape (m,)
    r : ndarray, shape (m,)
    unit : ndarray, shape (m, 3)
        From j to i.
    """

    i: NDArray[np.int64]
    j: NDArray[np.int64]
    r: FloatArray
    unit: FloatArray


def pairs_within(configuration: Configuration, r_cut: float, once: bool = False) -> Pairs:
    """The pairs of a periodic configuration that are closer than `r_cut`, each twice or once.

    Raises
    ------
    ValueError
        Where the box is so narrow that a particle meets two images of another.
    """
    widths = configuration.widths.min()
    if widths <= 2.0 * r_cut:
        raise ValueError(f"r_cut = {r_cut:g} is more than half the width of the box, {widths:.4g}")
    n = configuration.n_particles
    if n <= MOST_OF_ALL and widths < 4.0 * r_cut:  # most are that close
        i, j = np.triu_indices(n, 1)
        if not once:
            i, j = np.append(i, j), np.append(j, i)
    else:
        i, j = _near(configuration, r_cut)
        if once:
            i, j = i[i < j], j[i < j]
    apart = configuration.positions[i] - configuration.positions[j]
    fractional = apart @ np.linalg.inv(configuration.cell)
    periods = np.rint(fractional)
    if configuration.dimensions == 2:
        periods[:, 2] = 0.0
    apart -= periods @ configuration.cell
    r = np.linalg.norm(apart, axis=1)
    inside = r < r_cut
    return Pairs(i[inside], j[inside], r[inside], apart[inside] / r[inside, None])


def _near(
    configuration: Configuration, r_cut: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indices of all pairs that are that close, each twice, and of some that are not."""
    import freud

    query = freud.locality.AABBQuery(configuration.freud_box(), configuration.positions)
    # freud works in single precision
    wanted = {"r_max": r_cut * (1.0 + 1e-5), "exclude_ii": True}
    found = query.query(configuration.positions, wanted).toNeighborList()
    return (
        np.asarray(found.query_point_indices, dtype=np.int64),
        np.asarray(found.point_indices, dtype=np.int64),
    )


def by_types(
    configuration: Configuration, pairs: Pairs, types: Sequence[str]
) -> list[tuple[str, NDArray[np.bool_]]]:
    """Which pairs of particles are of each pair of types, as A-B."""
    order = {name: k for k, name in enumerate(configuration.type_names)}
    i, j = configuration.types[pairs.i], configuration.types[pairs.j]
    found = []
    for a, b in type_pairs(tuple(types)):
        straight = (i == order[a]) & (j == order[b])
        found.append((pair_key(a, b), straight | ((i == order[b]) & (j == order[a]))))
    return found

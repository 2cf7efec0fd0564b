"""The neighbours of every particle as arrays: what all networks see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from analysis.configuration import Configuration
from analysis.descriptors.descriptor import neighbour_lengths
from analysis.descriptors.pair_basis import UNIT
from analysis.neighbourhoods import nearest

#: Neighbours that are looked at: two shells of fcc, in the plane three of hexagonal crystals.
NEIGHBOURS = 18
#: Distance from which a neighbour does not count, in mean distances of the nearest 12 (6).
R_CUT = {2: 2.1, 3: 1.7}


@dataclass(frozen=True)
class Graph:
    """A configuration, or several behind one another, as a directed graph.

    Attributes
    ----------
    vectors : ndarray of float32, shape (N, k, 3)
        To the neighbours by distance, in units of the mean distance of the nearest, in a frame of
        the neighbourhood (`in_own_frame`); zero where there is none.
    distances : ndarray of float32, shape (N, k)
        In units of the cut-off; 1 where there is no neighbour, or one that is farther.
    indices : ndarray of int64, shape (N, k)
    kinds : ndarray of float32, shape (N, n_kinds)
        1 in the column of the type, where types are looked at; a single column of ones else.
    needed : tuple of int
        How many of the first particles are to be known after each round of what goes along edges;
        all, where it is empty. Of those behind the first of these numbers there are only kinds.
    """

    vectors: Any
    distances: Any
    indices: Any
    kinds: Any
    needed: tuple[int, ...] = ()

    def of(self, rows: np.ndarray, rounds: int = 0) -> Graph:
        """What so many rounds see of different particles, which come first.

        Without one, who the neighbours are is lost.
        """
        if not rounds:
            none = np.zeros((len(rows), self.indices.shape[1]), dtype=np.int64)
            return Graph(self.vectors[rows], self.distances[rows], none, self.kinds[rows])
        seen, counts = rows, [len(rows)]
        for _ in range(rounds):
            seen = np.concatenate([seen, np.setdiff1d(self.indices[seen], seen)])
            counts.append(len(seen))
        place = np.zeros(len(self.kinds), dtype=np.int64)
        place[seen] = np.arange(len(seen))
        inner = seen[: counts[-2]]
        return Graph(
            self.vectors[inner],
            self.distances[inner],
            place[self.indices[inner]],
            self.kinds[seen],
            tuple(counts[-2::-1]),
        )

    def after(self, k: int) -> int:
        """How many of the first particles are to be known after round k, from 0."""
        return self.needed[k] if self.needed else len(self.vectors)

    def tensors(self) -> Graph:
        """The same for torch."""
        from torch import from_numpy

        return replace(
            self,
            vectors=from_numpy(self.vectors),
            distances=from_numpy(self.distances),
            indices=from_numpy(self.indices),
            kinds=from_numpy(self.kinds),
        )


def graph(
    configuration: Configuration,
    neighbours: int = NEIGHBOURS,
    r_cut: float | None = None,
    types: int = 1,
) -> Graph:
    """The graph of a configuration.

    Parameters
    ----------
    configuration : Configuration
    neighbours : int
        Of every particle, at most.
    r_cut : float, optional
        Cut-off in the units of the configuration, whose length is then the unit; else scale is not
        looked at.
    types : int
        How many are told apart.
    """
    dims = configuration.dimensions
    table = nearest(configuration, neighbours)
    unit = neighbour_lengths(table, UNIT[dims])[:, None] if r_cut is None else np.ones((1, 1))
    cut = r_cut or R_CUT[dims]
    kinds = np.eye(types)[configuration.types] if types > 1 else np.ones((len(table.indices), 1))
    return Graph(
        in_own_frame(table.vectors / unit[..., None]).astype(np.float32),
        np.minimum(table.distances / unit / cut, 1.0).astype(np.float32),
        table.indices.astype(np.int64),
        kinds.astype(np.float32),
    )


def joined(graphs: Sequence[Graph]) -> Graph:
    """Several as one, without an edge between them."""
    starts = np.cumsum([0, *(len(each.vectors) for each in graphs[:-1])])
    return Graph(
        np.concatenate([each.vectors for each in graphs]),
        np.concatenate([each.distances for each in graphs]),
        np.concatenate([each.indices + n for each, n in zip(graphs, starts, strict=True)]),
        np.concatenate([each.kinds for each in graphs]),
    )


def in_own_frame(vectors: np.ndarray) -> np.ndarray:
    """Every neighbourhood turned: its nearest neighbour on the z axis, of the nearest twelve that
    with the smallest angle to it in the x z plane, on the side of x; mirrored so that these are
    rather on the side of y.

    Parameters
    ----------
    vectors : ndarray, shape (N, k, 3)
    """
    near = vectors[:, :12]
    unit = near / np.maximum(np.linalg.norm(near, axis=-1, keepdims=True), 1e-6)
    z = unit[:, 0]
    along = np.einsum("nix,nx->ni", unit, z)
    along[:, 0] = -1.0
    second = unit[np.arange(len(z)), along.argmax(axis=1)]
    x = second - np.einsum("nx,nx->n", second, z)[:, None] * z
    x /= np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-6)
    y = np.cross(z, x)
    y[np.einsum("nix,nx->n", near, y) < 0] *= -1.0
    return np.asarray(vectors @ np.stack([x, y, z], axis=-1))

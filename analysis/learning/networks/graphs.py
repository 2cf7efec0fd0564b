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

#: Neighbours that are looked at: in space two shells of fcc, in the plane of a hexagonal crystal.
NEIGHBOURS = {2: 18, 3: 18}
#: Distance from which a neighbour does not count, in mean distances of the nearest 12 (6).
R_CUT = {2: 2.1, 3: 1.7}


@dataclass(frozen=True)
class Graph:
    """A configuration, or several behind one another, as a directed graph.

    Attributes
    ----------
    vectors : ndarray of float32, shape (N, k, 3)
        To the neighbours by distance, in units of the mean distance of the nearest; zero where
        there is none.
    distances : ndarray of float32, shape (N, k)
        In units of the cut-off; 1 where there is no neighbour, or one that is farther.
    indices : ndarray of int64, shape (N, k)
    kinds : ndarray of float32, shape (N, n_kinds)
        1 in the column of the type, where types are looked at; a single column of ones else.
    """

    vectors: Any
    distances: Any
    indices: Any
    kinds: Any

    def of(self, rows: np.ndarray) -> Graph:
        """The neighbourhoods of some particles; who these neighbours are is lost."""
        none = np.zeros((len(rows), self.indices.shape[1]), dtype=np.int64)
        return Graph(self.vectors[rows], self.distances[rows], none, self.kinds[rows])

    def turned(self, rng: np.random.Generator, alone: bool = False) -> Graph:
        """All neighbourhoods in one random orientation, mirrored or not, or each in its own."""
        q, r = np.linalg.qr(rng.normal(size=(len(self.vectors) if alone else 1, 3, 3)))
        turns = q * np.sign(np.diagonal(r, axis1=1, axis2=2))[:, None]
        return replace(self, vectors=self.vectors @ turns.astype(np.float32))


def graph(
    configuration: Configuration,
    neighbours: int | None = None,
    r_cut: float | None = None,
    types: int = 1,
) -> Graph:
    """The graph of a configuration.

    Parameters
    ----------
    configuration : Configuration
    neighbours : int, optional
        Of every particle, at most; `NEIGHBOURS` unless told otherwise.
    r_cut : float, optional
        Cut-off in the units of the configuration, whose length is then the unit; else scale is not
        looked at.
    types : int
        How many are told apart.
    """
    dims = configuration.dimensions
    table = nearest(configuration, neighbours or NEIGHBOURS[dims])
    unit = neighbour_lengths(table, UNIT[dims])[:, None] if r_cut is None else np.ones((1, 1))
    cut = r_cut or R_CUT[dims]
    kinds = np.eye(types)[configuration.types] if types > 1 else np.ones((len(table.indices), 1))
    return Graph(
        (table.vectors / unit[..., None]).astype(np.float32),
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

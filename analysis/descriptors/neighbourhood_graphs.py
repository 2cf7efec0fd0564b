"""Neighbourhood graphs, described by how often each small graph occurs in them."""

from __future__ import annotations

from functools import cache
from itertools import combinations, permutations
from math import comb

import numpy as np
from numba import njit

from analysis.configuration import Configuration
from analysis.descriptors.common_neighbours import bonded_neighbours
from analysis.descriptors.descriptor import GEOMETRIC, Descriptor
from analysis.neighbourhoods import nearest

#: Nodes of the subgraphs that are counted.
SIZES = (3, 4, 5)


@cache
def graphs(size: int) -> tuple[np.ndarray, tuple[int, ...]]:
    """Number of every graph of so many nodes, and what it is.

    Parameters
    ----------
    size : int

    Returns
    -------
    kinds : ndarray of int, shape (2^(size (size - 1) / 2),)
        Graphs are bit masks of their edges, in the order of `itertools.combinations`; those that
        differ only in the names of their nodes have one number.
    masks : tuple of int
        The lowest mask of each number.
    """
    edges = list(combinations(range(size), 2))
    place = {edge: number for number, edge in enumerate(edges)}
    masks = np.arange(2 ** len(edges))
    lowest = masks.copy()
    for order in permutations(range(size)):
        renamed = np.zeros_like(masks)
        for number, (a, b) in enumerate(edges):
            to = place[min(order[a], order[b]), max(order[a], order[b])]
            renamed |= (masks >> number & 1) << to
        lowest = np.minimum(lowest, renamed)
    unique, kinds = np.unique(lowest, return_inverse=True)
    return kinds, tuple(map(int, unique))


class NeighbourhoodGraphs(Descriptor):
    """Shares of all graphs of three, four and five nodes in the graph of the neighbours.

    Nodes are the k nearest neighbours of a particle; two are joined if they are closer than half
    way between the first and second shell of the perfect crystal, as in common-neighbour analysis.

    Parameters
    ----------
    k : {12, 14}
        As for `CommonNeighbours`.

    Notes
    -----
    Reinhart, Long, Howard, Ferguson and Panagiotopoulos, Soft Matter 13, 4733 (2017); shares of
    small graphs: Reinhart and Panagiotopoulos, Soft Matter 14, 6083 (2018). What is described is
    topology alone; few graphs occur, and their manifold (`analysis.learning.diffusion_map`) shows
    how they are related.
    """

    invariances = GEOMETRIC | {"scale"}

    def __init__(self, k: int = 12) -> None:
        super().__init__()
        if k not in (12, 14):
            raise ValueError(f"k is {k}, expected 12 or 14 neighbours")
        self.k = k

    @property
    def columns(self) -> tuple[str, ...]:
        """Nodes and, in binary, the edges of each graph."""
        return tuple(f"g{size}_{mask:b}" for size in SIZES for mask in graphs(size)[1])

    def _compute(self, configuration: Configuration) -> np.ndarray:
        bonded = bonded_neighbours(nearest(configuration, self.k))
        columns = []
        for size in SIZES:
            kinds, masks = graphs(size)
            chosen = np.array(list(combinations(range(self.k), size)))
            counts = np.zeros((len(bonded), len(masks)))
            _count(bonded, chosen, kinds, counts)
            columns.append(counts / comb(self.k, size))
        return np.concatenate(columns, axis=1)


@njit(cache=True)
def _count(bonded, chosen, kinds, counts):
    size = chosen.shape[1]
    for i in range(len(bonded)):
        for s in range(len(chosen)):
            mask, bit = 0, 1
            for a in range(size):
                for b in range(a + 1, size):
                    if bonded[i, chosen[s, a], chosen[s, b]]:
                        mask |= bit
                    bit <<= 1
            counts[i, kinds[mask]] += 1.0

"""Common-neighbour analysis with an adaptive cut-off."""

from __future__ import annotations

import numpy as np
from numba import njit

from analysis.configuration import Configuration
from analysis.descriptors.descriptor import GEOMETRIC, Descriptor
from analysis.neighbourhoods import NearestNeighbours, nearest

#: Signatures that are counted: common neighbours, bonds between them, longest chain of bonds.
SIGNATURES = ((4, 2, 1), (4, 2, 2), (5, 5, 5), (4, 4, 4), (6, 6, 6), (5, 4, 4), (4, 3, 3))
_SIGNATURES = np.array(SIGNATURES)


class CommonNeighbours(Descriptor):
    """How many of its bonds have each common-neighbour signature.

    Parameters
    ----------
    k : {12, 14}
        Twelve neighbours for close-packed, fourteen for body-centred structures. Two of them are
        bonded if closer than half way between the first and second shell of the perfect crystal.

    Notes
    -----
    Honeycutt and Andersen, J. Phys. Chem. 91, 4950 (1987); the adaptive cut-off is that of
    Stukowski, Modelling Simul. Mater. Sci. Eng. 20, 045021 (2012), equations (2) and (3). fcc has
    twelve bonds 421, hcp six 421 and six 422, an icosahedron twelve 555, bcc eight 666 and six
    444.
    """

    invariances = GEOMETRIC | {"scale"}

    def __init__(self, k: int = 12) -> None:
        super().__init__()
        if k not in (12, 14):
            raise ValueError(f"k is {k}, expected 12 or 14 neighbours")
        self.k = k

    @property
    def columns(self) -> tuple[str, ...]:
        """Signatures, and the number of bonds of any other."""
        return (*("".join(map(str, signature)) for signature in SIGNATURES), "other")

    def _compute(self, configuration: Configuration) -> np.ndarray:
        bonded = bonded_neighbours(nearest(configuration, self.k))
        counts = np.zeros((configuration.n_particles, len(self.columns)))
        _count(bonded, _SIGNATURES, counts)
        return counts


def bonded_neighbours(table: NearestNeighbours) -> np.ndarray:
    """Which neighbours of a particle are neighbours of each other.

    Parameters
    ----------
    table : NearestNeighbours
        Twelve or fourteen of each particle.

    Returns
    -------
    ndarray of bool, shape (N, k, k)
        Closer than half way between the first and second shell of the perfect close-packed or
        body-centred crystal; none where an open boundary leaves fewer than k neighbours.
    """
    d = np.where(np.isfinite(table.distances), table.distances, 0.0)
    half = 0.5 * (1.0 + np.sqrt(2.0))
    if d.shape[1] == 12:
        cut = half * d.mean(axis=1)
    else:
        cut = half * (2.0 / np.sqrt(3.0) * d[:, :8].sum(axis=1) + d[:, 8:].sum(axis=1)) / 14
    # A particle without all its neighbours has no structure.
    cut[~np.isfinite(table.distances).all(axis=1)] = 0.0
    bonded = np.zeros((*d.shape, d.shape[1]), dtype=np.bool_)
    _bonded(table.vectors, cut, bonded)
    return bonded


@njit(cache=True)
def _bonded(vectors, cut, bonded):
    n, k, _ = vectors.shape
    for i in range(n):
        limit = cut[i] ** 2
        for a in range(k):
            for b in range(a):
                x = vectors[i, a, 0] - vectors[i, b, 0]
                y = vectors[i, a, 1] - vectors[i, b, 1]
                z = vectors[i, a, 2] - vectors[i, b, 2]
                bonded[i, a, b] = bonded[i, b, a] = x * x + y * y + z * z < limit


@njit(cache=True)
def _count(bonded, signatures, counts):
    n, k, _ = bonded.shape
    common = np.zeros(k, dtype=np.int64)
    for i in range(n):
        for a in range(k):
            m = 0
            for b in range(k):
                if bonded[i, a, b]:
                    common[m] = b
                    m += 1
            bonds, longest = _bonds_and_chain(bonded[i], common, m)
            column = len(signatures)
            for s in range(len(signatures)):
                if (
                    signatures[s, 0] == m
                    and signatures[s, 1] == bonds
                    and signatures[s, 2] == longest
                ):
                    column = s
            counts[i, column] += 1.0


@njit(cache=True)
def _bonds_and_chain(bonded, common, m):
    """Bonds among the common neighbours, and most bonds of one connected cluster of these."""
    bonds = 0
    cluster = np.arange(m)
    for a in range(m):
        for b in range(a):
            if bonded[common[a], common[b]]:
                bonds += 1
                old, new = cluster[a], cluster[b]
                for c in range(m):
                    if cluster[c] == old:
                        cluster[c] = new
    longest = 0
    for name in range(m):
        size = 0
        for a in range(m):
            for b in range(a):
                if bonded[common[a], common[b]] and cluster[a] == name:
                    size += 1
        longest = max(longest, size)
    return bonds, longest

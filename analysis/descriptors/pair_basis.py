"""Pairs of neighbours in a complete basis: what learned descriptors see of a neighbourhood.

For every pair of neighbours at distances r, r' and the angle between them there are products
R_n(r) R_n'(r') P_l(cos), summed over all pairs; by the addition theorem these are sums over m of
products of A_nlm, so that the cost grows with the number of neighbours only. A linear layer on them
is a learned function of pairs that does not change with orientation, scale and order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from analysis.configuration import Configuration
from analysis.descriptors.descriptor import neighbour_lengths
from analysis.descriptors.real_harmonics import recurrence
from analysis.neighbourhoods import NearestNeighbours, nearest_in_parts

#: Neighbours that are looked for; those whose mean distance is the unit of length; radial
#: functions, from and to; cut-off; largest l: in two and in three dimensions.
NEIGHBOURS = {2: 24, 3: 36}
UNIT = {2: 6, 3: 12}
RADII = {2: (0.65, 1.9), 3: (0.6, 1.55)}
R_CUT = {2: 2.1, 3: 1.7}
L_MAX = {2: 12, 3: 10}
FUNCTIONS = 6
#: A neighbour counts in averages in full up to the first of these distances, not beyond the second.
SHELL = {2: (1.2, 1.6), 3: (1.15, 1.45)}
#: Neighbours over which averages go, at most.
AVERAGED = {2: 12, 3: 20}
#: Particles that are looked at together.
_PART = 20_000


@dataclass(frozen=True)
class Clouds:
    """The neighbourhoods of all particles.

    Attributes
    ----------
    features : ndarray of float32, shape (N, n_features)
        Roots (with the sign) of the sums over pairs; the last columns are the lengths of harmonics
        that were averaged over the neighbours once and twice before (Lechner and Dellago, J. Chem.
        Phys. 129, 114707 (2008)).
    indices : ndarray of int32, shape (N, k)
        Neighbours over which to average.
    weights : ndarray of float32, shape (N, k)
        By how much each counts.
    vectors : ndarray of float32, shape (N, 3 n_functions)
        Unit vectors to the neighbours, summed with the radial functions: what turns with them.
    lengths : ndarray of float32, shape (N,)
        Mean distance of the nearest 12 (in two dimensions 6).
    """

    features: np.ndarray
    indices: np.ndarray
    weights: np.ndarray
    vectors: np.ndarray
    lengths: np.ndarray


def clouds(configuration: Configuration) -> Clouds:
    """Neighbourhoods of a configuration; types of particles are not looked at.

    Parameters
    ----------
    configuration : Configuration
    """
    from analysis.descriptors.nested_shells import average

    dims = configuration.dimensions
    parts = [
        _described(table, dims)
        for table in nearest_in_parts(configuration, NEIGHBOURS[dims], _PART)
    ]
    pairs, harmonics, indices, weights, vectors, lengths = (
        np.concatenate(each) for each in zip(*parts, strict=True)
    )
    columns = [pairs]
    starts = np.arange(1, L_MAX[dims] + 1) ** 2 - 1
    for _ in range(2):
        harmonics = average(harmonics, indices, weights)
        columns.append(np.sqrt(np.add.reduceat(harmonics**2, starts, axis=1)))
    return Clouds(np.concatenate(columns, axis=1), indices, weights, vectors, lengths)


def _described(table: NearestNeighbours, dims: int) -> tuple[np.ndarray, ...]:
    """Pairs, harmonics of the first shell, and the neighbours of some particles."""
    distances = np.ascontiguousarray(table.distances, dtype=np.float32)
    vectors = np.ascontiguousarray(table.vectors, dtype=np.float32)
    n, k, l_max = len(distances), AVERAGED[dims], L_MAX[dims]
    lengths = neighbour_lengths(table, UNIT[dims]).astype(np.float32)
    pairs = np.empty((n, FUNCTIONS * (FUNCTIONS + 1) // 2 * (l_max + 1)), dtype=np.float32)
    harmonics = np.empty((n, (l_max + 1) ** 2 - 1), dtype=np.float32)
    weights = np.zeros((n, k), dtype=np.float32)
    directions = np.zeros((n, 3 * FUNCTIONS), dtype=np.float32)
    radii = np.linspace(*RADII[dims], FUNCTIONS).astype(np.float32)
    first, last = SHELL[dims]
    _pairs(
        distances,
        vectors,
        lengths,
        radii,
        np.float32(R_CUT[dims]),
        np.float32(first),
        np.float32(last),
        *recurrence(l_max),
        pairs,
        harmonics,
        weights,
        directions,
    )
    indices = table.indices[:, :k].astype(np.int32)
    return pairs, harmonics, indices, weights, directions, lengths


@njit(cache=True, fastmath={"reassoc", "contract", "arcp", "nsz"}, error_model="numpy")
def _pairs(
    distances, vectors, lengths, radii, cut, first, last, a, b, pairs, harmonics, weights, towards
):
    l_max = a.shape[0] - 1
    n_lm = (l_max + 1) ** 2
    n_radial = len(radii)
    sharp = np.float32(0.5) / (radii[1] - radii[0]) ** 2
    one_neighbour = np.empty(n_lm, dtype=np.float32)
    sums = np.empty((n_radial, n_lm), dtype=np.float32)
    shell = np.empty(n_lm, dtype=np.float32)
    for i in range(len(distances)):
        sums[:] = 0.0
        shell[:] = 0.0
        norm = np.float32(1e-6)
        for j in range(distances.shape[1]):
            r = distances[i, j] / lengths[i]
            if not r < cut:
                break
            inverse = np.float32(1.0) / max(distances[i, j], np.float32(1e-12))
            x = vectors[i, j, 0] * inverse
            y = vectors[i, j, 1] * inverse
            z = vectors[i, j, 2] * inverse
            cosine, sine, diagonal = np.float32(1.0), np.float32(0.0), np.float32(1.0)
            for m in range(l_max + 1):
                if m > 0:
                    cosine, sine = cosine * x - sine * y, cosine * y + sine * x
                    diagonal *= a[m, m]
                one, two = diagonal, np.float32(0.0)
                for degree in range(m, l_max + 1):
                    if degree > m:
                        one, two = a[degree, m] * (z * one - b[degree, m] * two), one
                    column = degree * degree + 2 * m
                    one_neighbour[column] = one * sine
                    one_neighbour[max(column - 1, degree * degree)] = one * cosine
            fade = np.float32(0.5) * (np.float32(1.0) + np.cos(np.float32(np.pi) * r / cut))
            for n in range(n_radial):
                radial = fade * np.exp(-sharp * (r - radii[n]) ** 2)
                towards[i, 3 * n] += radial * x
                towards[i, 3 * n + 1] += radial * y
                towards[i, 3 * n + 2] += radial * z
                for c in range(n_lm):
                    sums[n, c] += radial * one_neighbour[c]
            t = min(max((last - r) / (last - first), np.float32(0.0)), np.float32(1.0))
            w = t * t * (np.float32(3.0) - np.float32(2.0) * t)
            if j < weights.shape[1]:
                weights[i, j] = w
            if w > 0.0:
                norm += w
                for c in range(n_lm):
                    shell[c] += w * one_neighbour[c]
        for c in range(1, n_lm):
            harmonics[i, c - 1] = shell[c] / norm
        place = 0
        for n in range(n_radial):
            for other in range(n, n_radial):
                for degree in range(l_max + 1):
                    total = np.float32(0.0)
                    for c in range(degree * degree, (degree + 1) ** 2):
                        total += sums[n, c] * sums[other, c]
                    pairs[i, place] = np.sqrt(total) if total >= 0.0 else -np.sqrt(-total)
                    place += 1

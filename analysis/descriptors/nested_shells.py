"""Steinhardt invariants of nested neighbourhoods with smooth edges.

One particle, several neighbourhoods: the k nearest for every k of `SHELLS`. A hard count cuts a
shell of equal distances at random where the crystal is perfect; here neighbour j counts in
neighbourhood k with a weight that falls to zero towards the (k+1)-th distance, so that every
feature is continuous in the positions and does not depend on their order.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numba import njit

from analysis.descriptors.real_harmonics import recurrence
from analysis.neighbourhoods import NearestNeighbours

#: Neighbour numbers.
SHELLS = (4, 6, 8, 10, 12, 14, 16, 18, 21, 24)
#: Degrees l of the invariants.
L_MAX = 10
#: Neighbours needed: one more than the largest neighbourhood has.
NEIGHBOURS = SHELLS[-1] + 1
#: Width of the edge of a neighbourhood, in units of its radius.
EDGE = 0.12
#: Ranks of the neighbours whose distances are features, too.
RANKS = (1, 2, 3, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24)
#: Neighbourhood over which features are averaged: an index into `SHELLS`.
AVERAGING = SHELLS.index(14)
#: Names of the columns of `nested_invariants`.
COLUMNS = (
    *(f"q{degree}_{k}" for k in SHELLS for degree in range(L_MAX + 1)),
    *(f"r{rank}" for rank in RANKS),
)
#: Degrees, and the neighbourhood, an index into `SHELLS`, of the harmonics that are averaged
#: before their invariants are taken.
COHERENT_DEGREES = (4, 6, 8)
COHERENT = SHELLS.index(12)
#: How often these are averaged.
COHERENT_ROUNDS = (1, 2)
#: Names of the columns of `coherent_invariants`.
COHERENT_COLUMNS = tuple(
    f"q{degree}_{SHELLS[COHERENT]}_averaged{rounds}"
    for rounds in COHERENT_ROUNDS
    for degree in COHERENT_DEGREES
)


_A, _B = recurrence(L_MAX)
_SHELLS = np.array(SHELLS)
_RANKS = np.array(RANKS)
#: First component of each degree.
_FIRST = np.arange(L_MAX + 2) ** 2
_KEPT = np.concatenate(
    [np.arange(_FIRST[degree], _FIRST[degree + 1]) for degree in COHERENT_DEGREES]
)


def nested_invariants(
    table: NearestNeighbours,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Invariants of every particle, before any averaging.

    Parameters
    ----------
    table : NearestNeighbours
        `NEIGHBOURS` of each particle.

    Returns
    -------
    features : ndarray of float32, shape (N, len(COLUMNS))
        q_l of every neighbourhood of `SHELLS` (l = 0 is the sum of the weights over k) and the
        distances of the neighbours `RANKS` over the mean distance of twelve. Free of scale,
        orientation and order of the particles; mirror images look alike.
    weights : ndarray of float32, shape (N, SHELLS[AVERAGING])
        Weights of the nearest neighbours in the neighbourhood over which to average.
    harmonics : ndarray of float32, shape (N, n_harmonics)
        Real q_lm of the neighbourhood `COHERENT`, for `coherent_invariants`.
    """
    distances = np.ascontiguousarray(table.distances[:, :NEIGHBOURS], dtype=np.float32)
    vectors = np.ascontiguousarray(table.vectors[:, :NEIGHBOURS], dtype=np.float32)
    features = np.empty((len(distances), len(COLUMNS)), dtype=np.float32)
    weights = np.empty((len(distances), SHELLS[AVERAGING]), dtype=np.float32)
    kept = np.empty((len(distances), len(_KEPT)), dtype=np.float32)
    _invariants(distances, vectors, _A, _B, _SHELLS, _RANKS, _FIRST, _KEPT, features, weights, kept)
    return features, weights, kept


def coherent_invariants(
    harmonics: np.ndarray, indices: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Invariants of harmonics that were averaged over the neighbours first.

    Parameters
    ----------
    harmonics, indices, weights
        Of all particles; `indices` and `weights` as for `average`.

    Returns
    -------
    ndarray of float32, shape (N, len(COHERENT_COLUMNS))

    Notes
    -----
    Lechner and Dellago, J. Chem. Phys. 129, 114707 (2008). What neighbours have in common stays,
    noise does not: the only invariants here that see more than one shell at once.
    """
    columns = []
    widths = np.cumsum([0] + [2 * degree + 1 for degree in COHERENT_DEGREES])
    for rounds in range(1, max(COHERENT_ROUNDS) + 1):
        harmonics = average(harmonics, indices, weights)
        if rounds in COHERENT_ROUNDS:
            squares = [
                np.einsum("nm,nm->n", harmonics[:, a:b], harmonics[:, a:b])
                for a, b in pairwise(widths)
            ]
            columns += [np.sqrt(square) for square in squares]
    return np.stack(columns, axis=1)


@njit(cache=True, fastmath={"reassoc", "contract", "arcp", "nsz"}, error_model="numpy")
def _invariants(distances, vectors, a, b, shells, ranks, first, kept, features, weights, own):
    n, k_max = distances.shape
    l_max = a.shape[0] - 1
    n_lm = (l_max + 1) ** 2
    n_shells = len(shells)
    width = SHELLS[-1]
    x = np.zeros(width, dtype=np.float32)
    y = np.zeros(width, dtype=np.float32)
    z = np.zeros(width, dtype=np.float32)
    cosine = np.zeros(width, dtype=np.float32)
    sine = np.zeros(width, dtype=np.float32)
    turned = np.zeros(width, dtype=np.float32)
    diagonal = np.zeros(width, dtype=np.float32)
    one = np.zeros(width, dtype=np.float32)
    two = np.zeros(width, dtype=np.float32)
    harmonics = np.zeros((width, n_lm), dtype=np.float32)
    total = np.zeros(n_lm, dtype=np.float32)
    complete = np.zeros(n_lm, dtype=np.float32)
    for i in range(n):
        present = 0
        for j in range(k_max):
            r = distances[i, j]
            if not np.isfinite(r):
                break
            present += 1
            if j == width:
                break  # only its distance counts
            inverse = np.float32(1.0) / max(r, np.float32(1e-12))
            x[j] = vectors[i, j, 0] * inverse
            y[j] = vectors[i, j, 1] * inverse
            z[j] = vectors[i, j, 2] * inverse
        # Real harmonics of all neighbours: P_lm(z) times Re and Im of (x + i y)^m.
        for j in range(width):
            cosine[j] = 1.0
            sine[j] = 0.0
            diagonal[j] = 1.0
        for m in range(l_max + 1):
            if m > 0:
                for j in range(width):
                    turned[j] = cosine[j] * x[j] - sine[j] * y[j]
                    sine[j] = cosine[j] * y[j] + sine[j] * x[j]
                    cosine[j] = turned[j]
                    diagonal[j] *= a[m, m]
            for j in range(width):
                one[j] = diagonal[j]
                two[j] = 0.0
            for degree in range(m, l_max + 1):
                if degree > m:
                    up = a[degree, m]
                    down = b[degree, m]
                    for j in range(width):
                        turned[j] = up * (z[j] * one[j] - down * two[j])
                        two[j] = one[j]
                        one[j] = turned[j]
                column = degree * degree + 2 * m
                for j in range(width):
                    harmonics[j, column] = one[j] * sine[j]
                if m > 0:
                    column -= 1
                for j in range(width):
                    harmonics[j, column] = one[j] * cosine[j]
        # Neighbourhoods from the inside out; what counts in full is never summed again.
        full = 0
        for c in range(n_lm):
            complete[c] = 0.0
        for s in range(n_shells):
            k = shells[s]
            radius = distances[i, k] if k < present else np.float32(np.inf)
            edge = radius * np.float32(1.0 - EDGE)
            while full < min(k, present) and distances[i, full] <= edge:
                for c in range(n_lm):
                    complete[c] += harmonics[full, c]
                if s == AVERAGING:
                    weights[i, full] = 1.0
                full += 1
            for c in range(n_lm):
                total[c] = complete[c]
            if s == AVERAGING:
                for j in range(shells[AVERAGING]):
                    weights[i, j] = 1.0 if j < full else 0.0
            for j in range(full, min(k, present)):
                t = (radius - distances[i, j]) / (radius * np.float32(EDGE))
                t = min(max(t, np.float32(0.0)), np.float32(1.0))
                w = t * t * (np.float32(3.0) - np.float32(2.0) * t)
                if s == AVERAGING:
                    weights[i, j] = w
                if w > 0.0:
                    for c in range(n_lm):
                        total[c] += w * harmonics[j, c]
            scale = np.float32(1.0) / k
            if s == COHERENT:
                for c in range(len(kept)):
                    own[i, c] = total[kept[c]] * scale
            for degree in range(l_max + 1):
                square = np.float32(0.0)
                for c in range(first[degree], first[degree + 1]):
                    square += total[c] * total[c]
                features[i, s * (l_max + 1) + degree] = square * scale * scale
        mean = np.float32(0.0)
        for j in range(min(12, present)):
            mean += distances[i, j]
        mean = max(mean / max(min(12, present), 1), np.float32(1e-12))
        offset = n_shells * (l_max + 1)
        for c in range(offset):
            features[i, c] = np.sqrt(features[i, c])
        for s in range(len(ranks)):
            j = min(ranks[s], present) - 1
            features[i, offset + s] = (
                min(distances[i, j] / mean, np.float32(4.0)) if j >= 0 else 1.0
            )


def average(values: np.ndarray, indices: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Rows averaged over each particle and its neighbours.

    Parameters
    ----------
    values : ndarray of float32, shape (N, n_columns)
    indices : ndarray of int32, shape (N, k)
    weights : ndarray of float32, shape (N, k)
        Of the neighbours; a particle itself has weight 1.
    """
    result = np.empty_like(values)
    _average(values, indices, weights, result)
    return result


@njit(cache=True, fastmath={"reassoc", "contract", "arcp", "nsz"}, error_model="numpy")
def _average(values, indices, weights, result):
    columns = values.shape[1]
    for i in range(len(values)):
        norm = np.float32(1.0)
        for c in range(columns):
            result[i, c] = values[i, c]
        for s in range(indices.shape[1]):
            w = weights[i, s]
            if w > 0.0:
                norm += w
                j = indices[i, s]
                for c in range(columns):
                    result[i, c] += w * values[j, c]
        norm = np.float32(1.0) / norm
        for c in range(columns):
            result[i, c] *= norm

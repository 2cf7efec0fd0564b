"""The lattice of a noisy crystal: vectors that take its particles to places of others."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, maximum_filter
from scipy.spatial import cKDTree

FloatArray = NDArray[np.float64]

# Lengths in units of (volume per particle)^(1/dimensions).
#: A particle is at a place if it is so near: thermal motion of both, and strain.
NEAR = 0.3
#: Width of a grain of the grid that vectors are counted in, and of the bell they are smoothed by.
GRAIN, BELL = 0.1, 0.12
#: Shorter vectors are none between particles.
SHORTEST = 0.6
#: Least share of particles that the translation with the largest share takes to others.
LEAST_SHARE = 0.45
#: Translations take at least this part of that share: with thermal motion, and where those of a
#: simpler crystal that is almost there take nearly as many.
ALIKE = (0.75, 0.9)
#: Shortest translations among which a basis is looked for.
TRIED = 26
#: Share of the translations that are sums of the basis, at least.
SPANNED = 0.85
#: Volume of a cell, in units of that of a particle, at least.
SMALLEST = 0.5


def peaks(differences: FloatArray, n_centres: int, reach: float) -> tuple[FloatArray, FloatArray]:
    """Where differences between particles accumulate, and the share of centres that have one.

    Parameters
    ----------
    differences : ndarray, shape (m, d)
        From centres to all their neighbours of the same type within `reach`.
    n_centres : int
    reach : float

    Returns
    -------
    vectors : ndarray, shape (n, d)
        Of half of the space: the others are their negatives.
    shares : ndarray, shape (n,)
    """
    d = differences.shape[1]
    bins = int(2 * (reach + NEAR) / GRAIN)
    edges = [np.linspace(-reach - NEAR, reach + NEAR, bins + 1)] * d
    counts = np.histogramdd(differences, edges)[0].astype(np.float32)
    smooth = gaussian_filter(counts, BELL / GRAIN, mode="constant")
    width = 2 * round(NEAR / GRAIN) + 1
    top = (smooth == maximum_filter(smooth, width, mode="constant")) & (smooth > 0.0)
    where = (np.argwhere(top) + 0.5) * (edges[0][1] - edges[0][0]) + edges[0][0]
    # the highest first, no more than can be translations
    where = where[np.argsort(smooth[top])[::-1][:400]]
    first = where[:, 0] > 1e-9
    for k in range(1, d):
        first |= (np.abs(where[:, :k]) <= 1e-9).all(axis=1) & (where[:, k] > 1e-9)
    lengths = np.linalg.norm(where, axis=1)
    where = where[first & (lengths > SHORTEST) & (lengths < reach)]
    tree = cKDTree(differences)
    vectors, shares = [], []
    for vector in where:
        for _ in range(3):  # to the mean of those near it
            members = tree.query_ball_point(vector, NEAR)
            if not members:
                break
            vector = differences[members].mean(axis=0)
        vectors.append(vector)
        shares.append(len(members) / n_centres)
    return np.array(vectors).reshape(-1, d), np.array(shares)


def basis(vectors: FloatArray, shares: FloatArray, alike: float) -> FloatArray | None:
    """The shortest vectors that span the translations; None where there are none.

    Parameters
    ----------
    vectors : ndarray, shape (n, d)
    shares : ndarray, shape (n,)
    alike : float
        Translations take at least this part of the largest share.

    Returns
    -------
    ndarray, shape (d, d), or None
        Rows, right-handed, fitted to all translations.
    """
    if not len(vectors) or shares.max() < LEAST_SHARE:
        return None
    d = vectors.shape[1]
    vectors = vectors[shares >= alike * shares.max()]
    vectors = vectors[np.argsort(np.linalg.norm(vectors, axis=1))]
    # in two and three dimensions the shortest independent ones span the lattice
    choices = np.array(list(itertools.combinations(range(min(len(vectors), TRIED)), d)))
    if not len(choices):
        return None
    bases = vectors[choices]
    volumes = np.abs(np.linalg.det(bases))
    bases = bases[volumes > SMALLEST]
    if not len(bases):
        return None
    integers = np.einsum("vi,bij->bvj", vectors, np.linalg.inv(bases))
    off = np.einsum("bvi,bij->bvj", integers - np.round(integers), bases)
    spanned = (np.linalg.norm(off, axis=2) < NEAR).mean(axis=1)
    good = spanned >= SPANNED
    if not good.any():
        return None
    size = np.linalg.norm(bases, axis=2).sum(axis=1)
    best = np.flatnonzero(good)[np.argmin(size[good])]
    chosen = bases[best]
    members = np.linalg.norm(off[best], axis=1) < NEAR
    numbers = np.round(integers[best][members])
    chosen = np.linalg.lstsq(numbers, vectors[members], rcond=None)[0]
    if np.linalg.det(chosen) < 0.0:
        chosen[-1] *= -1.0
    return np.asarray(chosen)

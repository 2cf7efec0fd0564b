"""Local two-body entropy: how sharply the distances to the neighbours are defined."""

from __future__ import annotations

import numpy as np

from analysis.neighbourhoods import NearestNeighbours
from analysis.pieces import by_rows

#: Neighbours of a particle that are looked at: those within two nearest-neighbour distances.
NEIGHBOURS = 18
#: Largest distance, in units of the local nearest-neighbour distance.
R_MAX = 2.0
#: Width of the Gaussians that smooth g(r), and of the bins, in the same units: that of the thermal
#: motion of a cold crystal. A wider one hides it, a narrower one shows how few distances there are.
SMOOTHING = 0.04


def local_pair_entropy(table: NearestNeighbours, shell: int) -> np.ndarray:
    """Two-body entropy of the surroundings of each particle of a plane, in units of k_B.

    s_2 = -(rho/2) ∫ g ln g d²r over r < 2 d, where g(r) is averaged over the particle and its
    `shell` nearest, rho is the density of neighbours within the same circle, so that the mean of
    g is one and a vacuum beside the circle does not count, and d is the mean distance of the three
    nearest, averaged likewise.

    Parameters
    ----------
    table : NearestNeighbours
        At least `NEIGHBOURS` of each particle.
    shell : int
        Over how many neighbours g(r) is averaged.

    Returns
    -------
    ndarray of float64, shape (N,)
        0 without structure; the more negative, the more solid-like. Free of scale and of
        orientation.

    Notes
    -----
    Piaggi and Parrinello, J. Chem. Phys. 147, 114112 (2017), equations (1) to (4), in two
    dimensions. Theirs averages s_2 over the neighbours; averaging g instead needs no wide
    Gaussians and tells sharp distances from few.
    """
    distances = table.distances[:, :NEIGHBOURS]
    present = np.isfinite(distances)
    n = len(distances)
    near = table.indices[:, :shell]
    over = present[:, :shell]

    def averaged(values: np.ndarray, rows: slice) -> np.ndarray:
        total = values[rows].copy()
        for column in range(near.shape[1]):
            total += values[near[rows, column]] * over[rows, column][:, None]
        return total / (1 + over[rows].sum(axis=1))[:, None]

    three = np.where(present[:, :3], distances[:, :3], 0.0).sum(axis=1)
    three = (three / np.maximum(present[:, :3].sum(axis=1), 1))[:, None]
    bins = round(R_MAX / SMOOTHING) + 4

    def histogram(rows: slice) -> np.ndarray:
        length = np.maximum(averaged(three, rows), np.finfo(float).tiny)
        scaled = np.where(present[rows], distances[rows], np.inf) / length
        i, k = np.nonzero(scaled < bins * SMOOTHING)
        column = (scaled[i, k] / SMOOTHING).astype(int)
        counts = np.bincount(i * bins + column, minlength=len(scaled) * bins)
        return counts.reshape(len(scaled), bins).astype(float)

    centres = (np.arange(bins) + 0.5) * SMOOTHING
    r = centres[centres < R_MAX]
    gaussian = np.exp(-0.5 * ((centres[:, None] - r) / SMOOTHING) ** 2)
    gaussian /= np.sqrt(2 * np.pi) * SMOOTHING
    smooth = by_rows(histogram, n) @ gaussian

    def entropy(rows: slice) -> np.ndarray:
        density = averaged(smooth, rows)
        number = density.sum(axis=1, keepdims=True) * SMOOTHING
        # g = distribution of the distances over that of points anywhere in the circle.
        g = density * R_MAX**2 / np.maximum(2.0 * r * number, np.finfo(float).tiny)
        information = np.where(g > 0, density * np.log(np.where(g > 0, g, 1.0)), 0.0)
        return np.asarray(-0.5 * information.sum(axis=1) * SMOOTHING)

    return by_rows(entropy, n)

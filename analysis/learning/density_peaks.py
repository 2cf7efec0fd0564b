"""Clusters that are peaks of the probability density, after PAMM."""

from __future__ import annotations

import numpy as np

from analysis.learning.clusters import Clusters
from analysis.learning.embedding import Coordinates

#: Points at which the density is estimated, at most.
GRID = 1000
#: Two peaks are one where the density between them falls no lower than this part of the lower one.
VALLEY = 0.6
#: Rows that are summed over together: bounds memory.
_PART = 4000


def density_peaks(
    embedding: Coordinates,
    features: np.ndarray,
    part: float = 0.1,
    reach: float = 1.5,
    seed: int = 0,
) -> Clusters:
    """One Gaussian for each peak of the density.

    Parameters
    ----------
    embedding : Coordinates
    features : ndarray, shape (N, n_features)
    part : float
        Part of all particles within the localisation of a grid point, from which its bandwidth is
        taken: smaller finds more peaks.
    reach : float
        A peak is a point without a denser one within so many times its localisation.
    seed : int

    Raises
    ------
    ValueError
        If features are not finite, or there are fewer than two rows.

    Notes
    -----
    Probabilistic analysis of molecular motifs: Gasparotto and Ceriotti, J. Chem. Phys. 141, 174110
    (2014); Gasparotto, Meissner and Ceriotti, J. Chem. Theory Comput. 14, 486 (2018). Grid points
    by farthest-point sampling, a kernel estimate with local bandwidths, quick shift to the peaks,
    those without a valley between them merged, and a Gaussian from what belongs to each. Here the
    localisation is a ball and kernels are isotropic, after every coordinate was scaled to the same
    spread. A cluster with a part of the particles much below `part` is none.
    """
    coordinates = embedding.transform(features)
    if len(coordinates) < 2 or not np.isfinite(coordinates).all():
        raise ValueError(f"features are not finite in {len(features)} rows, at least two expected")
    spread = coordinates.std(axis=0)
    x = coordinates / np.where(spread > 0, spread, 1.0)
    grid = x[_farthest_points(x, min(GRID, len(x)), seed)]
    local = _localisation(x, grid, part)
    n, d = x.shape
    # Scott's rule for the particles within the localisation, whose spread is that of a ball.
    width = local * (max(part * n, 2.0)) ** (-1.0 / (d + 4)) / np.sqrt(d + 2.0)
    density, owner = np.zeros(len(grid)), np.empty(n, dtype=int)
    for start in range(0, n, _PART):
        rows = slice(start, start + _PART)
        squares = _squares(x[rows], grid)
        owner[rows] = squares.argmin(axis=1)
        density += np.exp(-0.5 * squares / width**2).sum(axis=0)
    log = np.log(np.maximum(density, 1e-300)) - d * np.log(width)
    peak = _merged(_quick_shift(grid, log, reach * local), grid, log, local)[owner]
    means, factors, weights = [], [], []
    for k in np.unique(peak):
        members = coordinates[peak == k]
        if len(members) <= d + 1:
            continue  # too few to have a shape: what is near explains them
        covariance = np.atleast_2d(np.cov(members.T))
        covariance += np.diag(1e-6 * np.maximum(spread, 1e-9) ** 2)
        means.append(members.mean(axis=0))
        factors.append(np.linalg.cholesky(np.linalg.inv(covariance)))
        weights.append(len(members))
    return Clusters(embedding, np.array(weights) / sum(weights), np.array(means), np.array(factors))


def _squares(x: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """Squared distances between all rows of both."""
    products = (x**2).sum(axis=1)[:, None] + (grid**2).sum(axis=1) - 2.0 * x @ grid.T
    return np.maximum(products, 0.0)


def _farthest_points(x: np.ndarray, number: int, seed: int) -> np.ndarray:
    """Rows, each the farthest from those before it; of at most 20 times as many random rows."""
    rng = np.random.default_rng(seed)
    candidates = rng.permutation(len(x))[: 20 * number]
    points = x[candidates]
    chosen, away = [0], ((points - points[0]) ** 2).sum(axis=1)
    while len(chosen) < number:
        following = int(away.argmax())
        chosen.append(following)
        away = np.minimum(away, ((points - points[following]) ** 2).sum(axis=1))
    return candidates[chosen]


def _localisation(x: np.ndarray, grid: np.ndarray, part: float) -> np.ndarray:
    """Radius around every grid point that holds a part of the particles."""
    from scipy.spatial import cKDTree

    k = int(np.clip(round(part * len(x)), 1, len(x) - 1))
    step = max(len(x) // 5000, 1)
    some = cKDTree(x[::step])
    distances = some.query(grid, k=[min(max(k // step, 1) + 1, some.n)])[0][:, 0]
    return np.maximum(distances, 1e-9)


def _quick_shift(grid: np.ndarray, log: np.ndarray, reach: np.ndarray) -> np.ndarray:
    """The peak that each grid point comes to by steps to the nearest denser point in reach."""
    squares = _squares(grid, grid)
    squares[log[None, :] <= log[:, None]] = np.inf
    to = squares.argmin(axis=1)
    rows = np.arange(len(grid))
    to = np.where(squares[rows, to] < reach**2, to, rows)
    while True:
        further = to[to]
        if (further == to).all():
            return to
        to = further


def _merged(peak: np.ndarray, grid: np.ndarray, log: np.ndarray, local: np.ndarray) -> np.ndarray:
    """The same peaks, joined where the pass between two is nearly as high as the lower one."""
    near = _squares(grid, grid) < np.minimum(local[:, None], local) ** 2
    i, j = np.nonzero(np.triu(near & (peak[:, None] != peak)))
    height = np.minimum(log[i], log[j])
    for bridge in np.argsort(-height, kind="stable"):
        a, b = peak[i[bridge]], peak[j[bridge]]
        lower, higher = (a, b) if log[a] < log[b] else (b, a)
        if a != b and height[bridge] > log[lower] + np.log(VALLEY):
            peak = np.where(peak == lower, higher, peak)
    return peak

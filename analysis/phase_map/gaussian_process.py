"""Gaussian process regression of a quantity, and what it shares with classification.

The kernel is the squared exponential with a length scale of its own along each axis (Rasmussen and
Williams, Gaussian Processes for Machine Learning (2006), chapters 2 and 5). Length scales
and the noise are the most likely ones of fixed ladders, not of a continuum: so the last bits of a
sum, which differ between machines, decide nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_solve, cholesky, solve_triangular

#: Length scales that an axis may have, in units of its whole range.
LADDER = tuple(float(f"{value:.3g}") for value in np.geomspace(0.06, 2.0, 12))
#: Steps up the ladder at which the search begins, and rounds through the axes.
FIRST, MOST_SWEEPS = 6, 6
#: Mean and width of the logarithm of a length scale before anything is seen (units of the range).
PRIOR = (np.log(0.35), 0.7)
#: Variances of the noise, in units of that of the process, and where the search begins.
NOISES, FIRST_NOISE = (1e-6, 1e-4, 1e-3, 1e-2, 0.03, 0.1, 0.3, 1.0), 2
#: Added to what is factorised.
JITTER = 1e-8


def kernel(a: np.ndarray, b: np.ndarray, lengths: Sequence[float]) -> np.ndarray:
    """The kernel between points, shape (n, d) and (m, d); returns shape (n, m)."""
    scaled_a, scaled_b = a / np.asarray(lengths), b / np.asarray(lengths)
    squares = (scaled_a**2).sum(1)[:, None] + (scaled_b**2).sum(1)[None]
    return np.asarray(np.exp(-0.5 * np.maximum(squares - 2.0 * scaled_a @ scaled_b.T, 0.0)))


def log_prior(lengths: Sequence[float]) -> float:
    """Logarithm of how probable length scales are before anything is seen."""
    return -0.5 * sum(((np.log(length) - PRIOR[0]) / PRIOR[1]) ** 2 for length in lengths)


def most_likely(
    likelihood: Callable[[Sequence[int]], float], sizes: Sequence[int], first: Sequence[int]
) -> list[int]:
    """Steps of some ladders from which no step on one of them leads higher.

    Parameters
    ----------
    likelihood : callable
    sizes, first : sequence of int
        Lengths of the ladders, and where the search begins.
    """
    place = list(first)
    known: dict[tuple[int, ...], float] = {}

    def of(at: Sequence[int]) -> float:
        key = tuple(at)
        if key not in known:
            known[key] = likelihood(key)
        return known[key]

    for _ in range(MOST_SWEEPS):
        before = list(place)
        for axis, size in enumerate(sizes):
            while True:
                steps = [place[axis] + step for step in (0, -1, 1)]
                here = [
                    [*place[:axis], step, *place[axis + 1 :]] for step in steps if 0 <= step < size
                ]
                best = max(here, key=of)
                if best == place:
                    break
                place = best
        if place == before:
            break
    return place


@dataclass(frozen=True)
class GaussianProcess:
    """A process that has seen values of a quantity.

    Attributes
    ----------
    points : ndarray of float64, shape (n, d)
        Each axis from 0 to 1.
    mean : float
    weights : ndarray of float64, shape (n,)
    factor : ndarray of float64, shape (n, n)
        Lower Cholesky factor of kernel and noise.
    amplitude : float
        Variance of the process, the most likely one.
    noise : float
        Variance of the noise in units of it.
    lengths : tuple of float
    """

    points: np.ndarray
    mean: float
    weights: np.ndarray
    factor: np.ndarray
    amplitude: float
    noise: float
    lengths: tuple[float, ...]

    @classmethod
    def fit(cls, points: np.ndarray, values: np.ndarray) -> GaussianProcess:
        """The most likely one; values of shape (n,), which are not all the same."""

        def made(at: Sequence[int]) -> GaussianProcess:
            *steps, noise = at
            return cls.of(points, values, tuple(LADDER[k] for k in steps), NOISES[noise])

        def likelihood(at: Sequence[int]) -> float:
            process = made(at)
            return process.log_likelihood + log_prior(process.lengths)

        n = points.shape[1]
        sizes = [len(LADDER)] * n + [len(NOISES)]
        return made(most_likely(likelihood, sizes, [FIRST] * n + [FIRST_NOISE]))

    @classmethod
    def of(
        cls, points: np.ndarray, values: np.ndarray, lengths: tuple[float, ...], noise: float
    ) -> GaussianProcess:
        """The one with given length scales and noise."""
        covariance = kernel(points, points, lengths) + (noise + JITTER) * np.eye(len(points))
        factor = cholesky(covariance, lower=True, check_finite=False)
        mean = float(values.mean())
        weights = cho_solve((factor, True), values - mean, check_finite=False)
        amplitude = max(float((values - mean) @ weights) / len(values), 1e-300)
        return cls(points, mean, weights, factor, amplitude, noise, lengths)

    @property
    def log_likelihood(self) -> float:
        """Logarithm of the marginal likelihood of what was seen, without its constant."""
        n = len(self.points)
        return -0.5 * n * float(np.log(self.amplitude)) - float(np.log(np.diag(self.factor)).sum())

    def predict(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard deviation of the quantity at points of shape (m, d); shapes (m,)."""
        cross = kernel(self.points, points, self.lengths)
        half = solve_triangular(self.factor, cross, lower=True, check_finite=False)
        variance = self.amplitude * np.maximum(1.0 - (half**2).sum(axis=0), 0.0)
        return self.mean + cross.T @ self.weights, np.sqrt(variance)

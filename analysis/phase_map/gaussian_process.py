"""Gaussian process regression of several outputs with one kernel and a noise of each value.

The kernel is the squared exponential with a length scale of its own along each axis (Rasmussen and
Williams, Gaussian Processes for Machine Learning (2006), chapters 2, 4 and 5). Length scales
are the most likely ones of a fixed ladder, not of a continuum: so the last bits of a sum, which
differ between machines, decide nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_solve, cholesky, solve_triangular

#: Length scales that an axis may have, in units of its whole range.
LADDER = tuple(float(f"{value:.3g}") for value in np.geomspace(0.06, 2.0, 12))
#: Steps up the ladder at which the search begins, and rounds through the axes.
FIRST, MOST_SWEEPS = 6, 6
#: Mean and width of the logarithm of a length scale before anything is seen (units of the range).
PRIOR = (np.log(0.35), 0.7)
#: Added to the noise, for the sake of the factorisation.
JITTER = 1e-8


def kernel(a: np.ndarray, b: np.ndarray, lengths: Sequence[float]) -> np.ndarray:
    """The kernel between points, shape (n, d) and (m, d); returns shape (n, m)."""
    scaled_a, scaled_b = a / np.asarray(lengths), b / np.asarray(lengths)
    squares = (scaled_a**2).sum(1)[:, None] + (scaled_b**2).sum(1)[None]
    return np.asarray(np.exp(-0.5 * np.maximum(squares - 2.0 * scaled_a @ scaled_b.T, 0.0)))


@dataclass(frozen=True)
class GaussianProcess:
    """A process that has seen values.

    Attributes
    ----------
    points : ndarray of float64, shape (n, d)
        Each axis from 0 to 1.
    values, noise : ndarray of float64, shape (n, c)
        What was seen, and its variance.
    mean : ndarray of float64, shape (c,)
    amplitude : float
        Variance of the process.
    lengths : tuple of float
    """

    points: np.ndarray
    values: np.ndarray
    noise: np.ndarray
    mean: np.ndarray
    amplitude: float
    lengths: tuple[float, ...]

    @classmethod
    def fit(
        cls, points: np.ndarray, values: np.ndarray, noise: np.ndarray, amplitude: float
    ) -> GaussianProcess:
        """The process with the most likely length scales, the mean of each output kept."""
        mean = np.average(values, axis=0, weights=1.0 / (amplitude + noise.mean(1)))
        place = [FIRST] * points.shape[1]

        def likelihood(at: Sequence[int]) -> float:
            lengths = tuple(LADDER[k] for k in at)
            process = cls(points, values, noise, mean, amplitude, lengths)
            prior = sum(((np.log(length) - PRIOR[0]) / PRIOR[1]) ** 2 for length in lengths)
            return float(process.log_likelihood().sum()) - 0.5 * prior

        known: dict[tuple[int, ...], float] = {}

        def of(at: Sequence[int]) -> float:
            key = tuple(at)
            if key not in known:
                known[key] = likelihood(key)
            return known[key]

        for _ in range(MOST_SWEEPS):
            before = list(place)
            for axis in range(len(place)):
                while True:
                    steps = [place[axis] + step for step in (0, -1, 1)]
                    here = [
                        [*place[:axis], step, *place[axis + 1 :]]
                        for step in steps
                        if 0 <= step < len(LADDER)
                    ]
                    best = max(here, key=of)
                    if best == place:
                        break
                    place = best
            if place == before:
                break
        return cls(points, values, noise, mean, amplitude, tuple(LADDER[k] for k in place))

    def _factors(self) -> list[np.ndarray]:
        covariance = self.amplitude * kernel(self.points, self.points, self.lengths)
        return [
            cholesky(covariance + np.diag(noise + JITTER), lower=True, check_finite=False)
            for noise in self.noise.T
        ]

    def log_likelihood(self) -> np.ndarray:
        """Logarithm of the marginal likelihood of each output, without its constant, shape (c,)."""
        found = []
        for factor, values, mean in zip(self._factors(), self.values.T, self.mean, strict=True):
            whitened = solve_triangular(factor, values - mean, lower=True, check_finite=False)
            found.append(-0.5 * whitened @ whitened - np.log(np.diag(factor)).sum())
        return np.array(found)

    def unrelated(self) -> np.ndarray:
        """The same of a process whose values at different points have nothing to do with one
        another."""
        variance = self.amplitude + self.noise
        squares = (self.values - self.mean) ** 2
        return np.asarray(-0.5 * (squares / variance + np.log(variance)).sum(0))

    def predict(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean and variance of each output at points of shape (m, d); both of shape (m, c)."""
        cross = self.amplitude * kernel(self.points, points, self.lengths)
        mean = np.empty((len(points), len(self.mean)))
        variance = np.empty_like(mean)
        for k, factor in enumerate(self._factors()):
            weights = cho_solve((factor, True), self.values[:, k] - self.mean[k])
            mean[:, k] = self.mean[k] + cross.T @ weights
            half = solve_triangular(factor, cross, lower=True, check_finite=False)
            variance[:, k] = np.maximum(self.amplitude - (half**2).sum(0), 1e-12)
        return mean, variance

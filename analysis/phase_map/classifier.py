"""Gaussian process classification: a latent function for each class, and a softmax of them.

The label of a point is drawn with the probabilities softmax(f), where f are smooth random functions
with one kernel. Their posterior is taken to be normal around its mode (Laplace's approximation;
Williams and Barber, IEEE Trans. PAMI 20, 1342 (1998); Rasmussen and Williams, Gaussian Processes
for Machine Learning (2006), algorithms 3.3 and 3.4). The length scales, and the amplitude, which
says how sharp boundaries are and how far labels are to be trusted, are the most likely ones of
fixed ladders, not of a continuum: so the last bits of a sum, which differ between machines, decide
nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_solve, cholesky, solve_triangular
from scipy.linalg.lapack import dpotri
from scipy.special import logsumexp, ndtr, softmax

from analysis.phase_map.gaussian_process import (
    FIRST,
    JITTER,
    LADDER,
    kernel,
    log_prior,
    most_likely,
)

#: Standard deviations that the latent functions may have, and at which the search begins.
AMPLITUDES, FIRST_AMPLITUDE = (1.0, 2.0, 4.0, 8.0, 16.0), 3
#: Newton steps at most, and the change of a latent value below which there are no more; while
#: likelihoods are compared, whose error is of second order, and in the end.
MOST_STEPS, ROUGHLY, ENOUGH = 50, 3e-2, 1e-4
#: Laplace's approximation puts the mode of a sharp boundary too close to zero for its width (Kuss
#: and Rasmussen, JMLR 6, 1679 (2005)): standard deviations are divided by this power of the
#: amplitude. Fitted to the expected agreement of diagrams of `benchmarks/adaptive_diagrams.py` with
#: and without noise, seeds 0 to 5.
SHARPER = 0.25
#: Points that are predicted at a time: memory.
BLOCK = 2000


@dataclass(frozen=True)
class Classifier:
    """Latent functions that have seen labels.

    Attributes
    ----------
    points : ndarray of float64, shape (n, d)
        Each axis from 0 to 1.
    weights : ndarray of float64, shape (n, c)
        The kernel times these is the mode without its mean.
    factors : ndarray of float64, shape (c, n, n)
        Inverse of the kernel plus the inverse of the probabilities, of each class.
    joint : ndarray of float64, shape (n, n)
        Lower Cholesky factor of their sum.
    lengths : tuple of float
    amplitude : float
        Standard deviation of the latent functions.
    mean : ndarray of float64, shape (c,)
        Of the latent functions before anything is seen.
    log_likelihood : float
        Logarithm of the marginal likelihood of the labels.
    """

    points: np.ndarray
    weights: np.ndarray
    factors: np.ndarray
    joint: np.ndarray
    lengths: tuple[float, ...]
    amplitude: float
    mean: np.ndarray
    log_likelihood: float

    @classmethod
    def fit(cls, points: np.ndarray, shares: np.ndarray, below: np.ndarray) -> Classifier:
        """The most likely one.

        Parameters
        ----------
        points : ndarray of float64, shape (n, d)
        shares : ndarray of float64, shape (n, c)
            Of each class in what was seen at each point; rows sum up to 1.
        below : ndarray of float64, shape (c,)
            How far below zero the mean of each latent function is, in standard deviations.
        """
        weights = np.zeros_like(shares)

        def made(at: Sequence[int], enough: float) -> Classifier:
            *steps, amplitude = at
            lengths = tuple(LADDER[k] for k in steps)
            return cls.of(points, shares, lengths, AMPLITUDES[amplitude], below, weights, enough)

        def likelihood(at: Sequence[int]) -> float:
            nonlocal weights
            found = made(at, ROUGHLY)
            weights = found.weights  # from there to the next mode it is not far
            return found.log_likelihood + log_prior(found.lengths)

        n = points.shape[1]
        sizes = [len(LADDER)] * n + [len(AMPLITUDES)]
        return made(most_likely(likelihood, sizes, [FIRST] * n + [FIRST_AMPLITUDE]), ENOUGH)

    @classmethod
    def of(
        cls,
        points: np.ndarray,
        shares: np.ndarray,
        lengths: tuple[float, ...],
        amplitude: float,
        below: np.ndarray,
        weights: np.ndarray,
        enough: float = ENOUGH,
    ) -> Classifier:
        """The one with given length scales and amplitude, by Newton steps from some weights."""
        covariance = amplitude**2 * kernel(points, points, lengths)
        mean = -amplitude * below
        one = np.eye(len(points))

        def height(weights: np.ndarray, latent: np.ndarray) -> float:
            """Logarithm of the posterior of the latent values, without its constant."""
            fit = (shares * latent).sum() - logsumexp(latent, axis=1).sum()
            return float(fit - 0.5 * (weights * (latent - mean)).sum())

        latent = mean + covariance @ weights
        now = height(weights, latent)
        for _ in range(MOST_STEPS):
            probability = softmax(latent, axis=1)
            factors = np.empty((shares.shape[1], *one.shape))
            logarithm = 0.0
            for k, root in enumerate(np.sqrt(probability).T):
                inner = cholesky(one + root[:, None] * covariance * root, lower=True)
                inverse = np.tril(dpotri(inner, lower=1)[0])
                inverse += np.tril(inverse, -1).T
                factors[k] = root[:, None] * inverse * root
                logarithm += float(np.log(np.diag(inner)).sum())
            joint = cholesky(factors.sum(axis=0) + JITTER * one, lower=True)
            above = latent - mean
            curved = probability * (above - (probability * above).sum(axis=1, keepdims=True))
            gradient = curved + shares - probability
            moved = np.einsum("kij,jk->ik", factors, covariance @ gradient)
            shift = cho_solve((joint, True), moved.sum(axis=1), check_finite=False)
            target = gradient - moved + np.einsum("kij,j->ik", factors, shift)
            step, there = 1.0, mean + covariance @ target
            while height(target, there) < now - 1e-6 and step > 1e-3:
                step *= 0.5
                target = weights + 0.5 * (target - weights)
                there = mean + covariance @ target
            change = float(abs(there - latent).max())
            weights, latent, now = target, there, height(target, there)
            if change < enough:
                break
        likelihood = now - logarithm - float(np.log(np.diag(joint)).sum())
        return cls(points, weights, factors, joint, lengths, amplitude, mean, likelihood)

    def win_probability(self, points: np.ndarray) -> np.ndarray:
        """Probability of each latent function to be the highest at points of shape (m, d).

        Of three functions or more the product of the probabilities in pairs, which is exact where
        only two of them are in question.

        Returns
        -------
        ndarray of float64, shape (m, c)
            Rows sum up to 1.
        """
        blocks = range(0, len(points), BLOCK)
        return np.concatenate([self._win(points[k : k + BLOCK]) for k in blocks])

    def moments(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean and covariance of the latent functions at points; shapes (m, c) and (m, c, c)."""
        cross = self.amplitude**2 * kernel(self.points, points, self.lengths)
        towards = self.factors @ cross
        half = [solve_triangular(self.joint, one, lower=True) for one in towards]
        both = np.stack(half)
        covariance = np.einsum("kim,lim->mkl", both, both)
        own = self.amplitude**2 - (cross * towards).sum(axis=1)
        covariance += own.T[:, :, None] * np.eye(len(own))
        return self.mean + cross.T @ self.weights, covariance

    def _win(self, points: np.ndarray) -> np.ndarray:
        mean, covariance = self.moments(points)
        won = np.ones_like(mean)
        for k in range(mean.shape[1]):
            for j in range(k):
                variance = covariance[:, k, k] + covariance[:, j, j] - 2.0 * covariance[:, k, j]
                apart = (mean[:, k] - mean[:, j]) / np.sqrt(np.maximum(variance, 1e-12))
                higher = ndtr(self.amplitude**SHARPER * apart)
                won[:, k] *= higher
                won[:, j] *= 1.0 - higher
        return np.asarray(won / won.sum(axis=1, keepdims=True))

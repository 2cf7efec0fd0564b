"""Where two phases have one free energy: a Gaussian process on the difference, with error bars.

The difference is a straight function of the axes, of which nothing is known beforehand, and a
process with the squared exponential kernel (`gaussian_process.py`). Values are seen with the errors
that they have, and so are slopes along an axis: that of the Gibbs energy along the pressure is the
volume, so that densities tell how the difference goes on (Clapeyron). E. Solak et al., Advances in
Neural Information Processing Systems 15, 1033 (2003).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_solve, cholesky, solve_triangular
from scipy.special import ndtr

from analysis.phase_map.gaussian_process import FIRST, LADDER, log_prior, most_likely

#: Standard deviations that the process may have, in units of the values seen, and where the search
#: begins; and that of the straight function, of which so nothing is known.
AMPLITUDES, FIRST_AMPLITUDE, STRAIGHT = (0.03, 0.1, 0.3, 1.0, 3.0), 2, 10.0
#: Added to variances, in the same units.
JITTER = 1e-8
#: Which slope it is where none is: the value.
VALUE = -1
#: Standard deviations by which what is not known at a point outweighs how far it is from the line:
#: B. Bryan et al., Advances in Neural Information Processing Systems 18, 163 (2005).
STRADDLE = 1.96
#: Points of which something is predicted at a time, and digits that decide: the last bits differ
#: between machines.
BLOCK, DIGITS = 1000, 9


@dataclass(frozen=True)
class Seen:
    """What was seen of the difference.

    Attributes
    ----------
    points : ndarray of float64, shape (n, d)
        Each axis from 0 to 1.
    kinds : ndarray of int, shape (n,)
        `VALUE`, or the axis of a slope.
    values, errors : ndarray of float64, shape (n,)
        With their standard errors.
    """

    points: np.ndarray
    kinds: np.ndarray
    values: np.ndarray
    errors: np.ndarray


@dataclass(frozen=True)
class Difference:
    """A process that has seen a difference of free energies.

    Attributes
    ----------
    seen : Seen
    unit : float
        Of the values: the root of their mean square.
    lengths : tuple of float
    amplitude : float
        Standard deviation beside the straight function, in that unit.
    factor : ndarray of float64, shape (n, n)
        Lower Cholesky factor of the covariance of what was seen.
    weights : ndarray of float64, shape (n,)
    """

    seen: Seen
    unit: float
    lengths: tuple[float, ...]
    amplitude: float
    factor: np.ndarray
    weights: np.ndarray

    @classmethod
    def fit(cls, seen: Seen) -> Difference:
        """The most likely one."""

        def made(at: Sequence[int]) -> Difference:
            *steps, amplitude = at
            return cls.of(seen, tuple(LADDER[k] for k in steps), AMPLITUDES[amplitude])

        def likelihood(at: Sequence[int]) -> float:
            one = made(at)
            return round(one.log_likelihood + log_prior(one.lengths), DIGITS)

        d = seen.points.shape[1]
        sizes = [len(LADDER)] * d + [len(AMPLITUDES)]
        return made(most_likely(likelihood, sizes, [FIRST] * d + [FIRST_AMPLITUDE]))

    @classmethod
    def of(cls, seen: Seen, lengths: tuple[float, ...], amplitude: float) -> Difference:
        """The one with given length scales and amplitude."""
        values = seen.values[seen.kinds == VALUE]
        unit = max(float(np.sqrt(np.mean(values**2))), 1e-300)
        prior = _prior(seen.points, seen.kinds, seen.points, seen.kinds, lengths, amplitude)
        noise = (seen.errors / unit) ** 2 + JITTER
        factor = cholesky(prior + np.diag(noise), lower=True, check_finite=False)
        weights = cho_solve((factor, True), seen.values / unit, check_finite=False)
        return cls(seen, unit, lengths, amplitude, factor, weights)

    @property
    def log_likelihood(self) -> float:
        """Logarithm of the marginal likelihood of what was seen, without its constant."""
        fit = -0.5 * float(self.seen.values @ self.weights) / self.unit
        return fit - float(np.log(np.diag(self.factor)).sum())

    def predict(self, points: np.ndarray, kind: int = VALUE) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard deviation of the difference, or of its slope along an axis, at points
        of shape (m, d); shapes (m,)."""
        means, deviations = [], []
        for first in range(0, len(points), BLOCK):
            some = points[first : first + BLOCK]
            kinds = np.full(len(some), kind)
            seen = self.seen
            cross = _prior(seen.points, seen.kinds, some, kinds, self.lengths, self.amplitude)
            half = solve_triangular(self.factor, cross, lower=True, check_finite=False)
            if kind == VALUE:
                before = STRAIGHT**2 * (1.0 + (some**2).sum(axis=1)) + self.amplitude**2
            else:
                before = STRAIGHT**2 + (self.amplitude / self.lengths[kind]) ** 2
            means.append(self.unit * (cross.T @ self.weights))
            deviations.append(self.unit * np.sqrt(np.maximum(before - (half**2).sum(axis=0), 0.0)))
        return np.concatenate(means), np.concatenate(deviations)

    def lower(self, points: np.ndarray) -> np.ndarray:
        """Probability that the difference is negative, shape (m,)."""
        mean, deviation = self.predict(points)
        return np.asarray(ndtr(-mean / np.maximum(deviation, 1e-300)))

    def steepness(self, points: np.ndarray) -> np.ndarray:
        """Length of the gradient of the difference, shape (m,)."""
        d = points.shape[1]
        return np.asarray(np.sqrt(sum(self.predict(points, axis)[0] ** 2 for axis in range(d))))

    def widths(self, points: np.ndarray) -> np.ndarray:
        """How far the line may be from where it seems to be, in units of the axes' ranges, were it
        at each point: the standard deviation over the slope; shape (m,)."""
        return np.asarray(self.predict(points)[1] / np.maximum(self.steepness(points), 1e-300))

    @property
    def error(self) -> float:
        """Of a value that has been seen, the median."""
        return float(np.median(self.seen.errors[self.seen.kinds == VALUE]))

    def supposing(self, point: np.ndarray, error: float) -> Difference:
        """What would be known if the value at a point, shape (d,), were seen as it is expected."""
        seen, expected = self.seen, self.predict(point[None])[0]
        more = Seen(
            np.vstack([seen.points, point]),
            np.append(seen.kinds, VALUE),
            np.append(seen.values, expected),
            np.append(seen.errors, error),
        )
        return Difference.of(more, self.lengths, self.amplitude)

    def next(self, points: np.ndarray, free: np.ndarray, n: int) -> list[int]:
        """The points at which the difference is best looked at: where it may well be zero and is
        not known, each as if those before it had been seen.

        Parameters
        ----------
        points : ndarray of float64, shape (m, d)
        free : ndarray of bool, shape (m,)
            Which may be chosen.
        n : int
        """
        process, free = self, free.copy()
        chosen: list[int] = []
        while len(chosen) < n and free.any():
            mean, deviation = process.predict(points)
            worth = (STRADDLE * deviation - np.abs(mean)) / self.unit
            best = int(np.where(free, worth.round(DIGITS), -np.inf).argmax())
            chosen.append(best)
            free[best] = False
            process = process.supposing(points[best], self.error)
        return chosen


def _prior(
    a: np.ndarray,
    kinds_a: np.ndarray,
    b: np.ndarray,
    kinds_b: np.ndarray,
    lengths: Sequence[float],
    amplitude: float,
) -> np.ndarray:
    """Covariance, before anything is seen, of values and slopes at points of shape (n, d) and
    (m, d); returns shape (n, m)."""
    scales = np.asarray(lengths)
    apart = a[:, None] - b[None]
    near = amplitude**2 * np.exp(-0.5 * ((apart / scales) ** 2).sum(axis=2))
    pull = np.concatenate([apart / scales**2, np.ones((*near.shape, 1))], axis=2)
    # of a value, the last column; slopes of the two sides have opposite signs
    left = np.take_along_axis(pull, np.broadcast_to(kinds_a[:, None, None], (*near.shape, 1)), 2)
    right = np.take_along_axis(pull, np.broadcast_to(kinds_b[None, :, None], (*near.shape, 1)), 2)
    left = np.where(kinds_a[:, None] == VALUE, 1.0, -left[..., 0])
    same = (kinds_a[:, None] == kinds_b[None]) & (kinds_a[:, None] != VALUE)
    curved = np.append(1.0 / scales**2, 0.0)[kinds_a][:, None]
    ones = np.ones((1, 1))

    def straight(points: np.ndarray, kinds: np.ndarray) -> np.ndarray:
        """Value or slope of each term of the straight function, shape (n, d + 1)."""
        terms = np.hstack([points, np.broadcast_to(ones, (len(points), 1))])
        slopes = np.eye(points.shape[1] + 1)[kinds]
        return np.where(kinds[:, None] == VALUE, terms, slopes)

    linear = STRAIGHT**2 * straight(a, kinds_a) @ straight(b, kinds_b).T
    return np.asarray(linear + near * (left * right[..., 0] + same * curved))

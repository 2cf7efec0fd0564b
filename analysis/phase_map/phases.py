"""Which phase is where, from what formed at a few points: a probability for every other point.

What formed at a point are counts of phases, and their logarithms are nearly normal: Gaussian
process regression on them, with the variance that counts have, is a classifier whose probabilities
need no calibration (Milios, Camoriano, Michiardi, Rosasco, Filippone, NeurIPS 2018). The phase of a
point is the one whose process is the highest there; how probable that is, its *win probability*, is
what the mean agreement with the whole diagram is expected from.

Failed jobs are a class (`FAILED`), and so is what nobody has seen yet (`UNSEEN`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from analysis.phase_map.gaussian_process import GaussianProcess
from analysis.phase_map.space import Space

#: The class of jobs that failed, and of phases that have not been seen.
FAILED, UNSEEN = "failed", "unseen"

#: Counts of a phase where it has not formed.
BACKGROUND = 0.01
#: Variance of the logarithm of counts over a diagram.
AMPLITUDE = 16.0
#: Knots of the integral of a win probability.
KNOTS, WEIGHTS = np.polynomial.hermite_e.hermegauss(24)


@dataclass(frozen=True)
class PhaseMap:
    """What is known of every point of a space.

    Attributes
    ----------
    names : tuple of str
        The classes, `FAILED` and `UNSEEN` among them where they may be.
    probability : ndarray of float64, shape (n, c)
        Win probability of each class at each point of the space.
    lengths : dict of int to tuple of float
        Length scales along the axes, in units of their range, of each group that has been seen.
    gain : float
        Logarithm of how much more likely what was seen is with these length scales than without
        any relation between points; near 0 or below, nothing was learned.
    """

    names: tuple[str, ...]
    probability: np.ndarray
    lengths: dict[int, tuple[float, ...]]
    gain: float

    @property
    def winner(self) -> np.ndarray:
        """The most probable of the classes that have been seen, of each point, shape (n,), str."""
        return np.array(self.names, dtype=object)[self._seen.argmax(axis=1)]

    @property
    def certainty(self) -> np.ndarray:
        """Probability of the winner, shape (n,)."""
        return np.asarray(self._seen.max(axis=1))

    @property
    def _seen(self) -> np.ndarray:
        known = np.array([name != UNSEEN for name in self.names])
        return np.where(known, self.probability, -1.0)

    @property
    def agreement(self) -> float:
        """Expected share of points at which the winner is what a run would show."""
        return float(self.certainty.mean())

    @property
    def doubt(self) -> np.ndarray:
        """Entropy of the win probabilities in nats, shape (n,)."""
        logarithm = np.log(np.maximum(self.probability, 1e-12))
        return np.asarray(-(self.probability * logarithm).sum(axis=1))

    def of(self, name: str) -> np.ndarray:
        """Win probability of a class, shape (n,); 0 where there is no such class."""
        if name not in self.names:
            return np.zeros(len(self.probability))
        return np.asarray(self.probability[:, self.names.index(name)])


def infer(space: Space, places: Sequence[int], seen: Sequence[Mapping[str, float]]) -> PhaseMap:
    """The phases of all points of a space, from some.

    Parameters
    ----------
    space : Space
    places : sequence of int
        Where something was seen; a point with replicas stands there more than once.
    seen : sequence of mapping
        What was seen there: the share of each phase, which sum up to 1.
    """
    names = tuple(sorted({name for one in seen for name in one}))
    counts = np.array([[one.get(name, 0.0) for name in names] for one in seen])
    counts = counts.reshape(len(seen), len(names))
    at = np.asarray(places, dtype=int)
    probability = np.zeros((len(space.points), len(names) + 1))
    lengths, gain = {}, 0.0
    for group in range(space.n_groups):
        here, mine = space.groups == group, space.groups[at] == group
        if not mine.any():
            probability[here] = 1.0 / probability.shape[1]
            continue
        present = np.append(counts[mine].sum(axis=0) > 0, True)
        own = np.column_stack([counts[mine], np.zeros(mine.sum())])[:, present]
        values, noise = transformed(own)
        process = GaussianProcess.fit(space.points[at[mine]], values, noise, AMPLITUDE)
        won = win_probability(*process.predict(space.points[here]))
        probability[np.ix_(here, present)] = won
        lengths[group] = process.lengths
        # what has not been seen is the same everywhere, and tells nothing
        gain += float((process.log_likelihood() - process.unrelated())[:-1].sum())
    return PhaseMap((*names, UNSEEN), probability, lengths, gain)


def transformed(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of the logarithm of gamma variates of these counts (Milios et al., eq. 6).

    Parameters
    ----------
    counts : ndarray of float64, shape (n, c)
    """
    concentration = counts + BACKGROUND
    variance = np.log1p(1.0 / concentration)
    return np.log(concentration) - 0.5 * variance, variance


def win_probability(mean: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Probability of each of several independent normal variates to be the greatest.

    Parameters
    ----------
    mean, variance : ndarray of float64, shape (n, c)

    Returns
    -------
    ndarray of float64, shape (n, c)
        Rows sum up to 1.
    """
    deviation = np.sqrt(variance)
    won = np.empty_like(mean)
    for k in range(mean.shape[1]):
        level = mean[:, k, None] + deviation[:, k, None] * KNOTS
        below = np.ones_like(level)
        for j in range(mean.shape[1]):
            if j != k:
                below *= ndtr((level - mean[:, j, None]) / deviation[:, j, None])
        won[:, k] = below @ WEIGHTS
    return np.asarray(won / won.sum(axis=1, keepdims=True))

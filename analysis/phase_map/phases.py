"""Which phase is where, from what formed at a few points: a probability for every other point.

Each phase has a latent function, as if a free energy, and the highest one is the phase of a point
(`classifier.py`). How probable it is to be the highest, its *win probability*, is what the mean
agreement with the whole diagram is expected from.

Failed jobs are a class (`FAILED`), and so is what nobody has seen yet (`UNSEEN`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln
from threadpoolctl import threadpool_limits

from analysis.phase_map.classifier import Classifier
from analysis.phase_map.space import Space

#: The class of jobs that failed, and of phases that have not been seen.
FAILED, UNSEEN = "failed", "unseen"
#: How far the latent function of a phase that nobody has seen begins below the others, in standard
#: deviations.
UNLIKELY = 0.5


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


@threadpool_limits.wrap(limits=1)  # many small matrices: threads would cost more than they give
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
        below = np.where(own.sum(axis=0) > 0, 0.0, UNLIKELY)
        classifier = Classifier.fit(space.points[at[mine]], own, below)
        won = classifier.win_probability(space.points[here])
        probability[np.ix_(here, present)] = won
        lengths[group] = classifier.lengths
        gain += classifier.log_likelihood - unrelated(own)
    return PhaseMap((*names, UNSEEN), probability, lengths, gain)


def unrelated(shares: np.ndarray) -> float:
    """Logarithm of the likelihood of labels that have nothing to do with where they are: all
    shares of the classes are equally probable.

    Parameters
    ----------
    shares : ndarray of float64, shape (n, c)
    """
    counts = shares.sum(axis=0)
    n, c = counts.sum(), len(counts)
    return float(gammaln(c) + gammaln(counts + 1.0).sum() - gammaln(n + c))

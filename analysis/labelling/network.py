"""A small neural network that knows what it was trained on, kept as plain arrays.

Labels then do not depend on the version of scikit-learn, loading a model runs no code, and the
hash of its file names it exactly.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np

#: How sharply the odds of a particle to be none of the classes grow with its distance.
SHARPNESS = 10.0


@dataclass(frozen=True)
class Network:
    """A classifier with two hidden layers, and how far from its training data it may be used.

    The first layer is linear in the features, and so is averaging over neighbours: features are
    projected first and averaged afterwards, which is the same and much less work.

    Attributes
    ----------
    classes : ndarray of str, shape (n_classes,)
    projection, bias : ndarray of float32, shapes (n_features, n_hidden + n_reduced), (the same,)
        From features to what enters the first layer and, behind it, the reduced coordinates in
        which distances to the training data are measured.
    hidden, hidden_bias, output, output_bias : ndarray of float32
        Weights of the other layers; both hidden ones are rectified, the output is softmax.
    temperature : ndarray, shape ()
        Divides the logits; fitted on configurations not trained on, so that a probability of
        0.9 is right nine times out of ten.
    means, factors : ndarray, shapes (n_classes, n_parts, n_reduced), (..., n_reduced, n_reduced)
        Each class is a mixture of Gaussians, from cold to hot: their means, and the matrices that
        turn a difference from the mean into standard deviations.
    reach : ndarray, shape (n_classes, n_parts)
        Squared Mahalanobis distance from each part beyond which a particle is none of it; 0 if
        the class has fewer parts.
    sure : ndarray of bool, shape (n_classes, n_parts)
        Parts within whose reach there are particles of no other class, whatever the layers say.
    hash : str
        Of the file.
    """

    classes: np.ndarray
    projection: np.ndarray
    bias: np.ndarray
    hidden: np.ndarray
    hidden_bias: np.ndarray
    output: np.ndarray
    output_bias: np.ndarray
    temperature: np.ndarray
    means: np.ndarray
    factors: np.ndarray
    reach: np.ndarray
    sure: np.ndarray
    hash: str = ""

    def project(self, features: np.ndarray) -> np.ndarray:
        """What is to be averaged; shape (N, n_hidden + n_reduced)."""
        return features @ self.projection + self.bias

    def logits(self, projected: np.ndarray) -> np.ndarray:
        """Of every class, before the temperature."""
        first = np.maximum(projected[:, : len(self.hidden)], 0.0)
        second = np.maximum(first @ self.hidden + self.hidden_bias, 0.0)
        return second @ self.output + self.output_bias

    def distances(self, projected: np.ndarray, classes: np.ndarray) -> np.ndarray:
        """Squared Mahalanobis distance to the nearest part of the class of each particle.

        In units of the `reach` of the part: beyond 1 a particle is none of the class.
        """
        reduced = projected[:, len(self.hidden) :]
        nearest = np.full(len(projected), np.inf)
        for k in np.unique(classes):
            members = np.flatnonzero(classes == k)
            for part in np.flatnonzero(self.reach[k]):
                away = (reduced[members] - self.means[k, part]) @ self.factors[k, part]
                squared = np.einsum("ni,ni->n", away, away) / self.reach[k, part]
                nearest[members] = np.minimum(nearest[members], squared)
        return nearest

    def probabilities(
        self, projected: np.ndarray, tolerance: np.ndarray | float = 1.0
    ) -> np.ndarray:
        """Of every class and, last, of none of them; shape (N, n_classes + 1).

        Parameters
        ----------
        projected : ndarray, shape (N, n_hidden + n_reduced)
        tolerance : float or ndarray, shape (N,)
            How many times farther than `reach` a particle may be.
        """
        logits = self.logits(projected) / self.temperature
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        known = odds / odds.sum(axis=1, keepdims=True)
        sure = replace(self, reach=np.where(self.sure, self.reach, 0.0))
        for k in np.flatnonzero(self.sure.any(axis=1)):
            away = sure.distances(projected, np.full(len(projected), k))
            inside = 1.0 - _outside(away)
            known *= (1.0 - inside)[:, None]
            known[:, k] += inside
        foreign = _outside(self.distances(projected, known.argmax(axis=1)) / tolerance)
        return np.column_stack([known * (1.0 - foreign)[:, None], foreign])

    def save(self, path: Path) -> None:
        """Write the arrays; the same network gives the same bytes."""
        arrays = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "hash"}
        np.savez_compressed(path, **arrays)

    @classmethod
    def load(cls, path: Path) -> Network:
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as arrays:
            network = cls(**dict(arrays))
        return replace(network, hash=hashlib.sha256(path.read_bytes()).hexdigest()[:16])


def _outside(away: np.ndarray) -> np.ndarray:
    """Probability to be beyond the reach, by the squared distance in units of it."""
    excess = SHARPNESS * np.log(np.maximum(away, 1e-12))
    return 1.0 / (1.0 + np.exp(-np.clip(excess, -30, 30)))

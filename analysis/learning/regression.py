"""A property of every particle from its features, by ridge regression."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Strengths that are tried, for standardised features, per row.
STRENGTHS = tuple(10.0**power for power in range(-5, 2))


@dataclass(frozen=True)
class Regression:
    """A linear function of features.

    Attributes
    ----------
    weights : ndarray, shape (n_features,)
    bias : float
    correlation : float
        Pearson's, of what was predicted of groups that were left out and what they have.
    predicted : ndarray, shape (N,)
        Of every row, by a fit to other groups.
    """

    weights: np.ndarray
    bias: float
    correlation: float
    predicted: np.ndarray

    def of(self, features: np.ndarray) -> np.ndarray:
        """The property of every row."""
        return np.asarray(features @ self.weights + self.bias)


def ridge(features: np.ndarray, values: np.ndarray, groups: np.ndarray) -> Regression:
    """Fit a property; the strength is that which predicts groups best that are left out.

    Parameters
    ----------
    features : ndarray, shape (N, n_features)
    values : ndarray, shape (N,)
    groups : ndarray of int, shape (N,)
        Rows that are not independent of each other, those of one configuration, share a number.

    Raises
    ------
    ValueError
        With fewer than two groups.

    Notes
    -----
    As good as networks for what will move in a glass, on averaged features: Alkemade, Boattini,
    Filion and Smallenburg, J. Chem. Phys. 156, 204503 (2022).
    """
    kinds = np.unique(groups)
    if len(kinds) < 2:
        raise ValueError(f"{len(kinds)} groups, expected at least 2")
    folds = [kinds[k :: min(5, len(kinds))] for k in range(min(5, len(kinds)))]
    predicted = np.zeros((len(STRENGTHS), len(values)))
    for fold in folds:
        out = np.isin(groups, fold)
        for row, (weights, bias) in enumerate(_solved(features[~out], values[~out])):
            predicted[row, out] = features[out] @ weights + bias
    found = [float(np.corrcoef(row, values)[0, 1]) for row in predicted]
    best = int(np.argmax(found))
    weights, bias = _solved(features, values)[best]
    return Regression(weights, bias, found[best], predicted[best])


def _solved(features: np.ndarray, values: np.ndarray) -> list[tuple[np.ndarray, float]]:
    """Weights and bias for every strength."""
    centre, scale = features.mean(axis=0, dtype=np.float64), features.std(axis=0, dtype=np.float64)
    scale = np.where(scale > 1e-9, scale, 1.0)
    x = (features - centre) / scale
    spectrum, axes = np.linalg.eigh(x.T @ x / len(x))
    along = axes.T @ (x.T @ (values - values.mean()) / len(x))
    found = []
    for strength in STRENGTHS:
        weights = axes @ (along / (np.maximum(spectrum, 0.0) + strength)) / scale
        found.append((weights, float(values.mean() - centre @ weights)))
    return found

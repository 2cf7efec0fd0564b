"""Softness: which particles of a liquid or glass are about to rearrange, from where others sit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


def hop_indicator(positions: np.ndarray, window: int) -> np.ndarray:
    """How far every particle moves from one cage to another.

    Parameters
    ----------
    positions : ndarray, shape (T, N, dimensions)
        Unwrapped, at equal times, without drift.
    window : int
        Frames of each of the two half windows before and after a time.

    Returns
    -------
    ndarray, shape (T - 2 window + 1, N)
        p_hop at the times window, window + 1, ..., sqrt(<(r - <r>_B)^2>_A <(r - <r>_A)^2>_B) with
        the means over the half windows A and B: a squared length, that of the jump.

    Raises
    ------
    ValueError
        If the trajectory is shorter than both half windows.

    Notes
    -----
    Candelier, Dauchot and Biroli, Phys. Rev. Lett. 102, 088001 (2009); Smessaert and Rottler,
    Phys. Rev. E 88, 022314 (2013).
    """
    frames = len(positions)
    if window < 1 or frames < 2 * window:
        raise ValueError(f"{frames} frames, expected at least two windows of {max(window, 1)}")
    start = positions[:1]
    r = positions - start
    sums = np.concatenate([np.zeros_like(start), np.cumsum(r, axis=0)])
    squares = np.concatenate([np.zeros_like(start), np.cumsum(r**2, axis=0)]).sum(axis=2)
    mean = (sums[window:] - sums[:-window]) / window
    square = (squares[window:] - squares[:-window]) / window
    before, after = slice(0, frames - 2 * window + 1), slice(window, None)
    between = (mean[before] * mean[after]).sum(axis=2)
    first = square[before] - 2 * between + (mean[after] ** 2).sum(axis=2)
    second = square[after] - 2 * between + (mean[before] ** 2).sum(axis=2)
    return np.sqrt(np.maximum(first, 0.0) * np.maximum(second, 0.0))


@dataclass(frozen=True)
class Softness:
    """A hyperplane in the space of features.

    Attributes
    ----------
    weights : ndarray, shape (n_features,)
    bias : float
    accuracy : float
        Part of the particles on their side of the hyperplane when they were left out of the
        fit (five-fold cross-validation; both classes weigh the same).
    """

    weights: np.ndarray
    bias: float
    accuracy: float

    def of(self, features: np.ndarray) -> np.ndarray:
        """Softness of every particle, shape (N,): its distance from the hyperplane.

        In standard deviations of the training features; positive on the side of particles that
        rearrange.
        """
        return features @ self.weights + self.bias


def softness(features: np.ndarray, rearranging: np.ndarray, seed: int = 0) -> Softness:
    """Fit the hyperplane that best separates particles about to rearrange from those that stay.

    Parameters
    ----------
    features : ndarray, shape (N, n_features)
        Symmetry functions (`analysis.descriptors.symmetry_functions`) of the particles, shortly
        before they rearranged or in the middle of a long time without.
    rearranging : ndarray of bool, shape (N,)
        Which did, by `hop_indicator`.
    seed : int

    Raises
    ------
    ValueError
        If fewer than five particles did, or did not.

    Notes
    -----
    A linear support vector machine: Cubuk et al., Phys. Rev. Lett. 114, 108001 (2015); Schoenholz,
    Cubuk, Sussman, Kaxiras and Liu, Nat. Phys. 12, 469 (2016).
    """
    from sklearn.model_selection import StratifiedKFold, cross_val_score
    from sklearn.svm import LinearSVC

    fewest = min(int(rearranging.sum()), int((~rearranging).sum()))
    if fewest < 5:
        raise ValueError(f"a class has {fewest} particles, expected at least 5 of both")
    centre, scale = features.mean(axis=0), features.std(axis=0)
    scale = np.where(scale > 1e-12, scale, 1.0)
    x = (features - centre) / scale
    machine = LinearSVC(C=0.1, class_weight="balanced", dual=False, random_state=seed)
    folds = StratifiedKFold(5, shuffle=True, random_state=seed)
    accuracy = cross_val_score(machine, x, rearranging, cv=folds, scoring="balanced_accuracy")
    machine.fit(x, rearranging)
    normal = machine.coef_[0]
    length = max(float(np.linalg.norm(normal)), np.finfo(float).tiny)
    weights = normal / length / scale
    bias = float(machine.intercept_[0]) / length - float(centre @ weights)
    return Softness(weights, bias, float(accuracy.mean()))

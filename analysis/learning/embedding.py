"""Few coordinates for many features, learnt without labels: principal components, autoencoder."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np


class Coordinates(Protocol):
    """Whatever turns features into few coordinates."""

    def transform(self, features: np.ndarray) -> np.ndarray:
        """Coordinates of every row, shape (N, n_coordinates)."""
        ...


@dataclass(frozen=True)
class Embedding:
    """From features to few coordinates.

    Attributes
    ----------
    weights, biases : tuple of ndarray
        Of each layer; all but the last are followed by tanh. Principal components are one layer.
    explained : float
        Part of the variance of the (standardised) features that the coordinates reproduce.
    """

    weights: tuple[np.ndarray, ...]
    biases: tuple[np.ndarray, ...]
    explained: float

    def transform(self, features: np.ndarray) -> np.ndarray:
        """Coordinates of every row."""
        values = features
        for number, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            values = (np.tanh(values) if number else values) @ weight + bias
        return values


def principal_components(features: np.ndarray, variance: float = 0.95, most: int = 10) -> Embedding:
    """As many principal components as reproduce a part of the variance, at most `most`.

    Parameters
    ----------
    features : ndarray, shape (N, n_features)
        Columns are standardised; those that do not vary are left alone.
    variance : float
    most : int

    Notes
    -----
    As an order parameter: Jadrich, Lindquist and Truskett, J. Chem. Phys. 149, 194109 (2018).
    """
    return incremental_components([features], variance, most)


def incremental_components(
    parts: Iterable[np.ndarray], variance: float = 0.95, most: int = 10
) -> Embedding:
    """Principal components of more rows than fit into memory.

    Parameters
    ----------
    parts : iterable of ndarray, shape (N, n_features)
        Features of one configuration after another, such as those of all jobs of a campaign.
    variance, most
        As for `principal_components`.

    Raises
    ------
    ValueError
        Without any row.

    Notes
    -----
    Means and covariances of parts are merged (Chan, Golub and LeVeque, Am. Stat. 37, 242 (1983)),
    so that the result is that of all rows together.
    """
    count, centre, scatter = 0, np.zeros(0), np.zeros((0, 0))
    for part in parts:
        if not len(part):
            continue
        mean = part.mean(axis=0)
        own = (part - mean).T @ (part - mean)
        if not count:
            count, centre, scatter = len(part), mean, own
            continue
        away, total = mean - centre, count + len(part)
        scatter = scatter + own + np.outer(away, away) * (count * len(part) / total)
        centre, count = centre + away * (len(part) / total), total
    if not count:
        raise ValueError("there are no rows, expected features of at least one particle")
    scale = np.sqrt(np.diag(scatter) / count)
    scale = np.where(scale > 1e-9, scale, 1.0)
    values, axes = np.linalg.eigh(scatter / count / scale[:, None] / scale)
    order = np.argsort(-values)
    share = np.cumsum(values[order]) / max(values.sum(), np.finfo(float).tiny)
    number = min(int(np.searchsorted(share, variance)) + 1, most, len(values))
    axes = axes[:, order[:number]]
    # Signs are a convention: the largest entry of each axis is positive.
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(number)])
    weight = axes / scale[:, None]
    return Embedding((weight,), (-centre @ weight,), float(share[number - 1]))


def autoencoder(
    features: np.ndarray, coordinates: int = 2, hidden: int = 20, seed: int = 0, epochs: int = 60
) -> Embedding:
    """The bottleneck of a neural network that learns to reproduce its input.

    Parameters
    ----------
    features : ndarray, shape (N, n_features)
    coordinates, hidden : int
        Neurons of the bottleneck, and of the layers before and behind it.
    seed : int
    epochs : int
        Passes over the data; below 2000 rows, iterations of L-BFGS, which is faster there.

    Notes
    -----
    Boattini, Dijkstra and Filion, J. Chem. Phys. 151, 154901 (2019). Theirs chooses the size of
    the bottleneck by the variance it explains, which `explained` says.
    """
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPRegressor

    centre, scale = _standard(features)
    x = (features - centre) / scale
    network = MLPRegressor(
        hidden_layer_sizes=(hidden, coordinates, hidden),
        activation="tanh",
        solver="lbfgs" if len(x) < 2000 else "adam",
        alpha=1e-5,
        learning_rate_init=3e-3,
        random_state=seed,
        max_iter=epochs,
        tol=0.0,
        n_iter_no_change=epochs,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the epochs are what is asked for
        network.fit(x, x)
    first, second = network.coefs_[:2]
    left = x - network.predict(x)
    explained = 1.0 - float(np.sum(left**2) / max(np.sum((x - x.mean(axis=0)) ** 2), 1e-300))
    weight = first / scale[:, None]
    return Embedding(
        (weight, second),
        (network.intercepts_[0] - centre @ weight, network.intercepts_[1]),
        explained,
    )


def _standard(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    centre, scale = features.mean(axis=0), features.std(axis=0)
    return centre, np.where(scale > 1e-9, scale, 1.0)

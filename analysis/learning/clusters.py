"""Clusters of particles in the space of features, found without labels, and their names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from analysis.labelling.labels import UNKNOWN
from analysis.learning.embedding import Coordinates

#: A cluster has the name of a known structure if this part of its particles has that label.
NAMED = 0.5
#: Two clusters are one if their centres are this close: root mean square over the features of the
#: difference in units of both spreads together.
SAME = 1.5
_NEW = re.compile(r"new-(\d+)")


@dataclass(frozen=True)
class Clusters:
    """A mixture of Gaussians in embedded coordinates, with names.

    Attributes
    ----------
    embedding : Coordinates
    weights : ndarray, shape (n_clusters,)
    means : ndarray, shape (n_clusters, n_coordinates)
    factors : ndarray, shape (n_clusters, n_coordinates, n_coordinates)
        Turn a difference from the mean into standard deviations (Cholesky factors of the inverse
        covariances).
    names : tuple of str
    centres, spreads : ndarray, shape (n_clusters, n_features)
        Mean and standard deviation of the features of the members, by which a cluster is known
        again when the embedding is another one; empty before `named`.
    """

    embedding: Coordinates
    weights: np.ndarray
    means: np.ndarray
    factors: np.ndarray
    names: tuple[str, ...] = ()
    centres: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))
    spreads: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """Of every particle to be of every cluster; shape (N, n_clusters)."""
        log = self._log_likelihoods(self.embedding.transform(features))
        odds = np.exp(log - log.max(axis=1, keepdims=True))
        return odds / odds.sum(axis=1, keepdims=True)

    def _log_likelihoods(self, coordinates: np.ndarray) -> np.ndarray:
        columns = []
        for weight, mean, factor in zip(self.weights, self.means, self.factors, strict=True):
            away = (coordinates - mean) @ factor
            size = np.log(np.abs(np.diag(factor))).sum() + np.log(max(weight, 1e-300))
            columns.append(size - 0.5 * np.einsum("ni,ni->n", away, away))
        return np.stack(columns, axis=1)


def gaussian_mixture(
    embedding: Coordinates, features: np.ndarray, most: int = 12, seed: int = 0
) -> Clusters:
    """A mixture with as many Gaussians as the Bayesian information criterion asks for.

    Parameters
    ----------
    embedding : Coordinates
    features : ndarray, shape (N, n_features)
    most : int
        Gaussians that are tried, from one up, until the criterion has risen three times.
    seed : int
    """
    from sklearn.mixture import GaussianMixture

    coordinates = embedding.transform(features)
    best, lowest, worse = None, np.inf, 0
    for number in range(1, most + 1):
        mixture = GaussianMixture(number, n_init=2, random_state=seed, reg_covar=1e-6)
        mixture.fit(coordinates)
        criterion = mixture.bic(coordinates)
        if criterion < lowest:
            best, lowest, worse = mixture, criterion, 0
        else:
            worse += 1
        if worse == 3:
            break
    if best is None:
        raise ValueError(f"features are not finite in {len(features)} rows, no mixture fits")
    return Clusters(embedding, best.weights_, best.means_, best.precisions_cholesky_)


def density_clusters(
    embedding: Coordinates, features: np.ndarray, least: int | None = None
) -> Clusters:
    """Clusters of high density (HDBSCAN), each then described by one Gaussian.

    Parameters
    ----------
    embedding : Coordinates
    features : ndarray, shape (N, n_features)
    least : int, optional
        Fewest particles of a cluster; a fiftieth of all unless told otherwise.

    Notes
    -----
    Campello, Moulavi and Sander, PAKDD 2013. Particles between clusters shape none of them; a
    mixture, which has to explain every particle, gives these Gaussians of their own.
    """
    from sklearn.cluster import HDBSCAN

    coordinates = embedding.transform(features)
    least = least or max(len(coordinates) // 50, 5)
    # One scale for all coordinates: densities are compared across them.
    spread = coordinates.std(axis=0)
    scaled = coordinates / np.where(spread > 0, spread, 1.0)
    found = HDBSCAN(min_cluster_size=least, copy=True).fit_predict(scaled)
    kinds = [k for k in np.unique(found) if k >= 0]
    members = [coordinates[found == k] for k in kinds] or [coordinates]
    means = np.array([part.mean(axis=0) for part in members])
    factors = []
    for part in members:
        covariance = np.atleast_2d(np.cov(part.T)) + 1e-9 * np.eye(coordinates.shape[1])
        factors.append(np.linalg.cholesky(np.linalg.inv(covariance)))
    weights = np.array([len(part) for part in members], dtype=float)
    return Clusters(embedding, weights / weights.sum(), means, np.array(factors))


def named(
    clusters: Clusters,
    features: np.ndarray,
    labels: Sequence[str],
    before: Clusters | None = None,
) -> Clusters:
    """The same clusters with names that mean the same in all jobs of a campaign.

    Parameters
    ----------
    clusters : Clusters
    features : ndarray, shape (N, n_features)
        Of particles of all jobs together.
    labels : sequence of str
        What the supervised model calls these particles; "unknown" where it does not know.
    before : Clusters, optional
        Those found before in the same campaign: a cluster whose centre is near one of them keeps
        its name, so that a new crystal is not renamed when jobs are added.

    Returns
    -------
    Clusters
        Named by the known structure that most of their particles have, else "new-1", "new-2", …,
        largest first. Several clusters may share the name of one known structure.
    """
    assigned = clusters.probabilities(features).argmax(axis=1)
    given = np.asarray(labels)
    known = [_majority(given[assigned == k]) for k in range(len(clusters.means))]
    names = ["" if name == UNKNOWN else name for name in known]
    members = [features[assigned == k] for k in range(len(names))]
    centres = np.array([part.mean(axis=0) if len(part) else features[0] for part in members])
    spreads = np.array([part.std(axis=0) if len(part) else 0 * features[0] for part in members])
    number = 0
    if before is not None:
        for old, name in enumerate(before.names):
            if not _NEW.fullmatch(name):
                continue
            number = max(number, int(name.removeprefix("new-")))
            unit = np.sqrt(spreads**2 + before.spreads[old] ** 2)
            away = (centres - before.centres[old]) / np.where(unit > 0, unit, 1.0)
            distance = np.sqrt(np.mean(away**2, axis=1))
            distance[[bool(taken) for taken in names]] = np.inf
            k = int(distance.argmin())
            if distance[k] < SAME:
                names[k] = name
    for k in np.argsort(-clusters.weights, kind="stable"):
        if not names[k]:
            number += 1
            names[k] = f"new-{number}"
    return replace(clusters, names=tuple(names), centres=centres, spreads=spreads)


def _majority(labels: np.ndarray) -> str:
    """The label of most particles, "unknown" unless it is that of enough of them."""
    kinds, counts = np.unique(labels, return_counts=True)
    if len(counts) == 0 or counts.max() < NAMED * len(labels):
        return UNKNOWN
    return str(kinds[counts.argmax()])

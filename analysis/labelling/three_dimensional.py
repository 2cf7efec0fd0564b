"""Phases in three dimensions, by a small neural network on averaged Steinhardt parameters.

The network is kept as plain arrays in three_dimensional.npz, next to this file, so that labels
do not depend on the version of scikit-learn, loading a model runs no code, and its hash names it
exactly. `python -m analysis.labelling.train_three_dimensional` makes it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from analysis.configuration import Configuration
from analysis.labelling.grains import count_grains
from analysis.labelling.labels import UNKNOWN, Labels
from analysis.labelling.verdict import verdict
from analysis.labelling.voids import Voids
from analysis.neighbourhoods import NearestNeighbours, nearest

STRUCTURES = ("fluid", "fcc", "hcp", "bcc", "sc", "diamond")
PHASES = (*STRUCTURES, UNKNOWN)
MODEL = "three_dimensional-1"
MODEL_FILE = Path(__file__).with_name("three_dimensional.npz")

#: Coordination of each crystal, and the lattice constant over the nearest-neighbour distance.
COORDINATION = {"fcc": 12, "hcp": 12, "bcc": 8, "sc": 6, "diamond": 4}
LATTICE_CONSTANT = {
    "fcc": np.sqrt(2.0),
    "hcp": 1.0,
    "bcc": 2.0 / np.sqrt(3.0),
    "sc": 1.0,
    "diamond": 4.0 / np.sqrt(3.0),
}
#: The farthest neighbours that features need.
_NEIGHBOURS = 16
_SHELL = 12
#: Neighbours and degree l by which orientations are compared: where shells are clear, and low
#: where the coordination is, because noise turns few bonds more.
_ORIENTATION = {"fcc": (12, 6), "hcp": (12, 6), "bcc": (14, 6), "sc": (6, 4), "diamond": (4, 4)}
#: Neighbours of one grain have normalised q_lm whose product is at least this.
_ALIGNED = 0.7


@dataclass(frozen=True)
class Network:
    """A classifier with one hidden layer, and how far from its training data it may be used.

    Attributes
    ----------
    centre, scale : ndarray, shape (n_features,)
        Features are shifted and divided by these.
    hidden, hidden_bias, output, output_bias : ndarray
        Weights; the hidden layer is tanh, the output softmax.
    temperature : float
        Divides the logits; fitted on configurations not trained on, so that a probability of
        0.9 is right nine times out of ten.
    means, precisions : ndarray, shapes (n_classes, n_features), (n_classes, n_features, n_features)
        Mean and inverse covariance of each class.
    reach : ndarray, shape (n_classes,)
        Squared Mahalanobis distance beyond which a particle is none of them.
    hash : str
    """

    centre: np.ndarray
    scale: np.ndarray
    hidden: np.ndarray
    hidden_bias: np.ndarray
    output: np.ndarray
    output_bias: np.ndarray
    temperature: np.ndarray
    means: np.ndarray
    precisions: np.ndarray
    reach: np.ndarray
    hash: str = ""

    def logits(self, features: np.ndarray) -> np.ndarray:
        """Of every structure, before the temperature."""
        x = (features - self.centre) / self.scale
        return np.tanh(x @ self.hidden + self.hidden_bias) @ self.output + self.output_bias

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """Of every structure and, last, of none of them; shape (N, n_classes + 1)."""
        logits = self.logits(features) / self.temperature
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        known = odds / odds.sum(axis=1, keepdims=True)
        best = known.argmax(axis=1)
        away = (features - self.centre) / self.scale - self.means[best]
        distance = np.einsum("ni,nij,nj->n", away, self.precisions[best], away, optimize=True)
        excess = np.log(np.maximum(distance, 1e-12) / self.reach[best])
        foreign = 1.0 / (1.0 + np.exp(-np.clip(10.0 * excess, -30, 30)))
        return np.column_stack([known * (1.0 - foreign)[:, None], foreign])


@cache
def network() -> Network:
    """The trained network, read once."""
    content = MODEL_FILE.read_bytes()
    with np.load(MODEL_FILE) as arrays:
        return Network(**dict(arrays), hash=hashlib.sha256(content).hexdigest()[:16])


def features(
    configuration: Configuration, table: NearestNeighbours, surface: np.ndarray | None = None
) -> np.ndarray:
    """What the network sees of each particle; free of scale and orientation.

    Averaged q_4 and q_6 over 4, 6, 8 and 12 neighbours, q_8, w_4 and w_6 over 12, q_3 over 4 (the
    sublattices of diamond are mirror images, which an average would cancel), and the ratios of the
    distances of the (k+1)-th to the k-th neighbour, averaged over the shell, that show where shells
    end.

    Parameters
    ----------
    configuration : Configuration
    table : NearestNeighbours
        At least 16 of each particle.
    surface : ndarray of bool, shape (N,), optional
        Particles whose shell is incomplete: averages leave them out.

    Returns
    -------
    ndarray of float64, shape (N, 17)
    """
    from analysis.descriptors.steinhardt import averaged_harmonics, cubic, q, quadratic

    inner = np.ones(configuration.n_particles, dtype=bool) if surface is None else ~surface
    lists = {k: table.neighbour_list(k) for k in (4, 6, 8, 12)}
    averaged = {
        k: averaged_harmonics(configuration, neighbours, (4, 6, 8) if k == 12 else (4, 6), inner)
        for k, neighbours in lists.items()
    }
    columns = [quadratic(raw) for raw in averaged.values()]
    columns.append(cubic(averaged[12][:2]))
    columns.append(q(configuration, lists[4], (3,)))
    d = table.distances
    for k in (4, 6, 8, 12, 14):
        with np.errstate(invalid="ignore", divide="ignore"):
            gap = np.nan_to_num(d[:, k] / d[:, k - 1], nan=1.0, posinf=2.0)
        columns.append(_shell_mean(np.minimum(gap, 2.0)[:, None], table, inner))
    return np.concatenate(columns, axis=1)


def _shell_mean(values: np.ndarray, table: NearestNeighbours, over: np.ndarray) -> np.ndarray:
    """Rows averaged over each particle and those of its shell that `over` names."""
    near = table.indices[:, :_SHELL]
    present = np.isfinite(table.distances[:, :_SHELL]) & over[near]
    total = values + (values[near] * present[..., None]).sum(axis=1)
    return total / (1 + present.sum(axis=1))[:, None]


def label_three_dimensional(configuration: Configuration, voids: Voids) -> Labels:
    """Labels of a three-dimensional configuration."""
    model = network()
    n = configuration.n_particles
    whole = _supercell(configuration)
    table = nearest(whole, _NEIGHBOURS)
    surface = np.tile(voids.surface, whole.n_particles // n if n else 1)
    probabilities = model.probabilities(features(whole, table, surface))
    # Averaged once more: a lone particle among others of one kind is a fluctuation.
    probabilities = _shell_mean(probabilities, table, ~surface)
    per_particle = probabilities.argmax(axis=1)
    lengths = {
        name: ratio * table.distances[:, : COORDINATION[name]].mean(axis=1)[:n]
        for name, ratio in LATTICE_CONSTANT.items()
    }
    return verdict(
        probabilities[:n],
        PHASES,
        voids.surface,
        lengths,
        1 + _SHELL,
        void_fraction=round(voids.fraction, 4),
        grains=_count_grains(whole, table, per_particle) if n else 0,
        model=MODEL,
        model_hash=model.hash,
    )


def _supercell(configuration: Configuration) -> Configuration:
    """The configuration, repeated until no neighbour is beyond half the box.

    Its own particles come first, then those of each image, in the same order.
    """
    from itertools import product

    if not configuration.periodic or configuration.n_particles == 0:
        return configuration
    farthest = nearest(configuration, _NEIGHBOURS).distances.max()
    widths = 1.0 / np.linalg.norm(np.linalg.inv(configuration.cell), axis=0)
    repeats = np.maximum(np.ceil(2.0 * farthest / widths * (1 + 1e-6)), 1).astype(int)
    if repeats.prod() == 1:
        return configuration
    shifts = np.array(list(product(*map(range, repeats))))
    positions = (shifts @ configuration.cell)[:, None] + configuration.positions
    box = configuration.box.copy()
    box[:3] *= repeats
    return replace(
        configuration,
        positions=positions.reshape(-1, 3),
        box=box,
        types=np.tile(configuration.types, len(shifts)),
        velocities=None,
        images=None,
    )


def _count_grains(
    configuration: Configuration, table: NearestNeighbours, per_particle: np.ndarray
) -> int:
    """Grains: neighbours of one structure whose q_lm agree."""
    from analysis.descriptors.steinhardt import harmonics

    bonds_i, bonds_j, bonds_aligned = [], [], []
    for name, (k, degree) in _ORIENTATION.items():
        members = per_particle == PHASES.index(name)
        if not members.any():
            continue
        (orientation,) = harmonics(configuration, table.neighbour_list(k), (degree,))
        length = np.linalg.norm(orientation, axis=1, keepdims=True)
        orientation = orientation / np.where(length > 0, length, 1.0)
        i, column = np.nonzero(np.isfinite(table.distances[:, :k]) & members[:, None])
        j = table.indices[i, column]
        i, j = i[members[j]], j[members[j]]
        product = (orientation[i] * orientation[j].conj()).sum(axis=1).real
        bonds_i.append(i)
        bonds_j.append(j)
        bonds_aligned.append(product > _ALIGNED)
    if not bonds_i:
        return 0
    return count_grains(
        len(per_particle),
        np.concatenate(bonds_i),
        np.concatenate(bonds_j),
        np.concatenate(bonds_aligned),
    )

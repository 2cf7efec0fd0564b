"""A learned descriptor: a neighbourhood as 64 numbers, and heads that read them.

Pairs of neighbours (`analysis.descriptors.pair_basis`) → a linear layer, averaged over the
neighbours once and three times → a second layer → 64 numbers → a head. Averaging is linear, and so
is the first layer: averaged pairs are what the layers are trained on, particle by particle. A model
is a file of plain arrays.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from analysis.archives import read_arrays
from analysis.configuration import Configuration
from analysis.descriptors.pair_basis import FUNCTIONS, Clouds, clouds
from analysis.labelling.labels import UNKNOWN, Labels
from analysis.labelling.network import Network
from workspace_schema.files import replacing

MODEL = "learned-1"
#: Trained on the crystals and fluids of the plane and of space:
#: `python -m operations.training.train_learned`.
MODEL_FILES = {dims: Path(__file__).with_name(f"learned_{dims}d.npz") for dims in (2, 3)}
#: How often features have been averaged over the neighbours when layers look at them.
ROUNDS = (1, 3)
#: Times that a denoised configuration is denoised again.
DENOISED = 4
#: Particles that share most of one average.
_VOTE = 40
_LAYERS = tuple(each.name for each in fields(Network) if each.name != "hash")
_HEADS = ("disorder", "melting", "displacements")


def averaged_pairs(described: Clouds) -> np.ndarray:
    """What the layers look at, shape (N, n_features): features averaged `ROUNDS` times."""
    from analysis.descriptors.nested_shells import average

    columns, values = [], described.features
    for number in range(1, max(ROUNDS) + 1):
        values = average(values, described.indices, described.weights)
        if number in ROUNDS:
            columns.append(values)
    return np.concatenate(columns, axis=1)


def directions(described: Clouds) -> np.ndarray:
    """What turns with a neighbourhood and vanishes where it is symmetric.

    Returns
    -------
    ndarray of float32, shape (N, 2 n_functions, 3)
        Vectors of every particle, and their averages over its neighbours.
    """
    from analysis.descriptors.nested_shells import average

    around = average(described.vectors, described.indices, described.weights)
    both = np.concatenate([described.vectors, around], axis=1)
    return both.reshape(len(both), 2 * FUNCTIONS, 3)


def with_one(embedded: np.ndarray) -> np.ndarray:
    """Numbers, and 1 behind them: what is regressed on, or multiplies `directions`."""
    return np.column_stack([embedded, np.ones(len(embedded), dtype=np.float32)])


@dataclass(frozen=True)
class Learned:
    """A trained model.

    Attributes
    ----------
    dimensions : int
        Of the configurations that it was trained on.
    network : Network
        From averaged pairs to classes; its second layer are the 64 numbers.
    disorder : ndarray, shape (65,)
        Ridge regression from these, and 1, to the place between crystal and melt; empty if there
        is none.
    melting : ndarray, shape (2,)
        What a crystallinity is multiplied by, and what is added, to be the logarithm of the odds of
        a crystal: fitted on configurations that were held out; empty if `disorder` is.
    displacements : ndarray, shape (2 n_functions, 65)
        Ridge regression from `directions`, times these, to the way back to the site, in units of
        the mean distance of the nearest; empty if there is none.
    hash : str
        Of the file.
    """

    dimensions: int
    network: Network
    disorder: np.ndarray
    melting: np.ndarray
    displacements: np.ndarray
    hash: str = ""

    def embed(self, configuration: Configuration) -> np.ndarray:
        """The numbers of every particle, shape (N, 64).

        Raises
        ------
        ValueError
            If the model was trained in other dimensions.
        """
        return self.numbers(self._pairs(configuration)[1])

    def numbers(self, pairs: np.ndarray) -> np.ndarray:
        """The same from `averaged_pairs`."""
        first = self.network.project(pairs)[:, : len(self.network.hidden)]
        return np.maximum(
            np.maximum(first, 0.0) @ self.network.hidden + self.network.hidden_bias, 0.0
        )

    def classify(self, configuration: Configuration) -> np.ndarray:
        """Probabilities of every class and, last, of none of them, shape (N, n_classes + 1)."""
        return self.network.probabilities(self.network.project(self._pairs(configuration)[1]))

    def crystallinity(self, configuration: Configuration) -> np.ndarray:
        """Place of every particle between the melt (0) and the cold crystal (1), shape (N,)."""
        self._check("disorder")
        found = 1.0 - with_one(self.embed(configuration)) @ self.disorder
        return np.asarray(np.clip(found, 0.0, 1.0))

    def denoise(self, configuration: Configuration, times: int = DENOISED) -> Configuration:
        """The configuration with every particle moved towards its site, `times` over."""
        self._check("displacements")
        for _ in range(times):
            described, pairs = self._pairs(configuration)
            along = with_one(self.numbers(pairs)) @ self.displacements.T
            moved = np.einsum("nv,nvx->nx", along, directions(described))
            positions = configuration.positions + described.lengths[:, None] * moved
            configuration = replace(configuration, positions=positions, images=None)
        return configuration

    def label(self, configuration: Configuration, head: str = "classify") -> Labels:
        """Labels of a configuration by one of `analysis.labelling.labellers.HEADS`.

        Grains are not counted, and lattice constants are not measured, but by "denoise". What a
        confidence of "disorder" rests on is the probability that a particle is of a crystal rather
        than of a melt, as often as each other, of those that were held out in training.
        """
        from analysis.labelling.labellers import PRODUCTION, labeller
        from analysis.labelling.verdict import verdict
        from analysis.labelling.voids import find_voids

        if head == "denoise":
            labels = labeller(PRODUCTION)(self.denoise(configuration))
            return replace(
                labels,
                model=f"{MODEL}+{labels.model}",
                model_hash=f"{self.hash}+{labels.model_hash}",
            )
        voids = find_voids(configuration)
        if head == "classify":
            known, names = self.classify(configuration), (*self.network.classes, UNKNOWN)
        else:
            slope, shift = self.melting
            odds = slope * self.crystallinity(configuration) + shift
            order = 1.0 / (1.0 + np.exp(-odds))
            known = np.column_stack([order, 1.0 - order, np.zeros(len(order))])
            names = ("crystal", "fluid", UNKNOWN)
        return verdict(
            known,
            tuple(map(str, names)),
            voids.surface,
            {},
            _VOTE,
            void_fraction=round(voids.fraction, 4),
            grains=0,
            model=f"{MODEL} {head}",
            model_hash=f"{self.hash}+{head}",
        )

    def _pairs(self, configuration: Configuration) -> tuple[Clouds, np.ndarray]:
        if configuration.dimensions != self.dimensions:
            raise ValueError(
                f"the model was trained in {self.dimensions} dimensions, the configuration has"
                f" {configuration.dimensions}"
            )
        described = clouds(configuration)
        return described, averaged_pairs(described)

    def _check(self, name: str) -> None:
        if not getattr(self, name).size:
            raise ValueError(f"the model was trained without noise that is known: it has no {name}")

    def save(self, file: Path) -> None:
        """Write the arrays; the same model gives the same bytes."""
        arrays = {name: getattr(self.network, name) for name in _LAYERS}
        arrays |= {name: getattr(self, name) for name in _HEADS}
        with replacing(file) as temporary:
            np.savez_compressed(temporary, dimensions=self.dimensions, **arrays)

    @classmethod
    def load(cls, file: Path) -> Learned:
        """Read what `save` wrote.

        Raises
        ------
        ValueError
            If the file is no such model, or a link, which a root may not lead out by.
        """
        if file.is_symlink():
            raise ValueError(f"{file} is a link; expected the file itself")
        arrays = read_arrays(file)
        try:
            layers: dict[str, Any] = {name: arrays[name] for name in _LAYERS}
            return cls(
                int(arrays["dimensions"]),
                Network(**layers),
                arrays["disorder"],
                arrays["melting"],
                arrays["displacements"],
                hashlib.sha256(file.read_bytes()).hexdigest()[:16],
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"{file} is no learned model: {error}") from error

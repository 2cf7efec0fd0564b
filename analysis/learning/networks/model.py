"""A trained network of a family: its file, and the labels that it gives."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from analysis.archives import read_arrays
from analysis.configuration import Configuration
from analysis.labelling.labels import Labels
from analysis.learning.class_labels import class_labels
from analysis.learning.networks.algebra_attention import algebra_attention
from analysis.learning.networks.graphs import Graph, graph
from analysis.learning.networks.layers import Layers
from analysis.learning.networks.pointnet import pointnet
from analysis.learning.networks.schnet import CONVOLUTIONS, line_graph, schnet
from workspace_schema.files import replacing


@dataclass(frozen=True)
class Family:
    """A network, and how it is trained.

    Attributes
    ----------
    numbers : callable
        Of layers and a graph; shape (N, width).
    rounds : int
        How often something goes along edges; 0 where single neighbourhoods are looked at.
    neighbours : int
        That it sees, at most.
    steps : int
        Of its training.
    """

    numbers: Callable[[Layers, Graph], Any]
    rounds: int
    neighbours: int
    steps: int


FAMILIES = {
    "pointnet": Family(pointnet, 0, 18, 2000),
    "algebra_attention": Family(algebra_attention, 0, 12, 800),
    "schnet": Family(schnet, CONVOLUTIONS, 18, 1200),
    "line_graph": Family(line_graph, CONVOLUTIONS, 12, 600),
}
#: Of the families: weights of another one are of other networks.
VERSION = 2
#: How often probabilities are averaged over the neighbours.
AVERAGED = 2
#: Single neighbourhoods that are looked at together: a network holds some hundred kB of each.
_BLOCK = 2000


def scores(family: str, width: int) -> Callable[[Layers, Graph], Any]:
    """A network with a last layer: so many numbers of every particle."""
    numbers = FAMILIES[family].numbers
    return lambda net, seen: net.dense("out", numbers(net, seen), width)


@dataclass(frozen=True)
class TrainedNetwork:
    """A network that was trained on classes.

    Attributes
    ----------
    family : str
        One of `FAMILIES`.
    dimensions : int
        Of the configurations that it was trained on.
    classes : tuple of str
    weights : dict of str to ndarray
    loss : ndarray of float32, shape (n_steps,)
        Of every step of the training.
    hash : str
        Of the file.
    """

    family: str
    dimensions: int
    classes: tuple[str, ...]
    weights: dict[str, np.ndarray]
    loss: np.ndarray
    hash: str = ""

    def probabilities(self, configuration: Configuration) -> np.ndarray:
        """Of every particle to be of every class, over neighbours, shape (N, n_classes)."""
        from analysis.descriptors.nested_shells import average

        network, layers = scores(self.family, len(self.classes)), Layers(self.weights)
        told, n = FAMILIES[self.family], configuration.n_particles
        seen = graph(configuration, told.neighbours)
        if not told.rounds:
            blocks = np.array_split(np.arange(n), -(-n // _BLOCK))
            found = np.concatenate([network(layers, seen.of(rows)) for rows in blocks])
        else:
            found = network(layers, seen)
        odds = np.exp(found - found.max(axis=1, keepdims=True))
        odds /= odds.sum(axis=1, keepdims=True)
        for _ in range(AVERAGED):
            odds = average(odds, seen.indices, layers.fade(seen.distances)[..., 0])
        return np.asarray(odds, dtype=float)

    def label(self, configuration: Configuration) -> Labels:
        """See `class_labels`."""
        return class_labels(self, configuration, "network", f"{self.family}-{VERSION}")

    def _check(self) -> None:
        """Raise ValueError unless the weights are those of such a network."""
        n = FAMILIES[self.family].neighbours
        none, far = np.zeros((1, n), dtype=np.int64), np.ones((1, n), dtype=np.float32)
        drawn: dict[str, np.ndarray] = {}
        empty = Graph(np.zeros((1, n, 3), dtype=np.float32), far, none, far[:, :1])
        network = scores(self.family, len(self.classes))
        network(Layers(drawn, np.random.default_rng(0)), empty)
        if {k: (v.shape, v.dtype) for k, v in drawn.items()} != {
            k: (v.shape, v.dtype) for k, v in self.weights.items()
        }:
            raise ValueError("its layers are others")

    def save(self, file: Path) -> None:
        """Write the arrays; the same network gives the same bytes."""
        told: dict[str, Any] = {
            "version": np.array(VERSION),
            "family": np.array(self.family),
            "dimensions": np.array(self.dimensions),
            "classes": np.array(self.classes),
            "loss": self.loss,
        }
        with replacing(file) as temporary:
            np.savez_compressed(temporary, **told | self.weights)

    @classmethod
    def load(cls, file: Path) -> TrainedNetwork:
        """Read what `save` wrote.

        Raises
        ------
        ValueError
            If the file is no such network, or a link, which a root may not lead out by.
        """
        if file.is_symlink():
            raise ValueError(f"{file} is a link; expected the file itself")
        arrays = read_arrays(file)
        try:
            if (version := int(arrays.pop("version", 1))) != VERSION:
                raise ValueError(f"it is of version {version}, expected {VERSION}: train it again")
            told = {key: arrays.pop(key) for key in ("family", "dimensions", "classes", "loss")}
            family, dimensions = str(told["family"]), int(told["dimensions"])
            classes = tuple(map(str, told["classes"]))
            found = cls(family, dimensions, classes, arrays, told["loss"])
            found._check()
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{file} is no trained network: {error}") from error
        return replace(found, hash=hashlib.sha256(file.read_bytes()).hexdigest()[:16])

"""What all per-particle descriptors share: compute, then read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from analysis.configuration import Configuration

if TYPE_CHECKING:
    from analysis.neighbourhoods import NearestNeighbours


class Descriptor(ABC):
    """A feature matrix with one row per particle.

    `compute` returns the descriptor itself, so that
    ``SortedDistances(k=12).compute(configuration).features`` reads as freud does.

    Attributes
    ----------
    columns : tuple of str
        What each column is.
    invariances : frozenset of str
        Of "translation", "rotation", "reflection", "scale", "permutation" (of the other particles)
        and "box" (another periodic cell of the same structure): what does not change the features.
        Particles in another order are rows in another order.
    """

    invariances: ClassVar[frozenset[str]]

    def __init__(self) -> None:
        self._features: np.ndarray | None = None

    @property
    @abstractmethod
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""

    @abstractmethod
    def _compute(self, configuration: Configuration) -> np.ndarray:
        """The features, shape (N, len(columns))."""

    def compute(self, configuration: Configuration) -> Self:
        """Describe every particle of a configuration."""
        self._features = self._compute(configuration)
        return self

    @property
    def features(self) -> np.ndarray:
        """ndarray of float, shape (N, len(columns)).

        Raises
        ------
        AttributeError
            Before `compute`.
        """
        if self._features is None:
            raise AttributeError(f"{type(self).__name__}: call compute before reading features")
        return self._features


#: Invariances of what depends on distances and angles between neighbours only.
GEOMETRIC = frozenset({"translation", "rotation", "reflection", "permutation", "box"})


def neighbour_lengths(table: NearestNeighbours, k: int) -> np.ndarray:
    """Mean distance of the k nearest of each particle, a unit of length; 1 without neighbours."""
    distances = table.distances[:, :k]
    present = np.isfinite(distances)
    total = np.where(present, distances, 0.0).sum(axis=1)
    mean = total / np.maximum(present.sum(axis=1), 1)
    return np.where(mean > 0, mean, 1.0)

"""Angles between the bonds of a particle."""

from __future__ import annotations

import numpy as np

from analysis.configuration import Configuration
from analysis.descriptors.descriptor import GEOMETRIC, Descriptor
from analysis.neighbourhoods import nearest


class BondAngles(Descriptor):
    """Distribution of the cosines of the angles between all pairs of the k nearest neighbours.

    Parameters
    ----------
    k : int
        Number of neighbours.
    bins : int
        Equal bins of the cosine from -1 to 1. Every pair is spread over the two nearest bin
        centres, so that features change continuously with the angles.
    """

    invariances = GEOMETRIC | {"scale"}

    def __init__(self, k: int = 12, bins: int = 16) -> None:
        super().__init__()
        self.k, self.bins = k, bins

    @property
    def columns(self) -> tuple[str, ...]:
        """Shares of the pairs, by the cosine at the bin centre."""
        return tuple(f"cos{centre:+.3f}" for centre in np.linspace(-1.0, 1.0, self.bins))

    def _compute(self, configuration: Configuration) -> np.ndarray:
        table = nearest(configuration, self.k)
        n = configuration.n_particles
        present = np.isfinite(table.distances)
        length = np.where(present & (table.distances > 0), table.distances, 1.0)
        bonds = table.vectors / length[..., None]
        first, second = np.triu_indices(self.k, 1)
        cosines = np.einsum("npi,npi->np", bonds[:, first], bonds[:, second])
        both = present[:, first] & present[:, second]
        place = (np.clip(cosines, -1.0, 1.0) + 1.0) * 0.5 * (self.bins - 1)
        low = np.minimum(place.astype(int), self.bins - 2)
        rows = np.broadcast_to(np.arange(n)[:, None] * self.bins, low.shape)
        upper = (place - low) * both
        size = n * self.bins
        counts = np.bincount((rows + low).ravel(), (both - upper).ravel(), size)
        counts += np.bincount((rows + low + 1).ravel(), upper.ravel(), size)
        return counts.reshape(n, self.bins) / np.maximum(both.sum(axis=1), 1)[:, None]

"""Distances of the nearest neighbours, in order."""

from __future__ import annotations

import numpy as np

from analysis.configuration import Configuration
from analysis.descriptors.descriptor import GEOMETRIC, Descriptor, neighbour_lengths
from analysis.neighbourhoods import nearest


class SortedDistances(Descriptor):
    """Distances of the k nearest neighbours over their mean.

    Parameters
    ----------
    k : int
        Number of neighbours; beyond what an open boundary leaves the last one is repeated.
    """

    invariances = GEOMETRIC | {"scale"}

    def __init__(self, k: int = 12) -> None:
        super().__init__()
        self.k = k

    @property
    def columns(self) -> tuple[str, ...]:
        """r1, r2, ..., from near to far."""
        return tuple(f"r{rank}" for rank in range(1, self.k + 1))

    def _compute(self, configuration: Configuration) -> np.ndarray:
        table = nearest(configuration, self.k)
        scaled = table.distances / neighbour_lengths(table, self.k)[:, None]
        last = np.where(np.isfinite(scaled), scaled, -np.inf).max(axis=1, initial=0.0)
        return np.where(np.isfinite(scaled), scaled, last[:, None])

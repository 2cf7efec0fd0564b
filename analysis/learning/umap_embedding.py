"""Uniform manifold approximation and projection, by umap-learn (extra `umap`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class UmapEmbedding:
    """A fitted projection.

    Attributes
    ----------
    centre, scale : ndarray, shape (n_features,)
    """

    centre: np.ndarray
    scale: np.ndarray
    _umap: Any = field(repr=False)

    def transform(self, features: np.ndarray) -> np.ndarray:
        """Coordinates of every row, placed among those fitted."""
        found = self._umap.transform((features - self.centre) / self.scale)
        return np.asarray(found, dtype=float)


def umap_embedding(
    features: np.ndarray,
    coordinates: int = 2,
    neighbours: int = 30,
    spacing: float = 0.0,
    seed: int = 0,
) -> UmapEmbedding:
    """Project features on few coordinates such that near rows stay near.

    Parameters
    ----------
    features : ndarray, shape (N, n_features)
        Columns are standardised.
    coordinates : int
    neighbours : int
        Rows that are kept near: more show the coarser structure.
    spacing : float
        Least distance between rows in the projection: 0 for clusters, 0.1 for pictures.
    seed : int
        With a seed umap-learn uses one thread, and the same features give the same projection.

    Raises
    ------
    ImportError
        Without umap-learn.

    Notes
    -----
    McInnes, Healy and Melville, arXiv:1802.03426 (2018). Distances between clusters, and their
    sizes, mean nothing: find clusters by density (`density_clusters`, `density_peaks`).
    """
    try:
        from umap import UMAP
    except ImportError:
        raise ImportError("umap_embedding needs umap-learn: pip install umap-learn") from None
    import warnings

    centre, scale = features.mean(axis=0), features.std(axis=0)
    scale = np.where(scale > 1e-9, scale, 1.0)
    projection = UMAP(
        n_neighbors=min(neighbours, len(features) - 1),
        n_components=coordinates,
        min_dist=spacing,
        random_state=seed,
        n_jobs=1,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # umap-learn warns that a seed means one thread
        projection.fit((features - centre) / scale)
    return UmapEmbedding(centre, scale, projection)

"""Diffusion maps: coordinates along the manifold on which features lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Landmarks at most; all other rows are placed among them.
LANDMARKS = 2000
_PART = 4000


@dataclass(frozen=True)
class DiffusionMap:
    """Eigenvectors of a random walk between the landmarks.

    Attributes
    ----------
    centre, scale : ndarray, shape (n_features,)
    landmarks : ndarray, shape (M, n_features)
        Standardised.
    width : float
        Of the Gaussian kernel, in units of the standardised features.
    density : ndarray, shape (M,)
        Sum of the kernel over the landmarks.
    vectors : ndarray, shape (M, n_coordinates)
        Right eigenvectors, of root mean square 1.
    values : ndarray, shape (n_coordinates,)
        Their eigenvalues, largest first; that of the constant, 1, is left out.
    """

    centre: np.ndarray
    scale: np.ndarray
    landmarks: np.ndarray
    width: float
    density: np.ndarray
    vectors: np.ndarray
    values: np.ndarray

    def transform(self, features: np.ndarray) -> np.ndarray:
        """Coordinates of every row, by the Nyström extension."""
        found = []
        for start in range(0, len(features), _PART):
            x = (features[start : start + _PART] - self.centre) / self.scale
            walk = _kernel(x, self.landmarks, self.width)
            walk /= self.density
            walk /= np.maximum(walk.sum(axis=1, keepdims=True), 1e-300)
            found.append(walk @ self.vectors)
        return np.concatenate(found) if found else np.zeros((0, len(self.values)))


def diffusion_map(
    features: np.ndarray, coordinates: int = 3, width: float | None = None, seed: int = 0
) -> DiffusionMap:
    """The slowest coordinates of a walk between similar particles.

    Parameters
    ----------
    features : ndarray, shape (N, n_features)
        Shares of graphs (`analysis.descriptors.neighbourhood_graphs`), or any other. Columns are
        standardised; rows that occur several times count once.
    coordinates : int
    width : float, optional
        Of the kernel: the median distance to the tenth-nearest landmark, twice, unless told
        otherwise.
    seed : int
        Chooses the landmarks where there are more than `LANDMARKS` different rows.

    Raises
    ------
    ValueError
        If fewer different rows than coordinates + 2 are there.

    Notes
    -----
    Coifman et al., Proc. Natl. Acad. Sci. 102, 7426 (2005), with alpha = 1: the density of rows
    does not matter, only their manifold. For crystals: Reinhart, Long, Howard, Ferguson and
    Panagiotopoulos, Soft Matter 13, 4733 (2017).
    """
    from scipy.sparse.linalg import eigsh

    different = np.unique(np.round(features, 9), axis=0)
    if len(different) < coordinates + 2:
        raise ValueError(
            f"features have {len(different)} different rows, expected at least {coordinates + 2}"
        )
    rng = np.random.default_rng(seed)
    if len(different) > LANDMARKS:
        different = different[np.sort(rng.permutation(len(different))[:LANDMARKS])]
    centre, scale = different.mean(axis=0), different.std(axis=0)
    scale = np.where(scale > 1e-9, scale, 1.0)
    x = (different - centre) / scale
    if width is None:
        width = 2.0 * _tenth(x)
    kernel = _kernel(x, x, width)
    density = kernel.sum(axis=1)
    kernel /= density[:, None] * density
    rows = np.sqrt(kernel.sum(axis=1))
    # The symmetric conjugate of the walk has the same eigenvalues.
    conjugate = kernel / (rows[:, None] * rows)
    start = rng.random(len(x))
    values, vectors = eigsh(conjugate, k=coordinates + 1, which="LA", v0=start)
    order = np.argsort(-values)[1:]
    right = vectors[:, order] / rows[:, None]
    right /= np.sqrt((right**2).mean(axis=0))
    # Signs are a convention: the largest entry of each is positive.
    right *= np.sign(right[np.abs(right).argmax(axis=0), np.arange(coordinates)])
    return DiffusionMap(centre, scale, x, float(width), density, right, values[order])


def _kernel(x: np.ndarray, y: np.ndarray, width: float) -> np.ndarray:
    squares = (x**2).sum(axis=1)[:, None] + (y**2).sum(axis=1) - 2.0 * x @ y.T
    return np.exp(-0.5 * np.maximum(squares, 0.0) / width**2)


def _tenth(x: np.ndarray) -> float:
    from scipy.spatial import cKDTree

    return float(np.median(cKDTree(x).query(x, k=min(11, len(x)))[0][:, -1]))

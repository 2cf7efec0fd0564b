"""Dense layers by name, on the arrays of numpy or of torch: one text for both."""

from __future__ import annotations

from typing import Any

import numpy as np

#: Numbers of a particle that a head reads, and Gaussians of a distance.
WIDTH, GAUSSIANS = 32, 16


class Layers:
    """The weights of a network, and what is made of them.

    Parameters
    ----------
    weights : dict of str to array
        A matrix and a bias by the name of each layer.
    rng : numpy.random.Generator, optional
        Layers that are not there are drawn from it at first use: one call makes a network.
    """

    def __init__(self, weights: dict[str, Any], rng: np.random.Generator | None = None) -> None:
        self.weights, self._rng = weights, rng
        self.xp: Any = np
        if weights and not isinstance(next(iter(weights.values())), np.ndarray):
            import torch

            self.xp = torch

    def dense(self, name: str, values: Any, width: int) -> Any:
        """A linear layer with a bias.

        A new one gives numbers of mean 0 and deviation 1 of what it is made on (D. Mishkin and
        J. Matas, ICLR 2016): crystals differ by a small part of what their neighbourhoods have in
        common, which layers drawn blindly take long to see.
        """
        if self._rng is not None and name not in self.weights:
            n = values.shape[-1]
            drawn = self._rng.normal(size=(n, width)) * np.sqrt(1.0 / n)
            given = (values @ drawn.astype(np.float32)).reshape(-1, width)
            middle, spread = given.mean(axis=0), given.std(axis=0)
            alike = spread <= 1e-3 * np.sqrt((given**2).mean())
            middle, spread = np.where(alike, 0.0, middle), np.where(alike, 1.0, spread)
            self.weights[name] = (drawn / spread).astype(np.float32)
            self.weights[f"{name} bias"] = (-middle / spread).astype(np.float32)
        return values @ self.weights[name] + self.weights[f"{name} bias"]

    def bent(self, name: str, values: Any, width: int) -> Any:
        """A layer whose negative values are cut off."""
        return self.xp.clip(self.dense(name, values, width), 0.0, None)

    def joined(self, *parts: Any) -> Any:
        """Side by side in the last axis."""
        return self.xp.concatenate(parts, axis=-1)

    def at(self, values: Any, indices: Any) -> Any:
        """Rows of an array, shape (N, k, n)."""
        if self.xp is np:
            return values[indices]
        rows = self.xp.index_select(values, 0, indices.reshape(-1))
        return rows.reshape(*indices.shape, -1)

    def convolved(self, name: str, values: Any, basis: Any, width: int) -> Any:
        """Sums over neighbours of values times functions of where they are, and a layer on them.

        A layer is linear, and so is a filter in these functions: all filters at once.

        Parameters
        ----------
        name : str
        values : array, shape (..., k, n)
            Of the neighbours.
        basis : array, shape (..., k, n_functions)
        width : int
        """
        sums = self.xp.swapaxes(basis, -1, -2) @ values
        return self.dense(name, sums.reshape(*sums.shape[:-2], -1), width)

    def gaussians(
        self, values: Any, first: float = 0.3, last: float = 1.0, number: int = GAUSSIANS
    ) -> Any:
        """Numbers as heights of Gaussians between two places, shape (..., number)."""
        gap = (last - first) / (number - 1)
        places = [values - (first + k * gap) for k in range(number)]
        return self.xp.exp(-0.5 * (self.xp.stack(places, axis=-1) / gap) ** 2)

    def fade(self, distances: Any) -> Any:
        """Weight of neighbours, 1 at the particle and 0 at the cut-off, shape (..., 1)."""
        return (0.5 + 0.5 * self.xp.cos(np.pi * distances))[..., None]

    def shares(self, scores: Any, fade: Any, axis: int) -> Any:
        """Weights that add up to 1 along an axis: exponentials of scores, times what fades."""
        weights = fade * self.xp.exp(8.0 * self.xp.tanh(scores / 8.0))
        return weights / (weights.sum(axis=axis, keepdims=True) + 1e-6)

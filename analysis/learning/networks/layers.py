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
        self.weights, self._rng, self.xp = weights, rng, np
        if weights and not isinstance(next(iter(weights.values())), np.ndarray):
            import torch

            self.xp = torch

    def dense(self, name: str, values: Any, width: int) -> Any:
        """A linear layer with a bias."""
        if self._rng is not None and name not in self.weights:
            n = values.shape[-1]
            drawn = self._rng.normal(size=(n, width)) * np.sqrt(1.5 / n)
            self.weights[name] = drawn.astype(np.float32)
            self.weights[f"{name} bias"] = np.zeros(width, dtype=np.float32)
        return values @ self.weights[name] + self.weights[f"{name} bias"]

    def bent(self, name: str, values: Any, width: int) -> Any:
        """A layer whose negative values are cut off."""
        return self.xp.clip(self.dense(name, values, width), 0.0, None)

    def joined(self, *parts: Any) -> Any:
        """Side by side in the last axis."""
        return self.xp.concatenate(parts, axis=-1)

    def gaussians(self, values: Any, first: float = 0.3, last: float = 1.0) -> Any:
        """Numbers as heights of Gaussians between two places, shape (..., GAUSSIANS)."""
        gap = (last - first) / (GAUSSIANS - 1)
        places = [values - (first + k * gap) for k in range(GAUSSIANS)]
        return self.xp.exp(-0.5 * (self.xp.stack(places, axis=-1) / gap) ** 2)

    def fade(self, distances: Any) -> Any:
        """Weight of neighbours, 1 at the particle and 0 at the cut-off, shape (..., 1)."""
        return (0.5 + 0.5 * self.xp.cos(np.pi * distances))[..., None]

    def shares(self, scores: Any, fade: Any, axis: int) -> Any:
        """Weights that add up to 1 along an axis: exponentials of scores, times what fades."""
        weights = fade * self.xp.exp(8.0 * self.xp.tanh(scores / 8.0))
        return weights / (weights.sum(axis=axis, keepdims=True) + 1e-6)

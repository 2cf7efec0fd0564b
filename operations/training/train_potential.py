"""Weights of a network whose forces are close to those of frames, by torch (extra `networks`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from analysis.configuration import Configuration
from analysis.learning.networks.training import torch_or_error
from operations.interactions.network import (
    Neighbourhoods,
    energies_and_slopes,
    evaluate,
    features,
)
from workspace_schema.potentials.learned import LearnedBasis

#: What weights cost in the training, and in the least squares that it begins with.
DECAY, RIDGE = 1e-6, 1e-7
#: How much of the other channels is mixed to each at first.
MIXED = 0.1


class Network:
    """See `operations.training.fit_potential.Problem`.

    Parameters
    ----------
    basis : LearnedBasis
    types : int
    blocks : sequence of sequence of Configuration
        Frames with forces.
    steps, seed : int
        Of the training; one thread. The same seed gives the same weights but for rounding, which
        grows with the steps.
    """

    def __init__(
        self,
        basis: LearnedBasis,
        types: int,
        blocks: Sequence[Sequence[Configuration]],
        steps: int,
        seed: int,
    ) -> None:
        self._torch = torch_or_error()
        self._basis, self._types, self._blocks = basis, types, blocks
        self._steps, self._seed = steps, seed

    def squares(self, block: int, coefficients: np.ndarray) -> float:
        """Sum of the squares of the errors of forces."""
        weights = self._basis.weights(coefficients.tolist(), self._types)
        total = 0.0
        for frame in self._blocks[block]:
            found = evaluate(self._basis, weights, frame).forces
            total += float(np.sum((found - np.asarray(frame.forces)) ** 2))
        return total

    def solved(self, blocks: Sequence[int]) -> np.ndarray:
        """The weights that are trained on some blocks."""
        torch = self._torch
        before = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            return self._trained([frame for k in blocks for frame in self._blocks[k]])
        finally:
            torch.set_num_threads(before)

    def _trained(self, frames: list[Configuration]) -> np.ndarray:
        torch, basis, degree = self._torch, self._basis, self._basis.degree
        rng, shapes = np.random.default_rng(self._seed), basis.shapes(self._types)
        seen = Neighbourhoods.of(frames, basis)
        forces = np.concatenate([np.asarray(frame.forces) for frame in frames])
        size = float(np.sqrt(np.mean(forces**2)))
        weights = {
            name: rng.normal(size=shape) / np.sqrt(shape[-2] if len(shape) > 1 else shape[0])
            for name, shape in shapes.items()
        }
        weights["mix"] = np.eye(basis.radial, basis.channels) + MIXED * weights["mix"]
        weights["outer"] *= 0.0
        spread = features(weights, seen, degree)[0].std(0)
        unit = torch.tensor(np.maximum(spread, 1e-9 * spread.max()))
        tensors = Neighbourhoods(*(torch.tensor(getattr(seen, f.name)) for f in fields(seen)))
        free = {name: torch.tensor(value, requires_grad=True) for name, value in weights.items()}
        wanted = torch.tensor(forces / size)
        self._straighten(free, unit, tensors, wanted)
        machine = torch.optim.LBFGS(
            free.values(),
            max_iter=self._steps,
            history_size=30,
            line_search_fn="strong_wolfe",
            tolerance_change=1e-12,
            tolerance_grad=1e-9,
        )

        def loss() -> Any:
            machine.zero_grad()
            off = _forces(torch, _scaled(free, unit), tensors, degree) - wanted
            total = (off**2).mean()
            total = total + DECAY * ((free["inner"] ** 2).mean() + (free["outer"] ** 2).sum())
            total.backward()
            return total

        machine.step(loss)
        last = _scaled(free, unit)
        for name in ("straight", "outer"):
            last[name] = last[name] * size
        return np.concatenate([last[name].detach().numpy().ravel() for name in shapes])

    def _straighten(
        self, free: dict[str, Any], unit: Any, seen: Neighbourhoods, wanted: Any
    ) -> None:
        """The best weights of the features alone, in which forces are linear."""
        torch, straight = self._torch, free["straight"]
        n, degree = straight.numel(), self._basis.degree
        with torch.no_grad():
            table = torch.zeros(wanted.numel() + n, n, dtype=torch.float64)
            for k, row in enumerate(torch.eye(n, dtype=torch.float64)):
                one = free | {"straight": row.reshape(straight.shape)}
                table[:-n, k] = _forces(torch, _scaled(one, unit), seen, degree).ravel()
            table[-n:] = RIDGE * torch.linalg.norm(table) * torch.eye(n, dtype=torch.float64)
            wanted = torch.cat([wanted.ravel(), torch.zeros(n, dtype=torch.float64)])
            straight[:] = torch.linalg.lstsq(table, wanted).solution.reshape(straight.shape)


def _scaled(weights: dict[str, Any], unit: Any) -> dict[str, Any]:
    """The weights of features in units of their spread, as those of the features."""
    straight, inner = weights["straight"] / unit, weights["inner"] / unit[:, None]
    return weights | {"straight": straight, "inner": inner}


def _forces(torch: Any, weights: dict[str, Any], seen: Neighbourhoods, degree: int) -> Any:
    _, slopes = energies_and_slopes(weights, seen, degree, torch)
    pulls = torch.zeros_like(slopes[:, 0]).index_add(0, seen.others.ravel(), slopes.reshape(-1, 3))
    return slopes.sum(1) - pulls

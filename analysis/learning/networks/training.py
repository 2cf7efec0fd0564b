"""The one loop that trains all networks, by torch (extra `networks`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.learning.networks.graphs import Graph, graph, joined
from analysis.learning.networks.layers import Layers

if TYPE_CHECKING:
    from analysis.learning.networks.model import TrainedNetwork
    from analysis.learning.train_learned import Example

#: Particles of a step, of all configurations alike: those of one are much the same.
PARTICLES = 96
#: Largest step size, how weights decay, and the longest gradient.
STEP_SIZE, DECAY, LONGEST = 4e-3, 1e-3, 1.0
#: Particles of a configuration that are learnt from, at most.
SAMPLE = 160
#: Part of the particles of each class of the examples that a trained network has to get right.
LEARNT = 0.8


@dataclass(frozen=True)
class Part:
    """What is learnt from one configuration.

    Attributes
    ----------
    graph : Graph
    rows : ndarray of int, optional
        Particles to learn from; all unless told otherwise.
    targets : ndarray, shape (n_rows,) or (n_rows, n_values)
        Classes, or numbers, of these.
    """

    graph: Graph
    rows: np.ndarray | None
    targets: np.ndarray


def torch_or_error() -> Any:
    """The package.

    Raises
    ------
    ImportError
        Says what to install.
    """
    try:
        import torch
    except ImportError as error:
        raise ImportError(
            "training a network needs torch, which is not installed: pip install"
            " 'assembly-campaigns[networks]'; labelling with a trained one does not"
        ) from error
    return torch


def fitted(
    network: Callable[[Layers, Graph], Any],
    parts: Sequence[Part],
    loss: Callable[[Any, Any], Any],
    steps: int,
    seed: int = 0,
    rounds: int = 0,
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Weights with which what a network gives has a small loss, and the loss of every step.

    Parameters
    ----------
    network : callable
        Of layers and a graph.
    parts : sequence of Part
    loss : callable
        Of what the network gives of the particles to learn from, and their targets, as tensors.
    steps, seed : int
        One thread; the same seed gives the same weights on the same machine.
    rounds : int
        How often something goes along edges.
    """
    torch = torch_or_error()
    rng = np.random.default_rng(seed)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        whole = joined([part.graph for part in parts])
        starts = np.cumsum([0, *(len(part.graph.vectors) for part in parts[:-1])])
        rows = np.concatenate([n + _rows(part) for n, part in zip(starts, parts, strict=True)])
        targets = np.concatenate([part.targets for part in parts])
        size = min(PARTICLES, len(rows))
        weights: dict[str, Any] = {}
        network(Layers(weights, rng), whole.of(rng.permutation(rows)[:size], rounds))
        for name, value in weights.items():
            weights[name] = torch.tensor(value, requires_grad=True)
        machine = torch.optim.AdamW(
            weights.values(), lr=STEP_SIZE, betas=(0.9, 0.99), weight_decay=DECAY
        )
        pace = torch.optim.lr_scheduler.OneCycleLR(machine, STEP_SIZE, steps, pct_start=0.15)
        losses = np.zeros(steps, dtype=np.float32)
        for step in range(steps):
            some = rng.choice(len(rows), size, replace=False)
            machine.zero_grad()
            found = network(Layers(weights), whole.of(rows[some], rounds).tensors())
            off = loss(found, torch.from_numpy(targets[some]))
            losses[step] = off.item()
            off.backward()
            torch.nn.utils.clip_grad_norm_(weights.values(), LONGEST)
            machine.step()
            pace.step()
    finally:
        torch.set_num_threads(before)
    return {name: value.detach().numpy() for name, value in weights.items()}, losses


def train_network(
    family: str, examples: Sequence[Example], seed: int = 0, steps: int | None = None
) -> TrainedNetwork:
    """Train a family on examples of classes, which weigh the same whatever their numbers.

    Parameters
    ----------
    family : str
        One of `analysis.learning.networks.model.FAMILIES`.
    examples : sequence of Example
    seed : int
    steps : int, optional
        Those of the family unless told otherwise.

    Raises
    ------
    ValueError
        With fewer than two classes, one called "unknown", or examples of two and three dimensions.
    ImportError
        Without torch.
    """
    from analysis.learning.networks.model import FAMILIES, TrainedNetwork, scores
    from analysis.learning.train_learned import checked_classes

    torch = torch_or_error()
    classes, dimensions = checked_classes(examples)
    told, rng = FAMILIES[family], np.random.default_rng(seed)
    parts = []
    for each in examples:
        inside = np.arange(each.configuration.n_particles)
        if each.inside is not None:
            inside = np.flatnonzero(each.inside)
        rows = np.sort(rng.permutation(inside)[:SAMPLE])
        targets = np.full(len(rows), classes.index(each.name))
        parts.append(Part(graph(each.configuration, told.neighbours), rows, targets))
    counts = np.bincount(np.concatenate([part.targets for part in parts]))
    weight = torch.tensor(counts.mean() / counts, dtype=torch.float32)
    weights, losses = fitted(
        scores(family, len(classes)),
        parts,
        torch.nn.CrossEntropyLoss(weight),
        steps or told.steps,
        seed,
        told.rounds,
    )
    return TrainedNetwork(family, dimensions, classes, weights, losses)


def check_learnt(network: TrainedNetwork, examples: Sequence[Example]) -> None:
    """Ask a network for the classes of its own examples.

    Raises
    ------
    ValueError
        Where of a class fewer than `LEARNT` of the particles are right.
    """
    right: dict[str, list[float]] = {name: [] for name in network.classes}
    for each in examples:
        inside = slice(None) if each.inside is None else each.inside
        found = network.probabilities(each.configuration)[inside].argmax(axis=1)
        right[each.name].append(float(np.mean(found == network.classes.index(each.name))))
    shares = {name: float(np.mean(some)) for name, some in right.items()}
    bad = sorted((name for name in shares if shares[name] < LEARNT), key=lambda name: shares[name])
    if bad:
        raise ValueError(
            f"{network.family} has not learnt its classes: of the particles of its own examples"
            f" {', '.join(f'{shares[name]:.1%} of {name}' for name in bad)} are right, expected"
            f" {LEARNT:.0%}; give more examples, or another model"
        )


def _rows(part: Part) -> np.ndarray:
    return np.arange(len(part.graph.vectors)) if part.rows is None else part.rows

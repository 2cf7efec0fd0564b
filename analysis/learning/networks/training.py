"""The one loop that trains all networks, by torch (extra `networks`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.learning.networks.graphs import Graph, graph, joined
from analysis.learning.networks.layers import Layers

if TYPE_CHECKING:
    from analysis.learning.networks.model import TrainedNetwork
    from analysis.learning.train_learned import Example

#: Neighbourhoods of a step, or configurations where neighbours of neighbours are looked at; and the
#: largest step size, how weights decay, and the longest gradient.
PARTICLES, CONFIGURATIONS = 384, 4
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
    alone: bool = False,
    turns: bool = False,
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
    alone : bool
        Whether the network looks at single neighbourhoods.
    turns : bool
        Whether every step shows each configuration, or neighbourhood, in another orientation.
    """
    torch = torch_or_error()
    rng = np.random.default_rng(seed)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        if alone:
            whole = joined([_chosen(part) for part in parts])
            targets = np.concatenate([part.targets for part in parts])
        weights: dict[str, Any] = {}
        chosen: Any
        network(Layers(weights, rng), _chosen(parts[0]) if alone else parts[0].graph)
        for name, value in weights.items():
            weights[name] = torch.tensor(value, requires_grad=True)
        machine = torch.optim.AdamW(weights.values(), lr=STEP_SIZE, weight_decay=DECAY)
        pace = torch.optim.lr_scheduler.OneCycleLR(machine, STEP_SIZE, steps)
        losses = np.zeros(steps, dtype=np.float32)
        for step in range(steps):
            if alone:
                rows = rng.integers(len(targets), size=PARTICLES)
                seen, wanted, chosen = whole.of(rows), targets[rows], slice(None)
                seen = seen.turned(rng, alone) if turns else seen
            else:
                drawn = [parts[k] for k in rng.permutation(len(parts))[:CONFIGURATIONS]]
                graphs = [each.graph.turned(rng) if turns else each.graph for each in drawn]
                seen, chosen = joined(graphs), _rows(drawn)
                wanted = np.concatenate([each.targets for each in drawn])
            tensors = Graph(*map(torch.from_numpy, (getattr(seen, f.name) for f in fields(seen))))
            machine.zero_grad()
            off = loss(network(Layers(weights), tensors)[chosen], torch.from_numpy(wanted))
            losses[step] = off.item()
            off.backward()
            torch.nn.utils.clip_grad_norm_(weights.values(), LONGEST)
            machine.step()
            pace.step()
    finally:
        torch.set_num_threads(before)
    return {name: value.detach().numpy() for name, value in weights.items()}, losses


def train_network(family: str, examples: Sequence[Example], seed: int = 0) -> TrainedNetwork:
    """Train a family on examples of classes, which weigh the same whatever their numbers.

    Parameters
    ----------
    family : str
        One of `analysis.learning.networks.model.FAMILIES`.
    examples : sequence of Example
    seed : int

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
    rng = np.random.default_rng(seed)
    parts = []
    for each in examples:
        inside = np.arange(each.configuration.n_particles)
        if each.inside is not None:
            inside = np.flatnonzero(each.inside)
        rows = np.sort(rng.permutation(inside)[:SAMPLE])
        targets = np.full(len(rows), classes.index(each.name))
        parts.append(Part(graph(each.configuration), rows, targets))
    counts = np.bincount(np.concatenate([part.targets for part in parts]))
    weight = torch.tensor(counts.mean() / counts, dtype=torch.float32)
    told = FAMILIES[family]
    weights, losses = fitted(
        scores(family, len(classes)),
        parts,
        torch.nn.CrossEntropyLoss(weight),
        told.steps,
        seed,
        told.alone,
        told.turns,
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
    worst = min(shares, key=lambda name: shares[name])
    if shares[worst] < LEARNT:
        raise ValueError(
            f"{network.family} has not learnt its classes: of the particles of its own examples of"
            f" {worst} {shares[worst]:.0%} are right, expected {LEARNT:.0%}; give more examples, or"
            " another model"
        )


def _chosen(part: Part) -> Graph:
    return part.graph if part.rows is None else part.graph.of(part.rows)


def _rows(parts: Sequence[Part]) -> np.ndarray:
    """Particles to learn from, in the graph of all."""
    starts = np.cumsum([0, *(len(each.graph.vectors) for each in parts[:-1])])
    return np.concatenate(
        [
            start + (np.arange(len(each.graph.vectors)) if each.rows is None else each.rows)
            for each, start in zip(parts, starts, strict=True)
        ]
    )

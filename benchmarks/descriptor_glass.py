"""Families of descriptors on what will move in a glass former.

    python -m benchmarks.descriptor_families glass [--keep FOLDER]

The mixture and the propensities of `propensity` at its two higher temperatures; features of the
inherent structure are read by the same ridge regression as there, networks (need torch) learn from
its neighbours, of both types, on as many folds. Pearson's correlation with the propensity of the
large particles of configurations left out, after every time; the error is that over seeds of the
training, and none for the regression, of which all is fixed: `propensity` prints that over
configurations.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import numpy as np

from analysis.configuration import Configuration
from analysis.learning.learned import MODEL_FILES, Learned
from analysis.learning.networks.graphs import graph
from analysis.learning.networks.layers import Layers
from analysis.learning.networks.model import FAMILIES, scores
from analysis.learning.networks.training import Part, fitted
from analysis.learning.regression import ridge
from benchmarks.descriptor_families import Features, descriptions
from benchmarks.propensity import STATES, Liquid, State, described, quenched, simulated

#: Neighbours of the networks within R_CUT, steps, and parts that are left out in turn.
AROUND, R_CUT, STEPS, FOLDS = {"schnet": 32, "line_graph": 16}, 2.0, 150, 5

#: Positions, inherent structures, and propensities of the large particles, (particles, times).
Data = list[tuple[Configuration, Configuration, np.ndarray]]
#: What is predicted, or is so, by the title of the task.
Values = dict[str, np.ndarray]


@cache
def drawn(state: State, keep: Path | None) -> Data:
    """Every configuration."""
    liquid, found = Liquid(state.particles, state.kT), []
    for seed in range(state.configurations):
        start, gone = simulated(state, seed, keep)
        means = [ways[:, start.types == 0].mean(axis=0) for ways in gone]
        found.append((start, quenched(liquid, start), np.stack(means, axis=1)))
    return found


def regression(
    features: Callable[[Configuration, Configuration], np.ndarray], data: Data
) -> np.ndarray:
    """Propensities as ridge regression has them, shape (particles, times)."""
    rows = np.concatenate([features(start, rest)[start.types == 0] for start, rest, _ in data])
    groups = np.repeat(np.arange(len(data)), [len(moved) for _, _, moved in data])
    moved = np.concatenate([moved for _, _, moved in data])
    return np.stack([ridge(rows, values, groups).predicted for values in moved.T], axis=1)


def network(family: str, data: Data, seed: int) -> np.ndarray:
    """Propensities as a network has them, shape (particles, times)."""
    import torch

    told = FAMILIES[family]
    moved = np.concatenate([moved for _, _, moved in data])
    centre, spread, parts = moved.mean(axis=0), moved.std(axis=0), []
    for start, rest, values in data:
        seen = graph(rest, AROUND.get(family, told.neighbours), R_CUT, types=2)
        targets = ((values - centre) / spread).astype(np.float32)
        parts.append(Part(seen, np.flatnonzero(start.types == 0), targets))
    net, predicted = scores(family, moved.shape[1]), [np.zeros(0)] * len(parts)
    for fold in range(FOLDS):
        out = range(fold, len(parts), FOLDS)
        inside = [part for k, part in enumerate(parts) if k not in out]
        weights, _ = fitted(net, inside, torch.nn.MSELoss(), STEPS, seed, told.rounds)
        for k in out:
            predicted[k] = net(Layers(weights), parts[k].graph)[parts[k].rows]
    return np.concatenate(predicted)


def titled(state: State, values: np.ndarray) -> Values:
    """Columns, one a time, by their tasks."""
    return {f"{state.kT:g}: {t:g}": values[:, k] for k, (t, _) in enumerate(state.runs)}


def glass(
    seed: int, keep: Path | None, states: tuple[State, ...] = STATES[:2]
) -> tuple[dict[str, Callable[[], Values]], Values]:
    """Families to be asked for propensities, and what these are; a task is kT and a time."""
    tasks: Values = {}
    for state in states:
        tasks |= titled(state, np.concatenate([values for _, _, values in drawn(state, keep)]))

    def each(predict: Callable[[Data], np.ndarray]) -> Callable[[], Values]:
        def predicted() -> Values:
            found: Values = {}
            for state in states:
                found |= titled(state, predict(drawn(state, keep)))
            return found

        return predicted

    def by(features: Features) -> Callable[[], Values]:
        return each(partial(regression, lambda _, rest: features(rest)))

    found: dict[str, Callable[[], Values]] = {}
    if seed == 0:  # all is fixed
        found["densities, bond order and the way"] = each(partial(regression, described))
        found["learned"] = by(Learned.load(MODEL_FILES[3]).embed)
        found |= {title: by(features) for title, features in descriptions(2).items()}
    if importlib.util.find_spec("torch"):
        for name in FAMILIES:
            found[name.replace("_", " ")] = each(partial(network, name, seed=seed))
    return found, tasks


def correlations(predicted: Values, tasks: Values) -> dict[str, float]:
    """Pearson's, of every task."""
    return {
        task: float(np.corrcoef(predicted[task], values)[0, 1]) for task, values in tasks.items()
    }

"""Families of descriptors on what will move in a glass former.

    python -m benchmarks.descriptor_families glass [--keep FOLDER]

The mixture, the propensities and the folds of `propensity`; features of the inherent structure are
read by the same ridge regression as there, networks (need torch) learn from its neighbours, of both
types. Pearson's correlation with the propensity of the large particles of configurations left out,
after every time; the error is that over seeds of the training, and none for the regression, of
which all is fixed: `propensity` prints that over configurations.
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
from benchmarks.propensity import TIMES, Liquid, described, frames, quenched, runs

#: kT, particles, configurations, runs of each, and steps between configurations.
DATA = (0.64, 1200, 10, 10, 5000)
#: Neighbours of the networks within R_CUT, steps, and parts that are left out in turn.
AROUND, R_CUT, STEPS, FOLDS = {"schnet": 32, "line_graph": 16}, 2.0, 150, 5

#: Positions, inherent structures, and propensities of the large particles, (particles, times).
Data = list[tuple[Configuration, Configuration, np.ndarray]]


@cache
def drawn(keep: Path | None) -> Data:
    """Every configuration."""
    arrays, liquid = runs(keep, *DATA, list(TIMES)), Liquid(DATA[1], DATA[0])
    gone = arrays["gone"].mean(axis=1)
    return [
        (start, quenched(liquid, start), gone[k][:, start.types == 0].T)
        for k, start in enumerate(frames(arrays))
    ]


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


def glass(
    seed: int, keep: Path | None
) -> tuple[dict[str, Callable[[], np.ndarray]], dict[str, np.ndarray]]:
    """Families to be asked for propensities, and what these are at every time."""
    data = drawn(keep)
    moved = np.concatenate([moved for _, _, moved in data])
    tasks = {f"t = {t:g}": moved[:, k] for k, t in enumerate(TIMES)}

    def by(features: Features) -> Callable[[], np.ndarray]:
        return lambda: regression(lambda _, rest: features(rest), data)

    found: dict[str, Callable[[], np.ndarray]] = {}
    if seed == 0:  # all is fixed
        found["densities, bond order and the way"] = lambda: regression(described, data)
        found["learned"] = by(Learned.load(MODEL_FILES[3]).embed)
        found |= {title: by(features) for title, features in descriptions(2).items()}
    if importlib.util.find_spec("torch"):
        for name in FAMILIES:
            found[name.replace("_", " ")] = partial(network, name, data, seed)
    return found, tasks


def correlations(predicted: np.ndarray, tasks: dict[str, np.ndarray]) -> dict[str, float]:
    """Pearson's, at every time."""
    return {
        task: float(np.corrcoef(predicted[:, k], moved)[0, 1])
        for k, (task, moved) in enumerate(tasks.items())
    }

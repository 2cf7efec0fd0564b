"""Training of the learned descriptor (`analysis.learning.learned`) on examples of classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from analysis.configuration import Configuration
from analysis.descriptors.pair_basis import clouds
from analysis.labelling.labels import UNKNOWN
from analysis.labelling.train_three_dimensional import (
    LARGEST_STRAIN,
    Sample,
    assembled,
    calibrated,
    disordered,
    perfect,
    standardised,
    with_novelty,
)
from analysis.learning.learned import Learned, averaged_pairs, directions, with_one
from analysis.learning.regression import ridge
from analysis.prototypes import prototype
from analysis.prototypes.defects import deformed, random_strain, with_noise, with_vacancies

#: Numbers of the two layers; the second ones are the descriptor.
HIDDEN = (96, 64)
#: Steps of the training, particles in each, largest step size, and how weights decay.
STEPS, BATCH = 1500, 1024
STEP_SIZE, DECAY = 4e-3, 0.01
#: Particles of a configuration that are learnt from, at most.
SAMPLE = 160
#: Noise, over the shortest distance, at which nothing is left of a crystal.
MOLTEN = 0.25
#: Of the regression that moves particles to their sites, in units of the mean of its diagonal.
_STRENGTH = 1e-5
#: Every so many sources of a class, or the end of its only one, are not trained on: temperature and
#: reach of the network, and what the place between crystal and melt means, are fitted on them.
_HELD = 4
#: Noise of configurations that were not made.
NOT_KNOWN = -1.0


@dataclass(frozen=True)
class Example:
    """A configuration of a class.

    Attributes
    ----------
    configuration : Configuration
    name : str
        Of the class.
    noise : float
        Gaussian, of each coordinate, over the shortest distance; nan in a fluid, `NOT_KNOWN` in a
        crystal as it comes.
    sites : ndarray, shape (N, 3), optional
        Where the particles would be without it.
    source : str, optional
        What frames that follow one another share, the movie: they are not independent. An example
        without it is.
    inside : ndarray of bool, shape (N,), optional
        Particles to learn from, where an edge is near the others.
    """

    configuration: Configuration
    name: str
    noise: float = NOT_KNOWN
    sites: np.ndarray | None = None
    source: str | None = None
    inside: np.ndarray | None = None


def drawn(name: str, noise: float, rng: np.random.Generator, particles: int) -> Example:
    """A crystal of one type, strained, with Gaussian noise and a few vacancies.

    Parameters
    ----------
    name : str
        Of the prototype.
    noise : float
        Over the shortest distance.
    rng : numpy.random.Generator
    particles : int
        About.
    """
    if prototype(name).dimensions == 3:
        still = disordered(name, 0.0, rng, particles)
    else:
        still = deformed(perfect(name, particles), random_strain(LARGEST_STRAIN, rng, 2))
        still = with_vacancies(still, rng.uniform(0.0, 0.02), rng)
    return Example(with_noise(still, noise, rng), name, noise, still.positions)


def train_learned(examples: Sequence[Example], seed: int = 0) -> Learned:
    """Train all heads for which the examples say enough.

    Parameters
    ----------
    examples : sequence of Example
        Classes are in the order in which they come. The head "disorder" is trained where there are
        a melt, whose noise is nan, and crystals with known noise; "denoise" where there are sites.
    seed : int

    Raises
    ------
    ValueError
        With fewer than two classes, one with fewer than two examples or called "unknown", or
        examples of two and three dimensions.
    """
    classes, dimensions = checked_classes(examples)
    rng = np.random.default_rng(seed)
    sources = _sources(examples)
    out = held_out(examples)
    parts: tuple[list[tuple[np.ndarray, ...]], ...] = ([], [])
    groups = []
    for example, source, is_held in zip(examples, sources, out, strict=True):
        parts[is_held].append(_described(example, classes, rng))
        if not is_held:
            groups += [source] * len(parts[0][-1][0])
    data, held = (_sample(part) for part in parts)
    centre, scale, x = standardised(data)
    network = assembled(x, centre, scale, *_layers(x, data.classes, seed), classes)
    network = with_novelty(calibrated(network, held), data, held, seed)
    model = Learned(dimensions, network, np.zeros(0), np.zeros(0), np.zeros((0, 0)))
    numbers = with_one(model.numbers(data.features))
    disorder = _disorder(numbers, data.noise, np.array(groups))
    return replace(
        model,
        disorder=disorder,
        melting=_melting(with_one(model.numbers(held.features)), held.noise, disorder),
        displacements=_displacements(numbers, parts[0]),
    )


def checked_classes(examples: Sequence[Example]) -> tuple[tuple[str, ...], int]:
    """Names of the classes in the order in which they come, and the dimensions of all examples.

    Raises
    ------
    ValueError
        With fewer than two classes, one called "unknown", or examples of two and three dimensions.
    """
    classes = tuple(dict.fromkeys(example.name for example in examples))
    if len(classes) < 2:
        raise ValueError(f"examples are of {len(classes)} classes, expected at least two")
    if UNKNOWN in classes:
        raise ValueError(f"a class is called {UNKNOWN!r}, which is what has no class")
    dimensions = {example.configuration.dimensions for example in examples}
    if len(dimensions) > 1:
        raise ValueError("examples are of two and of three dimensions, expected one of them")
    return classes, dimensions.pop()


def _sources(examples: Sequence[Example]) -> list[int]:
    """A number for each, the same for those that are not independent."""
    known: dict[object, int] = {}
    keys = [example.source or k for k, example in enumerate(examples)]
    return [known.setdefault(key, len(known)) for key in keys]


def held_out(examples: Sequence[Example]) -> list[bool]:
    """Which are not trained on: whole sources, or the last frames where a class has only one.

    Raises
    ------
    ValueError
        If a class has one configuration.
    """
    sources, out = _sources(examples), [False] * len(examples)
    for name in dict.fromkeys(example.name for example in examples):
        rows = [k for k, example in enumerate(examples) if example.name == name]
        if len(rows) < 2:
            raise ValueError(f"class {name!r} has one configuration, expected at least two")
        kinds = list(dict.fromkeys(sources[k] for k in rows))
        chosen = [k for k in rows if sources[k] in kinds[1::_HELD]]
        for k in chosen or rows[-max(len(rows) // _HELD, 1) :]:
            out[k] = True
    return out


def _described(
    example: Example, classes: tuple[str, ...], rng: np.random.Generator
) -> tuple[np.ndarray, ...]:
    """Pairs, class, noise, directions and displacements of some of the particles."""
    described = clouds(example.configuration)
    n = len(described.features)
    rows = rng.permutation(n if example.inside is None else np.flatnonzero(example.inside))
    rows = rows[: SAMPLE * (1 + np.isnan(example.noise))]
    back = np.full((len(rows), 3), np.nan)
    if example.sites is not None:
        away = example.sites[rows] - example.configuration.positions[rows]
        back = away / described.lengths[rows, None]
    number = np.full(len(rows), classes.index(example.name))
    noise = np.full(len(rows), example.noise)
    pairs = averaged_pairs(described)[rows]
    return pairs, number, noise, directions(described)[rows], back.astype(np.float32)


def _sample(parts: Sequence[tuple[np.ndarray, ...]]) -> Sample:
    return Sample(*(np.concatenate([part[k] for part in parts]) for k in range(3)))


def _layers(
    x: np.ndarray, classes: np.ndarray, seed: int
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Weights and biases of three layers, rectified in between, for the classes of rows.

    Adam with decay of the weights (Loshchilov and Hutter, arXiv:1711.05101), and steps that grow
    over the first seventh and shrink to nothing as a cosine.
    """
    rng = np.random.default_rng(seed)
    sizes = (x.shape[1], *HIDDEN, int(classes.max()) + 1)
    values = []
    for n_in, n_out in pairwise(sizes):
        largest = n_in**-0.5
        values += [rng.uniform(-largest, largest, (n_in, n_out)), np.zeros(n_out)]
    values = [value.astype(np.float32) for value in values]
    first = [np.zeros_like(value) for value in values]
    second = [np.zeros_like(value) for value in values]
    batch = max(min(BATCH, len(x) // 4), 1)
    order = rng.permutation(len(x))
    for step in range(1, STEPS + 1):
        if len(order) < batch:
            order = rng.permutation(len(x))
        rows, order = order[:batch], order[batch:]
        part = step / STEPS
        rise = min(7.0 * part, 1.0)
        size = STEP_SIZE * (rise if rise < 1.0 else np.cos(np.pi / 2 * (part - 1 / 7) * 7 / 6) ** 2)
        gradient = _gradient(x[rows], classes[rows], values)
        for k, slope in enumerate(gradient):
            first[k] += 0.1 * (slope - first[k])
            second[k] += 0.001 * (slope**2 - second[k])
            mean = first[k] / (1.0 - 0.9**step)
            spread = np.sqrt(second[k] / (1.0 - 0.999**step))
            values[k] -= np.float32(size) * (mean / (spread + 1e-8) + DECAY * values[k])
    return values[::2], values[1::2]


def _gradient(x: np.ndarray, classes: np.ndarray, values: list[np.ndarray]) -> list[np.ndarray]:
    """Of the mean cross-entropy, with respect to the weights and biases of every layer."""
    inputs = [x]
    for k in range(0, len(values) - 2, 2):
        inputs.append(np.maximum(inputs[-1] @ values[k] + values[k + 1], 0.0))
    logits = inputs[-1] @ values[-2] + values[-1]
    slope = np.exp(logits - logits.max(axis=1, keepdims=True))
    slope /= slope.sum(axis=1, keepdims=True)
    slope[np.arange(len(x)), classes] -= 1.0
    slope /= np.float32(len(x))
    found: list[np.ndarray] = []
    for k in range(len(values) - 2, -1, -2):
        found = [inputs[k // 2].T @ slope, slope.sum(axis=0), *found]
        slope = (slope @ values[k].T) * (inputs[k // 2] > 0)
    return found


def _disorder(numbers: np.ndarray, noise: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Weights of the place between crystal and melt; none unless there are both."""
    melted = np.isnan(noise)
    if not melted.any() or not (noise > 0).any():
        return np.zeros(0)
    known = melted | (noise >= 0)
    place = np.where(melted, 1.0, np.minimum(noise / MOLTEN, 1.0))[known]
    regression = ridge(numbers[known], place, groups[known])
    weights = regression.weights.astype(np.float32)
    weights[-1] = regression.bias  # of the 1
    return weights


def _melting(numbers: np.ndarray, noise: np.ndarray, disorder: np.ndarray) -> np.ndarray:
    """What turns a crystallinity into the odds of a crystal (Platt): slope and shift."""
    from sklearn.linear_model import LogisticRegression

    if not disorder.size:
        return np.zeros(0)
    melted = np.isnan(noise)
    known = melted | (noise >= 0)
    order = np.clip(1.0 - numbers[known] @ disorder, 0.0, 1.0)
    # Weak enough a prior to leave the slope to the particles, strong enough for two apart.
    fitted = LogisticRegression(C=100.0, class_weight="balanced")
    fitted.fit(order[:, None], ~melted[known])
    return np.array([fitted.coef_[0, 0], fitted.intercept_[0]])


def _displacements(numbers: np.ndarray, parts: Sequence[tuple[np.ndarray, ...]]) -> np.ndarray:
    """Weights of the way back to the sites; none if no sites are known."""
    width = numbers.shape[1] * parts[0][3].shape[1]
    square, right, start = np.zeros((width, width)), np.zeros(width), 0
    for pairs, _, _, vectors, back in parts:
        own = numbers[start : start + len(pairs)]
        start += len(pairs)
        if np.isnan(back).any():
            continue
        rows = (vectors.transpose(0, 2, 1)[..., None] * own[:, None, None, :]).reshape(-1, width)
        square += rows.T @ rows
        right += rows.T @ back.ravel()
    if not right.any():
        return np.zeros((0, 0))
    square += _STRENGTH * np.trace(square) / width * np.eye(width)
    weights = np.linalg.solve(square, right).reshape(-1, numbers.shape[1])
    return weights.astype(np.float32)

"""Training of the network of `three_dimensional`.

`python -m operations.training.train_labels` simulates the fluids, trains and writes the model file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.configuration import Configuration
from analysis.descriptors.nested_shells import (
    NEIGHBOURS,
    average,
    coherent_invariants,
    nested_invariants,
)
from analysis.labelling.network import Network
from analysis.labelling.three_dimensional import FLUID
from analysis.neighbourhoods import nearest
from analysis.prototypes import crystal, prototype
from analysis.prototypes.defects import strained, with_noise, with_vacancies

#: Gaussian noise per coordinate, in units of the shortest distance, of the hottest crystals.
LARGEST_NOISE = 0.18
#: Particles of a crystal, at least.
PARTICLES = 500
#: Particles of each configuration that are trained on.
SAMPLE = 250
CRYSTALS_EACH = 48
HIDDEN = (64, 48)
#: Reduced coordinates in which distances are measured, and Gaussians of each class: those of
#: noise, and those of motion that noise does not cover.
REDUCED = 24
PARTS = 8
MORE_PARTS = 4
EPOCHS = 30
#: How much likelier than any other structure each of these is before anything is seen.
COMMON = ("fcc", "hcp", "bcc", "sc", "diamond")
PRIOR = 3.0
#: Part of the crystals and fluids not trained on that may be called unknown.
REJECTED = 0.01


@dataclass(frozen=True)
class Sample:
    """Averaged features and classes of particles, and the noise of their configurations."""

    features: np.ndarray
    classes: np.ndarray
    noise: np.ndarray


def perfect(name: str, particles: int = PARTICLES) -> Configuration:
    """A crystal in a box as close to a cube as whole cells make it, its shortest distance 1."""
    cell = crystal(name, 1, 1.0)
    edge = (particles / cell.n_particles) ** (1 / 3) * cell.volume ** (1 / 3)
    repeats = tuple(int(max(1, np.ceil(edge / length - 0.3))) for length in cell.box[:3])
    whole = crystal(name, repeats, 1.0)
    shortest = nearest(cell, 1).distances.min()
    return crystal(name, repeats, float(whole.number_density * shortest**3))


def disordered(name: str, noise: float, rng: np.random.Generator) -> Configuration:
    """A crystal with noise and, each in half of the cases, strain, vacancies, a shifted basis.

    Strains are up to 2 %, vacancies up to 2 %, shifts of the particles of a cell, the same in
    every cell, 1 % of the shortest distance: free parameters of a real crystal are not those of
    its prototype.
    """
    configuration = perfect(name)
    if rng.random() < 0.5:
        n = prototype(name).cell().n_particles
        n *= 2 if prototype(name).cell().box[3] else 1
        shifts = rng.normal(0.0, 0.01, (n, 3))
        if n > 2:
            configuration.positions += np.tile(shifts, (configuration.n_particles // n, 1))
    if rng.random() < 0.5:
        configuration = strained(configuration, rng.uniform(-0.02, 0.02, (3, 3)))
    if rng.random() < 0.5:
        configuration = with_vacancies(configuration, rng.uniform(0.0, 0.02), rng)
    return with_noise(configuration, noise, rng)


def averaged_features(configuration: Configuration) -> np.ndarray:
    """Features of every particle, averaged twice over the first shell.

    Harmonics are averaged first; their invariants, once more.
    """
    table = nearest(configuration, NEIGHBOURS)
    features, weights, harmonics = nested_invariants(table)
    indices = table.indices[:, : weights.shape[1]].astype(np.int32)
    features = average(average(features, indices, weights), indices, weights)
    coherent = average(coherent_invariants(harmonics, indices, weights), indices, weights)
    return np.concatenate([features, coherent], axis=1)


def sample(
    names: Sequence[str],
    fluids: Iterable[Configuration],
    rng: np.random.Generator,
    each: int = CRYSTALS_EACH,
) -> Sample:
    """Features of fresh crystals, from perfect to hot, and of the fluids.

    Parameters
    ----------
    names : sequence of str
        Crystals: classes 1, 2, ...; the fluid is class 0.
    fluids : iterable of Configuration
    rng : numpy.random.Generator
    each : int
        Configurations of every crystal, one more of it perfect.
    """

    def drawn() -> Iterator[tuple[Configuration, int, float]]:
        for index, name in enumerate(names, start=1):
            yield perfect(name), index, 0.0
            for noise in LARGEST_NOISE * np.linspace(0.0, 1.0, each):
                yield disordered(name, noise, rng), index, noise
        for fluid in fluids:
            yield fluid, 0, np.nan

    return sampled(drawn(), rng)


def sampled(
    configurations: Iterable[tuple[Configuration, int, float]], rng: np.random.Generator
) -> Sample:
    """Features of some particles of configurations, each with its class and noise."""
    features, classes, noises = [], [], []
    for configuration, index, noise in configurations:
        rows = averaged_features(configuration)
        rows = rows[rng.permutation(len(rows))[:SAMPLE]]
        features.append(rows)
        classes.append(np.full(len(rows), index))
        noises.append(np.full(len(rows), noise))
    return Sample(np.concatenate(features), np.concatenate(classes), np.concatenate(noises))


def train(data: Sample, held: Sample, names: Sequence[str], seed: int) -> Network:
    """Fit the network on one sample, its temperature and reach on another.

    Parameters
    ----------
    data, held : Sample
    names : sequence of str
        As for `sample`.
    seed : int
    """
    from sklearn.neural_network import MLPClassifier

    centre, scale = data.features.mean(axis=0), data.features.std(axis=0) + 1e-6
    x = (data.features - centre) / scale
    fitted = MLPClassifier(
        HIDDEN,
        alpha=1e-4,
        batch_size=512,
        learning_rate_init=2e-3,
        random_state=seed,
        max_iter=EPOCHS,
        early_stopping=False,
        n_iter_no_change=EPOCHS,
    ).fit(x, data.classes)
    axes = np.linalg.eigh(np.cov(x.T))[1][:, ::-1][:, :REDUCED]
    means, factors = _mixtures(x @ axes, data.classes, len(names) + 1, seed, PARTS)
    projection = np.concatenate([fitted.coefs_[0], axes], axis=1) / scale[:, None]
    shift = np.concatenate([fitted.intercepts_[0], np.zeros(REDUCED)])
    network = Network(
        classes=np.array([FLUID, *names]),
        projection=projection.astype(np.float32),
        bias=(shift - centre @ projection).astype(np.float32),
        hidden=fitted.coefs_[1].astype(np.float32),
        hidden_bias=fitted.intercepts_[1].astype(np.float32),
        output=fitted.coefs_[2].astype(np.float32),
        output_bias=fitted.intercepts_[2].astype(np.float32),
        temperature=np.array(1.0),
        means=means.astype(np.float32),
        factors=factors.astype(np.float32),
        reach=np.ones(means.shape[:2]),
        sure=np.zeros(means.shape[:2], dtype=bool),
    )
    projected = network.project(held.features)
    reach = _reach(network, projected, held.classes)
    temperature = _temperature(network.logits(projected), held.classes)
    return with_prior(replace(network, reach=reach, temperature=np.array(temperature)))


def extended(
    network: Network, data: Sample, held: Sample, seed: int, certain: Sequence[str] = (FLUID,)
) -> Network:
    """The network with more Gaussians, so that fewer particles of its classes are new to it.

    A particle that is not new is called the same as before, unless a Gaussian reaches it that is
    added for one of the `certain` classes.

    Parameters
    ----------
    network : Network
    data, held : Sample
        Of some of the classes, moving otherwise than in the training: to fit the Gaussians on, and
        their reach.
    seed : int
    certain : sequence of str
        Classes that alone are found where their particles in `data` are, whatever the network
        says: gases, and crystals far from all it has learnt.
    """
    chosen = np.unique(data.classes)
    numbers = np.searchsorted(chosen, data.classes)
    reduced = network.project(data.features)[:, len(network.hidden) :]
    mixtures = _mixtures(reduced, numbers, len(chosen), seed, MORE_PARTS)
    means, factors = (np.zeros((len(network.classes), *each.shape[1:])) for each in mixtures)
    means[chosen], factors[chosen] = mixtures
    reach, sure = np.zeros(means.shape[:2]), np.zeros(means.shape[:2], dtype=bool)
    reach[chosen], sure[np.isin(network.classes, certain)] = 1.0, True
    alone = replace(network, means=means, factors=factors, reach=reach)
    reach = _reach(alone, alone.project(held.features), held.classes)

    def joined(old: np.ndarray, more: np.ndarray) -> np.ndarray:
        return np.concatenate([old, more.astype(old.dtype)], axis=1)

    return replace(
        network,
        means=joined(network.means, means),
        factors=joined(network.factors, factors),
        reach=joined(network.reach, reach),
        sure=joined(network.sure, sure),
    )


def without_additions(network: Network) -> Network:
    """The network as it was before `extended`."""
    return replace(
        network,
        means=network.means[:, :PARTS],
        factors=network.factors[:, :PARTS],
        reach=network.reach[:, :PARTS],
        sure=network.sure[:, :PARTS],
    )


def with_prior(network: Network) -> Network:
    """The network, trained on as much of every structure, with the prior of common ones."""
    common = np.isin(network.classes, COMMON)
    shift = np.log(PRIOR) * network.temperature * common
    return replace(network, output_bias=(network.output_bias + shift).astype(np.float32))


def _reach(network: Network, projected: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """How far the parts of every class reach, shape (n_classes, n_parts); 0 without particles."""
    away = network.distances(projected, classes)
    reach = np.zeros(network.reach.shape)
    for k in np.unique(classes):
        reach[k] = np.quantile(away[classes == k], 1.0 - REJECTED)
    return reach


def _mixtures(
    reduced: np.ndarray, classes: np.ndarray, n_classes: int, seed: int, parts: int
) -> tuple[np.ndarray, np.ndarray]:
    """Means and whitening factors of the Gaussians of every class."""
    from sklearn.mixture import GaussianMixture

    means, factors = [], []
    for k in range(n_classes):
        mixture = GaussianMixture(parts, reg_covar=1e-3, random_state=seed, max_iter=30)
        mixture.fit(reduced[classes == k])
        means.append(mixture.means_)
        factors.append(mixture.precisions_cholesky_)
    return np.array(means), np.array(factors)


def _temperature(logits: np.ndarray, classes: np.ndarray) -> float:
    """The temperature at which the probabilities are the likeliest."""
    from scipy.optimize import minimize_scalar

    def loss(temperature: float) -> float:
        scaled = logits / temperature
        top = scaled.max(axis=1)
        total = top + np.log(np.exp(scaled - top[:, None]).sum(axis=1))
        return float((total - scaled[np.arange(len(classes)), classes]).mean())

    return float(minimize_scalar(loss, bounds=(0.2, 10.0), method="bounded").x)

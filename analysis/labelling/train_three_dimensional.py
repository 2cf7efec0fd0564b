"""Training of the network of `three_dimensional`.

`python -m operations.training.train_labels` simulates the fluids, trains and writes the model file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

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
from analysis.prototypes.defects import (
    deformed,
    harmonic_crystal,
    random_strain,
    strained,
    with_noise,
    with_vacancies,
)
from analysis.prototypes.free_coordinates import free_displacements

#: Gaussian noise per coordinate, in units of the shortest distance, of the hottest crystals, and of
#: the hottest of those that are counted as cold.
LARGEST_NOISE = 0.18
LARGEST_COLD = 0.06
#: Crystals are to be known up to a strain of 5 %.
LARGEST_STRAIN = 0.06
#: How far free coordinates move a particle at most, in units of the shortest distance.
LARGEST_SHIFT = 0.04
#: c/a where more is known than strain makes of it: hcp from below Be (1.568) to Cd (1.886); bct as
#: far from its 0.816 as it is to be known: bcc, at 1, is near.
AXES = {"hcp": (1.55, 1.90), "simple-hexagonal": (0.90, 1.10), "bct": (0.78, 0.87)}
#: Springs of cold crystals across the bonds, over along them, and how fast they get softer with the
#: distance: least and largest.
ACROSS = (0.005, 1.0)
DECAY = (0.0, 16.0)
#: Particles of a crystal, at least: of hot ones, and of cold ones, whose particles are alike.
PARTICLES = 500
COLD_PARTICLES = 64
#: Particles of each configuration that are trained on.
SAMPLE = 250
#: Configurations of each crystal: from perfect to hot, and cold.
CRYSTALS_EACH = 48
COLD_EACH = 144
HIDDEN = (64, 48)
#: Reduced coordinates in which distances are measured, and Gaussians of each class: those of
#: noise, and those of motion that noise does not cover.
REDUCED = 24
PARTS = 12
MORE_PARTS = 4
#: Least width of a Gaussian: perfect crystals have none.
NARROWEST = 0.1
#: Particles of a class on which its Gaussians are fitted, at most.
MIXED = 8000
EPOCHS = 30
#: How much likelier than any other structure each of these is before anything is seen.
COMMON = ("fcc", "hcp", "bcc", "sc", "diamond")
PRIOR = 3.0
#: Part of the crystals and fluids not trained on that may be called unknown.
REJECTED = 0.01
#: Up to this noise two crystals are told apart.
CLEAR = 0.07
#: Fewer particles do not say how far a part reaches.
FEWEST = 50


@dataclass(frozen=True)
class Sample:
    """Averaged features and classes of particles, and the noise of their configurations."""

    features: np.ndarray
    classes: np.ndarray
    noise: np.ndarray


def perfect(name: str, particles: int = PARTICLES) -> Configuration:
    """A crystal of whole cells in a box close to a cube or square, its shortest distance 1."""
    made = _perfect(name, particles)
    return replace(made, positions=made.positions.copy(), box=made.box.copy())


@cache
def _perfect(name: str, particles: int) -> Configuration:
    cell = crystal(name, 1, 1.0)
    dims = cell.dimensions
    edge = (particles / cell.n_particles) ** (1 / dims) * cell.volume ** (1 / dims)
    repeats = tuple(int(max(1, np.ceil(edge / length - 0.3))) for length in cell.box[:dims])
    whole = crystal(name, repeats, 1.0)
    shortest = nearest(cell, 1).distances.min()
    return crystal(name, repeats, float(whole.number_density * shortest**dims))


@cache
def _repeated(name: str) -> int:
    """Particles of the orthogonal cell that `perfect` repeats."""
    return crystal(name, 1, 1.0).n_particles


def distorted(name: str, particles: int, rng: np.random.Generator) -> Configuration:
    """A crystal without noise whose free parameters are not those of its prototype.

    In half of the cases each: free coordinates, which move particles by up to `LARGEST_SHIFT`; a
    basis that breaks the symmetry, by 1 % of the shortest distance; c/a where `AXES` has it.
    """
    configuration = perfect(name, particles)
    modes = free_displacements(prototype(name))
    shifts = np.zeros(modes.shape[1:])
    if len(modes) and rng.random() < 0.5:
        moved = np.tensordot(rng.normal(size=len(modes)), modes, 1)
        shifts = moved * rng.uniform(0.0, LARGEST_SHIFT) / np.linalg.norm(moved, axis=1).max()
    n = _repeated(name)
    shifts = np.tile(shifts, (n // len(shifts), 1))
    if n > 2 and rng.random() < 0.5:
        shifts = shifts + rng.normal(0.0, 0.01, (n, 3))
    configuration.positions += np.tile(shifts, (configuration.n_particles // n, 1))
    if name in AXES and rng.random() < 0.5:
        stretch = rng.uniform(*AXES[name]) / prototype(name).axes[1]
        configuration = strained(configuration, np.diag([0.0, 0.0, stretch - 1.0]))
    return configuration


def disordered(
    name: str, noise: float, rng: np.random.Generator, particles: int = PARTICLES
) -> Configuration:
    """A distorted crystal with noise and, each in half of the cases, strain and vacancies.

    Vacancies are up to 2 %.
    """
    configuration = distorted(name, particles, rng)
    if rng.random() < 0.5:
        configuration = deformed(configuration, random_strain(LARGEST_STRAIN, rng))
    if rng.random() < 0.5:
        configuration = with_vacancies(configuration, rng.uniform(0.0, 0.02), rng)
    return with_noise(configuration, noise, rng)


def cold(name: str, noise: float, rng: np.random.Generator) -> Configuration:
    """A strained crystal, in one case of ten with vacancies.

    Half the noise is that of a harmonic crystal, from one in which particles move alone to one
    whose rows slide.
    """
    configuration = distorted(name, COLD_PARTICLES, rng)
    configuration = deformed(configuration, random_strain(LARGEST_STRAIN, rng))
    if rng.random() < 0.1:
        configuration = with_vacancies(configuration, 0.02, rng)
    if noise == 0.0 or rng.random() < 0.5:
        return with_noise(configuration, noise, rng)
    across = float(np.exp(rng.uniform(*np.log(ACROSS))))
    return harmonic_crystal(configuration, noise, rng, across, rng.uniform(*DECAY))


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
    """Features of fresh crystals, from perfect to hot and cold but strained, and of the fluids.

    Parameters
    ----------
    names : sequence of str
        Crystals: classes 1, 2, ...; the fluid is class 0.
    fluids : iterable of Configuration
    rng : numpy.random.Generator
    each : int
        Configurations of every crystal from perfect to hot, one more of it perfect; and
        proportionally more that are cold: a third without noise, a third up to `LARGEST_COLD` / 3
        and a third up to `LARGEST_COLD`.
    """

    def drawn() -> Iterator[tuple[Configuration, int, float]]:
        for index, name in enumerate(names, start=1):
            yield perfect(name), index, 0.0
            for noise in LARGEST_NOISE * np.linspace(0.0, 1.0, each):
                yield disordered(name, noise, rng), index, noise
            for number in range(COLD_EACH * each // CRYSTALS_EACH):
                noise = (0.0, LARGEST_COLD / 3, LARGEST_COLD)[number % 3] * rng.random()
                yield cold(name, noise, rng), index, noise

    crystals = sampled(drawn(), rng)
    others = sampled(((fluid, 0, np.nan) for fluid in fluids), rng, 2 * SAMPLE)
    return Sample(
        np.concatenate([others.features, crystals.features]),
        np.concatenate([others.classes, crystals.classes]),
        np.concatenate([others.noise, crystals.noise]),
    )


def sampled(
    configurations: Iterable[tuple[Configuration, int, float]],
    rng: np.random.Generator,
    most: int = SAMPLE,
) -> Sample:
    """Features of at most so many particles of configurations, each with its class and noise."""
    features, classes, noises = [], [], []
    for configuration, index, noise in configurations:
        rows = averaged_features(configuration)
        rows = rows[rng.permutation(len(rows))[:most]].astype(np.float32)
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

    centre, scale, x = standardised(data)
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
    network = assembled(x, centre, scale, fitted.coefs_, fitted.intercepts_, (FLUID, *names))
    return with_novelty(with_prior(calibrated(network, held)), data, held, seed)


def standardised(data: Sample) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean and spread of the features, and these less the one over the other."""
    # In double precision: a float32 sum over so many rows is not exact.
    centre = data.features.mean(axis=0, dtype=np.float64)
    scale = data.features.std(axis=0, dtype=np.float64) + 1e-6
    return centre, scale, ((data.features - centre) / scale).astype(np.float32)


def assembled(
    x: np.ndarray,
    centre: np.ndarray,
    scale: np.ndarray,
    weights: Sequence[np.ndarray],
    biases: Sequence[np.ndarray],
    classes: Sequence[str],
) -> Network:
    """A network of layers that were trained on standardised features, without Gaussians.

    Parameters
    ----------
    x, centre, scale : ndarray
        As `standardised` gives them.
    weights, biases : sequence of ndarray
        Of the three layers.
    classes : sequence of str
    """
    axes = np.linalg.eigh(np.cov(x.T, dtype=np.float64))[1][:, ::-1][:, :REDUCED]
    projection = np.concatenate([weights[0], axes], axis=1) / scale[:, None]
    shift = np.concatenate([biases[0], np.zeros(REDUCED)])
    shape = (len(classes), 0)
    return Network(
        classes=np.array(classes),
        projection=projection.astype(np.float32),
        bias=(shift - centre @ projection).astype(np.float32),
        hidden=weights[1].astype(np.float32),
        hidden_bias=biases[1].astype(np.float32),
        output=weights[2].astype(np.float32),
        output_bias=biases[2].astype(np.float32),
        temperature=np.array(1.0),
        means=np.zeros((*shape, REDUCED), dtype=np.float32),
        factors=np.zeros((*shape, REDUCED, REDUCED), dtype=np.float32),
        reach=np.zeros(shape),
        sure=np.zeros(shape, dtype=bool),
    )


def calibrated(network: Network, held: Sample) -> Network:
    """The network at the temperature that suits configurations that were not trained on."""
    temperature = _temperature(network.logits(network.project(held.features)), held.classes)
    return replace(network, temperature=np.array(temperature))


def with_novelty(network: Network, data: Sample, held: Sample, seed: int) -> Network:
    """The network with Gaussians of every class, fitted on one sample, their reach on another."""
    reduced = network.project(data.features)[:, len(network.hidden) :]
    means, factors = _mixtures(reduced, data.classes, len(network.classes), seed, PARTS)
    shape = means.shape[:2]
    network = replace(
        network,
        means=means.astype(np.float32),
        factors=factors.astype(np.float32),
        reach=np.ones(shape),
        sure=np.zeros(shape, dtype=bool),
    )
    return replace(network, reach=_reach_of_parts(network, held))


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


def _reach_of_parts(network: Network, held: Sample) -> np.ndarray:
    """The same of each part by itself: cold particles are far from Gaussians that are narrow.

    A part reaches most of the particles that are nearest to it; if most of its class or, however
    strained, a cold one is farther, up to this where no fluid and no other crystal is, unless it is
    too hot to be told.
    """
    projected, classes = network.project(held.features), held.classes
    clear, cold = ~(held.noise > CLEAR), held.noise <= LARGEST_COLD
    reach = _reach(network, projected, classes)
    for k in range(1, len(network.classes)):
        own = _to_parts(network, projected[classes == k], k)
        others = _to_parts(network, projected[(classes != k) & clear], k)
        nearest_part, away = own.argmin(axis=1), own.min(axis=1)
        farthest = max(np.quantile(away, 1.0 - REJECTED), away[cold[classes == k]].max(initial=0.0))
        for part in range(reach.shape[1]):
            near = away[nearest_part == part]
            far = np.quantile(near, 1.0 - REJECTED) if len(near) >= FEWEST else 0.0
            reach[k, part] = max(far, min(farthest, others[:, part].min()))
    return reach


def _to_parts(network: Network, projected: np.ndarray, k: int) -> np.ndarray:
    """Squared Mahalanobis distances to every part of a class, shape (N, n_parts)."""
    reduced = projected[:, len(network.hidden) :]
    away = [
        (reduced - mean) @ factor
        for mean, factor in zip(network.means[k], network.factors[k], strict=True)
    ]
    return np.stack([np.einsum("ni,ni->n", each, each) for each in away], axis=1)


def _mixtures(
    reduced: np.ndarray, classes: np.ndarray, n_classes: int, seed: int, parts: int
) -> tuple[np.ndarray, np.ndarray]:
    """Means and whitening factors of the Gaussians of every class."""
    from sklearn.mixture import GaussianMixture

    means, factors, rng = [], [], np.random.default_rng(seed)
    for k in range(n_classes):
        members = np.flatnonzero(classes == k)
        if len(members) > MIXED:
            members = rng.permutation(members)[:MIXED]
        mixture = GaussianMixture(parts, reg_covar=NARROWEST**2, random_state=seed, max_iter=30)
        mixture.fit(reduced[members])
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

"""Families of descriptors side by side: accuracy on 20 crystals and fluids, speed, needs.

    python -m benchmarks.descriptor_families [--seeds 3] [--particles 160] [--keep FOLDER]

Every family describes the same particles of the same configurations (20 crystals, six
configurations of each, noise up to 16 %, strain, vacancies; ten fluids), and the same small network
reads it; tested on the same others: another seed, and cells of other lattice
vectors. Noise in units of the shortest distance; in brackets the worst crystal; ± is the standard
error over seeds, each with its own training and test. Families as they come (the judge, the learned
descriptor of this code) are not trained on these. Speed is that of one core, features and
prediction. SOAP needs DScribe, template matching OVITO, networks torch. The autoencoder has seen no
labels: a mixture of Gaussians on its code, each named by what most of its particles are.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import time
import tracemalloc
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from analysis.configuration import Configuration
from analysis.descriptors.bispectrum import Bispectrum
from analysis.descriptors.bond_angles import BondAngles
from analysis.descriptors.descriptor import Descriptor
from analysis.descriptors.nested_shells import average
from analysis.descriptors.pair_basis import clouds
from analysis.descriptors.soap import Soap
from analysis.descriptors.sorted_distances import SortedDistances
from analysis.descriptors.spherical_neighbourhoods import SphericalNeighbourhoods
from analysis.descriptors.steinhardt import averaged_harmonics, cubic, quadratic
from analysis.descriptors.symmetry_functions import SymmetryFunctions
from analysis.labelling.three_dimensional import FLUID, classify, network
from analysis.labelling.train_three_dimensional import averaged_features, disordered
from analysis.learning.learned import MODEL_FILES, Learned, averaged_pairs
from analysis.neighbourhoods import nearest
from analysis.prototypes import names
from analysis.prototypes.defects import deformed, random_strain, with_noise
from benchmarks.label_accuracy_3d import oblique, template_matching
from operations.training.reference_fluids import TESTING, simulate
from operations.training.reference_runs import kept
from operations.training.train_labels import fluids

CRYSTALS = names(3, 1)
CLASSES = (FLUID, *CRYSTALS)
NOISE = (0.04, 0.08, 0.12, 0.16)
#: Crystals in no list, whose types are not looked at.
UNSEEN = ("NiAs", "AlB2", "CaCu5", "CaF2", "MgZn2", "NaZn13")
#: Of the descriptors with a length, in shortest distances: two shells of fcc.
R_CUT = 1.8
#: Particles of each configuration that are learnt from.
SAMPLE = 50

#: An index into CLASSES of every particle; -1 is none of them.
PerParticle = Callable[[Configuration], np.ndarray]
Examples = list[tuple[Configuration, int]]


def examples(rng: np.random.Generator, keep: Path | None) -> Examples:
    """Configurations to train on, and the class of each."""
    found = [
        (disordered(name, noise, rng, 125), CLASSES.index(name))
        for name in CRYSTALS
        for noise in np.linspace(0.0, 0.16, 6)
    ]
    return found + [(fluid, 0) for fluid in fluids(keep)[0][::4]]


def tests(particles: int, rng: np.random.Generator) -> dict[str, list[tuple[Configuration, int]]]:
    """Configurations to test on, by task."""
    found = {}
    for level in NOISE:
        found[f"{level:.0%}"] = [
            (with_noise(oblique(name, particles, rng), level, rng), CLASSES.index(name))
            for name in CRYSTALS
        ]
    found["strain"] = [
        (with_noise(deformed(c, random_strain(0.05, rng)), 0.04, rng), CLASSES.index(name))
        for name in CRYSTALS
        for c in (oblique(name, particles, rng),)
    ]
    unseen = [oblique(name, particles, rng) for name in UNSEEN]
    found["unseen"] = [(with_noise(c, 0.04, rng), -1) for c in unseen]
    return found


def averaged_steinhardt(configuration: Configuration) -> np.ndarray:
    """Averaged q_l, l = 1 to 8, and w_l of even l, of twelve neighbours."""
    neighbours = nearest(configuration, 12).neighbour_list()
    harmonics = averaged_harmonics(configuration, neighbours, range(1, 9))
    return np.concatenate([quadratic(harmonics), cubic(harmonics[1::2])], axis=1)


def repeated(features: Callable[[Configuration], np.ndarray]) -> Callable[..., np.ndarray]:
    """The same where a box may be narrower than a neighbourhood: of several of them."""

    def described(configuration: Configuration) -> np.ndarray:
        if configuration.widths.min() > 4.5:
            return features(configuration)
        return features(configuration.replicate((2, 2, 2)))[: configuration.n_particles]

    return described


def averaged(features: Callable[[Configuration], np.ndarray]) -> Callable[..., np.ndarray]:
    """The same averaged twice over the neighbours, as pairs are."""

    def described(configuration: Configuration) -> np.ndarray:
        around = clouds(configuration)
        values = features(configuration).astype(np.float32)
        for _ in range(2):
            values = average(values, around.indices, around.weights)
        return values

    return described


def of(*descriptors: Descriptor) -> Callable[[Configuration], np.ndarray]:
    """Features of descriptors, side by side."""
    return lambda c: np.concatenate([each.compute(c).features for each in descriptors], axis=1)


def fitted(
    features: Callable[[Configuration], np.ndarray], machine: Any, data: Examples, seed: int
) -> PerParticle:
    """A machine of scikit-learn on these features."""
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    rows, classes = [], []
    for configuration, index, chosen in sampled(data, seed):
        rows.append(features(configuration)[chosen])
        classes.append(np.full(len(chosen), index))
    pipeline = make_pipeline(StandardScaler(), machine)
    pipeline.fit(np.concatenate(rows).astype(np.float32), np.concatenate(classes))
    return lambda c: pipeline.predict(features(c).astype(np.float32))


def as_it_comes(
    probabilities: Callable[[Configuration], np.ndarray],
    known: list[str],
    classes: tuple[str, ...] = CLASSES,
) -> PerParticle:
    """A model file; its last class is none of those it knows."""
    index = np.full(len(known) + 1, -1)
    for number, name in enumerate(classes):
        index[known.index(name)] = number
    return lambda configuration: index[probabilities(configuration).argmax(axis=1)]


def template(configuration: Configuration) -> np.ndarray:
    """Polyhedral template matching; what it does not find is taken for a fluid."""
    found = np.zeros(configuration.n_particles, dtype=int)
    for name in ("fcc", "hcp", "bcc", "sc", "diamond", "lonsdaleite"):
        found[template_matching(configuration, name)] = CLASSES.index(name)
    return found


def families(data: Examples, seed: int) -> dict[str, Callable[[], PerParticle]]:
    """Every family, to be trained when it is called."""
    judge, learned = network(), Learned.load(MODEL_FILES[3])
    known, own = (list(map(str, each.classes)) for each in (judge, learned.network))
    found: dict[str, Callable[[], PerParticle]] = {
        "judge": lambda: as_it_comes(lambda c: classify(c, judge)[0], known),
        "learned": lambda: as_it_comes(learned.classify, own),
        "denoised, judge": lambda: as_it_comes(
            lambda c: classify(learned.denoise(c), judge)[0], known
        ),
    }
    described: dict[str, Callable[[Configuration], np.ndarray]] = {
        "nested shells": averaged_features,
        "pairs, averaged": lambda c: averaged_pairs(clouds(c)),
        "pairs alone": lambda c: clouds(c).features[:, :-20],
        "averaged q_l, w_l": repeated(averaged_steinhardt),
        "symmetry functions": of(SymmetryFunctions(R_CUT)),
        "symmetry functions, averaged": averaged(of(SymmetryFunctions(R_CUT))),
        "harmonics, own frame": repeated(of(SphericalNeighbourhoods())),
        "bispectrum": repeated(of(Bispectrum())),
        "bispectrum, averaged": averaged(repeated(of(Bispectrum()))),
    }
    if importlib.util.find_spec("dscribe"):
        described["SOAP"] = of(Soap(R_CUT))
    found |= trained_on(described, data, seed)
    if importlib.util.find_spec("torch"):
        found |= networks(data, seed)
    if importlib.util.find_spec("ovito"):
        found["template matching"] = lambda: template
    return found


def trained_on(
    described: dict[str, Callable[[Configuration], np.ndarray]], data: Examples, seed: int
) -> dict[str, Callable[[], PerParticle]]:
    """Features read by the network, and sorted distances and angles by a random forest."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.neural_network import MLPClassifier

    found: dict[str, Callable[[], PerParticle]] = {}
    for title, features in described.items():
        small = MLPClassifier((64, 48), batch_size=256, max_iter=25, random_state=seed)
        found[title] = partial(fitted, features, small, data, seed)
    forest = RandomForestClassifier(60, min_samples_leaf=2, random_state=seed)
    simple = of(SortedDistances(18), BondAngles(12))
    return found | {"distances, angles": partial(fitted, simple, forest, data, seed)}


def sampled(data: Examples, seed: int) -> list[tuple[Configuration, int, np.ndarray]]:
    """The configurations, their classes, and the particles that are learnt from."""
    rng = np.random.default_rng(seed)
    return [
        (c, index, rng.permutation(c.n_particles)[: SAMPLE * (1 + (index == 0))])
        for c, index in data
    ]


def networks(
    data: Examples, seed: int, classes: tuple[str, ...] = CLASSES
) -> dict[str, Callable[[], PerParticle]]:
    """Networks on the neighbours themselves."""
    from analysis.learning.networks.model import FAMILIES
    from analysis.learning.networks.training import train_network
    from analysis.learning.train_learned import Example

    def trained(family: str) -> PerParticle:
        examples = []
        for configuration, index, rows in sampled(data, seed):
            inside = np.isin(np.arange(configuration.n_particles), rows)
            examples.append(Example(configuration, classes[index], inside=inside))
        model = train_network(family, examples, seed)
        return as_it_comes(model.probabilities, list(model.classes), classes)

    found = {name.replace("_", " "): partial(trained, name) for name in FAMILIES}
    return found | {"autoencoder, mixture": partial(without_labels, data, seed)}


def without_labels(data: Examples, seed: int) -> PerParticle:
    """The autoencoder of positions, and twice as many Gaussians as there are classes."""
    from sklearn.mixture import GaussianMixture

    from analysis.learning.networks.graphs import graph
    from analysis.learning.networks.position_autoencoder import position_autoencoder

    chosen = sampled(data, seed)
    graphs = [graph(configuration).of(rows) for configuration, _, rows in chosen]
    kinds = np.concatenate([np.full(len(rows), index) for _, index, rows in chosen])
    code = position_autoencoder(graphs, seed=seed)
    n = len(np.unique(kinds))
    mixture = GaussianMixture(2 * n, random_state=seed, reg_covar=1e-6)
    clusters = mixture.fit_predict(np.concatenate([code.transform(each) for each in graphs]))
    most = np.array([np.bincount(kinds[clusters == k], minlength=1).argmax() for k in range(2 * n)])
    return lambda c: most[mixture.predict(code.transform(graph(c)))]


def measured(predict: PerParticle, tasks: dict[str, Examples]) -> dict[str, float]:
    """Part of the particles that is right in every task, the worst crystal, and the speed."""
    found, seconds, n = {}, 0.0, 0
    for task, configurations in tasks.items():
        right = []
        for configuration, index in configurations:
            start = time.process_time()
            classes = predict(configuration)
            seconds, n = seconds + time.process_time() - start, n + len(classes)
            right.append(float((classes == index).mean()))
        found[task] = float(np.mean(right))
        found[f"{task} worst"] = min(right)
    return found | {"speed": n / seconds, "memory": memory(predict, configurations[0][0])}


def memory(predict: PerParticle, configuration: Configuration) -> float:
    """Kilobytes a particle that numpy holds at most; what C++ holds besides is not seen."""
    tracemalloc.start()
    predict(configuration)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / configuration.n_particles / 1e3


def main() -> None:
    """Print one row a family."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--particles", type=int, default=160)
    parser.add_argument("--keep", type=Path, help="folder of the fluids, used again if there")
    parser.add_argument("--only", nargs="+", help="families, by their titles")
    told = parser.parse_args()
    warnings.simplefilter("ignore")
    rows: dict[str, list[dict[str, float]]] = {}
    for seed in range(told.seeds):
        rng = np.random.default_rng([seed, 77])
        tasks = tests(told.particles, rng)
        melts = TESTING[1:12:3]
        tasks["fluids"] = [
            (kept(told.keep, simulate, fluid, 400, 1200, 900 + seed, 1)[0], 0) for fluid in melts
        ]
        for title, trained in families(examples(rng, told.keep), seed).items():
            if told.only and title not in told.only:
                continue
            begin = time.process_time()
            predict = trained()
            seconds = time.process_time() - begin
            predict(tasks["fluids"][0][0])  # compilation
            found = measured(predict, tasks) | {"training": seconds}
            rows.setdefault(title, []).append(found)
            print(seed, title, {k: round(v, 3) for k, v in found.items()}, file=sys.stderr)
    write(rows, [*(f"{level:.0%}" for level in NOISE), "strain", "fluids", "unseen"])


def write(rows: dict[str, list[dict[str, float]]], titles: list[str]) -> None:
    """Print one row a family: means over seeds, their errors, and the worst crystal."""
    print(f"| family | {' | '.join(titles)} | particles/s | kB a particle |")
    print("|---" * (len(titles) + 3) + "|")
    for title, found in rows.items():
        cells = []
        for task in titles:
            values = [each[task] for each in found]
            error = np.std(values, ddof=1) / np.sqrt(len(values)) if len(values) > 1 else 0.0
            cells.append(f"{np.mean(values):.3f} ± {error:.3f}")
            if task not in ("fluids", "unseen"):
                cells[-1] += f" ({min(each[f'{task} worst'] for each in found):.2f})"
        speed, held = (np.median([each[key] for each in found]) for key in ("speed", "memory"))
        print(f"| {title} | {' | '.join(cells)} | {speed:.0f} | {held:.1f} |", flush=True)


if __name__ == "__main__":
    main()

"""Families of descriptors side by side: accuracy on crystals and fluids, speed, needs.

    python -m benchmarks.descriptor_families [space plane alloys phases glass] [--seeds 3]
        [--keep FOLDER]

Every family describes the same particles of the same configurations (20 crystals, six
configurations of each, noise up to 16 %, strain, vacancies; ten fluids), and the same small network
reads it; tested on the same others: another seed, and cells of other lattice vectors. Noise in
units of the shortest distance; in brackets the worst crystal; ± is the standard error over seeds,
each with its own training and test. `melting`: fcc that is heated until it melts
(`unsupervised_melting`), in every frame but the two where its density falls most. Families as they
come (the judge, the learned descriptor of this code) are not trained on these. Speed is that of one
core, features and prediction. SOAP needs DScribe, template matching OVITO, networks torch. The
autoencoder has seen no labels: a mixture of Gaussians on its code, each named by what most of its
particles are. For `plane`, `alloys` and `phases` see `descriptor_families_elsewhere`, for `glass`
`descriptor_glass`.
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
from typing import TYPE_CHECKING, Any

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
from benchmarks.unsupervised_melting import heated
from operations.training.reference_fluids import TESTING, TRAINING, simulate
from operations.training.reference_runs import kept
from operations.training.train_labels import PARTICLES, SEED, STEPS

if TYPE_CHECKING:
    from analysis.learning.networks.model import TrainedNetwork

CRYSTALS = names(3, 1)
CLASSES = (FLUID, *CRYSTALS)
COSTS = ("particles/s", "kB a particle", "training (s)")
WHERE = ("space", "plane", "alloys", "phases", "glass")
NOISE = (0.04, 0.08, 0.12, 0.16)
#: Crystals in no list, whose types are not looked at.
UNSEEN = ("NiAs", "AlB2", "CaCu5", "CaF2", "MgZn2", "NaZn13")
#: Of the descriptors with a length, in shortest distances: two shells of fcc.
R_CUT = 1.8
#: Particles of each configuration that are learnt from.
SAMPLE = 50

#: An index into CLASSES of every particle; -1 is none of them. Examples have one or as many.
PerParticle = Callable[[Configuration], np.ndarray]
Examples = list[tuple[Configuration, Any]]
Features = Callable[[Configuration], np.ndarray]
#: The family that a random forest reads.
FOREST = "distances, angles"


def examples(rng: np.random.Generator, keep: Path | None) -> Examples:
    """Configurations to train on, and the class of each."""
    found = [
        (disordered(name, noise, rng, 125), CLASSES.index(name))
        for name in CRYSTALS
        for noise in np.linspace(0.0, 0.16, 6)
    ]
    melts = list(enumerate(TRAINING))[::4]
    return found + [
        (kept(keep, simulate, fluid, PARTICLES, STEPS, SEED + number, 2)[0], 0)
        for number, fluid in melts
    ]


def tests(particles: int, rng: np.random.Generator) -> dict[str, Examples]:
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


def melting(seed: int, keep: Path | None) -> Examples:
    """Frames of a crystal that is heated, before and behind the largest change of its density."""
    frames = kept(keep, heated, 500, 30_000, seed + 1)
    jump = int(np.abs(np.diff([frame.number_density for frame in frames])).argmax())
    before = [(frame, CLASSES.index("fcc")) for frame in frames[:jump]]
    return before + [(frame, 0) for frame in frames[jump + 2 :]]


def averaged_steinhardt(configuration: Configuration) -> np.ndarray:
    """Averaged q_l, l = 1 to 8, and w_l of even l, of twelve neighbours."""
    neighbours = nearest(configuration, 12).neighbour_list()
    harmonics = averaged_harmonics(configuration, neighbours, range(1, 9))
    return np.concatenate([quadratic(harmonics), cubic(harmonics[1::2])], axis=1)


def repeated(features: Features) -> Features:
    """The same where a box may be narrower than a neighbourhood: of several of them."""

    def described(configuration: Configuration) -> np.ndarray:
        if configuration.widths.min() > 4.5:
            return features(configuration)
        return features(configuration.replicate((2, 2, 2)))[: configuration.n_particles]

    return described


def averaged(features: Features) -> Features:
    """The same averaged twice over the neighbours, as pairs are."""

    def described(configuration: Configuration) -> np.ndarray:
        around = clouds(configuration)
        values = features(configuration).astype(np.float32)
        for _ in range(2):
            values = average(values, around.indices, around.weights)
        return values

    return described


def of(*descriptors: Descriptor) -> Features:
    """Features of descriptors, side by side."""
    return lambda c: np.concatenate([each.compute(c).features for each in descriptors], axis=1)


def fitted(features: Features, machine: Any, data: Examples, seed: int) -> PerParticle:
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
    probabilities: Features,
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
    found |= trained_on(descriptions(), data, seed)
    if importlib.util.find_spec("torch"):
        found |= networks(data, seed)
    if importlib.util.find_spec("ovito"):
        found["template matching"] = lambda: template
    return found


def descriptions(types: int = 1, r_cut: float = R_CUT) -> dict[str, Features]:
    """Features of every particle, by the titles of their families."""
    found: dict[str, Features] = {
        "nested shells": averaged_features,
        "pairs, averaged": lambda c: averaged_pairs(clouds(c)),
        "pairs alone": lambda c: clouds(c).features[:, :-20],
        "averaged q_l, w_l": repeated(averaged_steinhardt),
        "symmetry functions": of(SymmetryFunctions(r_cut)),
        "symmetry functions, averaged": averaged(of(SymmetryFunctions(r_cut))),
        "harmonics, own frame": repeated(of(SphericalNeighbourhoods())),
        "bispectrum": repeated(of(Bispectrum())),
        "bispectrum, averaged": averaged(repeated(of(Bispectrum()))),
    }
    if importlib.util.find_spec("dscribe"):
        found["SOAP"] = repeated(of(Soap(r_cut, types=types)))
    return found | {FOREST: of(SortedDistances(18), BondAngles(12))}


def trained_on(
    described: dict[str, Features], data: Examples, seed: int
) -> dict[str, Callable[[], PerParticle]]:
    """Features read by the network, and sorted distances and angles by a random forest."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.neural_network import MLPClassifier

    found: dict[str, Callable[[], PerParticle]] = {}
    for title, features in described.items():
        machine: Any = MLPClassifier((64, 48), batch_size=256, max_iter=25, random_state=seed)
        if title == FOREST:
            machine = RandomForestClassifier(60, min_samples_leaf=2, random_state=seed)
        found[title] = partial(fitted, features, machine, data, seed)
    return found


def sampled(data: Examples, seed: int) -> list[tuple[Configuration, int, np.ndarray]]:
    """The configurations, their classes, and the particles that are learnt from."""
    rng = np.random.default_rng(seed)
    return [
        (c, index, rng.permutation(c.n_particles)[: SAMPLE * (1 + (index == 0))])
        for c, index in data
    ]


def trained_network(
    family: str,
    data: Examples,
    seed: int,
    classes: tuple[str, ...] = CLASSES,
    part: float = 1.0,
) -> TrainedNetwork:
    """A network on the neighbours themselves, trained on the sampled particles in a part of its
    steps."""
    from analysis.learning.networks.model import FAMILIES
    from analysis.learning.networks.training import train_network
    from analysis.learning.train_learned import Example

    examples = []
    for configuration, index, rows in sampled(data, seed):
        inside = np.isin(np.arange(configuration.n_particles), rows)
        examples.append(Example(configuration, classes[index], inside=inside))
    return train_network(family, examples, seed, round(part * FAMILIES[family].steps))


def networks(
    data: Examples, seed: int, classes: tuple[str, ...] = CLASSES, part: float = 1.0
) -> dict[str, Callable[[], PerParticle]]:
    """Networks on the neighbours themselves."""
    from analysis.learning.networks.model import FAMILIES

    def trained(family: str) -> PerParticle:
        model = trained_network(family, data, seed, classes, part)
        return as_it_comes(model.probabilities, list(model.classes), classes)

    found: dict[str, Callable[[], PerParticle]] = {
        name.replace("_", " "): partial(trained, name) for name in FAMILIES
    }
    return found | {"autoencoder, mixture": partial(without_labels, data, seed)}


def without_labels(data: Examples, seed: int) -> PerParticle:
    """The autoencoder of positions, and twice as many Gaussians as there are classes."""
    from sklearn.mixture import GaussianMixture

    from analysis.learning.networks.graphs import graph
    from analysis.learning.networks.position_autoencoder import position_autoencoder

    chosen = sampled(data, seed)
    graphs = [graph(configuration) for configuration, _, _ in chosen]
    rows = [rows for _, _, rows in chosen]
    code = position_autoencoder([g.of(r) for g, r in zip(graphs, rows, strict=True)], seed=seed)
    coded = [code.transform(g)[r] for g, r in zip(graphs, rows, strict=True)]
    kinds = np.concatenate([np.full(len(r), index) for _, index, r in chosen])
    n = 2 * len(np.unique(kinds))
    mixture = GaussianMixture(n, random_state=seed, reg_covar=1e-6)
    clusters = mixture.fit_predict(np.concatenate(coded))
    most = np.array([np.bincount(kinds[clusters == k], minlength=1).argmax() for k in range(n)])
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
    return found | {
        "particles/s": n / seconds,
        "kB a particle": memory(predict, configurations[0][0]),
    }


def memory(predict: PerParticle, configuration: Configuration) -> float:
    """Kilobytes a particle that numpy holds at most; what C++ holds besides is not seen."""
    tracemalloc.start()
    predict(configuration)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / configuration.n_particles / 1e3


def space(
    particles: int, seed: int, keep: Path | None
) -> tuple[dict[str, Callable[[], PerParticle]], dict[str, Examples]]:
    """Families to be trained, and what they are tested on."""
    rng = np.random.default_rng([seed, 77])
    tasks = tests(particles, rng)
    tasks["fluids"] = [
        (kept(keep, simulate, fluid, 400, 1200, 900 + seed, 1)[0], 0) for fluid in TESTING[1:12:3]
    ]
    return families(examples(rng, keep), seed), tasks | {"melting": melting(seed, keep)}


def drawn(where: str, particles: int, seed: int, keep: Path | None) -> tuple[dict, dict]:
    """Families to be trained, by their titles, and what they are tested on, by task."""
    from benchmarks.descriptor_families_elsewhere import elsewhere
    from benchmarks.descriptor_glass import glass

    if where == "space":
        return space(particles, seed, keep)
    return glass(seed, keep) if where == "glass" else elsewhere(where, particles, seed, keep)


def main() -> None:
    """Print a table for each place: one row a family."""
    from benchmarks.descriptor_glass import correlations

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("where", nargs="*", help=f"of {', '.join(WHERE)}; all unless told")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--particles", type=int, default=160)
    parser.add_argument("--keep", type=Path, help="folder of simulations, used again if there")
    parser.add_argument("--only", nargs="+", help="families, by their titles")
    told = parser.parse_args()
    if unknown := set(told.where) - set(WHERE):
        parser.error(f"{', '.join(unknown)}: expected some of {', '.join(WHERE)}")
    warnings.simplefilter("ignore")
    for where in told.where or WHERE:
        rows: dict[str, list[dict[str, float]]] = {}
        for seed in range(told.seeds):
            found, tasks = drawn(where, told.particles, seed, told.keep)
            for title, trained in found.items():
                if told.only and title not in told.only:
                    continue
                begin = time.process_time()
                predict = trained()
                row = {"training (s)": time.process_time() - begin}
                if where == "glass":
                    row |= correlations(predict, tasks)
                else:
                    predict(next(iter(tasks.values()))[0][0])  # compilation
                    row |= measured(predict, tasks)
                rows.setdefault(title, []).append(row)
                rounded = {key: round(value, 3) for key, value in row.items()}
                print(where, seed, title, rounded, file=sys.stderr, flush=True)
        print(f"\n{where}\n")
        write(rows, list(tasks))


def write(rows: dict[str, list[dict[str, float]]], titles: list[str]) -> None:
    """Print one row a family: means over seeds, their errors, and the worst configuration."""
    print(f"| family | {' | '.join(titles)} | {' | '.join(COSTS)} |")
    print("|---" * (len(titles) + len(COSTS) + 1) + "|")
    for title, found in rows.items():
        cells = []
        for task in titles:
            values = [each[task] for each in found]
            error = np.std(values, ddof=1) / np.sqrt(len(values)) if len(values) > 1 else 0.0
            cells.append(f"{np.mean(values):.3f}" + (f" ± {error:.3f}" if error >= 5e-4 else ""))
            if task == "unseen" and not any(values):  # a family that has no `unknown`
                cells[-1] = "–"
            if task.endswith("%") or task == "strain":
                cells[-1] += f" ({min(each[f'{task} worst'] for each in found):.2f})"
        for cost in COSTS:
            values = [each[cost] for each in found if cost in each]
            cells.append(f"{np.median(values):.3g}" if values else "–")
        print(f"| {title} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()

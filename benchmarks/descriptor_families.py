"""Families of descriptors side by side: accuracy on crystals and fluids, speed, needs.

    python -m benchmarks.descriptor_families [space plane alloys phases] [glass] [--seeds 3]
        [--keep FOLDER]

Every family describes the same particles of the same configurations (20 crystals, six
configurations of each, noise up to 16 %, strain, vacancies; ten fluids), and the same small network
reads it; tested on the same others: another seed, and cells of other lattice vectors. Noise in
units of the shortest distance; in brackets the worst crystal; ± is the standard error over seeds,
each with its own training and test. `melting`: fcc that is heated until it melts
(`unsupervised_melting`), in every frame but the two where its density falls most. Families as they
come (the judge, the learned descriptor of this code) are not trained on these. Template matching is
asked for the six crystals that it knows. Speed is that of one core, features and prediction, all
families of the last seed in turns. SOAP needs DScribe, template matching OVITO, networks torch. The
autoencoder has seen no labels: a mixture of Gaussians on its code, each named by what most of its
particles are. For `plane`, `alloys` and `phases` see `descriptor_families_elsewhere`, for `glass`,
which is another question and has to be asked for, `descriptor_glass`.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
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
from analysis.descriptors.template_matching import TemplateMatching
from analysis.labelling.three_dimensional import FLUID, classify, network
from analysis.labelling.train_three_dimensional import averaged_features, disordered
from analysis.learning.learned import MODEL_FILES, Learned, averaged_pairs
from analysis.neighbourhoods import nearest
from analysis.prototypes import names
from analysis.prototypes.defects import deformed, random_strain, with_noise
from benchmarks.descriptor_table import Examples, PerParticle, Row, accuracy, costs, table
from benchmarks.label_accuracy_3d import PTM, oblique
from benchmarks.unsupervised_melting import heated
from operations.training.reference_fluids import TESTING, TRAINING, simulate
from operations.training.reference_runs import kept
from operations.training.train_labels import PARTICLES, SEED, STEPS

if TYPE_CHECKING:
    from analysis.learning.networks.model import TrainedNetwork

CRYSTALS = names(3, 1)
CLASSES = (FLUID, *CRYSTALS)
WHERE = ("space", "plane", "alloys", "phases")
GLASS = "glass"
NOISE = (0.04, 0.08, 0.12, 0.16)
#: Crystals in no list, whose types are not looked at.
UNSEEN = ("NiAs", "AlB2", "CaCu5", "CaF2", "MgZn2", "NaZn13")
#: Of the descriptors with a length, in shortest distances: two shells of fcc.
R_CUT = 1.8
#: Particles of each configuration that are learnt from.
SAMPLE = 50

Features = Callable[[Configuration], np.ndarray]
#: The family that a random forest reads.
FOREST = "distances, angles"


def examples(rng: np.random.Generator, seed: int, keep: Path | None) -> Examples:
    """Configurations to train on, and the class of each."""
    found = [
        (disordered(name, noise, rng, 125), CLASSES.index(name))
        for name in CRYSTALS
        for noise in np.linspace(0.0, 0.16, 6)
    ]
    melts = list(enumerate(TRAINING))[::4]
    return found + [
        (kept(keep, simulate, fluid, PARTICLES, STEPS, SEED + 1000 * seed + number, 2)[0], 0)
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


@dataclass(frozen=True)
class Templates:
    """Polyhedral template matching; where it finds nothing it is taken to mean the first class."""

    rmsd_cutoff: float
    classes: tuple[str, ...] = CLASSES

    @property
    def known(self) -> set[int]:
        """Of the classes."""
        return {0} | {self.classes.index(name) for name in PTM if name in self.classes}

    def __call__(self, configuration: Configuration) -> np.ndarray:
        """See `PerParticle`."""
        fits = TemplateMatching(PTM, self.rmsd_cutoff).compute(configuration).features[:, :-1]
        index = [self.classes.index(name) if name in self.classes else -1 for name in PTM]
        return np.where(fits.any(axis=1), np.array(index)[fits.argmax(axis=1)], 0)


def templates(classes: tuple[str, ...] = CLASSES) -> dict[str, Callable[[], PerParticle]]:
    """Template matching, if OVITO is there: with a cut-off, and what fits best however badly."""
    if not importlib.util.find_spec("ovito"):
        return {}
    return {
        "template matching, cut-off 0.15": lambda: Templates(0.15, classes),
        "template matching, no cut-off": lambda: Templates(0.0, classes),
    }


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
    return found | templates()


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


def space(
    particles: int, seed: int, keep: Path | None
) -> tuple[dict[str, Callable[[], PerParticle]], dict[str, Examples]]:
    """Families to be trained, and what they are tested on."""
    rng = np.random.default_rng([seed, 77])
    tasks = tests(particles, rng)
    tasks["fluids"] = [
        (kept(keep, simulate, fluid, 400, 1200, 900 + seed, 1)[0], 0) for fluid in TESTING[1:12:3]
    ]
    return families(examples(rng, seed, keep), seed), tasks | {"melting": melting(seed, keep)}


def drawn(where: str, particles: int, seed: int, keep: Path | None) -> tuple[dict, dict]:
    """Families to be trained, by their titles, and what they are tested on, by task."""
    from benchmarks.descriptor_families_elsewhere import elsewhere
    from benchmarks.descriptor_glass import glass

    if where == "space":
        return space(particles, seed, keep)
    return glass(seed, keep) if where == GLASS else elsewhere(where, particles, seed, keep)


def main() -> None:
    """Print a table for each place: one row a family."""
    from benchmarks.descriptor_glass import correlations

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("where", nargs="*", help=f"of {', '.join(WHERE)} (all of these), {GLASS}")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--particles", type=int, default=160)
    parser.add_argument("--keep", type=Path, help="folder of simulations, used again if there")
    parser.add_argument("--only", nargs="+", help="families, by their titles")
    told = parser.parse_args()
    if unknown := set(told.where) - {*WHERE, GLASS}:
        parser.error(f"{', '.join(unknown)}: expected some of {', '.join(WHERE)}, {GLASS}")
    warnings.simplefilter("ignore")
    for where in told.where or WHERE:
        begin = time.process_time()
        rows: dict[str, list[Row]] = {}
        for seed in range(told.seeds):
            found, tasks = drawn(where, told.particles, seed, told.keep)
            trained: dict[str, Any] = {}
            for title in told.only or found:
                if title not in found:  # of the glass former some are for the first seed alone
                    continue
                start = time.process_time()
                trained[title] = found[title]()
                row = {"training (s)": time.process_time() - start}
                score = correlations if where == GLASS else accuracy
                row |= score(trained[title], tasks)
                rows.setdefault(title, []).append(row)
                rounded = {key: round(value, 3) for key, value in row.items()}
                print(where, seed, title, rounded, file=sys.stderr, flush=True)
        if where != GLASS:
            for title, row in costs(trained, tasks).items():
                rows[title][-1] |= row
        print(f"\n{where}: {time.process_time() - begin:.0f} s of processor time\n")
        print("\n".join(table(rows, list(tasks))), flush=True)


if __name__ == "__main__":
    main()

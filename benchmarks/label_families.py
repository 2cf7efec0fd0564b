"""Families of labelling models side by side: accuracy against noise, and speed.

    python benchmarks/label_families.py [--particles 700]

All are trained on the same particles of the same configurations (fcc, hcp, bcc, sc and diamond,
eight each, with noise up to 14 %, strain and vacancies, and four simulated fluids) and tested on
the same others: another seed, and cells of other lattice vectors; noise in units of the shortest
distance; the worst structure in brackets; a Lennard-Jones fluid that was not trained on. Speed is
that of one core, features and prediction. The default model, which knows 20 crystals and says
`unknown`, too, and the methods without training (PTM without RMSD cut-off, adaptive CNA; both
OVITO, if it is installed) are beside them. SOAP needs DScribe.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OVITO_THREAD_COUNT", "1")

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from analysis.configuration import Configuration
from analysis.descriptors.descriptor import Descriptor
from analysis.descriptors.soap import Soap
from analysis.descriptors.spherical_neighbourhoods import SphericalNeighbourhoods
from analysis.descriptors.steinhardt import averaged_harmonics, cubic, quadratic
from analysis.descriptors.symmetry_functions import SymmetryFunctions
from analysis.labelling.three_dimensional import FLUID, classify, network
from analysis.labelling.train_three_dimensional import disordered, sampled, train
from analysis.learning.forest import random_forest
from analysis.neighbourhoods import nearest
from analysis.prototypes.defects import with_noise
from benchmarks.label_accuracy_3d import common_neighbours, oblique, template_matching
from operations.training.reference_fluids import Fluid, simulate

CRYSTALS = ("fcc", "hcp", "bcc", "sc", "diamond")
CLASSES = (FLUID, *CRYSTALS)
NOISE = (0.0, 0.04, 0.08, 0.12)
SEED = 41
#: Of the descriptors with a length, in shortest distances: two shells of fcc.
R_CUT = 1.8
FLUIDS = tuple(
    Fluid("lennard_jones", density, kT)
    for density, kT in ((0.7, 0.9), (0.8, 1.2), (0.9, 0.8), (1.0, 1.6))
)
TEST_FLUID = Fluid("lennard_jones", 0.85, 1.0)

#: One row, or one index into CLASSES, of every particle; -1 is none of them.
Examples = list[tuple[Configuration, int, float]]
PerParticle = Callable[[Configuration], np.ndarray]


def examples(seed: int) -> Examples:
    """Configurations to train on, class and noise of each."""
    rng = np.random.default_rng(seed)
    found = [
        (disordered(name, noise, rng), CLASSES.index(name), noise)
        for name in CRYSTALS
        for noise in np.linspace(0.0, 0.14, 8)
    ]
    for number, fluid in enumerate(FLUIDS):
        found.append((next(simulate(fluid, 500, 1500, seed + number)), 0, np.nan))
    return found


def averaged_steinhardt(configuration: Configuration) -> np.ndarray:
    """Averaged q_l, l = 1 to 8, and w_l of even l, of twelve neighbours."""
    neighbours = nearest(configuration, 12).neighbour_list()
    harmonics = averaged_harmonics(configuration, neighbours, range(1, 9))
    return np.concatenate([quadratic(harmonics), cubic(harmonics[1::2])], axis=1)


def of(descriptor: Descriptor) -> PerParticle:
    """Features of a descriptor."""
    return lambda configuration: descriptor.compute(configuration).features


def fitted(
    features: Callable[[Configuration], np.ndarray], machine: Any, data: Examples
) -> PerParticle:
    """A machine of scikit-learn on these features."""
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    rng = np.random.default_rng(SEED)
    rows, classes = [], []
    for configuration, index, _ in data:
        chosen = rng.permutation(configuration.n_particles)[:250]
        rows.append(features(configuration)[chosen])
        classes.append(np.full(len(chosen), index))
    pipeline = make_pipeline(StandardScaler(), machine)
    pipeline.fit(np.concatenate(rows), np.concatenate(classes))
    return lambda configuration: pipeline.predict(features(configuration))


def default_design(data: Examples) -> PerParticle:
    """The default model's features and training, on these examples; others for its reach."""
    other = examples(SEED + 10)
    samples = [sampled(each, np.random.default_rng(SEED)) for each in (data, other)]
    model = train(*samples, CRYSTALS, SEED)
    unknown = len(CLASSES)

    def predict(configuration: Configuration) -> np.ndarray:
        found = classify(configuration, model)[0].argmax(axis=1)
        return np.where(found == unknown, -1, found)

    return predict


def default_model(configuration: Configuration) -> np.ndarray:
    """The model file, which knows more structures."""
    model = network()
    known = [*map(str, model.classes)]
    index = np.full(len(known) + 1, -1)
    for number, name in enumerate(CLASSES):
        index[known.index(name)] = number
    return index[classify(configuration, model)[0].argmax(axis=1)]


def template(
    match: Callable[[Configuration, str], np.ndarray], known: tuple[str, ...]
) -> PerParticle:
    """OVITO's methods; what they do not find is taken for a fluid."""

    def predict(configuration: Configuration) -> np.ndarray:
        found = np.zeros(configuration.n_particles, dtype=int)
        for name in known:
            found[match(configuration, name)] = CLASSES.index(name)
        return found

    return predict


def families(data: Examples) -> Iterator[tuple[str, PerParticle]]:
    """Every family, trained."""
    from sklearn.neural_network import MLPClassifier
    from sklearn.svm import LinearSVC

    def small_network() -> MLPClassifier:
        return MLPClassifier((48, 32), max_iter=60, random_state=SEED)

    symmetry = of(SymmetryFunctions(R_CUT))
    yield "default model (20 crystals, `unknown`)", default_model
    yield "the same design, these classes only", default_design(data)
    yield "network, averaged q_l and w_l", fitted(averaged_steinhardt, small_network(), data)
    yield "network, symmetry functions", fitted(symmetry, small_network(), data)
    local = of(SphericalNeighbourhoods())
    yield "network, harmonics in the own frame", fitted(local, small_network(), data)
    by_class = {
        name: [configuration for configuration, k, _ in data if k == number]
        for number, name in enumerate(CLASSES)
    }
    forest = random_forest(by_class, sample=250, seed=SEED)
    yield "random forest, distances and angles", lambda c: forest.probabilities(c).argmax(axis=1)
    yield "linear SVM, symmetry functions", fitted(symmetry, LinearSVC(dual=False), data)
    if importlib.util.find_spec("dscribe"):
        yield "linear SVM, SOAP", fitted(of(Soap(R_CUT)), LinearSVC(dual=False), data)
    if importlib.util.find_spec("ovito"):
        yield "template matching (PTM)", template(template_matching, CRYSTALS)
        yield "adaptive CNA", template(common_neighbours, CRYSTALS[:3])


def main() -> None:
    """Print one row a family."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--particles", type=int, default=700)
    particles = parser.parse_args().particles
    warnings.simplefilter("ignore")
    rng = np.random.default_rng(SEED + 100)
    tests = {
        level: [with_noise(oblique(name, particles, rng), level, rng) for name in CRYSTALS]
        for level in NOISE
    }
    fluid = next(simulate(TEST_FLUID, particles, 1500, SEED + 50))
    titles = [f"{level:.0%}" for level in NOISE]
    print(f"| family | {' | '.join(titles)} | fluid | particles/s |")
    print("|---" * (len(NOISE) + 3) + "|")
    for title, predict in families(examples(SEED)):
        predict(fluid)  # compilation
        cells, seconds, n = [], 0.0, 0
        for level in NOISE:
            right = []
            for number, configuration in enumerate(tests[level], start=1):
                start = time.process_time()
                found = predict(configuration)
                seconds, n = seconds + time.process_time() - start, n + len(found)
                right.append(float((found == number).mean()))
            cells.append(f"{np.mean(right):.3f} ({min(right):.3f})")
        liquid = float((predict(fluid) == 0).mean())
        print(f"| {title} | {' | '.join(cells)} | {liquid:.3f} | {n / seconds:.0f} |", flush=True)


if __name__ == "__main__":
    main()

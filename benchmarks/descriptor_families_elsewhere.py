"""Families of descriptors in the plane, and on crystals of two types.

    python -m benchmarks.descriptor_families_elsewhere {plane,alloys} [--seeds 3]

As `descriptor_families`, with the same network and as few examples (50 particles of
each of six configurations of every crystal, noise up to 12 %, and of fluids). `plane`: seven
crystals and fluids of soft disks; judge, learned and denoised are as they come. `alloys`: the
crystals of two types that the judge knows; what does not look at types takes CsCl for bcc, so that
features of pairs get a second set: of each particle's own type, and of what part of its neighbours
is of the other, averaged twice. SOAP (needs DScribe) tells types apart.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import warnings
from collections.abc import Callable, Iterator

import numpy as np

from analysis.configuration import Configuration
from analysis.descriptors.nested_shells import average
from analysis.descriptors.pair_basis import clouds
from analysis.descriptors.soap import Soap
from analysis.descriptors.symmetry_functions import SymmetryFunctions
from analysis.labelling import label_configuration
from analysis.labelling.binary import PARTS
from analysis.labelling.train_three_dimensional import disordered, perfect
from analysis.learning.learned import MODEL_FILES, Learned, averaged_pairs
from analysis.prototypes.defects import strained, with_noise
from benchmarks.descriptor_families import (
    R_CUT,
    Examples,
    PerParticle,
    as_it_comes,
    averaged,
    measured,
    of,
    repeated,
    trained_on,
    write,
)
from benchmarks.label_accuracy_2d import REPEATS_2D, deformations
from benchmarks.label_accuracy_3d import oblique
from operations.training.reference_fluids import Fluid, simulate

NOISE = (0.04, 0.08, 0.12)
FLUID = "fluid"
CLASSES = {"plane": (FLUID, *REPEATS_2D), "alloys": tuple(PARTS)}
#: Densities of the fluids of soft disks: trained on, and tested on.
DENSITIES = (0.4, 0.55, 0.7), (0.5, 0.65)


def disks(density: float, seed: int) -> Iterator[Configuration]:
    """A fluid of soft disks (WCA at kT 1)."""
    yield from simulate(Fluid("wca", density, 1.0), 200, 4000, seed, 3, 2)


def drawn(where: str, particles: int, seed: int) -> tuple[Examples, dict[str, Examples]]:
    """Configurations to train and to test on."""
    rng, classes = np.random.default_rng([seed, 78]), CLASSES[where]
    if where == "alloys":
        data = [
            (disordered(name, noise, rng, 125), k)
            for k, name in enumerate(classes)
            for noise in np.linspace(0.0, NOISE[-1], 6)
        ]
        tasks = {
            f"{level:.0%}": [
                (with_noise(oblique(name, particles, rng), level, rng), k)
                for k, name in enumerate(classes)
            ]
            for level in NOISE
        }
        return data, tasks
    crystals = list(enumerate(classes))[1:]

    def moved(name: str, size: float) -> Configuration:
        each = deformations(size, 4)
        return strained(perfect(name, particles), each[rng.integers(len(each))])

    data = [
        (with_noise(moved(name, rng.uniform(0.0, 0.04)), noise, rng), k)
        for k, name in crystals
        for noise in np.linspace(0.0, NOISE[-1], 6)
    ]
    data += [
        (c, 0) for k, density in enumerate(DENSITIES[0]) for c in disks(density, 10 * seed + k)
    ]
    tasks = {
        f"{level:.0%}": [
            (with_noise(perfect(name, particles), level, rng), k) for k, name in crystals
        ]
        for level in NOISE
    }
    tasks["strain"] = [(with_noise(moved(name, 0.04), 0.04, rng), k) for k, name in crystals]
    tasks["fluids"] = [
        (c, 0) for k, density in enumerate(DENSITIES[1]) for c in disks(density, 10 * seed + k + 5)
    ]
    return data, tasks


def judge(
    classes: tuple[str, ...], first: Callable[[Configuration], Configuration] = lambda c: c
) -> PerParticle:
    """The production labels, of what is made of a configuration first; none of them is -1."""

    def named(configuration: Configuration) -> np.ndarray:
        labels = label_configuration(first(configuration))
        index = [classes.index(n) if n in classes else -1 for n in labels.phase_names]
        return np.array(index)[labels.per_particle]

    return named


def with_types(configuration: Configuration) -> np.ndarray:
    """Averaged pairs, the own type, and the part of unlike neighbours averaged twice."""
    described = clouds(configuration)
    kinds = configuration.types.astype(np.float32)[:, None]
    around = average(kinds, described.indices, described.weights)
    unlike = np.abs(around - kinds)
    again = average(unlike, described.indices, described.weights)
    both = average(kinds * unlike, described.indices, described.weights)
    return np.concatenate([averaged_pairs(described), kinds, unlike, again, both], axis=1)


def families(where: str, data: Examples, seed: int) -> dict[str, Callable[[], PerParticle]]:
    """Every family that can, to be trained when it is called."""
    described: dict[str, Callable[[Configuration], np.ndarray]] = {
        "pairs, averaged": lambda c: averaged_pairs(clouds(c))
    }
    if where == "plane":
        described["pairs alone"] = lambda c: clouds(c).features[:, :-24]
        described["symmetry functions"] = of(SymmetryFunctions(R_CUT))
        described["symmetry functions, averaged"] = averaged(of(SymmetryFunctions(R_CUT)))
    else:
        described["pairs, averaged, and types"] = with_types
    if importlib.util.find_spec("dscribe"):
        described["SOAP"] = repeated(of(Soap(R_CUT, types=1 if where == "plane" else 2)))
    found: dict[str, Callable[[], PerParticle]] = {"judge": lambda: judge(CLASSES[where])}
    if where == "plane":
        model = Learned.load(MODEL_FILES[2])
        own = [*map(str, model.network.classes)]
        found["learned"] = lambda: as_it_comes(model.classify, own, CLASSES[where])
        found["denoised, judge"] = lambda: judge(CLASSES[where], model.denoise)
    return found | trained_on(described, data, seed)


def main() -> None:
    """Print one row a family."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("where", choices=CLASSES)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--particles", type=int, default=160)
    parser.add_argument("--only", nargs="+", help="families, by their titles")
    told = parser.parse_args()
    warnings.simplefilter("ignore")
    rows: dict[str, list[dict[str, float]]] = {}
    for seed in range(told.seeds):
        data, tasks = drawn(told.where, told.particles, seed)
        for title, trained in families(told.where, data, seed).items():
            if told.only and title not in told.only:
                continue
            predict, first = trained(), next(iter(tasks.values()))
            predict(first[0][0])  # compilation
            rows.setdefault(title, []).append(measured(predict, tasks))
            print(seed, title, rows[title][-1], file=sys.stderr)
    write(rows, list(tasks))


if __name__ == "__main__":
    main()

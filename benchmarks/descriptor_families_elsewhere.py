"""Families of descriptors in the plane, on crystals of two types, and on phases of Lennard-Jones.

    python -m benchmarks.descriptor_families plane alloys phases

With the same network and as few examples (50 particles of
each of six configurations of every crystal, noise up to 12 %, and of fluids). `plane`: seven
crystals and fluids of soft disks; judge, learned and denoised are as they come. `alloys`: the
crystals of two types that the judge knows; what does not look at types takes CsCl for bcc, so that
features of pairs get a second set: of each particle's own type, and of what part of its neighbours
is of the other, averaged twice. SOAP (needs DScribe) tells types apart. Networks (need torch) look
at positions alone in both. `phases`: liquid, fcc, hcp and bcc (this of soft spheres, the others of
Lennard-Jones) from molecular dynamics, trained on every other state, networks in a third of their
steps, and tested on those between (PointNet: R. S. DeFever et al., Chem. Sci. 10, 7503 (2019):
99.5 %); the crystals strained by up to 5 %; beside their liquid, particle by particle (symmetry
functions: P. Geiger and C. Dellago, J. Chem. Phys. 139, 164105 (2013)); and two grains of fcc:
`grains` what part is fcc of the particles farther than 3 from a boundary, `boundary` what part is
not fcc of those nearer than 0.5.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np

from analysis.configuration import Configuration
from analysis.descriptors.nested_shells import average
from analysis.descriptors.pair_basis import clouds
from analysis.labelling import label_configuration
from analysis.labelling.binary import PARTS
from analysis.labelling.train_three_dimensional import disordered, perfect
from analysis.learning.learned import MODEL_FILES, Learned, averaged_pairs
from analysis.prototypes.defects import deformed, random_strain, strained, with_noise
from benchmarks import lennard_jones_phases
from benchmarks.descriptor_families import (
    FOREST,
    Features,
    as_it_comes,
    descriptions,
    networks,
    templates,
    trained_on,
)
from benchmarks.descriptor_table import Examples, PerParticle
from benchmarks.label_accuracy_2d import REPEATS_2D, deformations
from benchmarks.label_accuracy_3d import oblique
from operations.training.reference_fluids import Fluid, simulate
from operations.training.reference_runs import kept

NOISE = (0.04, 0.08, 0.12)
FLUID = "fluid"
CLASSES = {
    "plane": (FLUID, *REPEATS_2D),
    "alloys": tuple(PARTS),
    "phases": ("liquid", "fcc", "hcp", "bcc"),
}
#: Densities of the fluids of soft disks: trained on, and tested on.
DENSITIES = (0.4, 0.55, 0.7), (0.5, 0.65)
#: Of the families in space those whose features mean something in the plane, too.
IN_PLANE = ("symmetry functions", "symmetry functions, averaged", "SOAP", FOREST)
BESIDES = ("strain", "interface", "grains", "boundary")
#: Boundaries between grains: Miller indices h and k.
BOUNDARIES = ((2, 1), (3, 1), (4, 1))
#: Farther from a boundary is inside a grain, and nearer is at it.
FAR, NEAR = 3.0, 0.5


def disks(density: float, seed: int) -> Iterator[Configuration]:
    """A fluid of soft disks (WCA at kT 1)."""
    yield from simulate(Fluid("wca", density, 1.0), 200, 4000, seed, 3, 2)


def phases(seed: int, keep: Path | None) -> tuple[Examples, dict[str, Examples]]:
    """Configurations to train and to test on, of Lennard-Jones."""
    rng, data = np.random.default_rng([seed, 79]), []
    tasks: dict[str, Examples] = {name: [] for name in (*CLASSES["phases"], *BESIDES)}
    for k, (name, states) in enumerate(lennard_jones_phases.drawn(seed, keep).items()):
        data += [(frame, k) for frames in states[::2] for frame in frames]
        tasks[name] = [(frame, k) for frames in states[1::2] for frame in frames]
        if k:
            tasks["strain"].extend(
                (deformed(frame, random_strain(0.05, rng)), k) for frame, _ in tasks[name][::4]
            )
            both = kept(keep, lennard_jones_phases.interface, name, 1000 * seed + 500)[0]
            of_crystal = np.arange(both.n_particles) < 2 * perfect(name, 108).n_particles
            tasks["interface"].append((both, np.where(of_crystal, k, 0)))
    fcc = CLASSES["phases"].index("fcc")
    for h, k in BOUNDARIES:
        both = kept(keep, lennard_jones_phases.bicrystal, h, k, seed + 1)[0]
        x = np.abs(both.positions[:, 0])
        away = np.minimum(x, both.box[0] / 2 - x)
        tasks["grains"].append((both, partial(share, away > FAR, fcc, True)))
        tasks["boundary"].append((both, partial(share, away < NEAR, fcc, False)))
    return data, tasks


def share(some: np.ndarray, index: int, of_it: bool, classes: np.ndarray) -> float:
    """Of some particles the part that is, or is not, of a class."""
    return float(((classes[some] == index) == of_it).mean())


def drawn(
    where: str, particles: int, seed: int, keep: Path | None
) -> tuple[Examples, dict[str, Examples]]:
    """Configurations to train and to test on."""
    if where == "phases":
        return phases(seed, keep)
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
        (c, 0)
        for k, density in enumerate(DENSITIES[0])
        for c in kept(keep, disks, density, 10 * seed + k)
    ]
    tasks = {
        f"{level:.0%}": [
            (with_noise(perfect(name, particles), level, rng), k) for k, name in crystals
        ]
        for level in NOISE
    }
    tasks["strain"] = [(with_noise(moved(name, 0.04), 0.04, rng), k) for k, name in crystals]
    tasks["fluids"] = [
        (c, 0)
        for k, density in enumerate(DENSITIES[1])
        for c in kept(keep, disks, density, 10 * seed + k + 5)
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


def described(where: str) -> dict[str, Features]:
    """Features of every particle, by the titles of families that can."""
    if where == "alloys":
        return descriptions(2) | {"pairs, averaged, and types": with_types}
    if where == "phases":
        return descriptions(r_cut=lennard_jones_phases.R_CUT)
    found: dict[str, Features] = {
        "pairs, averaged": lambda c: averaged_pairs(clouds(c)),
        "pairs alone": lambda c: clouds(c).features[:, :-24],
    }
    inspace = descriptions()
    return found | {title: inspace[title] for title in IN_PLANE if title in inspace}


def families(where: str, data: Examples, seed: int) -> dict[str, Callable[[], PerParticle]]:
    """Every family that can, to be trained when it is called."""
    classes = tuple(FLUID if name == "liquid" else name for name in CLASSES[where])
    found: dict[str, Callable[[], PerParticle]] = {"judge": lambda: judge(classes)}
    if where != "alloys":
        model = Learned.load(MODEL_FILES[2 if where == "plane" else 3])
        own = [*map(str, model.network.classes)]
        found["learned"] = lambda: as_it_comes(model.classify, own, classes)
        found["denoised, judge"] = lambda: judge(classes, model.denoise)
    found |= trained_on(described(where), data, seed)
    if importlib.util.find_spec("torch"):
        found |= networks(data, seed, CLASSES[where], 1 / 3 if where == "phases" else 1.0)
    return found | templates(classes) if where == "phases" else found


def elsewhere(
    where: str, particles: int, seed: int, keep: Path | None
) -> tuple[dict[str, Callable[[], PerParticle]], dict[str, Examples]]:
    """Families to be trained, and what they are tested on."""
    data, tasks = drawn(where, particles, seed, keep)
    return families(where, data, seed), tasks

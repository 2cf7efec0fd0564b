"""Frames of Lennard-Jones liquids and crystals, of crystals beside their liquid, and of two grains.

What `descriptor_families phases` tells apart and `soap_energies` has the energies of.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np

from analysis.configuration import Configuration
from analysis.labelling.train_three_dimensional import perfect
from analysis.neighbourhoods import within
from operations.engines import Integration, Segment, choose
from operations.interactions.start import thermal_velocities
from operations.training.reference_runs import configurations, kept, points

PARTICLES, FRAMES, R_CUT = 108, 4, 2.5
SETTINGS = {
    "lennard_jones": (("r_cut", R_CUT), ("truncation", "shift")),
    "inverse_power": (("r_cut", R_CUT), ("truncation", "shift"), ("n", 6.0)),
}
RUN = Integration("nvt", 0.005)
#: Structure of the start: densities and kT of its states. Every other one is trained on.
States = dict[str, tuple[tuple[float, ...], tuple[float, ...]]]
STATES: dict[int, States] = {
    3: {
        "liquid": ((0.6, 0.7, 0.8, 0.85, 0.9), (1.0, 1.5, 2.0)),
        "fcc": ((0.95, 1.0, 1.05, 1.1, 1.15), (0.2, 0.4, 0.6)),
        "hcp": ((0.95, 1.0, 1.05, 1.1, 1.15), (0.2, 0.4, 0.6)),
        "bcc": ((1.05, 1.1), (0.2, 0.3)),
    },
    2: {
        "liquid": ((0.5, 0.6, 0.65, 0.7, 0.75), (1.0, 1.5, 2.0)),
        "hexagonal": ((0.88, 0.92, 0.96, 1.0, 1.04), (0.2, 0.35, 0.5)),
        "square": ((0.9, 1.0), (0.2, 0.3)),
    },
}
#: The same of bcc of soft spheres, r^-6: that of Lennard-Jones does not stay bcc.
BCC = ((1.2, 1.3), (0.15, 0.25))
#: Sites of fcc in edges of its cube.
FCC = np.array([[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]]) / 2
#: How long grains are at least, of two that meet at x = 0.
GRAIN = (14.0, 8.0, 6.0)


def simulated(
    name: str,
    density: float,
    kT: float,
    seed: int,
    dimensions: int = 3,
    form: str = "lennard_jones",
) -> Iterator[Configuration]:
    """Frames of a state, a liquid from a molten crystal."""
    crystal = {2: "hexagonal", 3: "fcc"}[dimensions] if name == "liquid" else name
    start = perfect(crystal, PARTICLES)
    scale = (start.number_density / density) ** (1 / dimensions)
    start.positions *= scale
    start.box[:dimensions] *= scale
    begin = 6.0 if name == "liquid" else 2.0 * kT
    yield from _run(start, begin, kT, 1250, FRAMES, seed, form)


def _run(
    start: Configuration,
    begin: float,
    kT: float,
    first: int,
    frames: int,
    seed: int,
    form: str = "lennard_jones",
) -> Iterator[Configuration]:
    """Frames at the step `first` of a run with new velocities, and 500 steps apart."""
    model = points(form, SETTINGS[form], dimensions=start.dimensions)
    random = np.random.default_rng(seed)
    start.velocities = thermal_velocities(start.n_particles, start.dimensions, begin, random)
    engine = choose("lammps", model, RUN)(model, RUN, seed)
    segment = Segment(0, first + (frames - 1) * 500, (kT, kT))
    yield from configurations(engine, engine.begin(start), segment, first, 500)


def drawn(seed: int, keep: Path | None) -> dict[str, list[list[Configuration]]]:
    """Frames of every state, by the structure of the start, in space; bcc of soft spheres."""
    return {
        name: [
            kept(keep, simulated, name, density, kT, 1000 * seed + state + 1, *_soft(name))
            for state, (density, kT) in enumerate(product(densities, kTs))
        ]
        for name, (densities, kTs) in (STATES[3] | {"bcc": BCC}).items()
    }


def _soft(name: str) -> tuple[int, str] | tuple[()]:
    return (3, "inverse_power") if name == "bcc" else ()


def interface(name: str, seed: int) -> Iterator[Configuration]:
    """A crystal, whose particles come first, twice as high as it is wide, on top of its liquid.

    The liquid (density 0.85) is strained into the box of the crystal (density 1.05); what of it is
    closer than 0.9 to the crystal is left out. Both then move for 1.5 time units at kT = 0.4. bcc,
    of soft spheres, is denser (1.2 on 1.1) and colder (0.2). The seed should be none of those of
    `drawn`, which a crystal would have been learnt from.
    """
    soft, densities = _soft(name), ((1.2, 1.1) if name == "bcc" else (1.05, 0.85))
    kTs, last = ((0.15, 0.6), 0.2) if name == "bcc" else ((0.2, 1.0), 0.4)
    below, above = (
        [*simulated(each, density, kT, seed, *soft)][-1].replicate((1, 1, 2))
        for each, density, kT in zip((name, "liquid"), densities, kTs, strict=True)
    )
    ratio, c = above.volume / below.volume, below.cell[2]
    strained = above.positions @ np.linalg.inv(above.cell) @ below.cell
    strained += np.outer(strained @ np.linalg.inv(below.cell)[:, 2], (ratio - 1.0) * c)
    x = np.concatenate([below.positions - 0.5 * ratio * c, strained + 0.5 * c])
    box = below.box.copy()
    box[2] *= 1.0 + ratio
    yield from _run(
        _without_close(x, box, below.n_particles, 0.9), last, last, 300, 1, seed, *soft[1:]
    )


def bicrystal(h: int, k: int, seed: int) -> Iterator[Configuration]:
    """Two grains of fcc that are mirror images, with a boundary along (hk0) at x = 0 and the ends.

    A symmetric tilt about [001], as in textbooks: (310) is sigma 5. Density 1.05; of two particles
    closer than 0.8 one is left out. They then move for 1.5 time units at kT = 0.4.
    """
    edge, n = (4 / 1.05) ** (1 / 3), np.hypot(h, k)
    turn = np.array([[h, k, 0], [-k, h, 0], [0, 0, n]]) / n
    period = edge * np.array([n, n, 1.0])
    grain = np.ceil(np.array(GRAIN) / period) * period
    cubes = np.array([*product(range(-25, 26), range(-25, 26), range(10))])[:, None]
    x = edge * (cubes + FCC).reshape(-1, 3) @ turn.T
    x = x[((x > -1e-6) & (x < grain - 1e-6)).all(axis=1)]
    ends = np.where(x[:, :1] < 1e-6, grain * [1, 0, 0], 0)
    both = np.concatenate([x, (x + ends) * [-1, 1, 1]]) - grain / 2 * [0, 1, 1]
    box = np.array([2 * grain[0], grain[1], grain[2], 0, 0, 0])
    yield from _run(_without_close(both, box, len(x), 0.8), 0.4, 0.4, 300, 1, seed)


def _without_close(x: np.ndarray, box: np.ndarray, n: int, shortest: float) -> Configuration:
    """The first n particles, and of the others those that are not so close to one of these."""
    pairs = within(Configuration(x, box, 3, np.zeros(len(x))), shortest)
    i, j = pairs.query_point_indices, pairs.point_indices
    x = np.delete(x, np.unique(i[(i >= n) & (j < n)]), axis=0)
    return Configuration(x, box, 3, np.zeros(len(x)))

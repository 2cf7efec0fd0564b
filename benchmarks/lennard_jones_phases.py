"""Frames of Lennard-Jones liquids and crystals, and of crystals beside their liquid.

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
SETTINGS = (("r_cut", R_CUT), ("truncation", "shift"))
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


def simulated(
    name: str, density: float, kT: float, seed: int, dimensions: int = 3
) -> Iterator[Configuration]:
    """Frames of a state, a liquid from a molten crystal."""
    crystal = {2: "hexagonal", 3: "fcc"}[dimensions] if name == "liquid" else name
    start = perfect(crystal, PARTICLES)
    scale = (start.number_density / density) ** (1 / dimensions)
    start.positions *= scale
    start.box[:dimensions] *= scale
    begin = 6.0 if name == "liquid" else 2.0 * kT
    yield from _run(start, begin, kT, 1250, FRAMES, seed)


def _run(
    start: Configuration, begin: float, kT: float, first: int, frames: int, seed: int
) -> Iterator[Configuration]:
    """Frames at the step `first` of a run with new velocities, and 500 steps apart."""
    model = points("lennard_jones", SETTINGS, dimensions=start.dimensions)
    random = np.random.default_rng(seed)
    start.velocities = thermal_velocities(start.n_particles, start.dimensions, begin, random)
    engine = choose("lammps", model, RUN)(model, RUN, seed)
    segment = Segment(0, first + (frames - 1) * 500, (kT, kT))
    yield from configurations(engine, engine.begin(start), segment, first, 500)


def drawn(seed: int, keep: Path | None) -> dict[str, list[list[Configuration]]]:
    """Frames of every state, by the structure of the start, in space."""
    return {
        name: [
            kept(keep, simulated, name, density, kT, 1000 * seed + state + 1)
            for state, (density, kT) in enumerate(product(densities, kTs))
        ]
        for name, (densities, kTs) in STATES[3].items()
    }


def interface(name: str, seed: int) -> Iterator[Configuration]:
    """A crystal, whose particles come first, twice as high as it is wide, on top of its liquid.

    The liquid (density 0.85) is strained into the box of the crystal (density 1.05); what of it is
    closer than 0.9 to the crystal is left out. Both then move for 1.5 time units at kT = 0.4.
    """
    below, above = (
        [*simulated(each, density, kT, seed)][-1].replicate((1, 1, 2))
        for each, density, kT in ((name, 1.05, 0.2), ("liquid", 0.85, 1.0))
    )
    ratio, c = above.volume / below.volume, below.cell[2]
    strained = above.positions @ np.linalg.inv(above.cell) @ below.cell
    strained += np.outer(strained @ np.linalg.inv(below.cell)[:, 2], (ratio - 1.0) * c)
    x = np.concatenate([below.positions - 0.5 * ratio * c, strained + 0.5 * c])
    box, n = below.box.copy(), below.n_particles
    box[2] *= 1.0 + ratio
    pairs = within(Configuration(x, box, 3, np.zeros(len(x))), 0.9)
    i, j = pairs.query_point_indices, pairs.point_indices
    x = np.delete(x, np.unique(i[(i >= n) & (j < n)]), axis=0)
    yield from _run(Configuration(x, box, 3, np.zeros(len(x))), 0.4, 0.4, 300, 1, seed)

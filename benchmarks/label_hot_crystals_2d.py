"""Labels of crystals of the plane in molecular dynamics, from cold to melting.

    python -m benchmarks.label_hot_crystals_2d [--crystals …] [--kT …] [--keep FOLDER]

Crystals of about 600 particles in potentials with a well at each of their first shells, of three
widths, at constant volume (LAMMPS), three frames of every kT. Of each the last kT before it melts,
or with `--all` every one: those at which all but 3 % of the particles are nearest to their own
site, so that it is known what they are. `noise`: that of independent
displacements with the same mean square of the differences between neighbours, per coordinate and in
nearest distances. Part of the particles that is named right: by the production labels, which are
rules, and by the learned descriptor, its classes and the production labels after denoising.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np

from analysis.configuration import Configuration
from analysis.labelling import label_configuration
from analysis.labelling.train_three_dimensional import perfect
from analysis.neighbourhoods import nearest
from benchmarks.label_accuracy_2d import LABELLERS, REPEATS_2D, correct
from operations.training.reference_runs import configurations, kept, points

#: Shells with a well, its widths, and what is counted as one shell.
SHELLS, WIDTHS, SAME = 5, (0.12, 0.2, 0.3), 0.15
PARTICLES, STEPS, DT = 600, 4000, 0.004
KT = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0)


def shells(still: Configuration) -> list[float]:
    """Distances of the first shells, over the shortest."""
    found: list[float] = []
    for each in np.unique(nearest(still, 24).distances.round(6)):
        if not found or each > found[-1] + SAME:
            found.append(float(each))
    return found[:SHELLS]


def heated(name: str, width: float, kT: float, seed: int) -> Iterator[Configuration]:
    """Frames of a crystal at a temperature."""
    from operations.engines import Integration, Segment, choose
    from operations.interactions.start import thermal_velocities

    start = perfect(name, PARTICLES)
    wells = "".join(f"-exp(-(r-{each})**2/{2 * width**2})" for each in shells(start))
    formula = f"0.2/r**12{wells}"
    pairs = points(
        "expression", (("formula", formula), ("r_cut", shells(start)[-1] + 0.5)), dimensions=2
    )
    start.velocities = thermal_velocities(start.n_particles, 2, kT, np.random.default_rng(seed))
    run = Integration("nvt", DT, "langevin")
    engine = choose("lammps", pairs, run)(pairs, run, seed)
    segment = Segment(0, STEPS, (kT, kT))
    yield from configurations(engine, engine.begin(start), segment, STEPS // 2, STEPS // 4)


def moved(frame: Configuration, still: Configuration) -> tuple[float, float]:
    """Part of the particles that is nearest to its own site, and the noise."""
    from scipy.spatial import cKDTree

    box = still.box[:2]
    away = (frame.positions - still.positions)[:, :2]
    away -= box * np.round(away / box)
    away -= away.mean(axis=0)
    # Twice: what is negative by rounding becomes the box itself.
    tree = cKDTree(still.positions[:, :2] % box % box, boxsize=box)
    own = tree.query((still.positions[:, :2] + away) % box % box)[1] == np.arange(len(away))
    between = away[nearest(still, 3).indices] - away[:, None]
    return float(own.mean()), float(np.sqrt((between**2).sum(axis=-1).mean()) / 2.0)


def main() -> None:
    """Print one row a crystal and temperature."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kT", type=float, nargs="+", default=KT)
    parser.add_argument("--crystals", nargs="+", default=list(REPEATS_2D))
    parser.add_argument("--all", action="store_true", help="not only the last kT before melting")
    parser.add_argument("--keep", type=Path, help="folder of the frames, used again if there")
    told = parser.parse_args()
    print("| crystal | width | kT | noise | " + " | ".join(LABELLERS) + " | label |")
    print("|---" * (5 + len(LABELLERS)) + "|")
    for name, width in product(told.crystals, WIDTHS):
        still, row = perfect(name, PARTICLES), ""
        for kT in told.kT:
            frames = kept(told.keep, heated, name, width, kT, 1)
            places = [moved(frame, still) for frame in frames]
            if min(on_sites for on_sites, _ in places) < 0.97:
                break
            noise = np.mean([each for _, each in places])
            found = [[label_configuration(f, way) for f in frames] for way in LABELLERS.values()]
            cells = [f"{np.mean([correct(each, name) for each in one]):.3f}" for one in found]
            labels = ", ".join(dict.fromkeys(each.label for each in found[0]))
            row = f"| {name} | {width} | {kT} | {noise:.3f} | {' | '.join(cells)} | {labels} |"
            if told.all:
                print(row, flush=True)
        if not told.all:
            print(row or f"| {name} | {width} | melts below {told.kT[0]} |", flush=True)


if __name__ == "__main__":
    main()

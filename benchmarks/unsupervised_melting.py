"""Melting seen by the judge, by it after denoising, and by the learned place in between.

    python -m benchmarks.unsupervised_melting [--steps 30000] [--keep FOLDER]

A face-centred cubic Lennard-Jones crystal of 500 particles is heated at no pressure but 1 (LAMMPS)
until it melts; where the volume jumps is when. What one sees of the frames before and after: part
of the particles that the judge calls fcc and fluid; the same after the learned descriptor has moved
every particle towards its site; the mean of its head "disorder" (after SODAS: Chapman et al., npj
Comput. Mater. 9 (2023); denoising: Hsu, Sadigh et al., npj Comput. Mater. 10 (2024)); and, without
any label, the first principal component of the mean of the 64 numbers of each frame.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from analysis.configuration import Configuration
from analysis.labelling.three_dimensional import classify, network
from analysis.learning.embedding import principal_components
from analysis.learning.learned import MODEL_FILES, Learned
from operations.training.reference_runs import configurations, kept, points

FIRST, LAST, PRESSURE = 0.5, 1.3, 1.0
FRAMES = 30


def heated(n: int, steps: int, seed: int) -> Iterator[Configuration]:
    """Frames of a crystal of about n particles, as it is heated."""
    from analysis.labelling.train_three_dimensional import perfect
    from operations.engines import Integration, Segment, choose
    from operations.interactions.start import thermal_velocities

    start = perfect("fcc", n)
    scale = (start.number_density / 0.98) ** (1 / 3)
    start.positions *= scale
    start.box[:3] *= scale
    random = np.random.default_rng(seed)
    start.velocities = thermal_velocities(start.n_particles, 3, 2.0 * FIRST, random)
    run = Integration("npt", 0.005)
    model = points("lennard_jones", (("r_cut", 2.5),))
    engine = choose("lammps", model, run)(model, run, seed)
    segment = Segment(0, steps, (FIRST, LAST), (PRESSURE, PRESSURE))
    apart = steps // FRAMES
    yield from configurations(engine, engine.begin(start), segment, apart, apart)


def main() -> None:
    """Print one row a frame."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=30_000)
    parser.add_argument("--keep", type=Path, help="folder of the frames, used again if there")
    told = parser.parse_args()
    frames = kept(told.keep, heated, 500, told.steps, 1)
    judge, learned = network(), Learned.load(MODEL_FILES[3])
    fcc, fluid = (list(judge.classes).index(name) for name in ("fcc", "fluid"))
    means = np.array([learned.embed(frame).mean(axis=0) for frame in frames])
    first = principal_components(means, 1.0, 1).transform(means)[:, 0]
    first *= np.sign(first[-1])
    kT = FIRST + (LAST - FIRST) * np.arange(1, len(frames) + 1) / len(frames)
    columns = ("kT", "density", "fcc", "fluid", "denoised fcc", "denoised fluid", "order", "first")
    rows = []
    for frame, one in zip(frames, first, strict=True):
        row = [frame.number_density]
        for each in (frame, learned.denoise(frame)):
            found = classify(each, judge)[0].argmax(axis=1)
            row += [float((found == k).mean()) for k in (fcc, fluid)]
        rows.append([*row, float(learned.crystallinity(frame).mean()), float(one)])
    print(f"| {' | '.join(columns)} |\n" + "|---" * len(columns) + "|")
    for T, row in zip(kT, rows, strict=True):
        print(f"| {T:.3f} | " + " | ".join(f"{value:.3f}" for value in row) + " |")
    table = np.array(rows)
    for name, column in (("density", 0), ("order", 5), ("first", 6)):
        jump = int(np.abs(np.diff(table[:, column])).argmax())
        print(f"largest change of {name}: from kT {kT[jump]:.3f} to {kT[jump + 1]:.3f}")


if __name__ == "__main__":
    main()

"""Melting seen by the judge, by it after denoising, and by the learned place in between.

    python -m benchmarks.unsupervised_melting [--steps 30000] [--seeds 3] [--keep FOLDER]

A face-centred cubic Lennard-Jones crystal of 500 particles is heated at no pressure but 1 (LAMMPS)
until it melts; where the volume jumps is when. What one sees of the frames before and after: part
of the particles that the judge calls fcc and fluid; the same after the learned descriptor has moved
every particle towards its site; the mean of its head "disorder" (after SODAS: Chapman et al., npj
Comput. Mater. 9 (2023); denoising: Hsu, Sadigh et al., npj Comput. Mater. 10 (2024)); and, without
any label, the first principal component of the mean of the 64 numbers of each frame. Where torch
is, the mean probability to be molten that a line graph gives, which learnt it from the first and
the last three frames (CEGANN: Banik et al., npj Comput. Mater. 9, 23 (2023)). Prints the frames of
the first seed, and for every seed between which kT each of these changes most.
"""

from __future__ import annotations

import argparse
import importlib.util
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


def first_component(means: np.ndarray) -> np.ndarray:
    """Of the means of all frames, shape (n_frames,), growing with the temperature."""
    first = principal_components(means, 1.0, 1).transform(means)[:, 0]
    return np.asarray(first * np.sign(first[-1]))


def line_graph_fluid(frames: list[Configuration], seed: int) -> np.ndarray:
    """Mean probability to be molten, by a line graph that knows the first and last three frames."""
    from benchmarks.descriptor_families import trained_network

    ends = [(frame, 0) for frame in frames[-3:]] + [(frame, 1) for frame in frames[:3]]
    model = trained_network("line_graph", ends, seed, ("molten", "solid"), part=0.2)
    molten = model.classes.index("molten")
    return np.array([model.probabilities(frame)[:, molten].mean() for frame in frames])


def seen(frames: list[Configuration], seed: int) -> dict[str, np.ndarray]:
    """Everything that is looked at, by its title, shape (n_frames,)."""
    judge, learned = network(), Learned.load(MODEL_FILES[3])
    fcc, fluid = (list(judge.classes).index(name) for name in ("fcc", "fluid"))
    found = {"density": np.array([frame.number_density for frame in frames])}
    for title, first in (("", lambda frame: frame), ("denoised ", learned.denoise)):
        named = [classify(first(frame), judge)[0].argmax(axis=1) for frame in frames]
        for name, k in (("fcc", fcc), ("fluid", fluid)):
            found[title + name] = np.array([(each == k).mean() for each in named])
    found["disorder"] = np.array([learned.crystallinity(frame).mean() for frame in frames])
    means = np.array([learned.embed(frame).mean(axis=0) for frame in frames])
    found["learned, first"] = first_component(means)
    if importlib.util.find_spec("torch"):
        found["line graph"] = line_graph_fluid(frames, seed)
    return found


def main() -> None:
    """Print one row a frame, and one a measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=30_000)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="folder of the frames, used again if there")
    told = parser.parse_args()
    kT = FIRST + (LAST - FIRST) * np.arange(1, FRAMES + 1) / FRAMES
    jumps: dict[str, list[str]] = {}
    for seed in range(told.seeds):
        frames = kept(told.keep, heated, 500, told.steps, seed + 1)
        found = seen(frames, seed)
        if seed == 0:
            print(f"| kT | {' | '.join(found)} |\n" + "|---" * (len(found) + 1) + "|")
            for row in zip(kT, *found.values(), strict=True):
                print("| " + " | ".join(f"{value:.3f}" for value in row) + " |")
        for title, values in found.items():
            k = int(np.abs(np.diff(values)).argmax())
            jumps.setdefault(title, []).append(f"{kT[k]:.3f} to {kT[k + 1]:.3f}")
    print("\n| largest change of |" + "".join(f" seed {k} |" for k in range(told.seeds)))
    print("|---" * (told.seeds + 1) + "|")
    for title, cells in jumps.items():
        print(f"| {title} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()

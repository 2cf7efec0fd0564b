"""Train the three-dimensional labels: `python -m operations.training.train_labels`.

Simulates the fluids, draws the crystals, trains, and writes
analysis/labelling/three_dimensional.npz. Then simulates soft crystals, hard bodies
(with HOOMD-blue) and gases, and adds them to what is not new to the network. Everything has a fixed
seed: on the same machine with the same versions the same file comes out.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from analysis.configuration import Configuration
from operations.training import reference_crystals, reference_fluids, reference_hard_bodies
from operations.training.reference_fluids import TRAINING, simulate
from operations.training.reference_runs import kept

if TYPE_CHECKING:
    from analysis.labelling.train_three_dimensional import Sample

#: Configurations with their class and noise.
Cases: TypeAlias = list[tuple[Configuration, int, float]]

SEED = 20_240_611
PARTICLES = 1000
STEPS = 3000


def fluids(
    folder: Path | None, frames: int = 2, particles: int = PARTICLES, steps: int = STEPS
) -> list[list[Configuration]]:
    """For each frame, one configuration of every fluid that is trained on.

    Parameters
    ----------
    folder : Path or None
        Where configurations are kept, see `reference_runs.kept`.
    frames, particles, steps : int
    """
    found: list[list[Configuration]] = [[] for _ in range(frames)]
    for number, fluid in enumerate(TRAINING):
        for frame, configuration in enumerate(
            kept(folder, simulate, fluid, particles, steps, SEED + number, frames)
        ):
            found[frame].append(configuration)
    return found


def soft(folder: Path | None, crystals: tuple[str, ...]) -> tuple[Sample, Sample]:
    """Crystals and gases that move otherwise than the rest, to fit on and to measure the reach."""
    found: tuple[Cases, Cases] = ([], [])
    for number, crystal in enumerate(reference_crystals.TRAINING):
        frames = kept(
            folder, reference_crystals.simulate, crystal, 500, 2000, SEED + 1000 + number, 2
        )
        _collect(found, frames, 1 + crystals.index(crystal.structure))
    for number, gas in enumerate(reference_fluids.DILUTE):
        _collect(found, kept(folder, simulate, gas, 700, 2000, SEED + 27 + number, 2), 0)
    return _sampled(found, SEED + 2)


def hard(folder: Path | None, crystals: tuple[str, ...]) -> tuple[Sample, Sample]:
    """Crystals and fluids of hard bodies, to fit on and to measure the reach."""
    found: tuple[Cases, Cases] = ([], [])
    classes = ("fluid", *crystals)
    for number, bodies in enumerate(reference_hard_bodies.TRAINING):
        frames = kept(folder, reference_hard_bodies.simulate, bodies, 8000, SEED + 2000 + number, 2)
        _collect(found, frames, classes.index(bodies.structure))
    return _sampled(found, SEED + 4)


def _collect(found: tuple[Cases, Cases], frames: Iterable[Configuration], index: int) -> None:
    for each, configuration in zip(found, frames, strict=True):
        each.append((configuration, index, np.nan))


def _sampled(found: tuple[Cases, Cases], seed: int) -> tuple[Sample, Sample]:
    from analysis.labelling.train_three_dimensional import sampled

    first, second = (
        sampled(each, np.random.default_rng(seed + frame)) for frame, each in enumerate(found)
    )
    return first, second


def main() -> None:
    """Train and write the model file."""
    from analysis.labelling.network import Network
    from analysis.labelling.three_dimensional import FLUID, MODEL_FILE
    from analysis.labelling.train_three_dimensional import (
        extended,
        sample,
        train,
        with_novelty,
    )
    from analysis.prototypes import names

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, default=MODEL_FILE, help="where to write the model")
    parser.add_argument(
        "--network", type=Path, help="a model file whose layers stay; the Gaussians are new"
    )
    parser.add_argument(
        "--keep", type=Path, help="folder of what is simulated, used again if it is there"
    )
    arguments = parser.parse_args()
    crystals, start = names(dimensions=3, n_types=1), time.monotonic()

    def report(what: str) -> None:
        print(f"{time.monotonic() - start:6.0f} s  {what}", file=sys.stderr, flush=True)

    training, held = fluids(arguments.keep)
    report(f"{len(training)} fluids simulated, two configurations each")
    data = sample(crystals, training, np.random.default_rng(SEED))
    report(f"{len(data.classes)} particles to train on")
    other = sample(crystals, held, np.random.default_rng(SEED + 1))
    if arguments.network:
        network = with_novelty(Network.load(arguments.network), data, other, SEED)
    else:
        network = train(data, other, crystals, SEED)
    logits = network.logits(network.project(other.features))
    right, temperature = logits.argmax(axis=1) == other.classes, float(network.temperature)
    report(f"{right.mean():.4f} of {len(right)} others right, T {temperature:.3f}")
    # Gases are where nothing else is, and so are simple cubic crystals of hard cubes.
    for what, made, certain in (
        ("soft crystals and gases", soft, FLUID),
        ("hard bodies", hard, "sc"),
    ):
        more, held_more = made(arguments.keep, crystals)
        network = extended(network, more, held_more, SEED, certain=(certain,))
        report(f"{len(more.classes)} particles added: {what}")
    network.save(arguments.out)


if __name__ == "__main__":
    main()

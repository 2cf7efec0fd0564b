"""Train the three-dimensional labels: `python -m operations.train_labels`.

Simulates the fluids, draws the crystals, trains, and writes
analysis/labelling/three_dimensional.npz. Everything has a fixed seed: on the same machine with the
same versions the same file comes out.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np

from analysis.configuration import Configuration
from operations.reference_fluids import TRAINING, simulate

SEED = 20_240_611
PARTICLES = 1000
STEPS = 3000


def fluids(
    frames: int = 2, particles: int = PARTICLES, steps: int = STEPS
) -> list[list[Configuration]]:
    """For each frame, one configuration of every fluid that is trained on."""
    found: list[list[Configuration]] = [[] for _ in range(frames)]
    for number, fluid in enumerate(TRAINING):
        for frame, configuration in enumerate(
            simulate(fluid, particles, steps, SEED + number, frames)
        ):
            found[frame].append(configuration)
    return found


def main() -> None:
    """Train and write the model file."""
    from analysis.labelling.three_dimensional import MODEL_FILE
    from analysis.labelling.train_three_dimensional import sample, train
    from analysis.prototypes import names

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, default=MODEL_FILE, help="where to write the model")
    out = parser.parse_args().out
    crystals, start = names(dimensions=3, n_types=1), time.monotonic()

    def report(what: str) -> None:
        print(f"{time.monotonic() - start:6.0f} s  {what}", file=sys.stderr, flush=True)

    training, held = fluids()
    report(f"{len(training)} fluids simulated, two configurations each")
    data = sample(crystals, training, np.random.default_rng(SEED))
    report(f"{len(data.classes)} particles to train on")
    other = sample(crystals, held, np.random.default_rng(SEED + 1))
    network = train(data, other, crystals, SEED)
    logits = network.logits(network.project(other.features))
    right = float((logits.argmax(axis=1) == other.classes).mean())
    network.save(out)
    report(f"{right:.4f} of {len(other.classes)} others right, T {float(network.temperature):.3f}")


if __name__ == "__main__":
    main()

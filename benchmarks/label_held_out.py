"""Whether structures that were left out of the training come out as unknown.

    python benchmarks/label_held_out.py

The training of `operations.train_labels`, repeated without some of the structures, several at a
time; then every structure left out, at 5 % noise: part of the particles that is unknown, and what
the rest is called. Relatives (polytypes; A15 and sigma) count as known if only one of them is left
out, so families are left out together. Takes five times as long as the training.
"""

from __future__ import annotations

import sys
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from analysis.labelling.labels import UNKNOWN
from analysis.labelling.train_three_dimensional import (
    Sample,
    averaged_features,
    perfect,
    sample,
    train,
)
from analysis.prototypes import names
from analysis.prototypes.defects import with_noise
from operations.train_labels import SEED, fluids

GROUPS = (
    ("fcc", "hcp", "dhcp", "beta-Sn"),
    ("diamond", "lonsdaleite", "diamond-4H", "bct"),
    ("A15", "sigma", "sc", "BC8"),
    ("bcc", "cI16", "beta-Mn", "clathrate-I"),
    ("simple-hexagonal", "alpha-Mn", "gamma-brass", "clathrate-II"),
)
NOISE = 0.05


def without(data: Sample, out: tuple[str, ...]) -> tuple[Sample, tuple[str, ...]]:
    """The sample without some structures, and the names of those that stay."""
    crystals = names(3, 1)
    kept = tuple(name for name in crystals if name not in out)
    new = np.full(len(crystals) + 1, -1)
    new[0] = 0
    for number, name in enumerate(kept, start=1):
        new[crystals.index(name) + 1] = number
    classes = new[data.classes]
    inside = classes >= 0
    return replace(
        data,
        features=data.features[inside],
        classes=classes[inside],
        noise=data.noise[inside],
    ), kept


def main() -> None:
    """Print one row for each structure."""
    warnings.simplefilter("ignore")
    training, held = fluids()
    data = sample(names(3, 1), training, np.random.default_rng(SEED))
    other = sample(names(3, 1), held, np.random.default_rng(SEED + 1))
    print("| left out | unknown | otherwise |\n|---|---|---|")
    found = []
    for group in GROUPS:
        less, kept = without(data, group)
        network = train(less, without(other, group)[0], kept, SEED)
        phases = ["fluid", *kept, UNKNOWN]
        for name in group:
            rng = np.random.default_rng([SEED, *name.encode()])
            configuration = with_noise(perfect(name, 900), NOISE, rng)
            projected = network.project(averaged_features(configuration))
            best = network.probabilities(projected).argmax(axis=1)
            counts = np.bincount(best, minlength=len(phases)) / len(best)
            found.append(counts[-1])
            rest = [(phases[k], counts[k]) for k in np.argsort(-counts[:-1]) if counts[k] > 0.005]
            text = ", ".join(f"{phase} {share:.3f}" for phase, share in rest)
            print(f"| {name} | {counts[-1]:.3f} | {text} |", flush=True)
    print(f"| mean | {np.mean(found):.3f} | |")


if __name__ == "__main__":
    main()

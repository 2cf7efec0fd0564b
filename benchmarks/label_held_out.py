"""Whether structures that were left out of the training come out as unknown.

    python -m benchmarks.label_held_out [--keep samples.npz]

The training of `operations.training.train_labels`, repeated without some of the structures,
several at a time; then every structure left out, at 5 % noise: part of the particles that is
unknown, and what the rest is called. Relatives (polytypes; A15 and sigma) count as known if only
one of them is left out, so families are left out together. The other structures, fresh ones at the
same noise, show
how much of what is known is rejected. Samples are half as large as those of the model file, and
fluids smaller: about a quarter of an hour on one core.
"""

from __future__ import annotations

import argparse
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np

from analysis.labelling.labels import UNKNOWN
from analysis.labelling.network import Network
from analysis.labelling.train_three_dimensional import (
    Sample,
    averaged_features,
    perfect,
    sample,
    train,
)
from analysis.prototypes import names
from analysis.prototypes.defects import with_noise
from operations.training.train_labels import SEED, fluids

GROUPS = (
    ("fcc", "hcp", "dhcp", "beta-Sn"),
    ("diamond", "lonsdaleite", "diamond-4H", "bct"),
    ("A15", "sigma", "sc", "BC8"),
    ("bcc", "cI16", "beta-Mn", "clathrate-I"),
    ("simple-hexagonal", "alpha-Mn", "gamma-brass", "clathrate-II"),
)
NOISE = 0.05
PARTICLES = 700
CRYSTALS = 24


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


def samples(keep: Path | None) -> tuple[Sample, Sample]:
    """What to train on, and what to calibrate with; from a file if it is there."""
    if keep and keep.exists():
        with np.load(keep) as arrays:
            first, second = (
                Sample(*(arrays[f"{part}_{name}"] for name in ("features", "classes", "noise")))
                for part in ("data", "held")
            )
        return first, second
    training, calibrating = fluids(None, particles=500, steps=1500)
    data = sample(names(3, 1), training, np.random.default_rng(SEED), CRYSTALS)
    held = sample(names(3, 1), calibrating, np.random.default_rng(SEED + 1), CRYSTALS)
    if keep:
        arrays = {f"data_{key}": value for key, value in vars(data).items()}
        arrays |= {f"held_{key}": value for key, value in vars(held).items()}
        np.savez(keep, **arrays)
    return data, held


def shares(network: Network, name: str) -> np.ndarray:
    """Part of the particles of a fresh crystal that has each label, `unknown` last."""
    rng = np.random.default_rng([SEED, *name.encode()])
    configuration = with_noise(perfect(name, PARTICLES), NOISE, rng)
    best = network.probabilities(network.project(averaged_features(configuration))).argmax(axis=1)
    return np.bincount(best, minlength=len(network.classes) + 1) / len(best)


def main() -> None:
    """Print one row for each structure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keep", type=Path, help="file of the samples, made if it is not there")
    warnings.simplefilter("ignore")
    data, held = samples(parser.parse_args().keep)
    print("| left out | unknown | otherwise |\n|---|---|---|")
    found, rejected = [], {}
    for group in GROUPS:
        less, kept = without(data, group)
        network = train(less, without(held, group)[0], kept, SEED)
        phases = ["fluid", *kept, UNKNOWN]
        for name in group:
            counts = shares(network, name)
            found.append(counts[-1])
            rest = [(phases[k], counts[k]) for k in np.argsort(-counts[:-1]) if counts[k] > 0.005]
            text = ", ".join(f"{phase} {share:.3f}" for phase, share in rest)
            print(f"| {name} | {counts[-1]:.3f} | {text} |", flush=True)
        for name in kept:
            rejected.setdefault(name, []).append(shares(network, name)[-1])
    print(f"| mean | {np.mean(found):.3f} | |")
    worst = max(rejected, key=lambda name: np.mean(rejected[name]))
    known, most = np.mean([np.mean(each) for each in rejected.values()]), np.mean(rejected[worst])
    print(f"\nknown structures called unknown: {known:.4f}, most {most:.4f} ({worst})")


if __name__ == "__main__":
    main()

"""How many particles of a noisy two-dimensional crystal are labelled correctly.

    python -m benchmarks.label_accuracy_2d [--seeds 5] [--parts noise,coexistence,strain,unnamed]
        [--labeller rules] [--first 0]

Gaussian noise of the given width, in nearest-neighbour distances, on every coordinate of a perfect
crystal of about 1500 particles in a periodic box. Prints Markdown tables: mean over the seeds of
the fraction of particles with the right label; and the reliability of the confidence. `strain`:
mean and worst over strains of every size and kind of these crystals. `unnamed`: what noisy lattices
are called that have no name. `--labeller learned` and `denoised` are those of
`labels: {model: learned}`; its training has dodecagonal tilings of seeds below 36, which `--first`
36 or more avoids.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from itertools import pairwise, product
from typing import Any

import numpy as np

from analysis.configuration import Configuration
from analysis.labelling import Labels, label_configuration
from analysis.neighbourhoods import nearest
from analysis.prototypes import crystal
from analysis.prototypes.coexistence import side_by_side
from analysis.prototypes.defects import strained, with_noise
from analysis.prototypes.tilings import decagonal_tiling, dodecagonal_tiling

NOISE_2D = (0.0, 0.02, 0.04, 0.06, 0.08, 0.10, 0.12)
#: Of `strains`.
STRAIN = (0.0, 0.02, 0.04)
STRAIN_NOISE = (0.0, 0.02, 0.06)
REPEATS_2D: dict[str, int | tuple[int, ...]] = {
    "hexagonal": (30, 25),
    "square": 39,
    "honeycomb": (22, 17),
    "kagome": (18, 14),
    "rhombic": (24, 32),
    "elongated-triangular": (10, 38),
    "snub-square": 19,
}
#: Block `labels` of a campaign file.
LABELLERS: dict[str, dict[str, Any]] = {
    "rules": {"model": "production"},
    "learned": {"model": "learned", "head": "classify"},
    "denoised": {"model": "learned", "head": "denoise"},
}
Labelled = Callable[[Configuration], Labels]
#: Legs of centred rectangles over their base, and their noise.
LEGS, UNNAMED_NOISE = (0.85, 0.9, 1.1, 1.2), (0.02, 0.06, 0.08, 0.1, 0.12)


def correct(labels: Labels, name: str) -> float:
    """Fraction of particles labelled `name`."""
    return float((labels.per_particle == labels.phase_names.index(name)).mean())


def perfect(name: str, seed: int) -> Configuration:
    """The crystal or tiling without noise."""
    if name == "decagonal":
        return decagonal_tiling(24.0)
    if name == "dodecagonal":
        return dodecagonal_tiling(2, 1.0, seed)
    return crystal(name, REPEATS_2D[name], 1.0)


def table(
    names: list[str], levels: tuple[float, ...], seeds: range, label: Labelled
) -> list[tuple[float, bool]]:
    """Print one table; return confidence and correctness of every configuration."""
    outcomes = []
    print("| noise | " + " | ".join(names) + " |")
    print("|---|" + "---|" * len(names))
    for level in levels:
        row = []
        for name in names:
            fractions = []
            for seed in seeds:
                start = perfect(name, seed)
                d = float(np.median(nearest(start, 1).distances))
                noisy = with_noise(start, level * d, np.random.default_rng(1000 + seed))
                labels = label(noisy)
                fractions.append(correct(labels, name))
                outcomes.append((labels.confidence, labels.label == name))
            row.append(f"{np.mean(fractions):.3f}")
        print(f"| {level:.2f} | " + " | ".join(row) + " |", flush=True)
    return outcomes


def deformations(amount: float, directions: int = 2) -> list[np.ndarray]:
    """Strains of a size: longer and shorter along some directions, shears across them, and longer
    along and shorter across them."""
    if amount == 0.0:
        return [np.zeros((2, 2))]
    found = []
    for angle in np.pi * (np.arange(directions) + 0.3) / directions:
        u, v = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        uu, uv, vv = np.outer(u, u), np.outer(u, v), np.outer(v, v)
        for strain in (uu, -uu, uv, -uv, uu - vv):
            stretch = np.linalg.qr(np.eye(2) + amount * strain)[1]
            found.append(stretch * np.sign(np.diag(stretch))[:, None] - np.eye(2))
    return found


def strains(names: list[str], label: Labelled) -> None:
    """Print the fraction of particles of strained crystals with the right label: mean (worst)."""
    print(
        "| phase | " + " | ".join(f"{e:.0%}, {n:.0%}" for e in STRAIN for n in STRAIN_NOISE) + " |"
    )
    print("|---" * (1 + len(STRAIN) * len(STRAIN_NOISE)) + "|")
    for name in names:
        start = perfect(name, 0)
        d = float(np.median(nearest(start, 1).distances))
        cells = []
        for amount, level in product(STRAIN, STRAIN_NOISE):
            found = []
            for number, deformation in enumerate(deformations(amount)):
                moved = strained(start, deformation)
                noisy = with_noise(moved, level * d, np.random.default_rng(number))
                found.append(correct(label(noisy), name))
            cells.append(fraction(float(np.mean(found)), min(found)))
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


def fraction(mean: float, worst: float) -> str:
    """A cell of a table: the worst only where it is not 1."""
    return f"{mean:.3f}" + (f" ({worst:.3f})" if worst < 0.9995 else "")


def coexistence(number: int, label: Labelled) -> list[tuple[float, bool]]:
    """Random pairs of crystals in random shares, with random noise; right is the larger one."""
    rng = np.random.default_rng(0)
    outcomes = []
    for _ in range(number):
        pair = rng.choice(list(REPEATS_2D), 2, replace=False)
        angles, part = rng.uniform(0.0, 30.0, 2), rng.uniform(0.2, 0.8)
        left, right = ((str(n), 1.0, a) for n, a in zip(pair, angles, strict=True))
        start = side_by_side(left, right, part)
        noisy = with_noise(start, rng.uniform(0.02, 0.1), rng)
        labels = label(noisy)
        on_left = int((start.positions[:, 0] < 40.0 * (part - 0.5)).sum())
        larger = pair[0] if 2 * on_left > start.n_particles else pair[1]
        outcomes.append((labels.confidence, labels.label == larger))
    return outcomes


def unnamed(label: Labelled) -> None:
    """Print what centred rectangles are called, with which confidence."""
    print("| legs | " + " | ".join(f"{level:.2f}" for level in UNNAMED_NOISE) + " |")
    print("|---" * (1 + len(UNNAMED_NOISE)) + "|")
    for legs in LEGS:
        height = float(np.sqrt(legs**2 - 0.25))
        stretch = np.diag([1.0, height / np.sqrt(0.75)]) - np.eye(2)
        start = strained(crystal("hexagonal", REPEATS_2D["hexagonal"], 2 / np.sqrt(3.0)), stretch)
        cells = []
        for level in UNNAMED_NOISE:
            found = label(with_noise(start, level * min(legs, 1.0), np.random.default_rng(0)))
            cells.append(f"{found.label} {found.confidence:.2f}")
        print(f"| {legs} | " + " | ".join(cells) + " |", flush=True)


def reliability(outcomes: list[tuple[float, bool]]) -> None:
    """Print how often configurations of a given confidence have the right label."""
    confidence = np.array([c for c, _ in outcomes])
    right = np.array([r for _, r in outcomes])
    print("\n| confidence | configurations | right |")
    print("|---|---|---|")
    edges = np.array([0.0, 0.35, 0.5, 0.65, 0.8, 0.9, 1.0 + 1e-9])
    for low, high in pairwise(edges):
        chosen = (confidence >= low) & (confidence < high)
        if chosen.any():
            print(f"| {low:.2f}–{high:.2f} | {chosen.sum()} | {right[chosen].mean():.2f} |")


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--parts", default="noise,coexistence")
    parser.add_argument("--labeller", choices=LABELLERS, default="rules")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    arguments = parser.parse_args()
    parts, names = arguments.parts.split(","), [*REPEATS_2D, "dodecagonal", "decagonal"]
    label = partial(label_configuration, asked=LABELLERS[arguments.labeller])
    if "noise" in parts:
        seeds = range(arguments.first, arguments.first + arguments.seeds)
        outcomes = table(names, NOISE_2D, seeds, label)
        print("\nConfidence, of all of these")
        reliability(outcomes)
    if "coexistence" in parts:
        print("\nConfidence, of 300 coexistences of two crystals")
        reliability(coexistence(300, label))
    if "strain" in parts:
        strains(names, label)
    if "unnamed" in parts:
        unnamed(label)


if __name__ == "__main__":
    main()

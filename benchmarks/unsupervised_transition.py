"""The freezing of hard disks found without labels, by principal components.

    python -m benchmarks.unsupervised_transition ROOT

After Jadrich, Lindquist and Truskett, J. Chem. Phys. 149, 194109 (2018). A campaign in ROOT runs
hard disks (HOOMD-blue's HPMC) at packing fractions on both sides of the transition, each from the
hexagonal crystal, which melts where the fluid is stable; a second start carries on what is there.
Every frame has the mean distances of the nearest, second-nearest, … neighbour of its disks, over
those of an ideal gas; the first principal component of all frames is the order parameter. Prints
it against the packing fraction, beside |psi_6|, which it has never seen, and its slope.
Hexatic and fluid coexist at 0.700 to 0.716 (Bernard and Krauth, Phys. Rev. Lett. 107, 155704
(2011); Engel et al., Phys. Rev. E 87, 042134 (2013)).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import gsd.hoomd
import numpy as np
import yaml

from analysis.configuration import Configuration
from analysis.descriptors.bond_orientational_order import psi
from analysis.learning.embedding import incremental_components
from analysis.neighbourhoods import nearest
from operations.jobs.isolation import REPOSITORY

PACKING = (0.60, 0.64, 0.66, 0.68, 0.69, 0.70, 0.71, 0.72, 0.73, 0.74, 0.76, 0.80)
DISKS = 1024
NEIGHBOURS = 60
SWEEPS = 20_000
FRAMES = 40


def campaign(sweeps: int, packing: tuple[float, ...]) -> dict:
    """Hard disks of diameter 1 at the densities of these packing fractions."""
    return {
        "name": "hard_disks",
        "system": {
            "dimensions": 2,
            "particles": {"A": DISKS},
            "building_blocks": {"A": {"form": "hard_sphere"}},
        },
        "method": {
            "name": "monte_carlo",
            "start": "hexagonal",
            "number_density": [round(4.0 * eta / np.pi, 6) for eta in packing],
            "steps": sweeps,
        },
        "settings": {"engine": "hoomd", "device": "cpu", "log_period": 1000, "frames": FRAMES},
    }


def simulate(root: Path, sweeps: int, packing: tuple[float, ...]) -> None:
    """Run what is not there yet."""
    root.mkdir(parents=True, exist_ok=True)
    file = root / "hard_disks.yaml"
    file.write_text(yaml.safe_dump(campaign(sweeps, packing)))
    python = sys.executable
    subprocess.run(
        [python, REPOSITORY / "init.py", file, "--root", root], check=True, cwd=REPOSITORY
    )
    subprocess.run(
        [python, REPOSITORY / "project.py", "run", "-o", "monte_carlo"], check=True, cwd=root
    )


def equilibrated(root: Path) -> Iterator[tuple[float, Configuration]]:
    """Packing fraction and configuration of the frames of the second half of every run."""
    for folder in sorted((root / "workspace").iterdir()):
        if not (folder / "result.json").exists():
            continue
        density = json.loads((folder / "result.json").read_text())["number_density"]
        with gsd.hoomd.open(str(folder / "trajectory.gsd"), "r") as trajectory:
            for frame in trajectory[len(trajectory) // 2 :]:
                yield np.pi / 4 * density, Configuration.from_frame(frame)


def features(configuration: Configuration) -> np.ndarray:
    """Mean distance of the k-th neighbour of the disks, over that in an ideal gas, less 1."""
    from scipy.special import gammaln

    distances = nearest(configuration, NEIGHBOURS).distances
    k = np.arange(1, NEIGHBOURS + 1)
    # In the ideal gas pi rho r_k^2 is gamma distributed.
    ideal = np.exp(gammaln(k + 0.5) - gammaln(k)) / np.sqrt(np.pi * configuration.number_density)
    return distances.mean(axis=0) / ideal - 1.0


def hexatic(configuration: Configuration) -> float:
    """|psi_6| of the configuration."""
    return float(abs(psi(6, nearest(configuration, 6).neighbour_list()).mean()))


def main() -> None:
    """Simulate, find the component, print the table, draw the figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", type=Path)
    parser.add_argument("--sweeps", type=int, default=SWEEPS)
    parser.add_argument("--read", action="store_true", help="only read what was simulated")
    arguments = parser.parse_args()
    if not arguments.read:
        simulate(arguments.root, arguments.sweeps, PACKING)
    rows = [(eta, features(each), hexatic(each)) for eta, each in equilibrated(arguments.root)]
    packing = np.round([row[0] for row in rows], 4)
    x = np.array([row[1] for row in rows])
    embedding = incremental_components([x], most=2)
    first = embedding.transform(x)[:, 0]
    order = np.array([row[2] for row in rows])
    first *= np.sign(np.corrcoef(first, packing)[0, 1])
    print(f"{len(x)} frames, {embedding.explained:.3f} of the variance in two components")
    print("| packing fraction | first component | |psi_6| |\n|---|---|---|")
    levels = np.unique(packing)
    means = np.array([first[packing == eta].mean() for eta in levels])
    spreads = np.array([first[packing == eta].std() for eta in levels])
    ordered = np.array([order[packing == eta].mean() for eta in levels])
    for row in zip(levels, means, spreads, ordered, strict=True):
        print(f"| {row[0]:.3f} | {row[1]:+.2f} ± {row[2]:.2f} | {row[3]:.3f} |")
    slopes = np.diff(means) / np.diff(levels)
    print("\n| between | rise of the first component per packing fraction |\n|---|---|")
    for k, slope in enumerate(slopes):
        print(f"| {levels[k]:.3f} and {levels[k + 1]:.3f} | {slope:.0f} |")
    print(f"correlation with |psi_6| over all frames {np.corrcoef(first, order)[0, 1]:.3f}")


if __name__ == "__main__":
    main()

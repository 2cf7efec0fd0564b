"""What moves the energy and pressure of a Lennard-Jones liquid, and how honest its error bars are.

    python -m benchmarks.systematic_errors [--engine lammps] [--n 500] [--dt 0.005] [--r-cut 2.5]
        [--steps 300000] [--kT 1.5] [--density 0.6]

One run of the forward operation. Printed are

- energy per particle and pressure with the tail corrections for g(r) = 1, and their error bars;
- what the time step adds: velocity Verlet whose full-step kinetic temperature is held at kT samples
  positions at kT (1 + Ω² dt² / 4), Ω² the mean square frequency of a particle in the field of the
  others (Einstein frequency), times the derivatives by kT given below;
- what g(r) ≠ 1 beyond the cut-off adds to the energy, from the pairs of the last configuration;
- how much blocks of the run scatter, over the error bars that each block gives itself.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np

from analysis.configuration import Configuration
from analysis.statistics import correlated_mean
from operations.jobs.driver import Task, drive

#: Derivatives of energy per particle and pressure by kT at kT = 1.5, number density 0.6, from the
#: equation of state of J. K. Johnson, J. A. Zollweg and K. E. Gubbins, Mol. Phys. 78, 591 (1993).
DU_DKT, DP_DKT = 0.446, 2.05

#: Length of a block, in times of the reduced units.
BLOCK = 40.0
LOG_PERIOD = 20


def tails(density: float, r_cut: float) -> tuple[float, float]:
    """Energy per particle and pressure beyond the cut-off for g = 1 (Allen, Tildesley, 2.8)."""
    energy = 8 / 3 * np.pi * density * (r_cut**-9 / 3 - r_cut**-3)
    pressure = 16 / 3 * np.pi * density**2 * (2 / 3 * r_cut**-9 - r_cut**-3)
    return energy, pressure


def task(options: argparse.Namespace, root: Path) -> Task:
    """The run as a job in an empty folder."""
    folder = root / "workspace" / ("0" * 32)
    folder.mkdir(parents=True)
    method = {
        "name": "forward",
        "ensemble": "nvt",
        "thermostat": "bussi",
        "thermostat_time": 0.5,
        "kT": options.kT,
        "number_density": options.density,
        "start": "random",
        "dt": options.dt,
        "equilibration_steps": 0,
        "steps": 10_000,
    }
    return Task(
        id="0" * 32,
        folder=folder,
        root=root,
        statepoint={
            "system": {"dimensions": 3, "boundary": "periodic", "particles": {"A": options.n}},
            "potential": {
                "form": "lennard_jones",
                "epsilon": 1.0,
                "sigma": 1.0,
                "r_cut": options.r_cut,
            },
            "method": method,
            "replica": 0,
        },
        extent={"production_steps": options.steps},
        settings={
            "engine": options.engine,
            "device": "cpu",
            "frames": 0,
            "log_period": LOG_PERIOD,
        },
    )


def separations(configuration: Configuration) -> np.ndarray:
    """Distances of all pairs in a cubic box, nearest images."""
    length, positions = configuration.box[0], configuration.positions
    first, second = np.triu_indices(len(positions), 1)
    apart = positions[first] - positions[second]
    return np.linalg.norm(apart - length * np.round(apart / length), axis=1)


def block_scatter(series: np.ndarray, n_samples: int) -> tuple[float, int]:
    """Scatter of block means over the error bars of the blocks, and the number of blocks."""
    blocks = series[: len(series) // n_samples * n_samples].reshape(-1, n_samples)
    expected = np.mean([correlated_mean(block).standard_error ** 2 for block in blocks])
    return float(np.sqrt(blocks.mean(axis=1).var(ddof=1) / expected)), len(blocks)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--engine", default="lammps")
    parser.add_argument("--n", type=int, default=500)
    parser.add_argument("--dt", type=float, default=0.005)
    parser.add_argument("--r-cut", type=float, default=2.5)
    parser.add_argument("--steps", type=int, default=300_000)
    parser.add_argument("--kT", type=float, default=1.5)
    parser.add_argument("--density", type=float, default=0.6)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as root:
        job = task(options, Path(root))
        drive(job)
        averages = json.loads((job.folder / "result.json").read_text())["averages"]
        final = Configuration.read(job.folder / "final.gsd")
        with np.load(job.folder / "thermo.npz") as thermo:
            n_production = options.steps // LOG_PERIOD
            series = {
                name: thermo[name][-n_production:] for name in ("energy_per_particle", "pressure")
            }

    for name, tail in zip(series, tails(options.density, options.r_cut), strict=True):
        mean = averages[name]
        print(f"{name}: {mean['mean'] + tail:.5f} ± {mean['standard_error']:.5f}")
        ratio, n_blocks = block_scatter(series[name], int(BLOCK / options.dt / LOG_PERIOD))
        print(
            f"  blocks scatter {ratio:.2f} ± {ratio / np.sqrt(2 * (n_blocks - 1)):.2f} times their"
            f" error bars ({n_blocks} blocks)"
        )

    r, n = separations(final), final.n_particles
    reach = 0.5 * final.box[0]
    inside = r[r < reach]
    curvature = 4 * (156 * inside**-14 - 42 * inside**-8)
    slope = 4 * (-12 * inside**-13 + 6 * inside**-7)
    warmer = 2 * np.sum(curvature + 2 * slope / inside) / n / 3 * options.dt**2 / 4 * options.kT
    print(
        f"time step: kT of the positions +{warmer:.5f},"
        f" energy +{DU_DKT * warmer:.5f}, pressure +{DP_DKT * warmer:.4f}"
    )
    beyond = inside[inside > options.r_cut]
    found = np.sum(4 * (beyond**-12 - beyond**-6)) / n
    uniform = tails(options.density, options.r_cut)[0] - tails(options.density, reach)[0]
    print(f"g(r) ≠ 1 beyond the cut-off: energy {uniform * (n - 1) / n - found:+.5f}")


if __name__ == "__main__":
    main()

"""Energies of liquids and crystals from SOAP by a Gaussian process, with error bars.

    python -m benchmarks.soap_energies [--seeds 3]

Lennard-Jones liquids and crystals (fcc, hcp, and bcc in a cell of constant volume) of about 108
particles at several densities and kT, in LAMMPS; the energy per particle of a frame against the
mean of its SOAP vectors (DScribe), by scikit-learn's Gaussian process: Gaussian kernel and noise,
both by their likelihood (De, Bartók, Csányi and Ceriotti, Phys. Chem. Chem. Phys. 18, 13754 (2016);
errors from the process: Grisafi et al., Phys. Rev. Lett. 120, 036002 (2018)). Tested on frames of
other runs of the same states, on states in between, and on bcc, of which it has seen nothing. An
error bar is right if 68 % of the energies lie within one and 95 % within two of them. Errors are
over seeds, each with its own runs.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from itertools import product

import numpy as np

from analysis.configuration import Configuration
from analysis.descriptors.soap import Soap
from analysis.labelling.train_three_dimensional import perfect
from operations.engines import Integration, Segment, choose
from operations.interactions.start import thermal_velocities
from operations.training.reference_runs import configurations, points

PARTICLES, FRAMES, R_CUT = 108, 4, 2.5
MODEL = points("lennard_jones", (("r_cut", R_CUT), ("truncation", "shift")))
#: Structure of the start: densities and kT of its states. Every other one is trained on.
STATES = {
    "liquid": ((0.6, 0.7, 0.8, 0.85, 0.9), (1.0, 1.5, 2.0)),
    "fcc": ((0.95, 1.0, 1.05, 1.1, 1.15), (0.2, 0.4, 0.6)),
    "hcp": ((0.95, 1.0, 1.05, 1.1, 1.15), (0.2, 0.4, 0.6)),
    "bcc": ((1.05, 1.1), (0.2, 0.3)),
}


def simulated(name: str, density: float, kT: float, seed: int) -> Iterator[Configuration]:
    """Frames of a state, a liquid from a molten crystal."""
    start = perfect("fcc" if name == "liquid" else name, PARTICLES)
    scale = (start.number_density / density) ** (1 / 3)
    start.positions *= scale
    start.box[:3] *= scale
    run, random = Integration("nvt", 0.005), np.random.default_rng(seed)
    begin = 6.0 if name == "liquid" else 2.0 * kT
    start.velocities = thermal_velocities(start.n_particles, 3, begin, random)
    engine = choose("lammps", MODEL, run)(MODEL, run, seed)
    yield from configurations(
        engine, engine.begin(start), Segment(0, 750 + FRAMES * 500, (kT, kT)), 1250, 500
    )


def data(seed: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Mean vectors and energies per particle: of training and of the tests."""
    soap = Soap(R_CUT, n_max=8, l_max=6)
    engine = choose("lammps", MODEL, Integration("nve", 0.005))(MODEL, Integration("nve", 0.005), 1)
    found: dict[str, list[tuple[np.ndarray, float]]] = {}
    for name, (densities, kTs) in STATES.items():
        for state, (density, kT) in enumerate(product(densities, kTs)):
            tasks = ["bcc"] if name == "bcc" else ["states between"]
            if not state % 2 and name != "bcc":
                tasks = ["training", "same states"]  # another run of it
            for run, task in enumerate(tasks):
                random = 1000 * seed + 100 * run + state + 1
                for frame in simulated(name, density, kT, random):
                    energy = engine.energy_and_forces(frame)[0] / frame.n_particles
                    found.setdefault(task, []).append(
                        (soap.compute(frame).features.mean(axis=0), energy)
                    )
    return {
        task: (np.array([x for x, _ in rows]), np.array([u for _, u in rows]))
        for task, rows in found.items()
    }


def main() -> None:
    """Print one row a task."""
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    told = parser.parse_args()
    rows: dict[str, list[tuple[float, ...]]] = {}
    begin = time.process_time()
    for seed in range(told.seeds):
        tasks = data(seed)
        x, u = tasks.pop("training")
        kernel = ConstantKernel(1.0, (1e-3, 1e6)) * RBF(20.0, (1.0, 1e4)) + WhiteKernel(
            1e-3, (1e-10, 1.0)
        )
        process = GaussianProcessRegressor(kernel, normalize_y=True, random_state=seed)
        machine = make_pipeline(StandardScaler(), process)
        machine.fit(x, u)
        for task, (vectors, energies) in tasks.items():
            mean, error = machine.predict(vectors, return_std=True)
            off = np.abs(mean - energies)
            rows.setdefault(task, []).append(
                (
                    len(off),
                    float(energies.std()),
                    float(np.sqrt(np.mean(off**2))),
                    float(np.sqrt(np.mean(error**2))),
                    float((off < error).mean()),
                    float((off < 2 * error).mean()),
                )
            )
    print(f"{len(x)} configurations trained on, {x.shape[1]} numbers each; {told.seeds} seeds")
    print("| tested on | configurations | spread | error | error bar | within one | within two |")
    print("|---" * 7 + "|")
    for task, found in rows.items():
        n, *numbers = np.mean(found, axis=0)
        cells = [f"{value:.3g}" for value in numbers]
        if len(found) > 1:
            errors = np.std(found, axis=0, ddof=1)[1:] / np.sqrt(len(found))
            cells = [f"{cell} ± {error:.2g}" for cell, error in zip(cells, errors, strict=True)]
        print(f"| {task} | {n:.0f} | {' | '.join(cells)} |")
    print(f"{time.process_time() - begin:.0f} s of processor time", file=sys.stderr)


if __name__ == "__main__":
    main()

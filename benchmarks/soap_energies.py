"""Energies of liquids and crystals from SOAP by a Gaussian process, with error bars.

    python -m benchmarks.soap_energies [--dimensions 3] [--seeds 3]

Lennard-Jones liquids and crystals (fcc, hcp, and bcc in a cell of constant volume; in the plane
hexagonal, and square, which turns into hexagonal grains) of about 108 particles at several
densities and kT, in LAMMPS; the energy per particle of a frame against the mean of its SOAP vectors
(DScribe), by scikit-learn's Gaussian process: Gaussian kernel and noise, both by their likelihood
(De, Bartók, Csányi and Ceriotti, Phys. Chem. Chem. Phys. 18, 13754 (2016); errors from the process:
Grisafi et al., Phys. Rev. Lett. 120, 036002 (2018)). Tested on frames of other runs of the same
states, on states in between, and on bcc (square), of which it has seen nothing. An error bar is
right if 68 % of the energies lie within one and 95 % within two of them. Errors are over seeds,
each with its own runs.
"""

from __future__ import annotations

import argparse
import sys
import time
from itertools import product

import numpy as np

from analysis.descriptors.soap import Soap
from benchmarks.descriptor_families import of, repeated
from benchmarks.lennard_jones_phases import R_CUT, SETTINGS, STATES, simulated
from operations.engines import Integration, choose
from operations.training.reference_runs import points


def data(seed: int, dimensions: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Mean vectors and energies per particle: of training and of the tests."""
    soap = repeated(of(Soap(R_CUT, n_max=8, l_max=6)))
    model, run = (
        points("lennard_jones", SETTINGS["lennard_jones"], dimensions=dimensions),
        Integration("nve", 0.005),
    )
    engine = choose("lammps", model, run)(model, run, 1)
    found: dict[str, list[tuple[np.ndarray, float]]] = {}
    for name, (densities, kTs) in STATES[dimensions].items():
        for state, (density, kT) in enumerate(product(densities, kTs)):
            foreign = name in ("bcc", "square")
            tasks = [name] if foreign else ["states between"]
            if not state % 2 and not foreign:
                tasks = ["training", "same states"]  # another run of it
            for number, task in enumerate(tasks):
                random = 1000 * seed + 100 * number + state + 1
                for frame in simulated(name, density, kT, random, dimensions):
                    energy = engine.energy_and_forces(frame)[0] / frame.n_particles
                    found.setdefault(task, []).append((soap(frame).mean(axis=0), energy))
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
    parser.add_argument("--dimensions", type=int, choices=(2, 3), default=3)
    parser.add_argument("--seeds", type=int, default=3)
    told = parser.parse_args()
    rows: dict[str, list[tuple[float, ...]]] = {}
    begin = time.process_time()
    for seed in range(told.seeds):
        tasks = data(seed, told.dimensions)
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

"""g(r) of two liquids with known potentials, the targets of `campaigns/coarse_grain_liquids.yaml`.

    python campaigns/coarse_grain_liquids/make.py [--frames 1000] [--compare ROOT]

The first is Lennard-Jones at density 0.8 and kT = 1, the second a mixture after the tutorial
LJ1-LJ2 of VOTCA (1000 + 1000 particles in 4.30484 nm at 85 K, up to 0.85 nm; g has its peaks at
0.370, 0.322 and 0.344 nm): in units of σ = 0.338 nm a second σ of 0.87 and a density of 0.968, with
ε = 1 kJ/mol for all pairs. All forces are shifted to zero at 2.5. Columns are r, g and its error
from ten blocks. With `--compare` no target is made: the potentials that a root has found are held
against the exact ones.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np

from operations.design.pairs import by_types, pairs_within
from operations.engines import Integration, Sampling, Segment
from operations.engines.lammps import Lammps
from operations.interactions.model import Model
from operations.interactions.pair_functions import PairFunction, pair_functions
from operations.interactions.start import lattice, thermal_velocities
from workspace_schema.interactions import Interactions, pair_key, type_pairs

POTENTIAL = {"form": "lennard_jones", "r_cut": 2.5, "truncation": "force_shift"}
LIQUIDS: dict[str, dict[str, Any]] = {
    "lj": {"particles": {"A": 256}, "density": 0.8, "kT": 1.0, "potential": POTENTIAL},
    "lj1_lj2": {
        "particles": {"A": 200, "B": 200},
        "density": 0.968,
        "kT": 0.7067,
        "potential": POTENTIAL | {"types": {"B": {"sigma": 0.87}}},
    },
}
EQUILIBRATION, APART, WIDTH = 10_000, 50, 0.025


def simulate(name: str, n_frames: int) -> None:
    """Run a liquid, and write g of each pair of types beside this file."""
    begin, liquid = time.process_time(), LIQUIDS[name]
    particles, kT, density = liquid["particles"], liquid["kT"], liquid["density"]
    types, n = tuple(particles), sum(particles.values())
    interactions = Interactions.model_validate(liquid["potential"])
    functions = pair_functions(interactions, types)
    engine = Lammps(Model(3, types, functions), Integration("nvt", 0.005), 1)
    random = np.random.default_rng(1)
    start = lattice("sc", particles, 3, density, random, regular=True)
    start.velocities = thermal_velocities(n, 3, kT, random)
    last = EQUILIBRATION + n_frames * APART
    segment = Segment(0, last, (kT, kT))
    state = engine.run(engine.begin(start), segment, EQUILIBRATION, Sampling(APART, 0, last)).state
    chunk = engine.run(state, segment, last, Sampling(APART, APART, last))
    volume = n / density
    edges = np.arange(int(0.5 * volume ** (1 / 3) / WIDTH) + 1) * WIDTH
    shells = 4 / 3 * np.pi * np.diff(edges**3) / volume
    counts: dict[str, list[Any]] = {pair_key(a, b): [] for a, b in type_pairs(types)}
    virials = []
    for _, frame in chunk.frames:
        pairs, virial = pairs_within(frame, edges[-1], once=True), 0.0
        for (key, chosen), function in zip(
            by_types(frame, pairs, types), functions.values(), strict=True
        ):
            counts[key].append(np.histogram(pairs.r[chosen], edges)[0])
            virial += float(pairs.r[chosen] @ function.force(pairs.r[chosen]))
        virials.append(density * kT + virial / (3.0 * volume))
    for key, found in counts.items():
        a, b = key.split("-")
        ideal = particles[a] * particles[b] * (0.5 if a == b else 1.0) * shells
        blocks = np.array([part.mean(axis=0) for part in np.array_split(found, 10)]) / ideal
        error = blocks.std(axis=0, ddof=1) / np.sqrt(10)
        columns = np.column_stack([0.5 * (edges[1:] + edges[:-1]), blocks.mean(axis=0), error])
        top = int(np.argmax(columns[:, 1]))
        head = f"{name}, {key}: r, g, its error; make.py"
        np.savetxt(Path(__file__).with_name(f"{name}_{key}.txt"), columns, "%.6g", header=head)
        print(f"{name} {key}: g = {columns[top, 1]:.3f} at {columns[top, 0]:.4f}")
    blocks = np.array([part.mean() for part in np.array_split(virials, 10)])
    print(f"{name}: P = {blocks.mean():.4f} ± {blocks.std(ddof=1) / np.sqrt(10):.4f},", end=" ")
    print(f"{n_frames} frames, {time.process_time() - begin:.0f} CPU seconds")


def compare(root: Path) -> None:
    """Print, of every design in a root, how far its potentials are off, in kT with weight g r²."""
    for file in sorted((root / "workspace").glob("*/result.json")):
        design = json.loads(file.read_text())["design"]
        point = json.loads((file.parent / "signac_statepoint.json").read_text())
        name = "lj" if len(point["system"]["particles"]) == 1 else "lj1_lj2"
        interactions = Interactions.model_validate(LIQUIDS[name]["potential"])
        words = f"{design['verdict']} {design['reason']}, {design['updates']} updates"
        words += f", f_fit {design['f_fit']:.4f}, χ² {design['chi_squared']:.2f}"
        words += f", P {design['pressure']:.3f} ± {design['pressure_error']:.3f}"
        print(f"{name} given P {point['method'].get('pressure')}: {words}")
        for key, curve in design["curves"].items():
            target = np.loadtxt(Path(__file__).with_name(f"{name}_{key}.txt")).T
            r = np.array(curve["r"])
            exact = PairFunction(interactions.pair(*key.split("-"))).energy(r)
            weight = np.interp(r, target[0], target[1]) * r**2
            start, end = (
                np.sqrt(np.average((np.array(curve[u]) - exact) ** 2, weights=weight))
                / LIQUIDS[name]["kT"]
                for u in ("u_start", "u")
            )
            print(f"    {key}: rms of u {start:.3f} kT at the start, {end:.3f} kT")


def main() -> None:
    """Make the targets, or compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=1000)
    parser.add_argument("--compare", type=Path)
    arguments = parser.parse_args()
    if arguments.compare:
        compare(arguments.compare)
        return
    for name in LIQUIDS:
        simulate(name, arguments.frames)


if __name__ == "__main__":
    main()

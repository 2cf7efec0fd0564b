"""Updates and CPU seconds from g(r) of a Lennard-Jones liquid to its potential, by algorithm.

    python -m benchmarks.design_algorithms [--seeds 3] [--updates 10] [--steps 3000] [--only ibi]

The target is a run of 256 particles (density 0.8, kT 1, Lennard-Jones shifted in force at 2.5).
Each algorithm of `by: structure`, and `by: relative_entropy` on the trajectory itself, begins with
the potential of mean force, without and with the pressure of the target, and ends where the rms of
u - u_exact weighted with g is below 0.1 kT and the pressure within 0.5 of the target; or after
--updates. The last columns are of the simulation at which it ended. Errors are those of the mean
over seeds.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import json
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

import init
from analysis.statistics import mean_of
from operations.design.pairs import pairs_within
from operations.design.relative_entropy import RelativeEntropy
from operations.design.simulated import SimulatedDesign
from operations.design.simulated_state import State
from operations.design.structure import Structure
from operations.engines import Integration, Sampling, Segment
from operations.engines.lammps import Lammps
from operations.interactions.model import Model
from operations.interactions.pair_functions import PairFunction
from operations.interactions.start import lattice, thermal_velocities
from operations.jobs import trajectory
from operations.jobs.driver import Task
from operations.jobs.samples import SAMPLE_COLUMNS
from workspace_schema.potentials import FORMS

N, DENSITY, KT, CUT = 256, 0.8, 1.0, 2.5
EXACT = PairFunction(
    FORMS["lennard_jones"].model_validate(
        {"form": "lennard_jones", "r_cut": CUT, "truncation": "force_shift"}
    )
)
#: Frames of the target, and steps between them.
FRAMES, APART = 400, 100
#: Where an algorithm has reached the target.
NEAR, NEAR_PRESSURE = 0.1, 0.5
SETTINGS: dict[str, Any] = {"engine": "lammps"}
WAYS = ("ibi", "imc", "hncgn", "default", "relative entropy")


def target(folder: Path) -> tuple[float, float]:
    """Write g(r) and the trajectory of the target; its pressure, with the error."""
    engine = Lammps(Model(3, ("A",), {(0, 0): EXACT}), Integration("nvt", 0.005), 1)
    random = np.random.default_rng(1)
    start = lattice("fcc", {"A": N}, 3, DENSITY, random)
    start.velocities = thermal_velocities(N, 3, KT, random)
    last = 5000 + FRAMES * APART
    segment = Segment(0, last, (KT, KT))
    state = engine.run(engine.begin(start), segment, 5000, Sampling(APART, 0, last)).state
    chunk = engine.run(state, segment, last, Sampling(APART, APART, last))
    frames = [frame for _, frame in chunk.frames]
    half = 0.5 * float(frames[0].widths.min())
    edges = np.arange(int(half / 0.025) + 1) * 0.025
    counts = np.array([np.histogram(pairs_within(one, edges[-1]).r, edges)[0] for one in frames])
    g = counts / (N * DENSITY * 4.0 / 3.0 * np.pi * np.diff(edges**3))
    error = np.array([part.mean(axis=0) for part in np.array_split(g, 10)]).std(axis=0) / 3.0
    columns = [0.5 * (edges[1:] + edges[:-1]), g.mean(axis=0), error]
    np.savetxt(folder / "g.txt", np.column_stack(columns))
    trajectory.write(folder / "target.gsd", list(enumerate(frames)))
    return mean_of(chunk.samples[:, SAMPLE_COLUMNS.index("pressure")])


def task(folder: Path, name: str, pressure: float | None, steps: int, updates: int) -> Task:
    """A design of the target by one of the ways."""
    method: dict[str, Any] = {"name": "design", "kT": KT, "number_density": DENSITY}
    method |= {"equilibration_steps": 500, "steps": steps, "updates": updates}
    if name == "relative entropy":
        method |= {"by": "relative_entropy", "trajectory": {"file": "target.gsd"}}
    else:
        method |= {"by": "structure", "distribution": {"file": "g.txt"}}
        method |= {} if name == "default" else {"algorithm": name}
    method |= {} if pressure is None else {"pressure": pressure}
    content = {
        "name": "algorithms",
        "system": {"dimensions": 3, "particles": {"A": N}},
        "potential": {"form": "designed", "r_cut": CUT, "coefficients": 24},
        "method": method,
        "settings": SETTINGS,
    }
    file = folder / "campaign.yaml"
    file.write_text(json.dumps(content))
    root = Path(tempfile.mkdtemp(dir=folder))
    if init.main([str(file), "--root", str(root)]):
        raise SystemExit("the campaign is wrong")
    (job,) = (root / "workspace").iterdir()
    return Task.read(job, root, SETTINGS)


class EndlessStructure(Structure):
    """Goes on where g is within its noise."""

    def _over(self, state: State) -> str:
        return ""


class EndlessEntropy(RelativeEntropy):
    """Goes on where g is within its noise."""

    def _over(self, state: State) -> str:
        return ""


def reached(
    method: SimulatedDesign, updates: int, wanted: float
) -> tuple[int, float, float, float]:
    """Simulations and CPU seconds until the target is reached; rms of u and pressure there."""
    begin = time.process_time()
    state = method.start()
    (part,) = method.target.parts.values()
    r, g = part.distribution.r[part.inside], part.distribution.g[part.inside]
    values, exact = part.basis.values(r), EXACT.energy(r)
    while True:
        done = state.update
        while state.update == done:
            state = method.step(state)
        line = state.history[-1]
        off = values @ np.array(line["coefficients"]) - exact
        rms, pressure = float(np.sqrt(g @ off**2 / g.sum())), float(line["pressure"])
        near = rms < NEAR * KT and abs(pressure - wanted) < NEAR_PRESSURE
        if near or state.update > updates:
            return state.update, time.process_time() - begin, rms, pressure


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--updates", type=int, default=10)
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--only", nargs="*", choices=WAYS, default=WAYS)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wanted, error = target(folder)
        print(f"target: pressure {wanted:.3f} ± {error:.3f}\n")
        print("| algorithm | pressure | reached | simulations | CPU seconds | rms of u | P |")
        print("|---|---|---|---|---|---|---|")
        for way in arguments.only:
            for pressure in (None, round(wanted, 3)):
                with contextlib.redirect_stdout(io.StringIO()):
                    one = task(folder, way, pressure, arguments.steps, arguments.updates)
                kind = EndlessEntropy if way == "relative entropy" else EndlessStructure
                rows = []
                for seed in range(arguments.seeds):
                    number = hashlib.md5(f"{one.id} {seed}".encode()).hexdigest()
                    method = kind(replace(one, id=number))
                    rows.append(reached(method, arguments.updates, wanted))
                near = sum(abs(p - wanted) < NEAR_PRESSURE and u < NEAR for _, _, u, p in rows)
                columns = np.array(rows).T
                mean, spread = columns.mean(axis=1), columns.std(axis=1, ddof=1)
                words = [
                    f"{m:.{digits}f} ± {s / np.sqrt(len(rows)):.{digits}f}"
                    for m, s, digits in zip(mean, spread, (1, 0, 3, 2), strict=True)
                ]
                given = "given" if pressure is not None else ""
                print(
                    f"| {way} | {given} | {near} of {len(rows)} | {' | '.join(words)} |", flush=True
                )


if __name__ == "__main__":
    main()

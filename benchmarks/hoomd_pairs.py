"""Particle-steps per second of HOOMD-blue with its own pair classes against tables, on the CPU.

    python -m benchmarks.hoomd_pairs [--repeats 3]

The two take turns; CPU time, which other work on the machine disturbs less than the clock does.
Printed are the medians and the ratio class / table of neighbouring runs: median, smallest, largest.
`operations.engines.hoomd_pairs.NATIVE` holds the classes that were not slower.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any
from unittest import mock

import numpy as np

from operations.engines import Integration, Segment, hoomd_pairs
from operations.engines.hoomd import Hoomd
from operations.interactions.model import Model
from operations.interactions.pair_functions import PairFunction
from operations.interactions.start import lattice, thermal_velocities
from workspace_schema.potentials import FORMS

#: Classes that HOOMD-blue has too and that were slower than tables.
SLOWER: dict[str, tuple[str, Callable[[Any], dict[str, float]]]] = {
    "mie": ("Mie", lambda p: {key: p[key] for key in ("epsilon", "sigma", "n", "m")}),
    "oscillating_pair_potential": (
        "OPP",
        lambda p: {
            "C1": 1.0,
            "C2": 1.0,
            "eta1": 15.0,
            "eta2": 3.0,
            "k": p["k"],
            "phi": 1.25 * p["k"] + p["phi"],
        },
    ),
}

#: Dimensions, number density and kT by form.
STATES = {
    "lennard_jones": (3, 0.8, 1.0),
    "lennard_jones_gauss": (2, 0.85, 0.5),
    "morse": (3, 0.8, 1.0),
    "gaussian_core": (3, 0.2, 0.1),
    "yukawa": (3, 0.2, 1.0),
    "mie": (3, 0.8, 1.0),
    "oscillating_pair_potential": (3, 0.8, 0.5),
}
PARTICLES, STEPS = {2: 576, 3: 1728}, {2: 6000, 3: 600}


def simulation(form: str, native: bool) -> Any:
    """A warm crystal of this form, some steps on its way."""
    import hoomd

    dimensions, density, kT = STATES[form]
    random = np.random.default_rng(1)
    name = {2: "square", 3: "sc"}[dimensions]
    particles = {"A": PARTICLES[dimensions]}
    configuration = lattice(name, particles, dimensions, density, random)
    configuration.velocities = thermal_velocities(configuration.n_particles, dimensions, kT, random)
    classes = hoomd_pairs.NATIVE | SLOWER if native else {}
    with mock.patch.object(hoomd_pairs, "NATIVE", classes):
        functions = {(0, 0): PairFunction(FORMS[form]())}
        model = Model(dimensions, ("A",), functions)
        engine = Hoomd(model, Integration("nvt", 0.003), 1, "cpu")
        state = engine.begin(configuration)
        running = engine._simulation(state)
        running.operations.integrator = hoomd.md.Integrator(
            dt=0.003,
            methods=[engine._method(Segment(0, 1, (kT, kT)))],
            forces=engine._forces(),
        )
    running.run(300)
    return running


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    for form, (dimensions, *_) in STATES.items():
        simulations = [simulation(form, native) for native in (False, True)]
        work = PARTICLES[dimensions] * STEPS[dimensions]
        rates = np.empty((options.repeats, 2))
        for turn, kind in np.ndindex(rates.shape):
            begin = time.process_time()
            simulations[kind].run(STEPS[dimensions])
            rates[turn, kind] = work / (time.process_time() - begin) / 1e6
        table, native = np.median(rates, axis=0)
        ratios = rates[:, 1] / rates[:, 0]
        print(
            f"{form:28} table {table:.2f}  class {native:.2f}  10⁶ particle-steps/s  ratio"
            f" {np.median(ratios):.2f} ({ratios.min():.2f}–{ratios.max():.2f})",
            flush=True,
        )


if __name__ == "__main__":
    main()

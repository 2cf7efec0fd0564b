"""Fluids from short molecular dynamics runs: what the labels learn a fluid from."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analysis.configuration import Configuration


@dataclass(frozen=True)
class Fluid:
    """A fluid state.

    Attributes
    ----------
    form : str
        Potential; its parameters are the defaults unless `parameters` says otherwise.
    number_density, kT : float
    parameters : tuple of (str, float)
    diameters : tuple of float
        Of the types, as many particles of each.
    """

    form: str
    number_density: float
    kT: float
    parameters: tuple[tuple[str, float], ...] = ()
    diameters: tuple[float, ...] = (1.0,)


def _mixture(diameter: float, packing_fraction: float) -> Fluid:
    """Spheres of diameters 1 and another, as hard as those of WCA at kT 1."""
    density = packing_fraction / (math.pi / 12 * (1 + diameter**3))
    return Fluid("wca", round(density, 3), 1.0, diameters=(1.0, diameter))


#: Equimolar mixtures of spheres of unequal size, from liquids to what has no time to crystallise.
MIXTURES = tuple(_mixture(d, eta) for d in (0.35, 0.5, 0.7, 0.85) for eta in (0.45, 0.54, 0.62))

#: From the gas to slightly supercooled liquids, hard and soft, close-packed and open; mixtures.
TRAINING = (
    Fluid("lennard_jones", 0.05, 1.5),
    Fluid("lennard_jones", 0.30, 1.5),
    Fluid("lennard_jones", 0.60, 1.2),
    Fluid("lennard_jones", 0.75, 0.9),
    Fluid("lennard_jones", 0.844, 0.75),
    Fluid("lennard_jones", 0.85, 1.0),
    Fluid("lennard_jones", 0.92, 1.1),
    Fluid("lennard_jones", 1.00, 1.6),
    Fluid("lennard_jones", 1.10, 2.4),
    Fluid("lennard_jones", 0.92, 0.8),
    Fluid("wca", 0.50, 1.0),
    Fluid("wca", 0.75, 1.0),
    Fluid("wca", 0.90, 1.0),
    Fluid("wca", 0.96, 1.0),
    Fluid("inverse_power", 0.90, 1.0),
    Fluid("inverse_power", 1.15, 1.0),
    Fluid("inverse_power", 1.20, 0.35, (("n", 6.0),)),
    Fluid("gaussian_core", 0.25, 0.012, (("r_cut", 3.5),)),
    Fluid("yukawa", 1.00, 0.05, (("kappa", 3.0), ("r_cut", 3.0))),
    Fluid("dzugutov", 0.60, 1.2),
    Fluid("dzugutov", 0.85, 0.9),
    Fluid("morse", 0.95, 0.9),
    Fluid("square_shoulder", 0.50, 0.5),
    Fluid("square_shoulder", 0.80, 0.8),
    Fluid("fermi_jagla", 0.30, 0.5),
    Fluid("lennard_jones_gauss", 0.85, 2.0),
    Fluid("oscillating_pair_potential", 0.60, 1.0),
    *MIXTURES,
)

#: Gases, whose particles have no shell. Denser ones look like hot crystals to some of the features.
DILUTE = (
    Fluid("wca", 0.01, 1.0),
    Fluid("wca", 0.10, 1.0),
    Fluid("wca", 0.25, 1.0),
    Fluid("lennard_jones", 0.15, 2.5),
)

#: Of the plane, up to where they freeze.
PLANE = (
    *(Fluid("wca", density, 1.0) for density in (0.1, 0.4, 0.6, 0.75, 0.85)),
    Fluid("lennard_jones", 0.4, 1.2),
    Fluid("lennard_jones", 0.7, 1.0),
    Fluid("lennard_jones", 0.8, 1.0),
    Fluid("lennard_jones", 0.8, 1.4),
    Fluid("inverse_power", 0.9, 1.0),
    Fluid("square_shoulder", 0.5, 0.5),
    *(
        Fluid("lennard_jones_gauss", 0.85, kT, (("r0", r0), ("epsilon", 1.8), ("sigma2", 0.02)))
        for r0, kT in ((1.2, 1.8), (1.4, 1.0), (1.52, 0.8), (1.52, 1.2), (1.8, 1.8))
    ),
    *(Fluid("wca", density, 1.0) for density in (0.01, 0.03)),
    Fluid("lennard_jones", 0.1, 1.2),
)

#: Not trained on: other states of the same and of other potentials.
TESTING = (
    Fluid("lennard_jones", 0.10, 1.6),
    Fluid("lennard_jones", 0.70, 1.0),
    Fluid("lennard_jones", 0.80, 0.8),
    Fluid("lennard_jones", 0.90, 1.1),
    Fluid("lennard_jones", 0.95, 1.3),
    Fluid("lennard_jones", 0.90, 0.75),
    Fluid("wca", 0.85, 1.0),
    Fluid("wca", 0.93, 1.0),
    Fluid("mie", 0.85, 0.9, (("n", 24.0),)),
    Fluid("inverse_power", 1.00, 1.0, (("n", 9.0),)),
    Fluid("dzugutov", 0.80, 0.8),
    Fluid("hertzian", 2.00, 0.02),
    Fluid("screened_charges", 0.50, 0.2, (("r_cut", 3.0),)),
    Fluid("mihalkovic_henley", 0.60, 1.0),
    Fluid("mie", 0.04, 1.0, (("n", 24.0),)),
    Fluid("inverse_power", 0.20, 1.0, (("n", 50.0),)),
    Fluid("inverse_power", 0.15, 1.0, (("n", 4.0),)),
    Fluid("wca", 0.32, 1.0),
)


def simulate(
    fluid: Fluid, n: int, steps: int, seed: int, frames: int = 1, dimensions: int = 3
) -> Iterator[Configuration]:
    """Configurations of a fluid: random start, half the steps at twice kT, half at kT.

    Parameters
    ----------
    fluid : Fluid
    n : int
        Number of particles.
    steps : int
        Steps of 0.005, at lower kT or softer potentials accordingly longer.
    seed : int
    frames : int
        Configurations, `steps` / 4 apart.
    dimensions : int
    """
    from operations.engines import Integration, Sampling, Segment, choose
    from operations.interactions.start import random_configuration, thermal_velocities
    from operations.training.reference_runs import configurations, points

    random = np.random.default_rng(seed)
    model = points(fluid.form, fluid.parameters, fluid.diameters, dimensions)
    each = {name: n // len(model.types) for name in model.types}
    start = random_configuration(
        each, dimensions, fluid.number_density, model.pairs, fluid.kT, random
    )
    start.velocities = thermal_velocities(start.n_particles, dimensions, 2.0 * fluid.kT, random)
    dt = float(0.004 / np.sqrt(np.clip(fluid.kT, 0.01, 4.0)))
    run = Integration("nvt", dt, "langevin")
    engine = choose("lammps", model, run)(model, run, seed)
    half, apart = steps // 2, max(steps // 4, 1)
    last = steps + (frames - 1) * apart
    state = engine.begin(start)
    hot = Segment(0, half, (2.0 * fluid.kT, 2.0 * fluid.kT))
    cold = Segment(half, last, (fluid.kT, fluid.kT))
    state = engine.run(state, hot, half, Sampling(half, 0, last)).state
    yield from configurations(engine, state, cold, steps, apart)

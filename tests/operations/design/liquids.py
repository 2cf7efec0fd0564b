"""Small liquids whose potential is known, and their trajectories."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from analysis.configuration import Configuration
from operations.engines import Integration, Sampling, Segment
from operations.engines.lammps import Lammps
from operations.interactions.model import Model
from operations.interactions.pair_functions import pair_functions
from operations.interactions.start import lattice, thermal_velocities
from workspace_schema.interactions import Interactions

#: Lennard-Jones, shifted in force: what is looked for ends flat as designs do.
LENNARD_JONES = {"form": "lennard_jones", "r_cut": 2.5, "truncation": "force_shift"}


def frames(
    potential: dict[str, object] = LENNARD_JONES,
    particles: dict[str, int] | None = None,
    density: float = 0.8,
    kT: float = 1.0,
    n_frames: int = 5,
    apart: int = 200,
    equilibration: int = 2000,
    seed: int = 1,
) -> list[Configuration]:
    """Frames of a run at constant volume, with forces."""
    particles = particles or {"A": 216}
    names = tuple(sorted(particles))
    model = Model(3, names, pair_functions(Interactions.model_validate(potential), names))
    engine = Lammps(model, Integration("nvt", 0.005), seed)
    random = np.random.default_rng(seed)
    start = lattice("sc", particles, 3, density, random)
    start.velocities = thermal_velocities(start.n_particles, 3, kT, random)
    state, last = engine.begin(start), equilibration + n_frames * apart
    segment = Segment(0, last, (kT, kT))
    state = engine.run(state, segment, equilibration, Sampling(1000, 0, last)).state
    chunk = engine.run(state, segment, last, Sampling(1000, apart, last))
    found = [configuration for _, configuration in chunk.frames]
    for configuration in found:
        configuration.forces = engine.energy_and_forces(configuration)[1]
    return found


def write_extxyz(file: Path, configurations: list[Configuration]) -> None:
    """Positions and forces as extended XYZ."""
    with file.open("w") as stream:
        for one in configurations:
            cell = " ".join(repr(float(x)) for x in one.cell.ravel())
            properties = "Properties=species:S:1:pos:R:3:forces:R:3"
            stream.write(f'{one.n_particles}\nLattice="{cell}" {properties} pbc="T T T"\n')
            assert one.forces is not None
            for t, r, f in zip(one.types, one.positions, one.forces, strict=True):
                numbers = " ".join(repr(float(x)) for x in (*r, *f))
                stream.write(f"{one.type_names[t]} {numbers}\n")

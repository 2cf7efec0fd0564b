"""Crystals of hard cubes: rows and layers slide, which no soft crystal and no Gaussian noise has.

The labels learn simple cubic crystals near melting from these. HOOMD-blue makes them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analysis.configuration import Configuration


@dataclass(frozen=True)
class HardCrystal:
    """A crystal of hard particles of volume 1 at a pressure.

    Attributes
    ----------
    structure : str
        A name of `analysis.prototypes`, and of `operations.start.LATTICES`.
    truncation : float
        Of the cubes.
    pressure : float
        In kT per volume of a particle; cubes melt at about 6.2, slightly truncated ones above.
    """

    structure: str
    truncation: float
    pressure: float


#: From close to melting to dense. The labels are tested with other truncations.
TRAINING = (
    *(HardCrystal("sc", t, pressure) for t in (0.1, 0.2) for pressure in (7.5, 10.0, 14.0)),
    *(HardCrystal("fcc", t, 13.0) for t in (0.45, 0.55)),
    *(HardCrystal("bcc", t, 11.0) for t in (0.7, 0.8)),
)

#: Numbers of particles that fill a cube, and densities at which bodies turned alike do not overlap.
STARTS = {"sc": (216, 0.6), "fcc": (256, 0.39), "bcc": (250, 0.6)}
#: Density to which looser starts are squeezed, and sweeps of each part of that.
DENSE, SQUEEZE = 0.55, 200


def simulate(
    crystal: HardCrystal, sweeps: int, seed: int, frames: int = 1
) -> Iterator[Configuration]:
    """Configurations of a crystal in a box of free shape, from the perfect one.

    Parameters
    ----------
    crystal : HardCrystal
    sweeps : int
        Before the first configuration; others follow at half that distance.
    seed : int
    frames : int

    Yields
    ------
    Configuration

    Raises
    ------
    EngineError
        If HOOMD-blue is not there.
    """
    from operations.engines import Segment
    from operations.engines.hpmc import Hpmc
    from operations.reference_runs import configurations
    from operations.start import lattice
    from workspace_schema.building_blocks.polyhedron import HardPolyhedron

    cube = HardPolyhedron(
        form="hard_polyhedron", family="truncated_cube", truncation=crystal.truncation
    )
    engine = Hpmc({"A": cube}, 3, "npt", "flexible", seed, "cpu", sweeps)
    n, density = STARTS[crystal.structure]
    state = engine.begin(
        lattice(crystal.structure, {"A": n}, 3, density, np.random.default_rng(seed))
    )
    done = density >= DENSE
    while not done:
        squeezed, done = engine.compress(state, n / DENSE, SQUEEZE)
        state = squeezed | {"step": state["step"]}
    apart = max(sweeps // 2, 1)
    last = sweeps + (frames - 1) * apart
    segment = Segment(0, last, (1.0, 1.0), (crystal.pressure, crystal.pressure))
    yield from configurations(engine, state, segment, sweeps, apart)

"""Crystals and fluids of hard truncated cubes, near melting.

Rows and layers of a crystal slide, which no soft crystal and no Gaussian noise has, and flat faces
meet in the fluid. The labels learn both from these. HOOMD-blue makes them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analysis.configuration import Configuration


@dataclass(frozen=True)
class HardBodies:
    """Hard truncated cubes of volume 1 at a pressure.

    Attributes
    ----------
    structure : str
        What they form, of `STARTS`.
    truncation : float
    pressure : float
        In kT per volume of a particle; cubes melt at about 6.2, slightly truncated ones above.
    """

    structure: str
    truncation: float
    pressure: float


#: From close to melting to dense. The labels are tested with other truncations.
TRAINING = (
    *(HardBodies("sc", t, pressure) for t in (0.1, 0.2) for pressure in (7.5, 10.0, 14.0)),
    *(HardBodies("fcc", t, 13.0) for t in (0.45, 0.55)),
    *(HardBodies("bcc", t, pressure) for t in (0.7, 0.8) for pressure in (9.0, 11.0)),
    *(HardBodies("fluid", t, P) for t, P in ((0.1, 5.8), (0.2, 6.5), (0.4, 10.0), (0.6, 9.0))),
    HardBodies("fluid", 0.9, 11.0),
)


@dataclass(frozen=True)
class Start:
    """A lattice of bodies turned alike.

    Attributes
    ----------
    lattice : str
    n : int
        Number of particles: they fill a cube.
    loose : float
        Number density at which no two overlap; lattices as loose as that of the fluid melt.
    dense : float
        To which it is squeezed.
    """

    lattice: str
    n: int
    loose: float
    dense: float


STARTS = {
    "sc": Start("sc", 216, 0.6, 0.6),
    "fcc": Start("fcc", 256, 0.39, 0.55),
    "bcc": Start("bcc", 250, 0.6, 0.6),
    "fluid": Start("sc", 216, 0.15, 0.42),
}


def simulate(
    bodies: HardBodies, sweeps: int, seed: int, frames: int = 1
) -> Iterator[Configuration]:
    """Configurations in a box of free shape.

    Parameters
    ----------
    bodies : HardBodies
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
    from operations.engines import Integration, Segment, choose
    from operations.interactions.model import Model
    from operations.interactions.start import lattice
    from operations.training.reference_runs import configurations
    from workspace_schema.building_blocks.polyhedron import HardPolyhedron

    cube = HardPolyhedron(
        form="hard_polyhedron", family="truncated_cube", truncation=bodies.truncation
    )
    model = Model(3, ("A",), blocks={"A": cube})
    moves = Integration("npt", cell="flexible", adjust_until=sweeps)
    engine = choose("hoomd", model, moves)(model, moves, seed, "cpu")
    start = STARTS[bodies.structure]
    random = np.random.default_rng(seed)
    state = engine.begin(lattice(start.lattice, {"A": start.n}, 3, start.loose, random))
    done = start.loose == start.dense
    while not done:
        squeezed, done = engine.compress(state, 1.0, volume=start.n / start.dense)
        state = squeezed | {"step": state["step"]}
    apart = max(sweeps // 2, 1)
    last = sweeps + (frames - 1) * apart
    segment = Segment(0, last, (1.0, 1.0), (bodies.pressure, bodies.pressure))
    yield from configurations(engine, state, segment, sweeps, apart)

"""Whether hard bodies overlap: those of a crystal near their sites, and two of them anywhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.configuration import Configuration
from operations.equilibrium.einstein import Displaced
from operations.equilibrium.rotors import uniform
from operations.search.compilation import compiled
from operations.search.hard_bodies import HardBodies, Placed, make_bodies, pair_energy, place
from workspace_schema.building_blocks import BuildingBlock

FloatArray = NDArray[np.float64]

#: Steps of a bisection, and digits by which two ways to a neighbour are one.
STEPS, DIGITS = 30, 6
#: Pairs by which a second virial coefficient is known to 5e-4 or so.
PAIRS = 2_000_000


@dataclass(frozen=True)
class Overlaps:
    """The pairs of a crystal of bodies of one type that can meet.

    Attributes
    ----------
    bodies : HardBodies
    pairs : Displaced
    """

    bodies: HardBodies
    pairs: Displaced

    @classmethod
    def of(cls, crystal: Configuration, block: BuildingBlock) -> Overlaps:
        """Those of a perfect crystal."""
        bodies = make_bodies({crystal.type_names[0]: block}, crystal.dimensions)
        return cls(bodies, Displaced.of(crystal, np.zeros_like, bodies.reach))

    def __call__(self, displacements: FloatArray, orientations: FloatArray) -> bool:
        """Whether any overlap, displaced by (N, 3) from their sites and turned so, (N, 4)."""
        pairs = self.pairs
        between = displacements[pairs.j] - displacements[pairs.i] - pairs.apart
        one, other = orientations[pairs.i], orientations[pairs.j]
        return bool(_overlapping(self.bodies, between, one, other, 1))

    def tightest(self, turn: FloatArray) -> float:
        """The factor of all distances at which bodies begin to overlap, all turned by `turn`."""
        between = np.unique(self.pairs.apart.round(DIGITS), axis=0)
        turns = np.tile(turn, (len(between), 1))
        low, high = 0.0, 4.0
        for _ in range(STEPS):
            middle = 0.5 * (low + high)
            overlaps = _overlapping(self.bodies, middle * between, turns, turns, 1) > 0
            low, high = (middle, high) if overlaps else (low, middle)
        return high


def second_virial(block: BuildingBlock, dimensions: int, random: np.random.Generator) -> float:
    """Half of what the centre of a body cannot reach beside another one, averaged over turns."""
    bodies = make_bodies({"A": block}, dimensions)
    reach = bodies.reach
    between = np.zeros((PAIRS, 3))
    between[:, :dimensions] = random.normal(size=(PAIRS, dimensions))
    far = reach * random.uniform(size=PAIRS) ** (1.0 / dimensions)
    between *= (far / np.linalg.norm(between, axis=1))[:, None]
    one, other = (uniform(PAIRS, dimensions, random) for _ in range(2))
    ball = np.pi * reach**2 if dimensions == 2 else 4.0 / 3.0 * np.pi * reach**3
    return 0.5 * ball * float(_overlapping(bodies, between, one, other, PAIRS)) / PAIRS


@compiled
def _overlapping(bodies, between, first, second, enough):
    """How many pairs overlap, the second at `between` of the first; not counted on from `enough`
    on."""
    n = bodies.part_of_corner[-1]
    one, other = np.empty((n, 3)), np.empty((n, 3))
    none, scratch = np.empty((0, 3)), np.empty((7, 3))
    contact, count = 4.0 * bodies.outer[0] ** 2, 0
    for k in range(len(between)):
        d = between[k]
        if d[0] * d[0] + d[1] * d[1] + d[2] * d[2] >= contact:
            continue
        place(bodies, 0, first[k], one, none)
        place(bodies, 0, second[k], other, none)
        if pair_energy(bodies, Placed(0, one, none), Placed(0, other, none), d, scratch) > 0.0:
            count += 1
            if count >= enough:
                break
    return count

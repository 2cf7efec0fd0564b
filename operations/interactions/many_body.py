"""A potential of all neighbours of a particle, and the domain of the frames it was fitted to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analysis.configuration import Configuration
from analysis.neighbourhoods import periodic_images
from operations.interactions.external import Evaluated
from operations.interactions.network import evaluate
from operations.interactions.pair_functions import PairFunction
from workspace_schema.interactions import pair_key, type_pairs
from workspace_schema.potentials.learned import LearnedBasis
from workspace_schema.potentials.lennard_jones import WeeksChandlerAndersen
from workspace_schema.potentials.many_body import FittedData

#: Particles of a random start are kept apart by the smallest distance of the fit times this: there
#: the energy is one that the fit has seen, and no extreme.
APART = 1.15


@dataclass(frozen=True, eq=False)
class ManyBody:
    """What an engine is told of it.

    Attributes
    ----------
    data : FittedData
    """

    data: FittedData

    @property
    def r_cut(self) -> float:
        """Range of the descriptors."""
        return self.data.basis.r_cut

    @cached_property
    def weights(self) -> dict[str, np.ndarray]:
        """Those of a network."""
        data = self.data
        assert isinstance(data.basis, LearnedBasis)
        return data.basis.weights(data.coefficients, len(data.species))

    def evaluate(self, configuration: Configuration) -> Evaluated:
        """Energy, forces and virial of a network."""
        basis = self.data.basis
        assert isinstance(basis, LearnedBasis)
        return evaluate(basis, self.weights, configuration)

    def cores(self) -> dict[tuple[int, int], PairFunction]:
        """Repulsive cores by pair of types, for starts only."""
        names = self.data.species
        return {
            (names.index(a), names.index(b)): PairFunction(
                WeeksChandlerAndersen(sigma=APART * self.data.smallest_distances[pair_key(a, b)])
            )
            for a, b in type_pairs(names)
        }

    def n_outside(self, frames: Iterable[Configuration]) -> int:
        """How many frames have another density, or two particles closer, than all of the fit; in an
        open boundary there is no density."""
        least = self.data.smallest_distances
        return sum(
            (frame.periodic and not self.data.fit.has_density(frame.number_density))
            or any(
                distance < least[pair]
                for pair, distance in smallest_distances(
                    frame, self.data.species, max(least.values())
                ).items()
            )
            for frame in frames
        )


def smallest_distances(
    configuration: Configuration, types: Sequence[str], reach: float
) -> dict[str, float]:
    """The smallest distance of each pair of types, as A-B; infinite beyond `reach`."""
    from scipy.spatial import cKDTree

    positions, index = periodic_images(configuration, reach)
    order = {name: k for k, name in enumerate(configuration.type_names)}
    kinds, n = configuration.types[index], configuration.n_particles
    found = {}
    for a, b in type_pairs(tuple(types)):
        centres = positions[:n][kinds[:n] == order[a]]
        itself = int(a == b)  # the nearest of these is the particle
        near, _ = cKDTree(positions[kinds == order[b]]).query(
            centres, k=[1 + itself], distance_upper_bound=reach
        )
        found[pair_key(a, b)] = float(np.min(near, initial=np.inf))
    return found

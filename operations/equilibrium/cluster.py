"""A cluster in a sphere around its centre of mass: random starts, Monte Carlo, its looks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.configuration import Configuration
from operations.interactions.pair_functions import pair_functions
from operations.jobs.driver import Task
from operations.search.cluster_monte_carlo import sweep_cluster
from operations.search.kernels import make_kernel
from operations.search.moves import random_cluster
from operations.search.trials import adapt
from operations.search.wells import refuse_sunken_wells
from workspace_schema.statepoint import StatePoint

FloatArray = NDArray[np.float64]

#: Share of the moves to be accepted.
ACCEPTED = 0.35
#: Part of the sphere in which a random cluster begins.
INNER = 0.5


class Cluster:
    """Particles in an open boundary, none further than `radius` from the centre of mass."""

    def __init__(self, task: Task, point: StatePoint, radius: float) -> None:
        assert point.potential is not None
        assert point.system.particles is not None
        self._system, self.radius = point.system, radius
        counts = [point.system.particles[name] for name in point.system.types]
        self.types = np.repeat(np.arange(len(counts)), counts)
        self._pairs = pair_functions(point.potential, point.system.types, task.root)
        kernel = make_kernel(self._pairs)
        self._energies = kernel.pair_energies
        self._problem = kernel.problem(self.types, np.eye(3), point.system.dimensions)

    def refuse_sunken_wells(self) -> None:
        """See `operations.search.wells`."""
        refuse_sunken_wells(self._pairs, self._system.types)

    def random(self, random: np.random.Generator) -> FloatArray:
        """Random positions, shape (3, N)."""
        n, d = len(self.types), self._system.dimensions
        flat = np.zeros(3 * n)
        # from overlaps, which have large but finite energies, the particles come apart
        random_cluster(random, flat, n, d, INNER * self.radius, 0.0)
        return flat.reshape(3, n)

    def sweep(
        self,
        positions: FloatArray,
        length: float,
        kT: float,
        ceiling: float,
        sweeps: int,
        random: np.random.Generator,
    ) -> tuple[float, float]:
        """Sweeps in place; see `sweep_cluster`."""
        energy, accepted = sweep_cluster(
            self._energies,
            self._problem,
            positions,
            length,
            kT,
            ceiling,
            self.radius,
            sweeps,
            random,
        )
        return float(energy), float(accepted)

    def adapt(self, length: FloatArray, accepted: float) -> None:
        """The step length, shape (1,), for the next sweeps, in place."""
        one = np.ones(1)
        adapt(length, one, accepted * one, ACCEPTED, 1e-6, self.radius * one)

    def configuration(self, positions: FloatArray) -> Configuration:
        """Of positions of shape (3, N); the centre of mass at the origin."""
        d, edge = self._system.dimensions, 4.0 * self.radius
        box = np.array([edge, edge, edge if d == 3 else 1.0, 0.0, 0.0, 0.0])
        centred = positions.T - positions.T.mean(axis=0)
        names = tuple(self._system.types)
        return Configuration(centred, box, d, self.types, names, periodic=False)

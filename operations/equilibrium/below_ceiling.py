"""What walks below a ceiling: a cluster in its sphere, a free cell at a pressure.

Monte Carlo without temperature. In a cell volumes count by V^(N - 1) dV, so that an ideal gas has
PV = NkT, up to a largest one that the hottest temperature does not reach.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from analysis.configuration import Configuration
from operations.equilibrium.cluster import Cluster
from operations.jobs.driver import Task
from operations.search.free_cell import FreeCell
from workspace_schema.methods.nested_sampling import NestedSampling as Parameters
from workspace_schema.statepoint import StatePoint

FloatArray = NDArray[np.float64]
#: Arrays of one walker.
Walker = dict[str, FloatArray]

#: Standard deviations of the volume of an ideal gas, and volumes of the cores, that the largest
#: volume has more than that of a gas at the hottest temperature.
SPREAD, CORES = 8.0, 4.0
#: Lowest height of a cell, in units of the edge of a cube: in flatter ones a particle meets its own
#: images, and they are many (Baldock et al.).
FLATTEST = 0.65


class Below(Protocol):
    """A system that walks below a ceiling.

    Attributes
    ----------
    largest : float
        Volume that no cell exceeds; infinite without one.
    """

    largest: float

    def begin(self, random: np.random.Generator) -> tuple[Walker, FloatArray]:
        """A random walker, and first step lengths."""

    def walk(
        self, walker: Walker, lengths: FloatArray, ceiling: float, random: np.random.Generator
    ) -> float:
        """Sweeps in place; the height (energy or enthalpy). Adapts the lengths."""

    def volume(self, walker: Walker) -> float:
        """Of its cell; 0 without one."""

    def configuration(self, walker: Walker) -> Configuration:
        """The particles."""


class OfCluster:
    """A cluster in its sphere."""

    largest = np.inf

    def __init__(self, task: Task, point: StatePoint, method: Parameters) -> None:
        assert method.radius is not None
        self._cluster, self._sweeps = Cluster(task, point, method.radius), method.sweeps
        self._cluster.refuse_sunken_wells()  # a gas of infinite temperature finds them

    def begin(self, random: np.random.Generator) -> tuple[Walker, FloatArray]:
        """See `Below`."""
        return {"positions": self._cluster.random(random)}, np.array([self._cluster.radius])

    def walk(
        self, walker: Walker, lengths: FloatArray, ceiling: float, random: np.random.Generator
    ) -> float:
        """See `Below`."""
        energy, accepted = self._cluster.sweep(
            walker["positions"], lengths[0], np.inf, ceiling, self._sweeps, random
        )
        self._cluster.adapt(lengths, accepted)
        return energy

    def volume(self, walker: Walker) -> float:
        """See `Below`."""
        return 0.0

    def configuration(self, walker: Walker) -> Configuration:
        """See `Below`."""
        return self._cluster.configuration(walker["positions"])


class OfCell:
    """A free cell at a pressure."""

    def __init__(self, task: Task, point: StatePoint, method: Parameters) -> None:
        assert method.pressure is not None
        system, particles = point.system, point.system.particles
        assert particles is not None
        self._cell = FreeCell(
            particles,
            system.dimensions,
            task.statepoint["potential"],
            task.root,
            method.hottest,
        )
        self._cell.flattest = FLATTEST * system.n_particles ** (1.0 / system.dimensions)
        self._n, self._pressure, self._sweeps = system.n_particles, method.pressure, method.sweeps
        dilute = self._cell.dilute(method.hottest, method.pressure)
        most = self._n + SPREAD * np.sqrt(self._n)
        self.largest = most / dilute + CORES * self._cell.core_volume

    def begin(self, random: np.random.Generator) -> tuple[Walker, FloatArray]:
        """See `Below`."""

        def volume(random: np.random.Generator) -> float:
            """Distributed as V^(N - 1)."""
            return float(self.largest * random.random() ** (1.0 / self._n))

        walker = self._cell.random(random, volume)
        return walker, walker.pop("lengths")

    def walk(
        self, walker: Walker, lengths: FloatArray, ceiling: float, random: np.random.Generator
    ) -> float:
        """See `Below`."""
        enthalpies, arrays = np.empty(self._sweeps), walker | {"lengths": lengths}
        self._cell.sweep(arrays, self._pressure, np.inf, ceiling, self.largest, random, enthalpies)
        return float(enthalpies[-1])

    def volume(self, walker: Walker) -> float:
        """See `Below`."""
        return float(abs(np.linalg.det(walker["cell"])))

    def configuration(self, walker: Walker) -> Configuration:
        """See `Below`."""
        return self._cell.configuration(walker["positions"], walker["cell"])

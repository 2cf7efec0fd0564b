"""Depletants of hard spheres in HOOMD-blue's Monte Carlo, as steps of a pair potential.

HOOMD-blue's own implicit depletants are not used: 4.8.2 counts every depletant that overlaps one of
two neighbours, not both (docs/validation.md), and later releases are without them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from analysis.configuration import Configuration
from analysis.neighbourhoods import within
from operations.engines.hpmc_pressure import Pressure
from workspace_schema.building_blocks import BuildingBlock
from workspace_schema.building_blocks.sphere import HardSphere
from workspace_schema.depletants import Depletants

Array = NDArray[np.float64]

#: Steps of the potential, each of which has the Boltzmann factor of the whole of it: the second
#: virial coefficient is exact with any number of them.
STEPS, NODES = 64, 8


class Depletion:
    """The attraction of hard spheres by depletants.

    Parameters
    ----------
    depletants : Depletants
    blocks : mapping of str to BuildingBlock
        By type; all are hard spheres.
    dimensions : 2 or 3

    Attributes
    ----------
    potential : hoomd.hpmc.pair.Step
        For the integrator. It does nothing before `act`.
    """

    def __init__(
        self, depletants: Depletants, blocks: Mapping[str, BuildingBlock], dimensions: int
    ) -> None:
        import hoomd

        sizes = {n: block.diameter for n, block in blocks.items() if isinstance(block, HardSphere)}
        self._depletants, self._sizes = depletants, sizes
        self._steps = {
            (i, j): steps(depletants, sizes[i], sizes[j], dimensions)
            for i in sizes
            for j in sizes
            if i <= j
        }
        self.potential = hoomd.hpmc.pair.Step()
        self.act(False)

    def act(self, on: bool) -> None:
        """Switch it on or off."""
        for pair, (r, u) in self._steps.items():
            # the first step would begin at the centre, where hard spheres never are
            self.potential.params[pair] = {"r": r.tolist(), "epsilon": (u * on).tolist()}

    def virial(self, configuration: Configuration) -> float:
        """-Σ r u'(r) over pairs, in kT."""
        sizes = np.array([self._sizes[name] for name in configuration.type_names])
        found = within(configuration, float(sizes.max()) + self._depletants.diameter)
        if len(found) == 0:  # freud gives no columns then
            return 0.0
        one, other = (
            sizes[configuration.types[index]] + self._depletants.diameter
            for index in (found.query_point_indices, found.point_indices)
        )
        r = np.asarray(found.distances, dtype=float)
        # the circle, or the two points, in which the excluded spheres meet
        middle = (r**2 + (one**2 - other**2) / 4.0) / (2.0 * r)
        square = np.maximum(one**2 / 4.0 - middle**2, 0.0)
        flat = configuration.dimensions == 2
        slope = 2.0 * np.sqrt(square) if flat else math.pi * square
        density = self._depletants.packing_fraction / _ball(self._depletants.diameter, flat)
        return float(-0.5 * density * (r * slope).sum())  # each pair is there twice


class DepletedPressure:
    """Pressure of hard spheres with depletants: that of their contacts, attractions switched off,
    and the virial of the attraction.

    HOOMD-blue's scale distribution functions stop at the first change of the energy of a particle:
    of many steps they see hardly a contact.

    Parameters
    ----------
    contacts : Pressure
    depletion : Depletion
    now : callable
        The configuration.
    """

    def __init__(
        self, contacts: Pressure, depletion: Depletion, now: Callable[[], Configuration]
    ) -> None:
        self._contacts, self._depletion, self._now = contacts, depletion, now

    def fit_range(self) -> None:
        """See `Pressure`."""
        self._contacts.fit_range()

    @property
    def beta_p(self) -> float:
        """P / kT of the configuration as it is now."""
        self._depletion.act(False)
        contacts = self._contacts.beta_p
        self._depletion.act(True)
        now = self._now()
        return contacts + self._depletion.virial(now) / (now.dimensions * now.volume)


def energy(depletants: Depletants, one: float, other: float, dimensions: int, r: Array) -> Array:
    """The potential in kT of two spheres of these diameters at distances not below contact."""
    d = depletants.diameter
    a, b = (one + d) / 2.0, (other + d) / 2.0
    near = np.minimum(r, a + b)
    if dimensions == 2:
        angles = [
            np.arccos(np.clip((near**2 + x**2 - y**2) / (2.0 * near * x), -1.0, 1.0))
            for x, y in ((a, b), (b, a))
        ]
        lens = sum(x**2 * (t - np.sin(2.0 * t) / 2.0) for x, t in zip((a, b), angles, strict=True))
    else:
        lens = math.pi * (a + b - near) ** 2 / (12.0 * near)
        lens = lens * (near**2 + 2.0 * near * (a + b) - 3.0 * (a - b) ** 2)
    return np.asarray(-depletants.packing_fraction / _ball(d, dimensions == 2) * lens)


def _ball(diameter: float, flat: bool) -> float:
    return math.pi / 4.0 * diameter**2 if flat else math.pi / 6.0 * diameter**3


def steps(depletants: Depletants, one: float, other: float, dimensions: int) -> tuple[Array, Array]:
    """Outer ends and energies in kT of the steps, shape (`STEPS`,) each."""
    contact = (one + other) / 2.0
    edges = np.linspace(contact, contact + depletants.diameter, STEPS + 1)
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    low, high = edges[:-1, None], edges[1:, None]
    r = (low + high) / 2.0 + (high - low) / 2.0 * nodes
    shell = weights * r ** (dimensions - 1)
    factor = np.exp(-energy(depletants, one, other, dimensions, r))
    return edges[1:], -np.log((shell * factor).sum(axis=1) / shell.sum(axis=1))

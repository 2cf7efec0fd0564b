"""Depletants of hard spheres in HOOMD-blue's Monte Carlo, as steps of a pair potential.

HOOMD-blue's own implicit depletants are not used: with those of 4.8.2 two spheres did not have the
distances of the model (docs/validation.md), and later releases are without them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

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
    steps : dict of (str, str) to (ndarray, ndarray)
        Of each pair of types in alphabetical order, as of `steps`.
    """

    def __init__(
        self, depletants: Depletants, blocks: Mapping[str, BuildingBlock], dimensions: int
    ) -> None:
        import hoomd

        sizes = {n: block.diameter for n, block in blocks.items() if isinstance(block, HardSphere)}
        self.steps = {
            (i, j): steps(depletants, sizes[i], sizes[j], dimensions)
            for i in sizes
            for j in sizes
            if i <= j
        }
        self.potential = hoomd.hpmc.pair.Step()
        self.act(False)

    def act(self, on: bool) -> None:
        """Switch it on or off."""
        for pair, (r, u) in self.steps.items():
            # the first step would begin at the centre, where hard spheres never are
            self.potential.params[pair] = {"r": r.tolist(), "epsilon": (u * on).tolist()}


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
        each = math.pi / 4.0 * d**2
    else:
        lens = math.pi * (a + b - near) ** 2 / (12.0 * near)
        lens = lens * (near**2 + 2.0 * near * (a + b) - 3.0 * (a - b) ** 2)
        each = math.pi / 6.0 * d**3
    return np.asarray(-depletants.packing_fraction / each * lens)


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

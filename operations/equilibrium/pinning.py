"""A slab of crystal beside its fluid that a field holds as it is: interface pinning.

U = κ/2 (Q - a)² of an order parameter Q that differs between both phases. Between them the Gibbs
energy of the slab is a straight line in Q, whose slope N Δμ/ΔQ the field balances on average:
μ_fluid - μ_crystal = κ ΔQ (<Q> - a)/N. U. R. Pedersen, J. Chem. Phys. 139, 104102 (2013).

Q is |ρ_k| of planes *along* the surfaces' normal: k is along the first edge of the box, which the
crystal alone has made, so that it fits the planes however much of the slab is crystal. In a crystal
it is √N times a Debye-Waller factor, of a slab in proportion to what is crystal.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.statistics import mean_of
from operations.equilibrium.runs import FloatArray
from operations.interactions.bias import DensityWave, HarmonicBias
from workspace_schema.lattices import Lattice

#: a, in units of √N: half of a crystal, whose Debye-Waller factor is 0.6 to 0.85 where it melts.
HALF = 0.35
#: Planes that are looked for in a cell.
MOST_PLANES = 100


def pinned(lattice: Lattice, half: int, n: int, k: float) -> tuple[HarmonicBias, HarmonicBias]:
    """The field of a slab of `n` particles, κ = `k`, and one that only measures Q of a crystal.

    Parameters
    ----------
    lattice : Lattice
    half : int
        Particles of the crystal, which has the cross-section of the slab.
    n : int
    k : float
    """
    wave = DensityWave((lattice.cells(half)[0] * planes(lattice), 0, 0))
    field = HarmonicBias(wave, k, HALF * float(np.sqrt(n)))
    return field, replace(field, scale=0.0)


def planes(lattice: Lattice) -> int:
    """Wavelengths along the first edge of the cell with which all sites are in phase."""
    x = np.array(lattice.sites)[:, 0]
    for count in range(1, MOST_PLANES):
        if abs(np.exp(2j * np.pi * count * x).mean()) > 1.0 - 1e-9:
            return count
    raise ValueError(f"no wave along the first edge has all {len(x)} sites of the cell in phase")


def driving_force(
    field: HarmonicBias, slab: FloatArray, crystal: FloatArray, n: int, half: int
) -> tuple[float, float]:
    """μ_fluid - μ_crystal and its error, from Q of a slab of `n` particles under a field and of a
    crystal of `half`, which both walk in time."""
    whole = np.sqrt(n / half) * crystal.mean()
    mean, error = mean_of(field.k * whole / n * (slab - field.target))
    return mean, error

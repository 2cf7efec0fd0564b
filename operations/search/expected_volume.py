"""What volume and distances to expect of a crystal, from simple lattices."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analysis.prototypes import crystal
from operations.search.kernels import Kernel, longest_cutoff

FloatArray = NDArray[np.float64]

_LATTICES = {2: ("hexagonal", "square", "honeycomb"), 3: ("fcc", "bcc", "sc")}
#: Number densities at which nearest neighbours are 1 apart.
_DENSITIES = {"hexagonal": 1.1547, "square": 1.0, "honeycomb": 0.7698}
_DENSITIES |= {"fcc": 1.4142, "bcc": 1.2990, "sc": 1.0}
#: Distances of nearest neighbours tried, relative to that of two particles.
_SPACINGS = np.geomspace(0.4, 2.5, 24)
#: Distances that random particles keep, in units of (volume per particle)^(1/dimensions).
CLOSEST = 0.65


@dataclass(frozen=True)
class Expected:
    """Scales of a crystal.

    Attributes
    ----------
    volume : float
        Per particle.
    energy : float
        Magnitude of the enthalpy per particle.
    apart : ndarray of float64, shape (n_types, n_types)
        Distances that particles in a random crystal should keep.
    evaluations : int
        Energy evaluations spent.
    """

    volume: float
    energy: float
    apart: FloatArray
    evaluations: int


def expect(
    kernel: Kernel,
    counts: NDArray[np.int64],
    pressure: float,
    dimensions: int,
    distance: float,
    random: np.random.Generator,
) -> Expected:
    """Volume per particle of the simple lattice with the lowest enthalpy.

    Each lattice is compressed and expanded with types shuffled over its sites.

    Parameters
    ----------
    kernel : Kernel
    counts : ndarray of int, shape (n_types,)
        Particles of each type.
    pressure : float
    dimensions : int
    distance : float
        Of two neighbours; lattices from 0.4 to 2.5 times as wide are tried, and it is taken itself
        where none of them is bound (at no pressure).
    random : numpy.random.Generator
    """
    d = dimensions
    kinds = np.arange(len(counts))
    best, best_volume, evaluations = np.inf, distance**d, 0
    for name in _LATTICES[d]:
        unit = crystal(name, 1 if name == "honeycomb" else 2, 1.0)
        n = unit.n_particles
        for _ in range(1 if len(counts) == 1 else 4):
            share = np.repeat(kinds, np.maximum(1, np.rint(counts * n / counts.sum()).astype(int)))
            types = random.permutation(np.resize(share, n)).astype(np.int32)
            for spacing in _SPACINGS * distance:
                volume = spacing**d / _DENSITIES[name]
                scale = volume ** (1.0 / d)
                box = unit.box.copy()
                box[:d] *= scale
                trial = replace(unit, positions=unit.positions * scale, box=box, types=types)
                energy, _, _ = kernel.evaluate(trial)
                evaluations += 1
                enthalpy = energy / n + pressure * volume
                if enthalpy < best and (pressure > 0.0 or enthalpy < 0.0):
                    best, best_volume = enthalpy, volume
    energy = abs(best) if np.isfinite(best) else 1.0
    unit_length = best_volume ** (1.0 / d)
    apart = np.full((len(counts), len(counts)), CLOSEST * unit_length)
    cores = _cores(kernel, 10.0 * energy)
    if (cores > 0.0).all():
        share = counts / counts.sum()
        apart *= np.clip(cores / (share @ cores @ share), 0.5, 1.6)
    return Expected(best_volume, energy, apart, evaluations)


def _cores(kernel: Kernel, level: float) -> FloatArray:
    """Largest distance at which each pair of types has an energy above `level`, 0 where none."""
    distances = np.geomspace(0.02, 1.0, 200) * longest_cutoff(kernel.coefficients) * 0.999
    n_types = len(kernel.forms)
    cores = np.zeros((n_types, n_types))
    origin, points = np.zeros((1, 3)), np.outer(distances, [1.0, 0.0, 0.0])
    for i in range(n_types):
        for j in range(n_types):
            kinds = np.full(len(points), j)
            energies = kernel.energies_between(origin, np.array([i]), points, kinds)
            above = np.flatnonzero(energies[0] > level)
            cores[i, j] = distances[above[-1]] if len(above) else 0.0
    return cores

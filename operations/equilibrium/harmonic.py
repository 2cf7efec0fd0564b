"""A crystal with its energy to second order: its normal modes, and its density at a pressure.

The free energy is exact as kT → 0. At a pressure it says, as a function of the density
(quasi-harmonic), where simulations are best made: the Gibbs energy is lowest there, so that a
density that is off by δ makes an error of δ² only, which `Rest` takes away.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analysis.configuration import Configuration
from operations.equilibrium.einstein import Displaced, finite
from operations.interactions.pair_functions import PairFunction

FloatArray = NDArray[np.float64]

#: Step of r for u'', in units of r_cut; eigenvalues that are zero, in units of the largest.
STEP, ZERO = 1e-5, 1e-9
#: Distances of neighbours that are looked at, from this part of r_cut on, and how far from the
#: lowest enthalpy at rest a volume may be, as a part.
SCAN, CLOSEST, EXPANDS = 400, 0.2, 0.15
#: Volumes that are tried at a time, the next ones between the neighbours of the best, until they
#: are that near, as a part.
TRIALS, FINE = 9, 1e-4
#: Part of the volume by which the second derivative of the Gibbs energy is taken.
STRAIN = 0.01


def stiffnesses(crystal: Configuration, pair: PairFunction) -> FloatArray:
    """Eigenvalues of the dynamical matrix (mass 1) of a periodic crystal, ascending, shape (N d,):
    the first d, of uniform motion, are zero."""
    near = Displaced.of(crystal, finite(pair), pair.r_cut)
    n, d = crystal.n_particles, crystal.dimensions
    r = np.linalg.norm(near.apart, axis=1)
    inside = r < pair.r_cut
    i, j, r = near.i[inside], near.j[inside], r[inside]
    unit = near.apart[inside, :d] / r[:, None]
    step = STEP * pair.r_cut
    pull = -pair.force(r) / r
    curvature = -(pair.force(r + step) - pair.force(r - step)) / (2.0 * step)
    constants = (curvature - pull)[:, None, None] * (unit[:, :, None] * unit[:, None, :])
    constants += pull[:, None, None] * np.eye(d)
    matrix = np.zeros((n, n, d, d))
    for a, b, sign in ((i, i, 1.0), (j, j, 1.0), (i, j, -1.0), (j, i, -1.0)):
        np.add.at(matrix, (a, b), sign * constants)
    return np.asarray(np.linalg.eigvalsh(matrix.transpose(0, 2, 1, 3).reshape(n * d, n * d)))


def harmonic(crystal: Configuration, pair: PairFunction, kT: float) -> float | None:
    """βF per particle of the energy and the vibrations, without the place of the centre of mass;
    None where the crystal does not hold."""
    modes = stiffnesses(crystal, pair)
    d = crystal.dimensions
    if modes[d] <= ZERO * modes[-1]:
        return None
    vibrations = 0.5 * np.log(modes[d:] / (2.0 * np.pi * kT)).mean() * d
    return float(_at_rest(crystal, pair) / kT + vibrations)


def _at_rest(crystal: Configuration, pair: PairFunction) -> float:
    """Energy per particle."""
    near = Displaced.of(crystal, finite(pair), pair.r_cut)
    return near(np.zeros_like(near.sites)) / crystal.n_particles


@dataclass(frozen=True)
class Rest:
    """Where a crystal is at a pressure, as its quasi-harmonic free energy says.

    Attributes
    ----------
    number_density : float
    compliance : float
        -∂v/∂P, v the volume of a particle.
    """

    number_density: float
    compliance: float

    @classmethod
    def at(cls, cell: Configuration, pair: PairFunction, kT: float, pressure: float) -> Rest:
        """The density at which the Gibbs energy is lowest, of all at which the crystal holds.

        Parameters
        ----------
        cell : Configuration
            The crystal at any density, with some dozens of particles.
        pair : PairFunction
        kT, pressure : float

        Raises
        ------
        ValueError
            Where there is no such density.
        """
        d = cell.dimensions

        def scaled(volume: float) -> Configuration:
            factor = (volume * cell.number_density) ** (1.0 / d)
            box = cell.box.copy()
            box[:d] *= factor
            return replace(cell, positions=cell.positions * factor, box=box)

        def gibbs(volume: float) -> float:
            free = harmonic(scaled(volume), pair, kT)
            return np.inf if free is None else kT * free + pressure * volume

        nearest = _nearest(cell)
        factors = np.linspace(CLOSEST, 1.0, SCAN) * pair.r_cut / nearest
        volumes = factors**d / cell.number_density
        enthalpies = _enthalpies(cell, pair, factors) + pressure * volumes
        inner = enthalpies[1:-1]
        lowest = 1 + np.flatnonzero((inner < enthalpies[:-2]) & (inner <= enthalpies[2:]))
        found = []
        for volume in volumes[lowest].tolist():
            reach = EXPANDS * volume
            while reach > FINE * volume:
                there = np.linspace(volume - reach, volume + reach, TRIALS)
                values = [gibbs(one) for one in there.tolist()]
                volume, reach = float(there[np.argmin(values)]), 2.0 * reach / (TRIALS - 1)
            around = [gibbs(volume * (1.0 + x)) for x in (-STRAIN, 0.0, STRAIN)]
            curvature = (around[0] - 2.0 * around[1] + around[2]) / (STRAIN * volume) ** 2
            if 0.0 < curvature < np.inf:  # not beside volumes at which nothing holds
                found.append((around[1], volume, 1.0 / curvature))
        if not found:
            raise ValueError(
                f"pressure: at {pressure:g} there is no density at which the crystal holds,"
                " as far as its vibrations say; expected number_density"
            )
        _, volume, compliance = min(found)
        return cls(1.0 / volume, compliance)


def _nearest(cell: Configuration) -> float:
    """Distance of nearest neighbours."""
    spacing = (cell.volume / cell.n_particles) ** (1.0 / cell.dimensions)
    near = Displaced.of(cell, lambda r: r, 2.0 * spacing)
    return float(np.linalg.norm(near.apart, axis=1).min())


def _enthalpies(cell: Configuration, pair: PairFunction, factors: FloatArray) -> FloatArray:
    """Energies per particle at rest of the cell scaled by factors."""
    near = Displaced.of(cell, finite(pair), pair.r_cut / factors.min())
    apart, counts = np.unique(np.round(np.linalg.norm(near.apart, axis=1), 9), return_counts=True)
    r = factors[:, None] * apart
    with np.errstate(all="ignore"):
        u = np.where(r < pair.r_cut, finite(pair)(np.minimum(r, pair.r_cut)), 0.0)
    return np.asarray(u @ counts / cell.n_particles)

"""A crystal with its energy to second order: its normal modes, and its density at a pressure.

The free energy is exact as kT → 0. At a pressure it says, as a function of the density
(quasi-harmonic), where simulations are best made: the Gibbs energy is lowest there, so that a
density that is off by δ makes an error of δ² only, most of which `Rest` takes away.
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
#: Distances of neighbours that are looked at: from the core on, of this part of r_cut at least, in
#: steps of this part; and how far from the lowest enthalpy at rest a volume may be, as a part.
CLOSEST, SCAN, EXPANDS = 0.05, 0.004, 0.15
#: Part of the volume by which derivatives of the Gibbs energy are taken, half of what is between
#: two volumes that are tried, and steps of Newton's method from the best of them.
STRAIN, STEPS = 0.005, 3


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
    def at(
        cls,
        cell: Configuration,
        pair: PairFunction,
        kT: float,
        pressure: float,
        near: float | None = None,
    ) -> Rest:
        """The density at which the Gibbs energy is lowest, of all at which the crystal holds.

        Parameters
        ----------
        cell : Configuration
            The crystal at any density, with some dozens of particles.
        pair : PairFunction
        kT, pressure : float
        near : float, optional
            The volume of a particle at rest, where it is known: no other is looked at.

        Raises
        ------
        ValueError
            Where there is no such density, or vibrations drive the crystal out of what is looked
            at: then they do not say where it is.
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

        found, falling = [], [np.inf]
        for start in _starts(cell, pair, pressure) if near is None else [near]:
            there = start * np.arange(1.0 - EXPANDS, 1.0 + EXPANDS + STRAIN, 2.0 * STRAIN)
            values = np.array([gibbs(one) for one in there.tolist()])
            ends = (values[0], values[1]), (values[-1], values[-2])
            falling += [end for end, inner in ends if end < inner < np.inf]
            low, here, high = values[:-2], values[1:-1], values[2:]
            # not beside volumes at which nothing holds, where a mode is soft
            holds = (here < low) & (here <= high) & (np.maximum(low, high) < np.inf)
            for volume in there[1:-1][holds].tolist():
                for _ in range(STEPS):
                    around = [gibbs(volume * (1.0 + x)) for x in (-STRAIN, 0.0, STRAIN)]
                    curvature = (around[0] - 2.0 * around[1] + around[2]) / (STRAIN * volume) ** 2
                    if not 0.0 < curvature < np.inf:
                        break
                    volume += 0.5 * (around[0] - around[2]) / (STRAIN * volume * curvature)
                else:
                    found.append((around[1], volume, 1.0 / curvature))
        if min(falling) < min(found, default=(np.inf,))[0]:
            raise ValueError(
                f"pressure: at {pressure:g} and kT {kT:g} the volume of the crystal"
                f" changes by more than {EXPANDS:g}, as far as its vibrations say, which are not"
                " to be trusted there; expected number_density"
            )
        if not found:
            raise ValueError(
                f"pressure: at {pressure:g} there is no density at which the crystal holds,"
                " as far as its vibrations say; expected number_density"
            )
        _, volume, compliance = min(found)
        return cls(1.0 / volume, compliance)


def _starts(cell: Configuration, pair: PairFunction, pressure: float) -> list[float]:
    """Volumes of a particle at which the enthalpy of the cell, at rest and scaled, is lowest."""
    closest = max(pair.r_inner, CLOSEST * pair.r_cut)
    steps = np.arange(0.0, np.log(pair.r_cut / closest) + SCAN, SCAN)
    factors = closest * np.exp(steps) / _nearest(cell)
    volumes = factors**cell.dimensions / cell.number_density
    enthalpies = _enthalpies(cell, pair, factors) + pressure * volumes
    inner = enthalpies[1:-1]
    lowest = 1 + np.flatnonzero((inner < enthalpies[:-2]) & (inner <= enthalpies[2:]))
    return [float(volume) for volume in volumes[lowest]]


def _nearest(cell: Configuration) -> float:
    """Distance of nearest neighbours."""
    spacing = (cell.volume / cell.n_particles) ** (1.0 / cell.dimensions)
    near = Displaced.of(cell, lambda r: r, 2.0 * spacing)
    return float(np.linalg.norm(near.apart, axis=1).min())


def _enthalpies(cell: Configuration, pair: PairFunction, factors: FloatArray) -> FloatArray:
    """Energies per particle at rest of the cell scaled by factors."""
    near = Displaced.of(cell, finite(pair), pair.r_cut / factors.min())
    apart, counts = np.unique(np.round(np.linalg.norm(near.apart, axis=1), 9), return_counts=True)
    ends = np.searchsorted(apart, pair.r_cut / factors)
    with np.errstate(all="ignore"):
        sums = [
            finite(pair)(factor * apart[:end]) @ counts[:end]
            for factor, end in zip(factors, ends, strict=True)
        ]
    return np.array(sums) / cell.n_particles

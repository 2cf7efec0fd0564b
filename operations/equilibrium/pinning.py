"""A slab of crystal beside its fluid that a field holds as it is: interface pinning.

U = κ/2 (Q - a)² of an order parameter Q that differs between both phases. Between them the Gibbs
energy of the slab is a straight line in Q, whose slope N Δμ/ΔQ the field balances on average:
μ_fluid - μ_crystal = κ ΔQ (<Q> - a)/N. U. R. Pedersen, J. Chem. Phys. 139, 104102 (2013).

Q is |ρ_k| of the planes that stand on the surfaces: k is along the first edge of the box, which the
crystal alone has made, so that it fits the planes however much of the slab is crystal. In a crystal
it is √N times a Debye-Waller factor, of a slab in proportion to what is crystal.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.equilibrium.growth import FEWEST, SAMPLES, STRETCHES, Zero
from analysis.statistics import error_of_parts, mean_of
from operations.equilibrium.runs import FloatArray
from operations.interactions.bias import DensityWave, HarmonicBias
from workspace_schema.lattices import Lattice

#: a, in units of √N: half of a crystal, whose Debye-Waller factor is 0.6 to 0.85 where it melts.
HALF = 0.35
#: Planes that are looked for in a cell.
MOST_PLANES = 100
#: Part of a slab by which energy and volume may say that more is crystal than |ρ_k| does, in any
#: stretch: 768 soft spheres had -0.2 to 0.07, of which all had become crystal 0.4.
UNSEEN = 0.15


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
    crystal of `half`.

    Q follows vibrations and, slowly and by less, how much is crystal: what an autocorrelation time
    makes of that is too small, and the error is that of a few parts where that is larger.
    """
    whole = np.sqrt(n / half) * crystal.mean()
    series = field.k * whole / n * (slab - field.target)
    mean, error = mean_of(series)
    return mean, max(error, error_of_parts(series))


def unseen(by_wave: FloatArray, part: FloatArray) -> bool:
    """Whether a slab has become crystal whose planes are out of phase, which the field does not
    hold: energy and volume say that more is crystal (`part`) than |ρ_k| does."""
    more = np.array_split(part - by_wave, STRETCHES)
    return max(float(stretch.mean()) for stretch in more) > UNSEEN


def coexisting(pressures: FloatArray, forces: FloatArray, densities: FloatArray, seed: int) -> Zero:
    """Where the driving force is zero: it changes with the pressure by the difference of the
    volumes of a particle, so that every pressure says where that is.

    The error is that of repetitions with other noise: of the errors of the forces in the root mean
    square, or of how they scatter around such a line where that is more.

    Parameters
    ----------
    pressures, densities, seed
        As for `Zero.of`.
    forces : ndarray, shape (n, 2)
        Each with its error, NaN where it is not known.

    Raises
    ------
    ValueError
        Where fewer than `FEWEST` forces are known, or the zero is outside of the pressures.
    """
    is_known = np.isfinite(forces[:, 0])
    if is_known.sum() < FEWEST:
        raise ValueError(
            f"two phases last at {is_known.sum()} pressures of {len(pressures)}; expected"
            f" {FEWEST} at least: low and high nearer to coexistence, or more particles"
        )
    pressures, forces, densities = pressures[is_known], forces[is_known], densities[:, is_known]
    random, (low, high) = np.random.default_rng(seed), pressures[[0, -1]]

    def found(force: FloatArray, pure: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Pressure and both densities at the zero, coefficients of the line, what is off it."""
        fluid, crystal = (np.polyfit(pressures, 1.0 / each, 1) for each in pure)
        line = np.polyint(fluid - crystal)
        off = force - np.polyval(line, pressures)
        line[-1] = off.mean()
        roots = np.roots(line)
        roots = roots[np.isreal(roots)].real
        nearest = roots[np.argmin(np.abs(roots - 0.5 * (low + high)))] if len(roots) else np.nan
        there = [1.0 / np.polyval(each, nearest) for each in (fluid, crystal)]
        return np.array([nearest, *there]), line, off - off.mean()

    values, line, off = found(forces[:, 0], densities[..., 0])
    if not low <= values[0] <= high:
        word = "grows" if forces[:, 0].mean() > 0.0 else "melts"
        raise ValueError(
            f"the crystal {word} at all pressures from {low:g} to {high:g};"
            " expected a low and a high between which that changes"
        )
    stated = np.sqrt(np.mean(forces[:, 1] ** 2))
    error = max(stated, float(np.std(off, ddof=1)))
    repeated = [
        found(
            forces[:, 0] + error * random.normal(size=len(pressures)),
            densities[..., 0] + densities[..., 1] * random.normal(size=densities.shape[:2]),
        )[0]
        for _ in range(SAMPLES)
    ]
    pairs = list(zip(values.tolist(), np.std(repeated, axis=0).tolist(), strict=True))
    return Zero(pairs[0], (pairs[1], pairs[2]), line)

"""What the free energy of a periodic crystal of N particles lacks to that of infinitely many.

In a harmonic crystal the wave vectors of the box are fewer than all, and the one of uniform motion
is missing; W. G. Hoover, J. Chem. Phys. 49, 1981 (1968). Springs to the nearest neighbours, as
stiff as the crystal is found to be, say how much that is; its own vibrations, how well they do.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from operations.interactions.pair_functions import PairFunction
from workspace_schema.lattices import Lattice

FloatArray = NDArray[np.float64]

#: Wave vectors along each axis, of two meshes without that of uniform motion: what a mesh lacks
#: falls with their number, and so extrapolated they stand for all wave vectors. Cells of more than
#: so many sites have fewer, for their wave vectors are nearer to each other.
MESHES, SITES = (10, 20), 4
#: Numbers of all matrices at a time, at most, unless one alone has more.
NUMBERS = 5_000_000
#: Shells of neighbours at most, what part of a distance lies between two of them at least, and
#: eigenvalues that are zero.
SHELLS, BETWEEN, ZERO = 8, 0.01, 1e-9
#: Step of r for u'', in units of r_cut.
STEP = 1e-5
#: Part of the difference to a crystal's own vibrations at rest that is its error. Cold ones have
#: all of it; of bcc Gaussian cores (kT = 0.0033, ρ = 0.125), free energies of 128 and 432 particles
#: differ by 0.051(6), of springs by 0.043, of own vibrations by 0.070.
OWN = 0.5
#: Part of what springs say that is its error where there is no potential: of fcc hard spheres, at
#: 108, 256 and 500 particles, free energies by another program differ by 0.003(3), 0.001(2) and
#: 0.003(2).
HARD = 0.1


def finite_size(lattice: Lattice, n: int, volume: float, spread: float) -> float | None:
    """β(F_N/N - F_∞/∞) of a crystal.

    Parameters
    ----------
    lattice : Lattice
    n : int
        Particles, which fill its box.
    volume : float
        For each translation that brings the crystal onto itself: of the primitive cell.
    spread : float
        Mean square displacement of a particle, the centre of mass at rest.

    Returns
    -------
    float or None
        None where no springs to near neighbours hold the lattice.
    """
    for shells in range(1, SHELLS + 1):
        modes = partial(stiffnesses, lattice, shells=shells)
        lacking = _lacking(modes, lattice, n, volume, spread)
        if lacking is not None:
            return lacking
    return None


def finite_size_error(
    value: float,
    lattice: Lattice,
    n: int,
    volume: float,
    spread: float,
    pair: PairFunction | None,
    density: float,
) -> float:
    """Error of what `finite_size` gives: half of the difference to what the crystal's own
    vibrations at rest give, as stiff as it is found to be. All of it where it does not hold at
    rest; a part of it, `HARD`, where there is no potential.

    Parameters
    ----------
    value : float
        That of `finite_size`.
    lattice, n, volume, spread
        As for `finite_size`.
    pair : PairFunction or None
        None of hard particles.
    density : float
        Number density.
    """
    if pair is None:
        return HARD * abs(value)

    def own(waves: FloatArray) -> FloatArray:
        return vibrations(lattice, waves, pair, density)

    at_rest = _lacking(own, lattice, n, volume, spread)
    return abs(value) if at_rest is None else OWN * abs(value - at_rest)


def _lacking(
    modes: Callable[[FloatArray], FloatArray],
    lattice: Lattice,
    n: int,
    volume: float,
    spread: float,
) -> float | None:
    """`finite_size` with eigenvalues at wave vectors; None where some are not positive."""
    d, counts = lattice.dimensions, lattice.cells(n)
    coarser = max(1.0, len(lattice.sites) / SITES) ** (1.0 / d)
    least = int(np.ceil(MESHES[0] / coarser))
    meshes = least, least * MESHES[1] // MESHES[0]
    everywhere = [modes(_mesh((one,) * d, 0.5)) for one in meshes]
    here = np.sort(modes(_mesh(counts, 0.0)).ravel())[d:]
    if min(here[0], *(one.min() for one in everywhere)) <= ZERO * here[-1]:
        return None
    # kT in units of the stiffness of springs: <Σ|d|²> = kT Σ 1/λ
    kT = n * spread / np.sum(1.0 / here)
    coarse, fine = (0.5 * d * np.log(one).mean() for one in everywhere)
    ratio = (MESHES[1] / MESHES[0]) ** d
    per_particle = (ratio * fine - coarse) / (ratio - 1.0)
    rest = 0.5 * d * np.log(2.0 * np.pi * kT) - 0.5 * d * np.log(n) - np.log(volume)
    return float((rest + 0.5 * np.log(here).sum()) / n - per_particle)


def quadrature(
    lattice: Lattice, n: int, spread: float, nodes: FloatArray, weights: FloatArray, k: float
) -> float | None:
    """What a rule gives too much for ∫_0^k β<½Σ|d|²>_λ dλ, by springs as those of `finite_size`.

    Parameters
    ----------
    lattice, n
        As for `finite_size`.
    spread : float
        Of `finite_size`, in units of kT.
    nodes, weights : ndarray, shape (m,)
        Of the rule.
    k : float

    Returns
    -------
    float or None
        As `finite_size`.
    """
    d, mesh = lattice.dimensions, _mesh(lattice.cells(n), 0.0)
    for shells in range(1, SHELLS + 1):
        here = np.sort(stiffnesses(lattice, mesh, shells).ravel())[d:]
        if here[0] > ZERO:
            break
    else:
        return None
    own = here * np.sum(1.0 / here) / (n * spread)
    by_rule = weights @ np.sum(1.0 / (own + nodes[:, None]), axis=1)
    return float(0.5 * (by_rule - np.log1p(k / own).sum()))


def stiffnesses(lattice: Lattice, waves: FloatArray, shells: int) -> FloatArray:
    """Eigenvalues of the dynamical matrix with springs of stiffness 1 to some shells of neighbours,
    at wave vectors in units of the reciprocal cell, shape (m, d × sites)."""
    _, r, _ = _neighbours(lattice, 2)
    distances = np.unique(np.round(r, 9))
    ends = distances[1:-1][distances[2:] > (1.0 + BETWEEN) * distances[1:-1]]
    reach = ends[shells - 1] * (1.0 + 1e-6)
    return _eigenvalues(lattice, waves, 2, reach, lambda r: (np.ones_like(r), np.zeros_like(r)))


def vibrations(
    lattice: Lattice, waves: FloatArray, pair: PairFunction, density: float
) -> FloatArray:
    """The same with a pair potential, at rest at a number density."""
    d = lattice.dimensions
    scale = (len(lattice.sites) / math.prod(lattice.edges) / density) ** (1.0 / d)
    step = STEP * pair.r_cut

    def constants(r: FloatArray) -> tuple[FloatArray, FloatArray]:
        at = scale * r
        curvature = -(pair.force(at + step) - pair.force(at - step)) / (2.0 * step)
        return curvature, -pair.force(at) / at

    reach = pair.r_cut / scale
    cells = int(np.ceil(reach / min(lattice.edges)))
    return _eigenvalues(lattice, waves, cells, reach, constants)


def _neighbours(lattice: Lattice, cells: int) -> tuple[FloatArray, FloatArray, NDArray[np.int64]]:
    """Ways from sites to those in so many cells around, shape (sites, sites, shifts, d), their
    lengths, and the shifts, shape (shifts, d)."""
    d, vectors, sites = lattice.dimensions, np.array(lattice.vectors), np.array(lattice.sites)
    # a cell that leans has near neighbours in cells further on
    lean = int(np.ceil(2.0 * np.abs(vectors - np.diag(np.diag(vectors))).max() / vectors[0, 0]))
    axes = [np.arange(-cells - lean, cells + 1 + lean)] * d
    shifts = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, d)
    apart = (sites[None, :, None] + shifts - sites[:, None, None]) @ vectors
    return apart, np.linalg.norm(apart, axis=-1), shifts


def _eigenvalues(
    lattice: Lattice,
    waves: FloatArray,
    cells: int,
    reach: float,
    constants: Callable[[FloatArray], tuple[FloatArray, FloatArray]],
) -> FloatArray:
    """Of the dynamical matrix with springs up to `reach`, of stiffnesses along and across them by
    their length."""
    d, size = lattice.dimensions, lattice.dimensions * len(lattice.sites)
    apart, r, shifts = _neighbours(lattice, cells)
    i, j, k = np.nonzero((r > ZERO) & (r < reach))
    along, across = constants(r[i, j, k])
    unit = apart[i, j, k] / r[i, j, k][:, None]
    springs = (along - across)[:, None, None] * (unit[:, :, None] * unit[:, None, :])
    springs += across[:, None, None] * np.eye(d)
    found = []
    for some in np.array_split(waves, -(-len(waves) * size**2 // NUMBERS)):
        matrix = np.zeros((len(some), len(lattice.sites), d, len(lattice.sites), d), dtype=complex)
        for one, other, shift, spring in zip(i, j, shifts[k], springs, strict=True):
            phase = np.exp(2j * np.pi * (some @ shift))
            matrix[:, one, :, one, :] += spring
            matrix[:, one, :, other, :] -= phase[:, None, None] * spring
        found.append(np.linalg.eigvalsh(matrix.reshape(len(some), size, size)))
    return np.concatenate(found)


def _mesh(counts: tuple[int, ...], shift: float) -> FloatArray:
    axes = [(np.arange(count) + shift) / count for count in counts]
    return np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, len(counts))

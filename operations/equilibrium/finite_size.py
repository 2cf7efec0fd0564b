"""What the free energy of a periodic crystal of N particles lacks to that of infinitely many.

In a harmonic crystal the wave vectors of the box are fewer than all, and the one of uniform motion
is missing; W. G. Hoover, J. Chem. Phys. 49, 1981 (1968). Springs to the nearest neighbours, as
stiff as the crystal is found to be, say how much that is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

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
    d, counts = lattice.dimensions, lattice.cells(n)
    coarser = max(1.0, len(lattice.sites) / SITES) ** (1.0 / d)
    least = int(np.ceil(MESHES[0] / coarser))
    meshes = least, least * MESHES[1] // MESHES[0]
    for shells in range(1, SHELLS + 1):
        everywhere = [stiffnesses(lattice, _mesh((one,) * d, 0.5), shells) for one in meshes]
        here = np.sort(stiffnesses(lattice, _mesh(counts, 0.0), shells).ravel())[d:]
        if min(here[0], *(one.min() for one in everywhere)) > ZERO:
            break
    else:
        return None
    # kT in units of the springs' stiffness: <Σ|d|²> = kT Σ 1/λ
    kT = n * spread / np.sum(1.0 / here)
    coarse, fine = (0.5 * d * np.log(one).mean() for one in everywhere)
    ratio = (MESHES[1] / MESHES[0]) ** d
    per_particle = (ratio * fine - coarse) / (ratio - 1.0)
    rest = 0.5 * d * np.log(2.0 * np.pi * kT) - 0.5 * d * np.log(n) - np.log(volume)
    return float((rest + 0.5 * np.log(here).sum()) / n - per_particle)


def stiffnesses(lattice: Lattice, waves: FloatArray, shells: int) -> FloatArray:
    """Eigenvalues of the dynamical matrix with springs of stiffness 1 to some shells of neighbours,
    at wave vectors in units of the reciprocal cell, shape (m, d × sites)."""
    d, vectors, sites = lattice.dimensions, np.array(lattice.vectors), np.array(lattice.sites)
    # a cell that leans has near neighbours in cells further on
    lean = int(np.ceil(2.0 * np.abs(vectors - np.diag(np.diag(vectors))).max() / vectors[0, 0]))
    axes = [np.arange(-2 - lean, 3 + lean)] * d
    shifts = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, d)
    apart = (sites[None, :, None] + shifts - sites[:, None, None]) @ vectors
    r = np.linalg.norm(apart, axis=-1)
    distances = np.unique(np.round(r, 9))
    ends = distances[1:-1][distances[2:] > (1.0 + BETWEEN) * distances[1:-1]]
    reach = ends[shells - 1] * (1.0 + 1e-6)
    near = list(zip(*np.nonzero((r > ZERO) & (r < reach)), strict=True))
    size = d * len(sites)
    found = []
    for some in np.array_split(waves, -(-len(waves) * size**2 // NUMBERS)):
        matrix = np.zeros((len(some), len(sites), d, len(sites), d), dtype=complex)
        for i, j, k in near:
            unit = apart[i, j, k] / r[i, j, k]
            spring = np.outer(unit, unit)
            phase = np.exp(2j * np.pi * (some @ shifts[k]))
            matrix[:, i, :, i, :] += spring
            matrix[:, i, :, j, :] -= phase[:, None, None] * spring
        found.append(np.linalg.eigvalsh(matrix.reshape(len(some), size, size)))
    return np.concatenate(found)


def _mesh(counts: tuple[int, ...], shift: float) -> FloatArray:
    axes = [(np.arange(count) + shift) / count for count in counts]
    return np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, len(counts))

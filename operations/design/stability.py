"""Whether a crystal is a minimum of the energy: phonons of a pair potential."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.configuration import Configuration
from operations.design.bases import Bases
from workspace_schema.interactions import pair_key

FloatArray = NDArray[np.float64]

#: Wave vectors along each reciprocal axis.
GRID = 8
#: Eigenvalues closer to zero than this part of the largest are rounding.
ROUNDING = 1e-9


def lowest_frequency(
    bases: Bases, coefficients: FloatArray, crystal: Configuration, grid: int = GRID
) -> float:
    """The lowest ω² of the crystal on a grid of wave vectors, at mass 1, without that of uniform
    motion; negative where it is unstable.

    The dynamical matrix is Σ_R Φ(R) (1 - exp(i k R)) with the force constants of each pair,
    Φ = (u'' - u'/r) r̂ r̂ + u'/r (M. Born and K. Huang, Dynamical Theory of Crystal Lattices, 1954).
    """
    n, d = crystal.n_particles, crystal.dimensions
    r_cut = max(basis.potential.r_cut for basis in bases.of.values())
    most = np.zeros(3, dtype=int)
    most[:d] = np.ceil(r_cut / crystal.widths + 1.0)
    axes = [np.arange(-k, k + 1) for k in most]
    periods = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 3)
    apart = (
        crystal.positions[None, :, None] + periods @ crystal.cell - crystal.positions[:, None, None]
    )
    r = np.linalg.norm(apart, axis=-1)
    i, j, p = np.nonzero((r > 1e-9) & (r < r_cut))
    r, unit = r[i, j, p], apart[i, j, p][:, :d] / r[i, j, p][:, None]
    names = crystal.type_names
    keys = np.array([[pair_key(a, b) for b in names] for a in names])
    slope, curvature = np.zeros(len(r)), np.zeros(len(r))
    for pair, (basis, own) in bases.found(coefficients).items():
        of = keys[crystal.types[i], crystal.types[j]] == pair
        slope[of] = basis.values(r[of], 1) @ own
        curvature[of] = basis.values(r[of], 2) @ own
    outer = unit[:, :, None] * unit[:, None, :]
    constants = (curvature - slope / r)[:, None, None] * outer + (slope / r)[
        :, None, None
    ] * np.eye(d)
    lowest, highest = np.inf, 0.0
    waves = np.stack(np.meshgrid(*[np.arange(grid)] * d, indexing="ij"), -1).reshape(-1, d) / grid
    for k in waves:
        phase = np.exp(2j * np.pi * periods[p][:, :d] @ k)
        matrix = np.zeros((n, d, n, d), dtype=complex)
        for a in range(len(r)):
            matrix[i[a], :, i[a], :] += constants[a]
            matrix[i[a], :, j[a], :] -= constants[a] * phase[a]
        values = np.linalg.eigvalsh(matrix.reshape(n * d, n * d))
        highest = max(highest, float(np.abs(values).max()))
        if not k.any():  # uniform motion is what costs nothing, not what is lowest
            values = np.delete(values, np.abs(values).argsort()[:d])
        lowest = min(lowest, float(values.min(initial=np.inf)))
    return 0.0 if abs(lowest) < ROUNDING * highest else lowest

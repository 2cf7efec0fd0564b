"""Energy and pressure of crystals as sums over shells, linear in the coefficients of a basis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.configuration import Configuration
from operations.design.bases import Basis

FloatArray = NDArray[np.float64]

#: Distances closer than this, at a number density of 1, are one shell.
SAME = 1e-9


@dataclass(frozen=True)
class Shells:
    """Distances between particles of a crystal at a number density of 1, of all or of two types.

    Attributes
    ----------
    dimensions : 2 or 3
    r : ndarray, shape (m,)
        Increasing, within `reach`.
    neighbours : ndarray, shape (m,)
        How many a particle has there on average, whatever the types.
    reach : float
    """

    dimensions: int
    r: FloatArray
    neighbours: FloatArray
    reach: float

    @classmethod
    def of(
        cls, crystal: Configuration, reach: float, types: tuple[int, int] | None = None
    ) -> Shells:
        """The shells of a crystal in a periodic cell; with two types those of such pairs."""
        n, d = crystal.n_particles, crystal.dimensions
        scale = (n / crystal.volume) ** (1.0 / d)
        cell, positions = crystal.cell * scale, crystal.positions * scale
        most = np.zeros(3, dtype=int)
        most[:d] = np.ceil(reach / (crystal.widths * scale) + 1.0)
        axes = [np.arange(-k, k + 1) for k in most]
        shifts = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 3) @ cell
        found = []
        kinds = crystal.types
        for i in range(n):
            others = np.ones(n, dtype=bool)
            if types is not None:
                a, b = types
                wanted = b if kinds[i] == a else a if kinds[i] == b else None
                others = kinds == wanted if wanted is not None else ~others
            apart = (positions - positions[i])[:, None] + shifts
            r = np.linalg.norm(apart, axis=2)
            r[i, len(shifts) // 2] = np.inf  # itself; others may be at the same place
            found.append(r[(r < reach) & others[:, None]])
        r = np.sort(np.concatenate(found))
        first = np.append(True, np.diff(r) > SAME) if len(r) else np.zeros(0, dtype=bool)
        counts = np.diff(np.append(np.flatnonzero(first), len(r)))
        return cls(d, r[first], counts / n, reach)

    def sums(self, basis: Basis, volumes: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Energy per particle and pressure of each function of a basis.

        Parameters
        ----------
        basis : Basis
        volumes : ndarray, shape (m,)
            Per particle.

        Returns
        -------
        energies, pressures : ndarray, shape (m, size)

        Raises
        ------
        ValueError
            Where a volume is so small that `reach` does not hold all neighbours.
        """
        d = self.dimensions
        lengths = np.asarray(volumes) ** (1.0 / d)
        if basis.potential.r_cut > self.reach * lengths.min() * (1.0 + 1e-12):
            raise ValueError(f"shells up to {self.reach:g} are too few for {lengths.min() ** d:g}")
        r = np.outer(lengths, self.r)
        shape = (*r.shape, basis.size)
        u = basis.values(r.ravel()).reshape(shape)
        slope = basis.values(r.ravel(), 1).reshape(shape)
        energies = 0.5 * np.einsum("s,vsk->vk", self.neighbours, u)
        virials = np.einsum("s,vs,vsk->vk", self.neighbours, r, slope)
        return energies, -virials / (2.0 * d * np.asarray(volumes)[:, None])

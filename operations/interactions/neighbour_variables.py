"""Collective variables of neighbours: coordination number and global bond order.

Neighbours fade: each counts as f(r), 1 where it is near, 0 beyond `reach`, with two continuous
derivatives between.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numba import njit
from numpy.polynomial import Legendre, Polynomial

from operations.interactions.external import FloatArray
from operations.jobs.errors import EngineError

Found = tuple[float, FloatArray, FloatArray]


@dataclass(frozen=True)
class Near:
    """What counts as a neighbour: f(r) = 1 - t³ (10 - 15 t + 6 t²), t from 0 at (1 - soft) reach to
    1 at reach.

    Attributes
    ----------
    reach, soft : float
    dimensions : 2 or 3
    """

    reach: float
    soft: float
    dimensions: int

    def fading(self, r: FloatArray) -> tuple[FloatArray, FloatArray]:
        """f and df/dr."""
        width = self.soft * self.reach
        t = np.clip((r - self.reach) / width + 1.0, 0.0, 1.0)
        value = 1.0 - t**3 * (10.0 - t * (15.0 - 6.0 * t))
        return value, -30.0 * (t * (1.0 - t)) ** 2 / width

    def pairs(
        self, positions: FloatArray, cell: FloatArray
    ) -> tuple[np.ndarray, np.ndarray, FloatArray, FloatArray]:
        """Pairs i < j within reach: i, j, r_i - r_j (n, 3), and its length.

        Raises
        ------
        EngineError
            If the box is narrower than twice the reach.
        """
        inverse = np.linalg.inv(cell)
        width = 1.0 / np.linalg.norm(inverse[:, : self.dimensions], axis=0).max()
        if width < 2.0 * self.reach:
            raise EngineError(
                f"the box is {width:.4g} wide, but neighbours are counted up to {self.reach:.4g};"
                " expected twice as wide at least: take more particles"
            )
        x, y, z = np.ascontiguousarray((positions @ inverse).T)
        i, j, apart = _found(x, y, z, np.ascontiguousarray(cell), self.reach)
        return i, j, apart, np.sqrt(np.sum(apart**2, axis=1))


@dataclass(frozen=True, eq=False)
class Coordination:
    """Neighbours of the particles of one kind among those of another, on average.

    Attributes
    ----------
    near : Near
    of, among : ndarray of bool, shape (N,)
        Which particles are of the one and of the other kind.
    """

    near: Near
    of: np.ndarray
    among: np.ndarray
    name: str = "coordination"
    conserves_momentum = True

    def evaluate(self, positions: FloatArray, images: FloatArray, cell: FloatArray) -> Found:
        """See `operations.interactions.bias.CollectiveVariable`."""
        i, j, apart, r = self.near.pairs(positions, cell)
        counts = 1.0 * (self.of[i] & self.among[j]) + (self.of[j] & self.among[i])
        counts /= self.of.sum()
        value, slope = self.near.fading(r)
        along = (counts * slope / r)[:, None] * apart
        return float(counts @ value), _gathered(i, j, along, len(positions)), along.T @ apart


@dataclass(frozen=True, eq=False)
class BondOrder:
    """Q_l of all bonds: (4π/(2l+1) Σ_m |<Y_lm>|²)^(1/2), <> the mean with the weights f; in two
    dimensions |<exp(i l θ)>|.

    P. J. Steinhardt, D. R. Nelson and M. Ronchetti, Phys. Rev. B 28, 784 (1983).

    Attributes
    ----------
    near : Near
    degree : int
        l, even: a bond has no direction.
    """

    near: Near
    degree: int
    name: str = "steinhardt"
    conserves_momentum = True

    def evaluate(self, positions: FloatArray, images: FloatArray, cell: FloatArray) -> Found:
        """See `operations.interactions.bias.CollectiveVariable`; where Q is 0 the gradient is."""
        n, order = len(positions), np.arange(self.degree + 1)
        i, j, apart, r = self.near.pairs(positions, cell)
        weight, slope = self.near.fading(r)
        bonds = weight.sum()
        if bonds == 0.0:
            return 0.0, np.zeros((n, 3)), np.zeros((3, 3))
        u = apart / r[:, None]
        norms, polynomials = self._harmonics
        # Y_lm is (x + iy)^m d^m P_l/dz^m on the unit sphere
        around = np.ones((len(u), self.degree + 1), dtype=np.complex128)
        around[:, 1:] = u[:, :1] + 1j * u[:, 1:2]
        np.cumprod(around, axis=1, out=around)
        along = np.vander(u[:, 2], self.degree + 1, increasing=True) @ polynomials
        harmonics = around * along[:, :-1]
        sums = weight @ harmonics
        value = float(np.sqrt(norms @ np.abs(sums) ** 2) / bonds)
        if value == 0.0:
            return value, np.zeros((n, 3)), np.zeros((3, 3))
        conjugate = norms * sums.conj()
        by_x = (order[1:] * around[:, :-1] * along[:, 1:-1]) @ conjugate[1:]
        by_z = (around * along[:, 1:]) @ conjugate
        turns = np.stack([by_x.real, -by_x.imag, by_z.real], axis=1)
        turns -= np.sum(turns * u, axis=1)[:, None] * u
        stretches = (harmonics @ conjugate).real / (value * bonds**2) - value / bonds
        forces = (weight / r / (value * bonds**2))[:, None] * turns
        forces += (slope * stretches)[:, None] * u
        return value, _gathered(i, j, forces, n), forces.T @ apart

    @cached_property
    def _harmonics(self) -> tuple[FloatArray, FloatArray]:
        """Weights of |<Y_lm>|², m from 0, and coefficients of d^m P_l/dz^m as columns, m from 0 to
        l + 1."""
        degree = self.degree
        legendre = Legendre.basis(degree).convert(kind=Polynomial)
        polynomials = np.zeros((degree + 1, degree + 2))
        for m in range(degree + 1):
            polynomials[: degree + 1 - m, m] = legendre.deriv(m).coef
        norms = [
            (2 - (m == 0)) * math.factorial(degree - m) / math.factorial(degree + m)
            for m in range(degree + 1)
        ]
        if self.near.dimensions == 2:
            norms = [0.0] * degree + [polynomials[0, degree] ** -2]
        return np.array(norms), polynomials


def _gathered(i: np.ndarray, j: np.ndarray, of_pairs: FloatArray, n: int) -> FloatArray:
    """Gradients of the particles from those by r_i - r_j of pairs."""
    columns = [np.bincount(i, x, n) - np.bincount(j, x, n) for x in of_pairs.T]
    return np.stack(columns, axis=1)


@njit(cache=True, fastmath=False, error_model="numpy")
def _nearest(i, fx, fy, fz, cell, x, y, z, squares):
    """Nearest images of r_i - r_j and their squares, j > i; a loop that vectorises."""
    ax, ay, az = cell[0, 0], cell[0, 1], cell[0, 2]
    bx, by, bz = cell[1, 0], cell[1, 1], cell[1, 2]
    cx, cy, cz = cell[2, 0], cell[2, 1], cell[2, 2]
    fa, fb, fc = fx[i], fy[i], fz[i]
    for j in range(i + 1, len(fx)):
        a, b, c = fa - fx[j], fb - fy[j], fc - fz[j]
        a -= np.rint(a)
        b -= np.rint(b)
        c -= np.rint(c)
        dx, dy, dz = a * ax + b * bx + c * cx, a * ay + b * by + c * cy, a * az + b * bz + c * cz
        x[j], y[j], z[j], squares[j] = dx, dy, dz, dx * dx + dy * dy + dz * dz


@njit(cache=True, fastmath=False, error_model="numpy")
def _found(fx, fy, fz, cell, reach):
    """i < j and r_i - r_j of the nearest images that are closer than `reach`, of fractional
    coordinates (N,)."""
    n, count, most = len(fx), 0, 32 * len(fx)
    first, second, apart = np.empty(most, np.int64), np.empty(most, np.int64), np.empty((most, 3))
    x, y, z, squares = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    for i in range(n):
        _nearest(i, fx, fy, fz, cell, x, y, z, squares)
        for j in range(i + 1, n):
            if squares[j] >= reach * reach:
                continue
            if count == most:
                most *= 2
                first = np.append(first, np.empty(count, np.int64))
                second = np.append(second, np.empty(count, np.int64))
                apart = np.append(apart, np.empty((count, 3))).reshape(-1, 3)
            first[count], second[count] = i, j
            apart[count, 0], apart[count, 1], apart[count, 2] = x[j], y[j], z[j]
            count += 1
    return first[:count], second[:count], apart[:count]

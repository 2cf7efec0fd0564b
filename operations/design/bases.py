"""Bases of pair potentials: u(r) = Σ_k c_k φ_k(r), piecewise cubic, flat and zero at r_cut."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import BSpline

from operations.interactions.pair_functions import U_MAX, PairFunction
from workspace_schema.interactions import Interactions, pair_key
from workspace_schema.potentials import Designed, TableData
from workspace_schema.statepoint import StatePoint

FloatArray = NDArray[np.float64]

#: Where tables begin that have no core, in units of r_cut.
FIRST = 1e-3
#: Knots of B-splines are equally spaced in 1/(r + this part of r_cut).
GRADED = 0.1
#: Exponent of the wall below the first knot of B-splines.
WALL = 12


def sought(point: StatePoint, a: str, b: str) -> Designed:
    """The potential of a pair of types that a design looks for."""
    assert isinstance(point.potential, Interactions)
    potential = point.potential.pair(a, b)
    assert isinstance(potential, Designed)
    return potential


@dataclass(frozen=True)
class Basis:
    """Functions of r.

    Attributes
    ----------
    potential : Designed
        Whose shape and cut-off they have.
    inner : float
        B-splines begin here; below is a wall that continues them. The other shapes reach r = 0.
    """

    potential: Designed
    inner: float = 0.0

    @property
    def size(self) -> int:
        """Number of coefficients."""
        return self.potential.coefficients

    @property
    def signed(self) -> bool:
        """Whether coefficients may be negative."""
        return self.potential.shape == "free"

    @property
    def knots(self) -> FloatArray:
        """Distances between which every function is one cubic polynomial, increasing."""
        r_cut, n = self.potential.r_cut, self.size
        if self.potential.shape == "free":
            shift = GRADED * r_cut  # steep cores need the nearest knots
            ends = 1.0 / (self.inner + shift), 1.0 / (r_cut + shift)
            between = 1.0 / np.linspace(ends[0], ends[1], n)[1:-1] - shift
            return np.concatenate([[self.inner], between, [r_cut]])
        return np.append(FIRST * r_cut, r_cut * np.arange(1, n + 1) / n)

    def values(self, r: ArrayLike, derivative: int = 0) -> FloatArray:
        """Functions, or their derivatives, at distances r (m,): shape (m, size).

        B-splines keep their first polynomial below `inner`, which only `table` replaces.
        """
        r = np.asarray(r, dtype=np.float64)
        r_cut, n = self.potential.r_cut, self.size
        if self.potential.shape == "convex":
            x = np.maximum(self.knots[1:] - r[:, None], 0.0)
            return (x * x, -2.0 * x, 2.0 * (x > 0.0))[derivative]
        if self.potential.shape == "monotone":
            return self._steps(r, derivative)
        t = self.knots
        t = np.concatenate([[t[0]] * 3, t, [t[-1]] * 3])
        # the last two have a value or a slope at r_cut
        spline = BSpline(t, np.eye(n + 2)[:, :n], 3)
        inside = np.where(r < r_cut, r, r_cut)
        found = spline(inside, nu=derivative) if derivative else spline(inside)
        return np.where((r < r_cut)[:, None], found, 0.0)

    def _steps(self, r: FloatArray, derivative: int) -> FloatArray:
        """Smooth steps downwards: integrals of quadratic B-splines, from r to r_cut."""
        n = self.size
        h = self.potential.r_cut / n
        x = r[:, None] / h - np.arange(-2, n - 2)  # the splines have the support 0 < x < 3
        powers = [np.maximum(x - k, 0.0) for k in range(4)]
        signs = (1.0, -3.0, 3.0, -1.0)
        order, factor = ((3, 6.0), (2, 2.0), (1, 1.0))[derivative]
        value = sum(s * p**order for s, p in zip(signs, powers, strict=True)) / factor
        found = (1.0 - value if derivative == 0 else -value) / h**derivative
        return np.where((r < self.potential.r_cut)[:, None], found, 0.0)

    def table(self, coefficients: FloatArray) -> TableData:
        """The potential, exact between the rows by cubic Hermite interpolation.

        Below the first knot of B-splines a wall A r^-12 + B continues value and, where that
        repels, slope.
        """
        r = self.knots
        u = self.values(r) @ coefficients
        force = -(self.values(r, 1) @ coefficients)
        u[-1] = force[-1] = 0.0
        if self.potential.shape == "free":
            below, wall, push = _wall(float(r[0]), float(u[0]), float(force[0]))
            r, u, force = (np.concatenate(each) for each in ((below, r), (wall, u), (push, force)))
        return TableData(tuple(r.tolist()), tuple(u.tolist()), tuple(force.tolist()))

    def described(self, coefficients: FloatArray) -> dict[str, Any]:
        """Knots and coefficients, for a result."""
        return {"knots": self.knots.tolist(), "coefficients": coefficients.tolist()}

    def function(self, coefficients: FloatArray) -> PairFunction:
        """The potential for engines and searches."""
        return PairFunction(self.potential, data=self.table(coefficients))


def _wall(r: float, u: float, force: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Distances below r, energy and force there, up to an energy that is never met."""
    strength = max(force * r / WALL, 1.0 / WALL)
    highest = 4.0 * U_MAX / strength + 1.0
    below = r * np.geomspace(highest ** (-1.0 / WALL), 1.0, 60)[:-1]
    ratio = (r / below) ** WALL
    return below, u + strength * (ratio - 1.0), WALL * strength * ratio / below


@dataclass(frozen=True)
class Bases:
    """A basis for each pair of types; coefficients of one stand after those of the other.

    Attributes
    ----------
    types : tuple of str
    of : mapping of str to Basis
        By pair of types, as A-B, in the order of `type_pairs`.
    """

    types: tuple[str, ...]
    of: Mapping[str, Basis]

    @property
    def size(self) -> int:
        """Number of coefficients."""
        return sum(basis.size for basis in self.of.values())

    @property
    def signed(self) -> bool:
        """Whether coefficients may be negative."""
        return next(iter(self.of.values())).signed

    @property
    def parts(self) -> dict[str, slice]:
        """Where the coefficients of each pair of types stand."""
        ends = np.cumsum([0, *(basis.size for basis in self.of.values())]).tolist()
        return {
            pair: slice(*ends) for pair, ends in zip(self.of, itertools.pairwise(ends), strict=True)
        }

    def found(self, coefficients: FloatArray) -> dict[str, tuple[Basis, FloatArray]]:
        """Basis and coefficients of each pair of types."""
        parts = self.parts
        return {pair: (basis, coefficients[parts[pair]]) for pair, basis in self.of.items()}

    def functions(self, coefficients: FloatArray) -> dict[tuple[int, int], PairFunction]:
        """The potentials, by indices of types, for engines and searches."""
        found = self.found(coefficients)
        return {
            (i, j): basis.function(own)
            for i, a in enumerate(self.types)
            for j, b in enumerate(self.types[i:], start=i)
            for basis, own in [found[pair_key(a, b)]]
        }

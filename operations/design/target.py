"""What a simulated liquid shall be like: g(r) of each pair of types, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import block_diag
from scipy.optimize import nnls

from operations.design.bases import Bases, Basis
from operations.design.distributions import Distribution
from workspace_schema.interactions import pair_key, type_pairs

FloatArray = NDArray[np.float64]

#: Smaller values of g are noise, on whose logarithm nothing is built.
LEAST = 0.02
#: Part of a fit that is the curvature of what is fitted: between knots, bins may say nothing.
SMOOTH = 1e-5
#: Weight of the change of u where the target has no pairs, beside g, and that of its curvature.
FLOOR, CURVED = 0.05, 0.1
#: Repulsion, in units of kT, where the target has no pairs, at the start: nothing sits on its flat
#: top, in hotter runs neither. It counts little beside what the target has.
STEEP, ASIDE = 100.0, 1e-4


@dataclass(frozen=True)
class Part:
    """What the pairs of two types shall be like.

    Attributes
    ----------
    basis : Basis
    distribution : Distribution
        Up to half the box at most.
    ideal : ndarray, shape (m,)
        Pairs in every bin where there is no structure.
    kT, spacing : float
        The latter is the mean distance of particles.
    """

    basis: Basis
    distribution: Distribution
    ideal: FloatArray
    kT: float
    spacing: float

    def above(self, derivative: int = 0) -> FloatArray:
        """Functions of the basis on the grid, shape (m, n), 0 below the first knot."""
        r = self.distribution.r
        found = self.basis.values(r, derivative)
        return np.where((r >= self.basis.inner * (1.0 - 1e-9))[:, None], found, 0.0)

    @property
    def inside(self) -> NDArray[np.bool_]:
        """Bins between the first knot and the cut-off."""
        r = self.distribution.r
        return (r < self.basis.potential.r_cut) & (r >= self.basis.inner * (1.0 - 1e-9))

    @property
    def roughness(self) -> FloatArray:
        """Overlaps ∫ φ'' φ'' dr in units of the mean distance and kT, shape (n, n)."""
        r = np.linspace(self.basis.inner, self.basis.potential.r_cut, 2001)[:-1]
        curved = self.basis.values(r, 2)
        return np.asarray(curved.T @ curved * (r[1] - r[0]) * self.spacing**3 / self.kT**2)

    def projected(self, change: FloatArray, known: NDArray[np.bool_]) -> FloatArray:
        """Coefficients nearest to a change of u on the grid, where it is known."""
        values, curved = self.above(), self.roughness
        weight = (known & self.inside).astype(float)
        matrix = values.T @ (weight[:, None] * values)
        matrix += SMOOTH * np.trace(matrix) / np.trace(curved) * curved
        return np.asarray(np.linalg.solve(matrix, values.T @ (weight * change)))

    def start(self) -> FloatArray:
        """Coefficients of the potential of mean force, -kT ln g."""
        g = self.distribution.g
        known = g > LEAST
        u = -self.kT * np.log(np.maximum(g, LEAST))
        if self.basis.signed:
            return self.projected(u, np.ones(len(g), dtype=bool))
        core = np.arange(len(u)) < int(np.argmax(known))
        u = np.where(core, STEEP * self.kT, np.maximum(u, 0.0))
        root = np.sqrt(np.where(core, ASIDE, 1.0) * self.inside)
        return np.asarray(nnls(self.above() * root[:, None], u * root)[0])


@dataclass(frozen=True)
class Target:
    """What a liquid shall be like. Arrays over bins and coefficients have one pair of types after
    the other.

    Attributes
    ----------
    bases : Bases
    distributions : mapping of str to Distribution
        By pair of types, as A-B, on one grid.
    particles : mapping of str to int
        By type, in the order of their names.
    kT, number_density : float
    dimensions : 2 or 3
    pressure : float or None
    """

    bases: Bases
    distributions: Mapping[str, Distribution]
    particles: Mapping[str, int]
    kT: float
    number_density: float
    dimensions: int
    pressure: float | None = None

    @property
    def n_particles(self) -> int:
        """Of all types."""
        return sum(self.particles.values())

    @cached_property
    def parts(self) -> dict[str, Part]:
        """By pair of types; N² / 2 pairs of N particles (`simulated_state.PAIRS`)."""
        volume = self.n_particles / self.number_density
        spacing = self.number_density ** (-1.0 / self.dimensions)
        parts = {}
        for a, b in type_pairs(tuple(self.particles)):
            key = pair_key(a, b)
            g = self.distributions[key]
            pairs = self.particles[a] * self.particles[b] * (0.5 if a == b else 1.0)
            ideal = pairs / volume * g.shells(self.dimensions)
            parts[key] = Part(self.bases.of[key], g, ideal, self.kT, spacing)
        return parts

    @cached_property
    def grid(self) -> Distribution:
        """Any of the distributions, for what all have in common."""
        return next(iter(self.distributions.values()))

    @cached_property
    def g(self) -> FloatArray:
        """Of all pairs."""
        return np.concatenate([part.distribution.g for part in self.parts.values()])

    @cached_property
    def ideal(self) -> FloatArray:
        """Pairs in every bin where there is no structure."""
        return np.concatenate([part.ideal for part in self.parts.values()])

    @cached_property
    def inside(self) -> NDArray[np.bool_]:
        """Bins between the first knot and the cut-off."""
        return np.concatenate([part.inside for part in self.parts.values()])

    @cached_property
    def values(self) -> FloatArray:
        """Functions of the bases in the bins, shape (m, n)."""
        return np.asarray(block_diag(*(part.above() for part in self.parts.values())))

    @cached_property
    def sums(self) -> FloatArray:
        """Σ over pairs of each function in the target, shape (n,)."""
        return np.asarray((self.ideal * self.g) @ self.values)

    @cached_property
    def pressures(self) -> FloatArray:
        """Pressure of each function in the target, beside that of the ideal gas, shape (n,)."""
        volume = self.n_particles / self.number_density
        virials = [
            (part.ideal * part.distribution.g * part.distribution.r) @ part.above(1)
            for part in self.parts.values()
        ]
        return np.asarray(-np.concatenate(virials) / (self.dimensions * volume))

    @cached_property
    def sizes(self) -> FloatArray:
        """Size and curvature of a function, with the trace 1, shape (n, n)."""
        weight = (self.g + FLOOR) * self.ideal
        size, curved = self.values.T @ (weight[:, None] * self.values), self.roughness
        return np.asarray(size / np.trace(size) + CURVED * curved / np.trace(curved))

    @cached_property
    def roughness(self) -> FloatArray:
        """Overlaps of curvatures, shape (n, n)."""
        return np.asarray(block_diag(*(part.roughness for part in self.parts.values())))

    def lacking(self, coefficients: FloatArray) -> float:
        """Pressure that the coefficients lack."""
        assert self.pressure is not None
        ideal = self.number_density * self.kT
        return float(self.pressure - ideal - self.pressures @ coefficients)

    def start(self) -> FloatArray:
        """Coefficients of the potentials of mean force."""
        return np.concatenate([part.start() for part in self.parts.values()])

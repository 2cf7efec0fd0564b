"""Steps of the coefficients of a potential towards a radial distribution function."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import lsq_linear, nnls

from operations.design.bases import Basis
from operations.design.distributions import Distribution

FloatArray = NDArray[np.float64]

#: Smaller values of g are noise, on whose logarithm nothing is built.
LEAST = 0.02
#: Part of a ridge, where a matrix must be positive.
RIDGE = 1e-6
#: Part of a fit that is the curvature of what is fitted: between knots, bins may say nothing.
SMOOTH = 1e-5
#: Part of a step's matrix that is the size of the change of u, with the weight g + `FLOOR` of the
#: target, and its curvature: it bounds what neither g nor pressure determine, and moves no fixed
#: point.
DAMPING, FLOOR, CURVED = 1e-2, 0.05, 0.1
#: Repulsion, in units of kT, where the target has no pairs, at the start: nothing sits on its flat
#: top, in hotter runs neither. It counts little beside what the target has.
STEEP, ASIDE = 100.0, 1e-4
#: Largest change of a reduced potential in the Fisher metric, δc cov δc / kT², of a Newton step:
#: about exp(-this) of the frames keep their weight.
FISHER = float(np.log(2.0))


@dataclass(frozen=True)
class Target:
    """What a liquid shall be like.

    Attributes
    ----------
    basis : Basis
    distribution : Distribution
        Up to half the box at most.
    kT, number_density : float
    dimensions : 2 or 3
    n_particles : int
    pressure : float or None
    """

    basis: Basis
    distribution: Distribution
    kT: float
    number_density: float
    dimensions: int
    n_particles: int
    pressure: float | None = None

    @property
    def values(self) -> FloatArray:
        """Functions of the basis on the grid, shape (m, n), 0 below the first knot."""
        return self._above(0)

    def _above(self, derivative: int) -> FloatArray:
        r = self.distribution.r
        found = self.basis.values(r, derivative)
        return np.where((r >= self.basis.inner)[:, None], found, 0.0)

    @property
    def sums(self) -> FloatArray:
        """Σ over pairs of each function in the target, shape (n,)."""
        g = self.distribution
        density = 0.5 * self.n_particles * self.number_density * g.g * g.shells(self.dimensions)
        return np.asarray(density @ self.values)

    @property
    def pressures(self) -> FloatArray:
        """Pressure of each function in the target, beside that of the ideal gas, shape (n,)."""
        g, d = self.distribution, self.dimensions
        weight = self.number_density**2 * g.g * g.shells(d) * g.r / (2.0 * d)
        return np.asarray(-(weight @ self._above(1)))

    @property
    def sizes(self) -> FloatArray:
        """Size and curvature of a function, with the trace 1, shape (n, n)."""
        g, values = self.distribution, self.values
        weight = (g.g + FLOOR) * g.shells(self.dimensions)
        size, curved = values.T @ (weight[:, None] * values), self.roughness
        return np.asarray(size / np.trace(size) + CURVED * curved / np.trace(curved))

    @property
    def roughness(self) -> FloatArray:
        """Overlaps ∫ φ'' φ'' dr in units of the mean distance and kT, shape (n, n)."""
        spacing = self.number_density ** (-1.0 / self.dimensions)
        r = np.linspace(self.basis.inner, self.basis.potential.r_cut, 2001)[:-1]
        curved = self.basis.values(r, 2)
        return np.asarray(curved.T @ curved * (r[1] - r[0]) * spacing**3 / self.kT**2)

    def lacking(self, coefficients: FloatArray) -> float:
        """Pressure that the coefficients lack."""
        assert self.pressure is not None
        ideal = self.number_density * self.kT
        return float(self.pressure - ideal - self.pressures @ coefficients)

    def projected(self, change: FloatArray, weight: FloatArray) -> FloatArray:
        """Coefficients nearest to a change of u on the grid."""
        values, curved = self.values, self.roughness
        matrix = values.T @ (weight[:, None] * values)
        matrix += SMOOTH * np.trace(matrix) / np.trace(curved) * curved
        return np.asarray(np.linalg.solve(matrix, values.T @ (weight * change)))

    def start(self) -> FloatArray:
        """Coefficients of the potential of mean force, -kT ln g."""
        g = self.distribution.g
        known = g > LEAST
        u = -self.kT * np.log(np.maximum(g, LEAST))
        if self.basis.signed:
            return self.projected(u, self._weight(np.ones(len(g), dtype=bool)))
        core = np.arange(len(u)) < int(np.argmax(known))
        u = np.where(core, STEEP * self.kT, np.maximum(u, 0.0))
        inside = self.distribution.r < self.basis.potential.r_cut
        root = np.sqrt(np.where(core, ASIDE, 1.0) * inside)
        return np.asarray(nnls(self.values * root[:, None], u * root)[0])

    def _weight(self, known: NDArray[np.bool_]) -> FloatArray:
        g = self.distribution
        inside = (g.r < self.basis.potential.r_cut) & (g.r >= self.basis.inner)
        return np.asarray(known & inside, dtype=np.float64)


def boltzmann(target: Target, g: FloatArray) -> FloatArray:
    """Iterative Boltzmann inversion: δu = kT ln(g / g*)."""
    wanted = target.distribution.g
    known = (g > LEAST) & (wanted > LEAST)
    ratio = np.where(known, g, 1.0) / np.where(known, wanted, 1.0)
    return target.projected(target.kT * np.log(ratio), target._weight(known))


def response(distribution: Distribution, g: FloatArray, kT: float, density: float) -> FloatArray:
    """∂g/∂u on the grid in the hypernetted-chain approximation, in three dimensions, shape (m, m).

    With h = g - 1, the closure u/kT = h - c - ln g and c̃ = h̃ / (1 + ρ h̃):
    (1 - g (1 - C)) δg = -g δu / kT, where C multiplies by 1 / (1 + ρ h̃)² in reciprocal space.
    """
    m, width = len(distribution.r), distribution.width
    # g = 0 below the first bin; bins are at half or at whole multiples of the width
    first = float(distribution.r[0]) / width
    halves = abs(first % 1.0 - 0.5) < 0.25
    missing = round(first - 0.5) if halves else round(first) - 1
    full = (np.arange(missing + m) + (0.5 if halves else 1.0)) * width
    h = np.concatenate([np.full(missing, -1.0), g - 1.0])
    n = len(full)
    dk = np.full(n, np.pi / (width * (n if halves else n + 1)))
    k = dk * (np.arange(n) + 1.0)
    sines = np.sin(np.outer(k, full))
    forward = 4.0 * np.pi * width * sines * full / k[:, None]
    if halves:
        dk[-1] *= 0.5  # discrete sine transforms of the second kind; of the first without it
    back = (sines * (dk * k)[:, None] / (2.0 * np.pi**2)).T / full[:, None]
    bare = 1.0 + density * (forward @ h)
    bare = np.maximum(bare, 0.02)  # the structure factor is positive
    direct = back @ (forward / bare[:, None] ** 2)
    whole = np.append(np.zeros(missing), g)
    left = np.eye(n) - whole[:, None] * (np.eye(n) - direct)
    found = np.linalg.solve(left, -np.diag(whole) / kT)
    return np.asarray(found[n - m :, n - m :])


def gauss_newton(target: Target, g: FloatArray, coefficients: FloatArray) -> FloatArray:
    """The step that brings g nearest to the target as the hypernetted chain responds, with the
    pressure of the target where it has one."""
    shells = target.distribution.shells(target.dimensions)
    matrix = response(target.distribution, g, target.kT, target.number_density) @ target.values
    root = np.sqrt(shells / shells.sum())
    matrix, right = matrix * root[:, None], (target.distribution.g - g) * root
    return _constrained(target, matrix.T @ matrix, matrix.T @ right, coefficients)


def newton(target: Target, sums: FloatArray, coefficients: FloatArray) -> tuple[FloatArray, float]:
    """The step of inverse Monte Carlo, and its squared length in the Fisher metric before it was
    cut to `FISHER`.

    Parameters
    ----------
    target : Target
    sums : ndarray, shape (frames, n)
        Σ over pairs of each function in every frame.
    coefficients : ndarray
    """
    covariance = np.cov(sums.T)
    step = _constrained(
        target, covariance / target.kT, sums.mean(axis=0) - target.sums, coefficients
    )
    squared = float(step @ covariance @ step) / target.kT**2
    if squared > FISHER:
        step = step * np.sqrt(FISHER / squared)
    return step, squared


def relative_entropy(
    target: Target, sums: FloatArray, coefficients: FloatArray, smoothness: float
) -> tuple[FloatArray, float]:
    """A Newton step down the relative entropy with its filter, at most `FISHER` long, on which no
    coefficient of the shapes that repel becomes negative; and its squared length before it was cut.

    Parameters are those of `newton`, and the weight of the filter per particle.
    """
    kT, n = target.kT, target.n_particles
    covariance = np.cov(sums.T)
    filtered = n * smoothness * kT * target.roughness
    size = target.sizes
    matrix = covariance / kT + filtered
    matrix += DAMPING * np.trace(matrix) * size
    right = sums.mean(axis=0) - target.sums - filtered @ coefficients
    root = np.linalg.cholesky(matrix + RIDGE * np.trace(matrix) / len(matrix) * np.eye(len(matrix)))
    lowest = np.full(len(right), -np.inf) if target.basis.signed else -coefficients - 1e-12
    solved = lsq_linear(root.T, np.linalg.solve(root, right), (lowest, np.inf))
    step = np.asarray(solved.x)
    squared = float(step @ covariance @ step) / kT**2
    if squared > FISHER:
        step = step * np.sqrt(FISHER / squared)
    return step, squared


def entropy_change(target: Target, sums: FloatArray, step: FloatArray) -> float:
    """Change of the relative entropy per particle by a step, by reweighting of frames."""
    change = sums @ step / target.kT
    lowest = float(change.min())
    free = lowest - float(np.log(np.mean(np.exp(lowest - change))))
    return (float(target.sums @ step) / target.kT - free) / target.n_particles


def weight_left(sums: FloatArray, step: FloatArray, kT: float) -> float:
    """Part of the frames that keeps its weight after a step: (Σ w)² / (n Σ w²)."""
    exponent = -(sums @ step) / kT
    weights = np.exp(exponent - exponent.max())
    return float(weights.sum() ** 2 / (len(weights) * (weights**2).sum()))


def _constrained(
    target: Target, matrix: FloatArray, right: FloatArray, coefficients: FloatArray
) -> FloatArray:
    """Solve matrix δ = right, with the pressure of the target where it has one."""
    n, size = len(right), target.sizes
    matrix = matrix + DAMPING * np.trace(matrix) * size
    scale = 1.0 / np.sqrt(np.diag(matrix))
    scaled = matrix * np.outer(scale, scale)
    if target.pressure is None:
        return np.asarray(scale * np.linalg.solve(scaled, scale * right))
    row = target.pressures * scale
    norm = float(np.linalg.norm(row))
    whole = np.block([[scaled, row[:, None] / norm], [row[None] / norm, np.zeros((1, 1))]])
    wanted = np.append(scale * right, target.lacking(coefficients) / norm)
    return np.asarray(scale * np.linalg.solve(whole, wanted)[:n])

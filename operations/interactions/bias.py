"""Biases: energies of a collective variable, harmonic or grown by hills.

Any differentiable variable will do: a class with the one verb of `CollectiveVariable`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from operations.interactions.external import Evaluated, FloatArray, wave_vector

#: Points of the grid of a growing bias in a width of its hills.
POINTS = 8
#: Of the walls at its ends, in kT.
WALL = 5.0
#: Lengths in which they rise by that, from low to high.
RISE = 20.0


class CollectiveVariable(Protocol):
    """A differentiable function Q of the configuration.

    Attributes
    ----------
    name : str
        Of its column in the samples.
    conserves_momentum : bool
        Whether Q stays the same when all particles are moved alike.
    """

    @property
    def name(self) -> str: ...

    @property
    def conserves_momentum(self) -> bool: ...

    def evaluate(
        self, positions: FloatArray, images: FloatArray, cell: FloatArray
    ) -> tuple[float, FloatArray, FloatArray]:
        """Q, its gradient ∂Q/∂r (N, 3) and its derivative ∂Q/∂ε (3, 3) by a strain of particles and
        box; parameters as of `operations.interactions.external.Term.evaluate`."""


class _Bias:
    """What a bias of a variable is as a `operations.interactions.external.Term`."""

    variable: CollectiveVariable

    @property
    def quantities(self) -> tuple[str, ...]:
        """The variable's column."""
        return (self.variable.name,)

    @property
    def conserves_momentum(self) -> bool:
        """Whether its forces add up to zero."""
        return self.variable.conserves_momentum


@dataclass(frozen=True, eq=False)
class HarmonicBias(_Bias):
    """U = κ/2 (Q - a)²; energy and Q are sampled.

    Attributes
    ----------
    variable : CollectiveVariable
        Q.
    k : float
        κ.
    target : float
        a.
    """

    variable: CollectiveVariable
    k: float
    target: float
    name: str = "bias"
    scale: float = 1.0

    def evaluate(self, positions: FloatArray, images: FloatArray, cell: FloatArray) -> Evaluated:
        """See `operations.interactions.external.Term`."""
        value, gradient, by_strain = self.variable.evaluate(positions, images, cell)
        pull = self.k * (value - self.target)
        energy = 0.5 * pull * (value - self.target)
        return Evaluated(energy, -pull * gradient, -pull * by_strain, (value,))


@dataclass(frozen=True, eq=False)
class Hills(_Bias):
    """A sum of Gaussians of Q between two values, kept on a grid, and walls beyond.

    Hills are mirrored at both ends, where the bias so has no slope (Y. Crespo, F. Marinelli, F.
    Pietrucci and A. Laio, Phys. Rev. E 81, 055701 (2010)). Between the points of the grid it is a
    cubic, whose derivative the force is. The walls are `WALL` ((1 + x²)^(1/2) - 1), x the way
    beyond in widths of a hill: what begins far away is not thrown.

    Attributes
    ----------
    variable : CollectiveVariable
        Q.
    low, high : float
    width : float
        Standard deviation of a hill.
    wall : float
        Energy of the walls.
    grid : ndarray of float64, shape (2, points)
        The bias and its slope; it changes as hills are laid.
    """

    variable: CollectiveVariable
    low: float
    high: float
    width: float
    wall: float
    grid: FloatArray
    name: str = "bias"
    scale: float = 1.0

    @classmethod
    def none(
        cls, variable: CollectiveVariable, low: float, high: float, width: float, kT: float
    ) -> Hills:
        """Before the first hill."""
        points = int(np.ceil(POINTS * (high - low) / width)) + 1
        return cls(variable, low, high, width, WALL * kT, np.zeros((2, points)))

    def lay(self, value: float, height: float) -> None:
        """Add a hill."""
        x = np.linspace(self.low, self.high, self.grid.shape[1])
        for centre in (value, 2.0 * self.low - value, 2.0 * self.high - value):
            away = (x - centre) / self.width
            hill = height * np.exp(-0.5 * away**2)
            self.grid[:] += hill, -away / self.width * hill
        self.grid[1, [0, -1]] = 0.0

    def at(self, values: FloatArray | float) -> tuple[FloatArray, FloatArray]:
        """The bias and its slope at values of Q, walls included."""
        points = self.grid.shape[1]
        step = (self.high - self.low) / (points - 1)
        inside = np.clip(values, self.low, self.high)
        x = (inside - self.low) / step
        k = np.minimum(x.astype(np.int64), points - 2)
        t = x - k
        (a, b), (c, d) = (self.grid[0, [k, k + 1]], step * self.grid[1, [k, k + 1]])
        # a + c t + e t² + f t³
        e, f = 3.0 * (b - a) - 2.0 * c - d, 2.0 * (a - b) + c + d
        length = (self.high - self.low) / RISE
        beyond = (values - inside) / length
        root = np.sqrt(1.0 + beyond**2)
        energy = a + t * (c + t * (e + t * f)) + self.wall * (root - 1.0)
        slope = (c + t * (2.0 * e + 3.0 * t * f)) / step
        # the slope at an end is that of the grid, 0: outside there is the wall alone
        return energy, slope + self.wall * beyond / (root * length)

    def evaluate(self, positions: FloatArray, images: FloatArray, cell: FloatArray) -> Evaluated:
        """See `operations.interactions.external.Term`."""
        value, gradient, by_strain = self.variable.evaluate(positions, images, cell)
        energy, slope = (float(x) for x in self.at(value))
        return Evaluated(energy, -slope * gradient, -slope * by_strain, (value,))


@dataclass(frozen=True, eq=False)
class DensityWave:
    """|ρ_k| with ρ_k = N^(-1/2) Σ exp(-i k·r_j): how far a crystal with the lattice planes of k
    reaches. U. R. Pedersen, J. Chem. Phys. 139, 104102 (2013).

    Attributes
    ----------
    waves : tuple of int, length 3
        Number of wavelengths along each box vector. k follows the box, so that |ρ_k| does not
        change with a strain.
    particles : ndarray of int, optional
        Those that count; all if left out.
    """

    waves: tuple[int, int, int]
    particles: np.ndarray | None = None
    name: str = "density_wave"
    conserves_momentum = True

    def evaluate(
        self, positions: FloatArray, images: FloatArray, cell: FloatArray
    ) -> tuple[float, FloatArray, FloatArray]:
        """See `CollectiveVariable`; at |ρ_k| = 0, where there is none, the gradient is zero."""
        counted = slice(None) if self.particles is None else self.particles
        k = wave_vector(self.waves, cell)
        angles = positions[counted] @ k
        cosines, sines, norm = np.cos(angles), np.sin(angles), len(angles) ** -0.5
        a, b = norm * cosines.sum(), norm * sines.sum()
        value = float(np.hypot(a, b))
        gradient = np.zeros_like(positions)
        if value > 0.0:
            gradient[counted] = np.outer((b * cosines - a * sines) * (norm / value), k)
        return value, gradient, np.zeros((3, 3))


@dataclass(frozen=True, eq=False)
class Distance:
    """Of two particles, or the nearest of their images: it must stay below half the box.

    Attributes
    ----------
    i, j : int
        Numbers of the particles.
    """

    i: int
    j: int
    name: str = "distance"
    conserves_momentum = True

    def evaluate(
        self, positions: FloatArray, images: FloatArray, cell: FloatArray
    ) -> tuple[float, FloatArray, FloatArray]:
        """See `CollectiveVariable`."""
        apart = (positions[self.i] - positions[self.j]) @ np.linalg.inv(cell)
        apart = (apart - np.round(apart)) @ cell
        value = float(np.linalg.norm(apart))
        gradient = np.zeros_like(positions)
        gradient[self.i], gradient[self.j] = apart / value, -apart / value
        return value, gradient, np.outer(apart, apart) / value

"""Biases: a harmonic energy of a collective variable, for umbrella sampling and interface pinning.

Any differentiable variable will do: a class with the one verb of `CollectiveVariable`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from operations.interactions.external import Evaluated, FloatArray, wave_vector


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


@dataclass(frozen=True, eq=False)
class HarmonicBias:
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

    @property
    def quantities(self) -> tuple[str, ...]:
        """The variable's column."""
        return (self.variable.name,)

    @property
    def conserves_momentum(self) -> bool:
        """Whether its forces add up to zero."""
        return self.variable.conserves_momentum

    def evaluate(self, positions: FloatArray, images: FloatArray, cell: FloatArray) -> Evaluated:
        """See `operations.interactions.external.Term`."""
        value, gradient, by_strain = self.variable.evaluate(positions, images, cell)
        pull = self.k * (value - self.target)
        energy = 0.5 * pull * (value - self.target)
        return Evaluated(energy, -pull * gradient, -pull * by_strain, (value,))


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

"""Particles between two walls: how large their box is, and the walls as a term of the energy.

The walls are normal to the last direction of the box, in its middle. Beyond them the box is empty,
so far that no particle meets the images of others there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.configuration import Configuration
from analysis.shapes import Shape
from operations.interactions.external import Evaluated, FloatArray
from operations.jobs.errors import EngineError

#: Room beyond the cut-off that HOOMD-blue's lists of neighbours need on each side, and a margin.
LISTS = 0.5
#: Energy in kT at which a random start comes as near to a wall as it may.
NEAR = 2.0


@dataclass(frozen=True)
class Slit:
    """The room between two walls.

    Attributes
    ----------
    separation : float
    height : float
        Of the box, along the normal.
    """

    separation: float
    height: float

    @classmethod
    def of_bodies(cls, separation: float, diameter: float) -> Slit:
        """Between hard walls, for bodies of a diameter."""
        return cls(separation, separation + diameter)

    @classmethod
    def of_points(cls, separation: float, r_cut: float, sigma: float) -> Slit:
        """Between walls of a size sigma, for points with pairs up to a cut-off."""
        least = separation + max(r_cut, sigma)
        return cls(separation, max(least, 2.0 * (r_cut + LISTS)))

    @property
    def share(self) -> float:
        """Part of the box that is between the walls."""
        return self.separation / self.height


def check_slit(configuration: Configuration, slit: Slit) -> None:
    """Raise EngineError where a box is none of the slit, or centres lie beyond its walls."""
    axis = configuration.dimensions - 1
    height = float(configuration.box[axis])
    if abs(height - slit.height) > 1e-5 * height:
        raise EngineError(
            f"the box is {height:.6g} along the normal of the walls; expected {slit.height:.6g}, as"
            f" of a run of the same particles between walls {slit.separation:g} apart"
        )
    n = int(np.sum(np.abs(configuration.positions[:, axis]) >= 0.5 * slit.separation))
    if n:
        raise EngineError(
            f"{n} particles lie beyond the walls; expected a start between walls"
            f" {slit.separation:g} apart"
        )


@dataclass(frozen=True, eq=False)
class SoftWalls:
    """Walls that act on points: U = Σ_i Σ_walls 4ε((σ/d)¹² - (σ/d)⁶), cut and shifted.

    The virial is none, as a strain along the walls does not change the energy; `wall_pressure` is
    the mean force on both walls per area, which is the pressure normal to them.

    Attributes
    ----------
    separation, epsilon, sigma : float
    r_cut : float
        In units of length.
    dimensions : 2 or 3
    """

    separation: float
    epsilon: float
    sigma: float
    r_cut: float
    dimensions: int
    name: str = "walls"
    scale: float = 1.0
    quantities = ("wall_pressure",)
    conserves_momentum = False

    def evaluate(self, positions: FloatArray, images: FloatArray, cell: FloatArray) -> Evaluated:
        """See `Term`."""
        axis = self.dimensions - 1
        z = positions[:, axis]
        energy, push = zip(*map(self._wall, (z, -z)), strict=True)
        forces = np.zeros_like(positions)
        forces[:, axis] = push[0] - push[1]
        area = np.linalg.norm(cell[0] if axis == 1 else np.cross(cell[0], cell[1]))
        pressure = float((push[0].sum() + push[1].sum()) / (2.0 * area))
        return Evaluated(sum(energy), forces, np.zeros((3, 3)), (pressure,))

    def nearest(self, kT: float) -> float:
        """Distance from a wall at which the energy is `NEAR` kT."""
        d = np.linspace(0.5 * self.sigma, self.r_cut, 2000)
        above = self._energies(d) > NEAR * kT
        return float(d[above].max()) if above.any() else 0.5 * self.sigma

    def _energies(self, d: FloatArray) -> FloatArray:
        six, cut = (self.sigma / d) ** 6, (self.sigma / self.r_cut) ** 6
        return 4.0 * self.epsilon * (six**2 - six - cut**2 + cut)

    def _wall(self, z: FloatArray) -> tuple[float, FloatArray]:
        """Energy of the wall below, and its push on each particle; enormous beyond it."""
        d = np.maximum(0.5 * self.separation + z, 1e-3 * self.sigma)
        inside = d < self.r_cut
        near = d[inside]
        six = (self.sigma / near) ** 6
        push = np.zeros_like(d)
        push[inside] = 24.0 * self.epsilon * (2.0 * six**2 - six) / near
        return float(self._energies(near).sum()), push


def reaches(shapes: tuple[Shape, ...], types: np.ndarray, orientations: np.ndarray) -> FloatArray:
    """How far bodies reach from their centres down and up along z, shape (2, n).

    Parameters
    ----------
    shapes : tuple of Shape
        By number of the type: spheres (disks), or convex hulls swept by a sphere.
    types : ndarray of int, shape (n,)
    orientations : ndarray, shape (n, 4)
    """
    reach = np.empty((2, len(types)))
    w, x, y, z = orientations.T
    # the last row of the matrix of a rotation
    row = np.stack([2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)], axis=1)
    for number, shape in enumerate(shapes):
        here = types == number
        heights = row[here] @ shape.points.T
        reach[:, here] = shape.radius + np.stack([-heights.min(axis=1), heights.max(axis=1)])
    return reach

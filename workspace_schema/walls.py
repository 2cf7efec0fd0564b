"""Two walls between which the particles are: a slit."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from workspace_schema.base import Model

Length = Annotated[float, Field(gt=0)]

#: What the walls of point particles are unless they say it: purely repulsive.
SOFT: dict[str, Any] = {"epsilon": 1.0, "sigma": 1.0, "r_cut": 2.0 ** (1.0 / 6.0)}


#: Separation in sigma, at least, of the walls of points: nearer there are only their cores.
LEAST = 1.8


class Walls(Model):
    """Two flat, parallel walls, normal to the last direction of the box (z; in two dimensions y).

    Hard bodies stay between them as a whole. On points each wall acts by 4ε((σ/d)¹² - (σ/d)⁶), d
    the distance from it, cut and shifted to be continuous.

    Attributes
    ----------
    separation : float
        Between the walls. Densities are per volume (area) between them.
    epsilon, sigma : float, optional
        Of points only: 1 unless given.
    r_cut : float, optional
        Of points only, in units of sigma: 2^(1/6), the minimum, unless given.
    """

    separation: Length
    epsilon: Annotated[float, Field(gt=0)] | None = None
    sigma: Length | None = None
    r_cut: Length | None = None

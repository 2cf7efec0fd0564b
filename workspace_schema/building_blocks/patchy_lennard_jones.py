"""Patchy particles with a smooth potential, whose clusters are published."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from workspace_schema.building_blocks.building_block import BuildingBlock, Length, Vector
from workspace_schema.building_blocks.patchy import Directions, unit_vectors


class PatchyLennardJones(BuildingBlock):
    """A sphere with a Lennard-Jones core, attractive where patches face each other.

    Where the Lennard-Jones energy is positive it acts as it is; where it is negative it is
    multiplied by exp(-θ_i² / 2 w_i²) exp(-θ_j² / 2 w_j²), where θ_i is the angle between the line
    of centres and the patch of i that is nearest to it: A. W. Wilber, J. P. K. Doye, A. A. Louis,
    E. G. Noya, M. A. Miller, P. Wong, J. Chem. Phys. 127, 085106 (2007). Of two types σ is the
    arithmetic and ε the geometric mean, of `smoothing` and `r_cut` the larger one counts; each has
    its own width.

    Attributes
    ----------
    directions : str or list of [x, y, z]
        Where the patches are, as in `Patch`.
    width : float
        w, in radians: standard deviation of the Gaussian.
    epsilon, sigma : float
        Of the Lennard-Jones potential.
    smoothing : float
        Where the Lennard-Jones energy changes its sign the force jumps unless patches meet, and
        particles pressed together there have no minimum with a gradient. Over this part of ε above
        zero the force sets in smoothly instead; 0 is the formula as published.
    r_cut : float, optional
        In units of σ: from here on the energy is zero, and below it shifted to be continuous (3 in
        the paper). Left out, all pairs interact.
    """

    hard: ClassVar[bool] = False

    form: Literal["patchy_lennard_jones"]
    directions: Directions = "pole"
    width: Annotated[float, Field(gt=0, le=100)]
    epsilon: Annotated[float, Field(gt=0)] = 1.0
    sigma: Length = 1.0
    smoothing: Annotated[float, Field(ge=0, le=1)] = 0.1
    r_cut: Annotated[float, Field(ge=1.5)] | None = None

    @property
    def in_plane(self) -> dict[str, list[Vector]]:
        """Vectors that have z = 0 in two dimensions, by their key."""
        return {"directions": self.vectors}

    @property
    def vectors(self) -> list[Vector]:
        """Unit vectors of the directions."""
        return unit_vectors(self.directions)

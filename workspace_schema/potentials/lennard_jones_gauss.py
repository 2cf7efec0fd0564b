"""Lennard-Jones-Gauss: a second well beside the Lennard-Jones one."""

from __future__ import annotations

from typing import ClassVar, Literal

from workspace_schema.potentials.pair_potential import TruncatedPotential, energy, length, other


class LennardJonesGauss(TruncatedPotential):
    """u = r⁻¹² - 2 r⁻⁶ - ε exp(-(r - r0)² / (2 σ²)), with sigma2 = σ².

    The unit of length is the position of the Lennard-Jones minimum, the unit of
    energy its depth. M. Engel and H.-R. Trebin, Phys. Rev. Lett. 98, 225505 (2007),
    Eq. 1.
    """

    references: ClassVar[tuple[str, ...]] = ("engel2007",)
    formula: ClassVar[str] = "r**-12 - 2 * r**-6 - epsilon * exp(-(r - r0)**2 / (2 * sigma2))"
    form: Literal["lennard_jones_gauss"] = "lennard_jones_gauss"
    epsilon: float = energy(1.8, "depth of the Gaussian well")
    r0: float = length(1.52, "position of the Gaussian well", gt=0)
    sigma2: float = other(0.02, "square of the width of the Gaussian well", gt=0)

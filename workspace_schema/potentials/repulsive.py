"""Purely repulsive soft potentials: inverse powers, Gaussian cores, elastic spheres."""

from __future__ import annotations

from typing import ClassVar, Literal

from workspace_schema.potentials.pair_potential import (
    CUT_OFF,
    FiniteRangePotential,
    TruncatedPotential,
    energy,
    length,
    other,
)


class InversePower(TruncatedPotential):
    """u = ε (σ/r)ⁿ. W. G. Hoover et al., J. Chem. Phys. 52, 4931 (1970)."""

    references: ClassVar[tuple[str, ...]] = ("hoover1970",)
    formula: ClassVar[str] = "epsilon * (sigma / r)**n"
    form: Literal["inverse_power"] = "inverse_power"
    epsilon: float = energy(1.0, "energy at r = sigma", ge=0)
    sigma: float = length(1.0, "diameter", gt=0)
    n: float = other(12.0, "exponent", gt=0, le=200)


class GaussianCore(TruncatedPotential):
    """u = ε exp(-(r/σ)²). F. H. Stillinger, J. Chem. Phys. 65, 3968 (1976)."""

    references: ClassVar[tuple[str, ...]] = ("stillinger1976",)
    formula: ClassVar[str] = "epsilon * exp(-(r / sigma)**2)"
    form: Literal["gaussian_core"] = "gaussian_core"
    epsilon: float = energy(1.0, "energy at r = 0", ge=0)
    sigma: float = length(1.0, "width", gt=0)
    r_cut: float = length(5.0, CUT_OFF, gt=0)


class Hertzian(FiniteRangePotential):
    """u = ε (1 - r/σ)^(5/2) below σ, zero beyond: elastic spheres in contact.

    J. C. Pàmies, A. Cacciuto and D. Frenkel, J. Chem. Phys. 131, 044514 (2009).
    The cut-off is σ.
    """

    references: ClassVar[tuple[str, ...]] = ("pamies2009",)
    formula: ClassVar[str] = "where(r < sigma, epsilon * (1 - r / sigma)**(5 / 2), 0)"
    form: Literal["hertzian"] = "hertzian"
    epsilon: float = energy(1.0, "energy at r = 0", ge=0)
    sigma: float = length(1.0, "diameter, from which on the energy is zero", gt=0)

    @property
    def r_cut(self) -> float:
        """Diameter of the spheres."""
        return self.sigma

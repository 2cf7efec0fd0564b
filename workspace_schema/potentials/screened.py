"""Screened electrostatics: Yukawa, bare and with a soft core."""

from __future__ import annotations

from typing import ClassVar, Literal

from workspace_schema.potentials.pair_potential import (
    CUT_OFF,
    TruncatedPotential,
    energy,
    length,
    other,
)


class Yukawa(TruncatedPotential):
    """u = ε exp(-κ r) / r. M. O. Robbins et al., J. Chem. Phys. 88, 3286 (1988)."""

    references: ClassVar[tuple[str, ...]] = ("robbins1988",)
    formula: ClassVar[str] = "epsilon * exp(-kappa * r) / r"
    form: Literal["yukawa"] = "yukawa"
    epsilon: float = energy(1.0, "energy times distance, without screening", ge=0)
    kappa: float = other(1.0, "inverse screening length", ge=0)
    r_cut: float = length(5.0, CUT_OFF, gt=0)


class ScreenedCharges(TruncatedPotential):
    """u = A exp(-κ (r - 1)) / r + r⁻ⁿ, charged colloids with a soft core.

    The contact value A is positive for like and negative for unlike charges, given
    for each pair. A. P. Hynninen et al., Phys. Rev. Lett. 96, 018303 (2006), with the
    hard core made soft.
    """

    references: ClassVar[tuple[str, ...]] = ("hynninen2006",)
    formula: ClassVar[str] = "A * exp(-kappa * (r - 1)) / r + r**-n"
    contact: ClassVar[float | None] = 1.0
    form: Literal["screened_charges"] = "screened_charges"
    A: float = energy(
        1.0, "energy at contact, r = 1: positive for like, negative for unlike charges"
    )
    kappa: float = other(2.0, "inverse screening length", ge=0)
    n: float = other(36.0, "exponent of the core", gt=0, le=200)
    r_cut: float = length(4.0, CUT_OFF, gt=0)

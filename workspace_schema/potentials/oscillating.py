"""Potentials with Friedel-like oscillations, which stabilise quasicrystals."""

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


class OscillatingPairPotential(TruncatedPotential):
    """u = r⁻¹⁵ + cos(k (r - 1.25) - φ) / r³.

    M. Engel, P. F. Damasceno, C. L. Phillips and S. C. Glotzer, Nat. Mater. 14, 109
    (2015), where it is truncated at its third maximum.
    """

    references: ClassVar[tuple[str, ...]] = ("engel2015",)
    formula: ClassVar[str] = "r**-15 + cos(k * (r - 1.25) - phi) / r**3"
    form: Literal["oscillating_pair_potential"] = "oscillating_pair_potential"
    k: float = other(7.5, "wave number of the oscillations")
    phi: float = other(0.5, "phase of the oscillations")
    r_cut: float = length(3.0, CUT_OFF, gt=0)


class MihalkovicHenley(TruncatedPotential):
    """u = C1 / r^η1 + C2 cos(k r + φ) / r^η2.

    M. Mihalkovič and C. L. Henley, Phys. Rev. B 85, 092102 (2012), Eq. 1.
    """

    references: ClassVar[tuple[str, ...]] = ("mihalkovic2012",)
    formula: ClassVar[str] = "c1 / r**eta1 + c2 * cos(k * r + phi) / r**eta2"
    form: Literal["mihalkovic_henley"] = "mihalkovic_henley"
    c1: float = energy(1.0, "strength of the repulsion", ge=0)
    c2: float = energy(1.0, "strength of the oscillations")
    eta1: float = other(15.0, "exponent of the repulsion", gt=0, le=200)
    eta2: float = other(3.0, "exponent with which the oscillations decay", gt=0, le=200)
    k: float = other(7.5, "wave number of the oscillations")
    # the default oscillating pair potential: -1.25 k - 0.5
    phi: float = other(-9.875, "phase of the oscillations")
    r_cut: float = length(3.0, CUT_OFF, gt=0)


class Dzugutov(FiniteRangePotential):
    """u = A (r⁻ᵐ - B) exp(c/(r-a)) below a, plus B exp(d/(r-b)) below b.

    One well and a repulsive maximum that disfavours crystals; the range follows from
    a and b. M. Dzugutov, Phys. Rev. A 46, R2984 (1992), with its parameters.
    """

    references: ClassVar[tuple[str, ...]] = ("dzugutov1992",)
    formula: ClassVar[str] = (
        "where(r < a, A * (r**-m - B) * exp(c / (r - a)), 0)"
        " + where(r < b, B * exp(d / (r - b)), 0)"
    )
    form: Literal["dzugutov"] = "dzugutov"
    A: float = energy(5.82, "strength of the repulsion and the well", ge=0)
    B: float = energy(1.28, "strength of the maximum")
    m: float = other(16.0, "exponent of the repulsion", gt=0, le=200)
    a: float = length(1.87, "range of the well", gt=0)
    b: float = length(1.94, "range of the maximum", gt=0)
    c: float = length(1.1, "how softly the well ends", gt=0)
    d: float = length(0.27, "how softly the maximum ends", gt=0)

    @property
    def r_cut(self) -> float:
        """The larger of the two ranges, where every derivative vanishes."""
        return max(self.a, self.b)

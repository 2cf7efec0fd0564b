"""Two length scales: a shoulder or a ramp outside the core."""

from __future__ import annotations

from typing import ClassVar, Literal

from workspace_schema.potentials.pair_potential import (
    CUT_OFF,
    TruncatedPotential,
    energy,
    length,
    other,
)


class SquareShoulder(TruncatedPotential):
    """u = (σ/r)ⁿ + ε/2 [1 - tanh(k (r - σ1))], a smooth repulsive shoulder.

    Yu. D. Fomin, N. V. Gribova, V. N. Ryzhov, S. M. Stishov and D. Frenkel, J. Chem.
    Phys. 129, 064512 (2008), Eq. 2; n = 14, k = 10 there.
    """

    references: ClassVar[tuple[str, ...]] = ("fomin2008",)
    formula: ClassVar[str] = "(sigma / r)**n + epsilon / 2 * (1 - tanh(k * (r - sigma1)))"
    form: Literal["square_shoulder"] = "square_shoulder"
    epsilon: float = energy(1.0, "height of the shoulder", ge=0)
    sigma: float = length(1.0, "diameter of the core", gt=0)
    sigma1: float = length(1.35, "distance at which the shoulder ends", gt=0)
    n: float = other(14.0, "exponent of the core", gt=0, le=200)
    k: float = other(10.0, "steepness of the end of the shoulder", gt=0)


class FermiJagla(TruncatedPotential):
    """u = ε {(a/r)ⁿ + A0 f[A1/A0 (r/a - A2)] - B0 f[B1/B0 (r/a - B2)]}, f(x) = 1/(1 + eˣ).

    The Jagla ramp with its attractive well made smooth by Fermi functions, written
    here as (1 - tanh(x/2))/2 so that no exponential overflows. J. Y. Abraham, S. V.
    Buldyrev and N. Giovambattista, J. Phys. Chem. B 115, 14229 (2011), Eq. 1.
    """

    references: ClassVar[tuple[str, ...]] = ("abraham2011",)
    formula: ClassVar[str] = (
        "epsilon * ((a / r)**n"
        " + A0 / 2 * (1 - tanh(A1 / A0 / 2 * (r / a - A2)))"
        " - B0 / 2 * (1 - tanh(B1 / B0 / 2 * (r / a - B2))))"
    )
    form: Literal["fermi_jagla"] = "fermi_jagla"
    epsilon: float = energy(1.0, "unit of the energies", ge=0)
    a: float = length(1.0, "diameter of the core", gt=0)
    n: float = other(20.0, "exponent of the core", gt=0, le=200)
    A0: float = other(4.56, "height of the ramp, in units of epsilon", gt=0)
    A1: float = other(28.88, "steepness of the ramp", gt=0)
    A2: float = other(1.36, "position of the ramp, in units of a", gt=0)
    B0: float = other(1.0, "depth of the well, in units of epsilon", gt=0)
    B1: float = other(3.57, "steepness of the well", gt=0)
    B2: float = other(2.36, "position of the well, in units of a", gt=0)
    r_cut: float = length(4.0, CUT_OFF, gt=0)

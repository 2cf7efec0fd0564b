"""Lennard-Jones, its repulsive part, and its generalisation to other exponents."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import model_validator

from workspace_schema.potentials.pair_potential import (
    FiniteRangePotential,
    TruncatedPotential,
    energy,
    length,
    other,
)


class LennardJones(TruncatedPotential):
    """u = 4 ε [(σ/r)¹² - (σ/r)⁶]. J. E. Jones, Proc. R. Soc. A 106, 463 (1924)."""

    references: ClassVar[tuple[str, ...]] = ("jones1924",)
    formula: ClassVar[str] = "4 * epsilon * ((sigma / r)**12 - (sigma / r)**6)"
    form: Literal["lennard_jones"] = "lennard_jones"
    epsilon: float = energy(1.0, "depth of the well", ge=0)
    sigma: float = length(1.0, "distance at which u = 0", gt=0)


class WeeksChandlerAndersen(FiniteRangePotential):
    """u = 4 ε [(σ/r)¹² - (σ/r)⁶] + ε below the minimum at 2^(1/6) σ, zero beyond.

    Weeks, Chandler and Andersen, J. Chem. Phys. 54, 5237 (1971). The cut-off follows
    from σ.
    """

    references: ClassVar[tuple[str, ...]] = ("weeks1971",)
    formula: ClassVar[str] = "4 * epsilon * ((sigma / r)**12 - (sigma / r)**6) + epsilon"
    form: Literal["wca"] = "wca"
    epsilon: float = energy(1.0, "energy at r = sigma", ge=0)
    sigma: float = length(1.0, "diameter", gt=0)

    @property
    def r_cut(self) -> float:
        """Position of the Lennard-Jones minimum."""
        return 2.0 ** (1.0 / 6.0) * self.sigma


class Mie(TruncatedPotential):
    """u = C ε [(σ/r)ⁿ - (σ/r)ᵐ] with C = n/(n-m) (n/m)^(m/(n-m)), depth ε.

    G. Mie, Ann. Phys. 316, 657 (1903).
    """

    references: ClassVar[tuple[str, ...]] = ("mie1903",)
    formula: ClassVar[str] = (
        "n / (n - m) * (n / m)**(m / (n - m)) * epsilon * ((sigma / r)**n - (sigma / r)**m)"
    )
    form: Literal["mie"] = "mie"
    epsilon: float = energy(1.0, "depth of the well", ge=0)
    sigma: float = length(1.0, "distance at which u = 0", gt=0)
    n: float = other(12.0, "exponent of the repulsion, more than m", gt=0, le=200)
    m: float = other(6.0, "exponent of the attraction", gt=0, le=200)

    @model_validator(mode="after")
    def _check_exponents(self) -> Mie:
        if self.n <= self.m:
            raise ValueError(f"n is {self.n}, expected more than m = {self.m}")
        return self

"""Morse."""

from __future__ import annotations

from typing import ClassVar, Literal

from workspace_schema.potentials.pair_potential import TruncatedPotential, energy, length, other


class Morse(TruncatedPotential):
    """u = ε [exp(-2 α (r - r0)) - 2 exp(-α (r - r0))].

    P. M. Morse, Phys. Rev. 34, 57 (1929).
    """

    references: ClassVar[tuple[str, ...]] = ("morse1929",)
    formula: ClassVar[str] = "epsilon * (exp(-2 * alpha * (r - r0)) - 2 * exp(-alpha * (r - r0)))"
    form: Literal["morse"] = "morse"
    epsilon: float = energy(1.0, "depth of the well", ge=0)
    alpha: float = other(6.0, "inverse width of the well", gt=0)
    r0: float = length(1.0, "position of the well", gt=0)

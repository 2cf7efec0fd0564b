"""A many-body potential, linear in components of the bispectrum (SNAP)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from workspace_schema.potentials.many_body import (
    Basis,
    FittedData,
    ManyBodyPotential,
    names_in_lammps,
)

#: A distance of zero and one of r_cut are so much of a half turn apart on the three-sphere.
_TURN = 0.99363


class SnapBasis(Basis):
    """Components of the bispectrum of the neighbours; with several types, of every triple of them.

    LAMMPS' cut-off of two types is rcutfac times the sum of their radii, here 0.5 each.
    """

    twice_j: int = Field(default=6, ge=0, le=14)
    order: int = Field(default=2, ge=1, le=2, description="2: and products of two components")

    def _per_type(self, types: int) -> int:
        top = self.twice_j
        components = sum(
            j >= j1
            for j1 in range(top + 1)
            for j2 in range(j1 + 1)
            for j in range(j1 - j2, min(top, j1 + j2) + 1, 2)
        )
        components *= types**3 if types > 1 else 1
        return components if self.order == 1 else components * (components + 3) // 2

    def size(self, types: int) -> int:
        """Of every type one of each component."""
        return types * self._per_type(types)

    def text(self, types: int) -> str:
        """See `Basis`."""
        several = int(types > 1)
        lines = [f"rcutfac {self.r_cut!r}", f"twojmax {self.twice_j}", f"rfac0 {_TURN}"]
        lines += [f"chemflag {several}", f"bnormflag {several}"]
        lines.append(f"quadraticflag {self.order - 1}")
        return "\n".join(lines) + "\n"

    def coefficients_text(self, coefficients: Sequence[float], types: int) -> str:
        """See `Basis`; that of the lone particle, which exerts nothing, is zero."""
        n = self._per_type(types)
        lines = [f"{types} {n + 1}"]
        for k, name in enumerate(names_in_lammps(types)):
            lines += [f"{name} 0.5 1.0", "0.0", *map(repr, coefficients[k * n : (k + 1) * n])]
        return "\n".join(lines) + "\n"

    def in_command(self, basis: Path, coefficients: Path, types: int) -> tuple[str, str]:
        """See `Basis`."""
        return "snap", f"* * {coefficients} {basis} {' '.join(names_in_lammps(types))}"

    def in_compute(self, types: int) -> str:
        """Style and arguments of LAMMPS' `compute` of what each component exerts."""
        words = ["snap", f"{self.r_cut!r} {_TURN} {self.twice_j}", *["0.5"] * types, *["1"] * types]
        words += ["bzeroflag 1 quadraticflag", str(self.order - 1)]
        if types > 1:
            words += ["bnormflag 1 chem", str(types), *map(str, range(types))]
        return " ".join(words)


class SnapData(FittedData):
    """Content of a file."""

    form: ClassVar[str] = "snap"
    basis: SnapBasis


class Snap(ManyBodyPotential):
    """A many-body potential linear in the bispectrum of neighbours, from a file of `fit_potential`.

    ``python -m operations.training.fit_potential snap TRAJECTORY --out FILE --r-cut R``; all else
    is as with `pod`, but for 69 µs a particle and step. A. P. Thompson, L. P. Swiler, C. R. Trott,
    S. M. Foiles and G. J. Tucker, J. Comput. Phys. 285, 316 (2015); products of components: M. A.
    Wood and A. P. Thompson, J. Chem. Phys. 148, 241721 (2018).
    """

    suffix: ClassVar[str] = "snap"
    content: ClassVar[type[FittedData]] = SnapData
    references: ClassVar[tuple[str, ...]] = ("thompson2015", "wood2018")

    form: Literal["snap"] = "snap"

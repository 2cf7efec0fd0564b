"""A many-body potential, linear in proper orthogonal descriptors."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from workspace_schema.potentials.many_body import (
    FittedData,
    InnerBasis,
    ManyBodyPotential,
    names_in_lammps,
)

#: Angular functions of four bodies by their degree.
_FOUR_BODY = (1, 2, 4, 7, 11, 16, 23)
#: Bessel functions of so many widths are what the radial functions are made of.
_WIDTHS = 3


class PodBasis(InnerBasis):
    """The descriptors: how many radial functions, and of which degree, for two to four bodies."""

    inner: ClassVar[float] = 0.5

    bessel_degree: int = Field(default=4, ge=1, le=12)
    inverse_degree: int = Field(default=8, ge=1, le=16)
    two_body: int = Field(default=10, ge=1, le=40)
    three_body: int = Field(default=8, ge=0, le=40)
    three_body_degree: int = Field(default=6, ge=0, le=12)
    four_body: int = Field(default=0, ge=0, le=40)
    four_body_degree: int = Field(default=0, ge=0, le=6)

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        most = _WIDTHS * self.bessel_degree + self.inverse_degree
        if max(self.two_body, self.three_body) > most:
            raise ValueError(f"expected at most {most} radial functions of these degrees")
        if self.four_body > self.three_body or self.four_body_degree > self.three_body_degree:
            raise ValueError("expected no more functions of four bodies than of three")
        return self

    def size(self, types: int) -> int:
        """Of every type one of the lone particle, and the functions in LAMMPS' order."""
        pairs, triples = types * (types + 1) // 2, types * (types + 1) * (types + 2) // 6
        functions = self.two_body * types
        functions += (self.three_body_degree + 1) * self.three_body * pairs
        functions += _FOUR_BODY[self.four_body_degree] * self.four_body * triples
        return types * (1 + functions)

    def text(self, types: int) -> str:
        """See `Basis`."""
        lines = [
            f"species {' '.join(names_in_lammps(types))}",
            f"rin {self.r_in!r}",
            f"rcut {self.r_cut!r}",
            f"bessel_polynomial_degree {self.bessel_degree}",
            f"inverse_polynomial_degree {self.inverse_degree}",
            "onebody 1",
            f"twobody_number_radial_basis_functions {self.two_body}",
            f"threebody_number_radial_basis_functions {self.three_body}",
            f"threebody_angular_degree {self.three_body_degree}",
            f"fourbody_number_radial_basis_functions {self.four_body}",
            f"fourbody_angular_degree {self.four_body_degree}",
        ]
        return "\n".join(lines) + "\n"

    def coefficients_text(self, coefficients: Sequence[float], types: int) -> str:
        """See `Basis`."""
        lines = [f"model_coefficients: {len(coefficients)} 0 0", *map(repr, coefficients)]
        return "\n".join(lines) + "\n"

    def in_command(self, basis: Path, coefficients: Path, types: int) -> tuple[str, str]:
        """See `Basis`."""
        return "pod", f"* * {basis} {coefficients} {' '.join(names_in_lammps(types))}"


class PodData(FittedData):
    """Content of a file."""

    form: ClassVar[str] = "pod"
    basis: PodBasis


class Pod(ManyBodyPotential):
    """A many-body potential of proper orthogonal descriptors, from a file of `fit_potential`.

    Fitted to the forces of a trajectory by ``python -m operations.training.fit_potential pod
    TRAJECTORY --out FILE --r-cut R``; types, cut-off and domain stand in the file. LAMMPS runs it,
    with method `forward` and points in three dimensions, in 36 µs a particle and step
    (docs/validation/engines.md). result.json has the errors of the forces (``fit``) and counts the
    frames with another number density, or two particles closer, than in all frames it was fitted to
    (``frames_outside_fit``). N. C. Nguyen and A. Rohskopf, J. Comput. Phys. 480, 112030 (2023).
    """

    suffix: ClassVar[str] = "pod"
    content: ClassVar[type[FittedData]] = PodData
    references: ClassVar[tuple[str, ...]] = ("nguyen2023",)

    form: Literal["pod"] = "pod"

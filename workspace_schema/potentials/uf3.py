"""A potential of two and three bodies as splines of their distances (UF3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import Field, model_validator

from workspace_schema.potentials.many_body import (
    Basis,
    FittedData,
    ManyBodyPotential,
    Positive,
    names_in_lammps,
)

if TYPE_CHECKING:
    import numpy as np

#: Splines at the end of a range that are left out: the others end with two derivatives zero.
LEFT_OUT = 3
#: LAMMPS looks a little less far than the splines reach, and never beyond the last.
_INSIDE = 1.0 - 1e-9
#: Numbers of a line of coefficients.
_SHORT = 20


class Uf3Basis(Basis):
    """Cubic B-splines with equally spaced knots from zero on.

    Those of three bodies are products of splines of the two distances from the centre, below
    `three_body_r_cut`, and of that between the others, which reach twice as far with twice as many.
    """

    two_body: int = Field(default=30, ge=4, le=40)
    three_body: int = Field(default=7, ge=0, le=20)
    three_body_r_cut: Positive | None = Field(default=None, description="r_cut unless given")

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if self.reach > self.r_cut:
            raise ValueError(f"three_body_r_cut is {self.reach:g}; expected at most r_cut")
        return self

    @property
    def reach(self) -> float:
        """Cut-off of three bodies."""
        return self.r_cut if self.three_body_r_cut is None else self.three_body_r_cut

    def columns(self, types: int) -> tuple[np.ndarray, np.ndarray]:
        """Which coefficient every spline has, of each pair of types and of each triple, the centre
        first; -1 where it is zero. The two others of a triple are interchangeable."""
        import numpy as np

        n2, n3, all3 = self.two_body, self.three_body, self.three_body + LEFT_OUT
        pairs = np.full((types, types, n2 + LEFT_OUT), -1)
        triples = np.full((types, types, types, all3, all3, 2 * n3 + LEFT_OUT), -1)
        size = 0
        for a in range(types):
            for b in range(a, types):
                pairs[a, b, :n2] = pairs[b, a, :n2] = size + np.arange(n2)
                size += n2
        for a, b, c in _triples(types) if n3 else ():
            for first in range(n3):
                for second in range(first if b == c else 0, n3):
                    row = size + np.arange(2 * n3)
                    triples[a, b, c, first, second, : 2 * n3] = row
                    triples[a, c, b, second, first, : 2 * n3] = row
                    size += 2 * n3
        return pairs, triples

    def knots(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Of two bodies, and of three: from the centre, and between the others."""
        return (
            _knots(self.r_cut, self.two_body),
            _knots(self.reach, self.three_body),
            _knots(2.0 * self.reach, 2 * self.three_body),
        )

    def size(self, types: int) -> int:
        """Of every pair of types, then of every triple."""
        n3 = self.three_body
        alike, different = types**2, types**2 * (types - 1) // 2
        triples = 2 * n3 * (alike * n3 * (n3 + 1) // 2 + different * n3**2)
        return types * (types + 1) // 2 * self.two_body + triples

    def text(self, types: int) -> str:
        """All is in the other file."""
        return ""

    def coefficients_text(self, coefficients: Sequence[float], types: int) -> str:
        """See `Basis`."""
        import numpy as np

        values, names = np.append(coefficients, 0.0), names_in_lammps(types)
        pairs, triples = self.columns(types)
        two, near, far = self.knots()
        lines = []
        for a in range(types):
            for b in range(a, types):
                found = values[pairs[a, b]]
                lines += [*_head("2B", names[a], names[b]), f"{self.r_cut * _INSIDE!r} {len(two)}"]
                lines += [_row(two), str(len(found)), *_rows(found), "#"]
        for a, b, c in _triples(types) if self.three_body else ():
            found = values[triples[a, b, c]]
            reach = self.reach * _INSIDE
            lines += _head("3B", names[a], names[b], names[c])
            lines += [f"{2 * reach!r} {reach!r} {reach!r} {len(far)} {len(near)} {len(near)}"]
            lines += [_row(far), _row(near), _row(near), " ".join(map(str, found.shape))]
            for row in found.reshape(-1, found.shape[-1]):
                lines += _rows(row)
            lines.append("#")
        return "\n".join(lines) + "\n"

    def in_command(self, basis: Path, coefficients: Path, types: int) -> tuple[str, str]:
        """See `Basis`."""
        bodies = 3 if self.three_body else 2
        return f"uf3 {bodies}", f"* * {coefficients} {' '.join(names_in_lammps(types))}"


def _triples(types: int) -> Iterator[tuple[int, int, int]]:
    for a in range(types):
        for b in range(types):
            for c in range(b, types):
                yield a, b, c


def _knots(reach: float, intervals: int) -> np.ndarray:
    import numpy as np

    ends = np.zeros(3)
    return np.concatenate([ends, np.linspace(0.0, reach, intervals + 1), ends + reach])


def _head(*words: str) -> list[str]:
    """The first lines of a block of LAMMPS' file."""
    return ["#UF3 POT UNITS: lj", f"{' '.join(words)} 0 {LEFT_OUT} uk"]


def _row(values: np.ndarray) -> str:
    return " ".join(map(repr, values.tolist()))


def _rows(values: np.ndarray) -> list[str]:
    """Several short lines: of a long one LAMMPS takes the first thousand letters."""
    return [_row(values[k : k + _SHORT]) for k in range(0, len(values), _SHORT)]


class Uf3Data(FittedData):
    """Content of a file."""

    form: ClassVar[str] = "uf3"
    basis: Uf3Basis


class Uf3(ManyBodyPotential):
    """A potential of two and three bodies as cubic splines, from a file of `fit_potential`.

    ``python -m operations.training.fit_potential uf3 TRAJECTORY --out FILE --r-cut R``; all else is
    as with `pod`, but for 5 µs a particle and step. Closer than any two particles of the fit, the
    energy of two goes on in a straight line, that of three to zero. S. R. Xie, M. Rupp and R. G.
    Hennig, npj Comput. Mater. 9, 162 (2023).
    """

    suffix: ClassVar[str] = "uf3"
    content: ClassVar[type[FittedData]] = Uf3Data
    references: ClassVar[tuple[str, ...]] = ("xie2023",)

    form: Literal["uf3"] = "uf3"

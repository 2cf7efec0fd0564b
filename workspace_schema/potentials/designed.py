"""A pair potential that a job of method `design` finds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from workspace_schema.bounded import read_bounded
from workspace_schema.design_files import table_file
from workspace_schema.files import write_text
from workspace_schema.potentials.pair_potential import FiniteRangePotential, length
from workspace_schema.potentials.table import MAX_BYTES, TableData

#: What a line begins with that names the pair of types below it.
PAIR = "# pair "


class Sought(FiniteRangePotential):
    """A potential that a design finds: a table, by the id of the job.

    A campaign file has it beside a method `design` and the methods that use what it finds: each job
    of these carries the id of its design, and waits for ``designs/ID.table`` below the root.
    """

    tabulated: ClassVar[bool] = True

    design: str | None = Field(
        None,
        pattern=r"^[0-9a-f]{32}$",
        description="id of the job that finds it; left out in the design itself",
    )

    def formula_parameters(self) -> dict[str, float]:
        """No formula, no parameters."""
        return {}

    def read(self, root: Path, pair: str) -> TableData:
        """Numbers of a pair of types, as A-B, that the design has found.

        Raises
        ------
        ValueError
            Where there is no design, it has found nothing, or not for this pair.
        """
        if self.design is None:
            raise ValueError("a designed potential needs the id of its design")
        file = table_file(root, self.design)
        if not file.exists():
            raise ValueError(f"{file} is not there: the design {self.design} has found nothing")
        found = read_tables(file)
        if pair not in found:
            raise ValueError(f"{file} has no pair {pair}; expected one of {', '.join(found)}")
        return found[pair]


class Designed(Sought):
    """u(r) as coefficients of a basis, zero with its slope at r_cut, that a design chooses."""

    form: Literal["designed"] = "designed"
    shape: Literal["convex", "monotone", "free"] = Field(
        "free",
        description="convex: Σ c (R − r)² below each knot R; monotone: decreasing, a sum of smooth"
        " steps; free: cubic B-splines; coefficients of the first two are not negative",
    )
    coefficients: int = Field(40, ge=4, le=400, description="how many, with equally spaced knots")
    r_cut: float = length(..., "distance from which on it is zero", gt=0)


def tables_text(tables: Mapping[str, TableData]) -> str:
    """Tables by pair of types as the text of one file."""
    return "".join(f"{PAIR}{pair}\n{table.text()}" for pair, table in sorted(tables.items()))


def write_tables(root: Path, design: str, tables: Mapping[str, TableData]) -> None:
    """Write what a design has found: r, u and -du/dr of every pair of types."""
    file = table_file(root, design)
    file.parent.mkdir(exist_ok=True)
    write_text(file, tables_text(tables))


def read_tables(file: Path) -> dict[str, TableData]:
    """Tables by pair of types.

    Raises
    ------
    ValueError
        With file and line, where it holds something else.
    """
    sections: dict[str, list[str]] = {}
    rows: list[str] | None = None
    text = read_bounded(file, MAX_BYTES).decode("utf-8")
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith(PAIR):
            rows = sections.setdefault(line.removeprefix(PAIR).strip(), [""] * (number - 1))
        if rows is None:
            raise ValueError(f"{file}:{number}: expected {PAIR.strip()} A-B")
        rows.append(line)
    return {pair: TableData.parse(lines, file) for pair, lines in sections.items()}

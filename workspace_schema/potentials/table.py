"""A tabulated pair potential, kept by the hash of its content."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from workspace_schema.bounded import read_bounded
from workspace_schema.errors import show
from workspace_schema.potentials.from_file import FromFile
from workspace_schema.potentials.pair_potential import CUT_OFF, TruncatedPotential

MAX_POINTS = 200_000
MAX_BYTES = 200 * MAX_POINTS


@dataclass(frozen=True)
class TableData:
    """Numbers of a table file.

    Attributes
    ----------
    r, energy : tuple of float
        Increasing distances and the energy there.
    force : tuple of float or None
        -du/dr there, where the file has a third column.
    """

    r: tuple[float, ...]
    energy: tuple[float, ...]
    force: tuple[float, ...] | None

    @classmethod
    def read(cls, path: Path) -> TableData:
        """Read a text file of two or three columns: r, u and optionally -du/dr.

        Empty lines and everything after # are ignored; columns stand apart by spaces
        or commas.

        Raises
        ------
        ValueError
            With file and line, unless at least four rows of finite numbers with
            increasing, positive r are found.
        """
        try:
            lines = read_bounded(path, MAX_BYTES).decode("utf-8").splitlines()
        except OSError as error:
            raise ValueError(f"table {path} cannot be read: {error.strerror}") from None
        except ValueError as error:
            raise ValueError(f"table {path} cannot be read: {error}") from None
        return cls.parse(lines, path)

    @classmethod
    def parse(cls, lines: Sequence[str], path: Path) -> TableData:
        """The numbers of the lines of a file; see `read`."""
        rows: list[tuple[float, ...]] = []
        for number, line in enumerate(lines, start=1):
            words = line.split("#", 1)[0].replace(",", " ").split()
            if words:
                rows.append(cls._row(words, f"{path}:{number}", rows))
            if len(rows) > MAX_POINTS:
                break
        if len(rows) > MAX_POINTS:
            raise ValueError(f"table {path} has more than {MAX_POINTS} rows")
        if len(rows) < 4:
            raise ValueError(f"table {path} has {len(rows)} rows, expected 4 to {MAX_POINTS}")
        columns = list(zip(*rows, strict=True))
        return cls(columns[0], columns[1], columns[2] if len(columns) == 3 else None)

    @staticmethod
    def _row(words: list[str], where: str, rows: list[tuple[float, ...]]) -> tuple[float, ...]:
        try:
            row = tuple(float(word) for word in words)
        except ValueError:
            row_text = show(" ".join(words[:10]))
            raise ValueError(f"{where}: {row_text} is not a row of numbers") from None
        columns = (len(rows[0]),) if rows else (2, 3)
        if len(row) not in columns or not all(math.isfinite(value) for value in row):
            raise ValueError(
                f"{where}: expected {' or '.join(map(str, columns))} finite numbers, found"
                f" {show(words)}"
            )
        if row[0] <= (rows[-1][0] if rows else 0.0):
            raise ValueError(f"{where}: r = {row[0]} does not increase from row to row above 0")
        return row

    def text(self) -> str:
        """The one way to write these numbers; its hash names them."""
        columns = [self.r, self.energy] + ([self.force] if self.force is not None else [])
        rows = zip(*columns, strict=True)
        return "".join(" ".join(repr(value + 0.0) for value in row) + "\n" for row in rows)

    @property
    def sha256(self) -> str:
        """Hash of the content, whatever the layout of the file it came from."""
        return hashlib.sha256(self.text().encode()).hexdigest()


class Table(FromFile, TruncatedPotential):
    """u(r) from a table, interpolated by a cubic spline.

    A campaign file names the ``file`` (relative to itself). In a state point stands
    only the hash of the numbers, so that neither path nor layout of the file matters;
    the numbers themselves lie in ``tables/<sha256>.table`` below the campaign's root,
    where `stored` puts them and `read` finds them. The cut-off is the last r unless
    given.
    """

    suffix: ClassVar[str] = "table"

    form: Literal["table"] = "table"
    r_cut: float | None = Field(  # type: ignore[assignment]
        None, gt=0, description=f"{CUT_OFF}; the last r unless given"
    )

    def stored(self, directory: Path, root: Path | None) -> Table:
        """See `FromFile.stored`; r_cut is inside of the table."""
        if self.file is None:
            return self
        path = directory / self.file
        try:
            data = TableData.read(path)
        except ValueError as error:
            raise ValueError(f"file: {error}") from None
        r_cut = data.r[-1] if self.r_cut is None else self.r_cut
        if not data.r[0] < r_cut <= data.r[-1]:
            raise ValueError(
                f"r_cut is {r_cut}, but table {path} spans {data.r[0]} to {data.r[-1]}"
            )
        self.keep(data, root)
        return Table(sha256=data.sha256, r_cut=r_cut, truncation=self.truncation, r_on=self.r_on)

    def read(self, root: Path) -> TableData:
        """Numbers of a stored table, held against their hash."""
        found: TableData = self.held(TableData.read(self.place(root)), root)
        return found

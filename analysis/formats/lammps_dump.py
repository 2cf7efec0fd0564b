"""LAMMPS text dumps."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

import numpy as np

from analysis.formats.file import File
from analysis.formats.frame import Frame, Frames

#: Columns of coordinates, and whether they are fractions of the box.
_COORDINATES = (("x", False), ("xu", False), ("xs", True), ("xsu", True))


_FORCES = ("fx", "fy", "fz")


@dataclass
class _Section:
    """Lines of one timestep."""

    line: int
    n: int = -1
    bounds: str = ""
    box: list[str] = field(default_factory=list)
    columns: list[str] | None = None
    first: int = 0
    have: int = 0

    @property
    def complete(self) -> bool:
        return self.n >= 0 and len(self.box) == 3 and self.columns is not None


def read(file: File) -> Frames:
    """All timesteps; one that is cut off at the end of the file is noted and left out."""
    lines = file.lines
    sections = _sections(lines)
    if not sections:
        raise ValueError("has no line ITEM: TIMESTEP")
    last = sections[-1]
    torn = not last.complete or last.have < last.n or _cut(lines, last)
    if torn or (len(sections) > 1 and file.ends_early(last.first, last.n)):
        if len(sections) == 1:
            raise ValueError(
                f"is cut off: {last.have} of {max(last.n, 0)} particles are there"
                if last.complete
                else f"line {last.line}: this timestep has no box or no particles"
            )
        sections.pop()
        file.notes.append(
            f"frame {len(sections)} is cut off after {last.have} of {max(last.n, 0)} particles and"
            " left out"
        )
    for section in sections:
        if not section.complete or section.have != section.n:
            raise ValueError(
                f"line {section.line}: this timestep has {section.have} particles, expected"
                f" {section.n}"
            )
    frames = {k: partial(_frame, lines, section) for k, section in enumerate(sections)}
    columns = sections[-1].columns or []
    if not {"type", "typelabel", "element"} & set(columns):
        file.notes.append("has no column type; all particles are of one")
    return frames


def _sections(lines: list[str]) -> list[_Section]:
    sections: list[_Section] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        if not line.startswith("ITEM:"):
            if line.strip():
                raise ValueError(f"line {at}: got {line[:60]!r}, expected ITEM: …")
            continue
        item = line[5:].strip()
        if item == "TIMESTEP" or not sections:
            sections.append(_Section(at))
        section = sections[-1]
        end = at
        while end < len(lines) and not lines[end].startswith("ITEM:"):
            end += 1
        values = [text for text in lines[at:end] if text.strip()]
        if item == "NUMBER OF ATOMS" and values:
            if not values[0].strip().isdecimal():
                raise ValueError(f"line {at + 1}: got {values[0][:60]!r}, expected a number")
            section.n = int(values[0])
        elif item.startswith("BOX BOUNDS"):
            section.bounds, section.box = item[10:].strip(), values
        elif item.startswith("ATOMS"):
            section.columns, section.first, section.have = item[5:].split(), at, len(values)
        at = end
    return sections


def _cut(lines: list[str], section: _Section) -> bool:
    """Whether the last line of a timestep has too few columns."""
    if section.n < 1:
        return False
    last = lines[section.first + section.n - 1]
    return len(last.split()) < len(section.columns or ())


def _frame(lines: list[str], section: _Section) -> Frame:
    columns = section.columns or []
    forces = all(name in columns for name in _FORCES)
    rows = [line.split() for line in lines[section.first : section.first + section.n]]
    for k, row in enumerate(rows):
        if len(row) != len(columns):
            raise ValueError(
                f"line {section.first + k + 1} has {len(row)} columns, expected {len(columns)}"
            )
    if forces and "id" in columns:  # molecules are known by the order of their particles
        number = columns.index("id")
        rows.sort(key=lambda row: int(row[number]) if row[number].isdecimal() else 0)
    cell, origin, periodic = _box(section)
    positions = np.zeros((len(rows), 3))
    for axis, letter in enumerate("xyz"):
        found = [(c, s) for c, s in _COORDINATES if c.replace("x", letter, 1) in columns]
        if not found:
            if letter == "z":  # of a simulation in two dimensions
                continue
            raise ValueError(f"has no column {letter}; columns are {' '.join(columns)}")
        name, _ = found[0]
        number = columns.index(name.replace("x", letter, 1))
        try:
            positions[:, axis] = [float(row[number]) for row in rows]
        except ValueError as error:
            raise ValueError(f"timestep of line {section.line}: {error}") from None
        if axis == 0:
            scaled = found[0][1]
        elif found[0][1] != scaled:
            raise ValueError(f"columns are {' '.join(columns)}; expected x y z or xs ys zs")
    if scaled:
        positions = positions @ cell
    else:
        positions -= origin
    frame = Frame(positions, _names(columns, rows), cell, periodic)
    if forces:
        frame.forces = _numbers(columns, rows, _FORCES, section)
    return frame


def _numbers(
    columns: list[str], rows: list[list[str]], wanted: tuple[str, ...], section: _Section
) -> np.ndarray:
    places = [columns.index(name) for name in wanted]
    try:
        return np.array([[float(row[k]) for k in places] for row in rows])
    except ValueError as error:
        raise ValueError(f"timestep of line {section.line}: {error}") from None


def _names(columns: list[str], rows: list[list[str]]) -> list[str]:
    for name in ("typelabel", "type", "element"):
        if name in columns:
            number = columns.index(name)
            return [row[number] for row in rows]
    return ["A"] * len(rows)


def _box(section: _Section) -> tuple[np.ndarray, np.ndarray, tuple[bool, bool, bool]]:
    """Lattice vectors, origin and periodicity of a timestep."""
    words = section.bounds.split()
    flags = [word for word in words if len(word) == 2 and set(word) <= set("pfsm")]
    try:
        rows = np.array([line.split() for line in section.box], dtype=np.float64)
    except ValueError:
        raise ValueError(f"timestep of line {section.line}: box {section.box}") from None
    general = words[:2] == ["abc", "origin"]
    expected = (4,) if general else (3,) if "xy" in words else (2, 3)
    if rows.shape[1] not in expected:
        raise ValueError(f"timestep of line {section.line}: box {section.box}")
    periodic = [flag == "pp" for flag in flags] if len(flags) == 3 else [True] * 3
    boundary = (periodic[0], periodic[1], periodic[2])
    if general:
        return rows[:, :3], rows[:, 3], boundary
    low, high = rows[:, 0].copy(), rows[:, 1].copy()
    xy, xz, yz = rows[:, 2] if rows.shape[1] == 3 else (0.0, 0.0, 0.0)
    # the bounds of a tilted box are those of the box around it
    low[0] -= min(0.0, xy, xz, xy + xz)
    high[0] -= max(0.0, xy, xz, xy + xz)
    low[1] -= min(0.0, yz)
    high[1] -= max(0.0, yz)
    lx, ly, lz = high - low
    if (high < low).any() or (high == low)[np.array(periodic)].any():
        raise ValueError(f"timestep of line {section.line}: box without a volume, {section.box}")
    return np.array([[lx, 0, 0], [xy, ly, 0], [xz, yz, lz]]), low, boundary

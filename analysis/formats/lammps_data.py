"""LAMMPS data files of every atom style, with numbers or labels of types."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from analysis.formats.file import File
from analysis.formats.frame import Frame, Frames

#: Columns before (and, after a comma, behind) x y z of atom styles; t is the type, others are
#: skipped: the manual of read_data.
_STYLES = {
    "atomic": "i t",
    "amoeba": "i m t q",
    "angle": "i m t",
    "apip": "i t . .",
    "bond": "i m t",
    "body": "i t . .",
    "bpm/sphere": "i m t . .",
    "charge": "i t q",
    "dielectric": "i t q, . . . . . . . .",
    "dipole": "i t q, . . .",
    "dpd": "i t .",
    "edpd": "i t . .",
    "electron": "i t q . .",
    "ellipsoid": "i t . .",
    "full": "i m t q",
    "hybrid": "i t",
    "line": "i m t . .",
    "mdpd": "i t .",
    "mesont": "i m t . . . . .",
    "molecular": "i m t",
    "peri": "i t . .",
    "rheo": "i t . .",
    "rheo/thermal": "i t . . .",
    "smd": "i t m . . . . . . .",
    "sph": "i t . . .",
    "sphere": "i t . .",
    "spin": "i t, . . . .",
    "tdpd": "i t",
    "template": "i t . . .",
    "tri": "i m t . .",
    "wavepacket": "i t q . . . . .",
}
#: Styles with a number of columns that depends on more than the style.
_LONGER = ("hybrid", "tdpd", "dielectric")
#: Styles that are tried where the file names none.
_COMMON = ("atomic", "charge", "molecular", "full", "sphere", "dipole")
_SECTIONS = re.compile(r"[A-Z][A-Za-z/]*( [A-Za-z/]+)*")


def read(file: File) -> Frames:
    """The one frame of a data file."""
    return {0: lambda: _read(file)}


def _read(file: File) -> Frame:
    head, sections = _split(file.lines)
    n = int(_header(head, r"(\d+)\s+atoms", "atoms")[1])
    counted = re.search(r"^\s*(\d+)\s+atom types", "\n".join(head), re.MULTILINE)
    n_types = int(counted[1]) if counted else 0
    cell, low = _box(head)
    if "Atoms" not in sections:
        raise ValueError(f"has no section Atoms; sections are {', '.join(sections) or 'none'}")
    style, rows, first = sections["Atoms"]
    if len(rows) != n:
        raise ValueError(f"has {len(rows)} lines in section Atoms, expected {n}: is it cut off?")
    labels = {row[0]: row[1] for row in sections.get("Atom Type Labels", ("", [], 0))[1]}
    type_column, place = _columns(style, rows, n_types, labels, file, first)
    try:
        positions = np.array([row[place : place + 3] for row in rows], dtype=np.float64)
    except ValueError as error:
        raise ValueError(f"section Atoms (line {first}): {error}") from None
    names = [labels.get(row[type_column], row[type_column]) for row in rows]
    unknown = [name for name in set(names) - set(labels.values()) if not name.isdecimal()]
    if unknown:
        raise ValueError(f"section Atoms: type {min(unknown)!r} is no number and no type label")
    return Frame(positions.reshape(-1, 3) - low, names, cell)


def _split(lines: Sequence[str]) -> tuple[list[str], dict[str, tuple[str, list[list[str]], int]]]:
    """The header, and of every section the hint behind #, the rows and the first line."""
    head: list[str] = []
    sections: dict[str, tuple[str, list[list[str]], int]] = {}
    current: list[list[str]] | None = None
    for number, line in enumerate(lines[1:], 2):  # the first line says nothing
        text, _, comment = line.partition("#")
        text = text.strip()
        if not text:
            continue
        if _SECTIONS.fullmatch(text):
            current = []
            sections[text] = (comment.strip(), current, number + 1)
        elif current is None:
            head.append(text)
        else:
            current.append(text.split())
    return head, sections


def _header(head: Sequence[str], pattern: str, what: str) -> re.Match[str]:
    for line in head:
        match = re.fullmatch(pattern, line)
        if match:
            return match
    raise ValueError(f"is no LAMMPS data file: its header has no line '… {what}'")


def _box(head: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Lattice vectors and origin."""
    number = r"([-+.\deE]+)"
    if any(line.endswith("avec") for line in head):
        rows = [
            _header(head, rf"{number}\s+{number}\s+{number}\s+{name}", name).groups()
            for name in ("avec", "bvec", "cvec", "abc origin")
        ]
        vectors = np.array(rows, dtype=np.float64)
        return vectors[:3], vectors[3]
    sides = [
        _header(head, rf"{number}\s+{number}\s+{a}lo\s+{a}hi", f"{a}lo {a}hi").groups()
        for a in "xyz"
    ]
    bounds = np.array(sides, dtype=np.float64)
    for a, (low, high) in zip("xyz", bounds.tolist(), strict=True):
        if low >= high:
            raise ValueError(f"{a}lo {a}hi: got {low:g} {high:g}, expected a box with a volume")
    tilt = (0.0, 0.0, 0.0)
    if any(line.endswith("xy xz yz") for line in head):
        found = _header(head, rf"{number}\s+{number}\s+{number}\s+xy xz yz", "xy xz yz")
        tilt = (float(found[1]), float(found[2]), float(found[3]))
    lx, ly, lz = bounds[:, 1] - bounds[:, 0]
    return np.array([[lx, 0, 0], [tilt[0], ly, 0], [tilt[1], tilt[2], lz]]), bounds[:, 0]


def _columns(
    hint: str,
    rows: Sequence[Sequence[str]],
    n_types: int,
    labels: dict[str, str],
    file: File,
    first: int,
) -> tuple[int, int]:
    """Column of the type, and of x."""
    types = {str(k) for k in range(1, n_types + 1)} | set(labels) | set(labels.values())
    name = hint.split()[0] if hint else ""
    if name:
        if name not in _STYLES:
            raise ValueError(
                f"atom style {name!r} (line {first - 1}) is not known; expected one of"
                f" {', '.join(_STYLES)}"
            )
        if not all(_fits(name, row, types) for row in rows):
            row = next(row for row in rows if not _fits(name, row, types))
            raise ValueError(
                f"section Atoms: {' '.join(row)!r} is no line of atom style {name}"
                f" with {n_types} types"
            )
    else:
        fitting = [s for s in _COMMON if all(_fits(s, row, types) for row in rows)]
        if "molecular" in fitting and "charge" in fitting:
            fitting.remove("charge")  # charges that are all 1, 2, …, as types are
        # two styles that say the same of every particle are as good as one
        meanings = {
            (place, tuple(row[kind] for row in rows)) for kind, place in map(_place, fitting)
        }
        if len(meanings) != 1:
            what = "none" if not fitting else ", ".join(fitting)
            raise ValueError(
                f"line {first - 1}: the atom style is not given, and of the usual ones {what} fit;"
                " write it behind the word, as in 'Atoms # full'"
            )
        name = fitting[0]
        file.notes.append(f"atom style {name} is assumed, as the file names none")
    return _place(name)


def _place(style: str) -> tuple[int, int]:
    before = _STYLES[style].partition(",")[0].split()
    return before.index("t"), len(before)


def _fits(style: str, row: Sequence[str], types: set[str]) -> bool:
    """Whether a line may be one of a style: columns, whole numbers, types."""
    before, _, behind = _STYLES[style].partition(",")
    kinds = before.split()
    n = len(kinds) + 3 + len(behind.split())
    if style in _LONGER:
        if len(row) < len(kinds) + 3:
            return False
    elif len(row) != n and not (len(row) == n + 3 and all(map(_whole, row[n:]))):
        return False
    for kind, word in zip(kinds, row, strict=False):
        if kind == "t" and word not in types:
            return False
        if kind in "im" and not _whole(word):
            return False
        if kind == "q" and not _real(word):
            return False
    return all(map(_real, row[len(kinds) : len(kinds) + 3]))


def _whole(word: str) -> bool:
    return bool(re.fullmatch(r"[-+]?\d+", word))


def _real(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True

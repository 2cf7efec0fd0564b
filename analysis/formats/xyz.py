"""XYZ and extended XYZ with types of any name."""

from __future__ import annotations

import itertools
from functools import partial
from typing import Any

import numpy as np

from analysis.formats.file import File
from analysis.formats.frame import Frame, Frames

#: Columns that name the type, the likeliest first.
_TYPES = ("type", "types", "atom_types", "particle_type", "species", "element", "elements", "names")
_FORCES = ("forces", "force", "f")
_POSITIONS = ("pos", "positions", "position")


def read(file: File) -> Frames:
    """All frames; one that is cut off at the end of the file is noted and left out."""
    lines = file.lines
    starts: list[tuple[int, int]] = []
    at = 0
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        word = lines[at].strip()
        if not word.isdecimal():
            raise ValueError(f"line {at + 1}: got {word[:60]!r}, expected the number of particles")
        n = int(word)
        if at + 2 + n > len(lines):
            have = max(len(lines) - at - 2, 0)
            if not starts:
                raise ValueError(f"line {at + 1}: {n} particles announced, {have} are there")
            file.notes.append(
                f"frame {len(starts)} is cut off after {have} of {n} particles and left out"
            )
            break
        starts.append((at, n))
        at += 2 + n
    last, n = starts[-1]
    if len(starts) > 1 and n:
        # the last line may be cut in its middle
        width = {len(line.split()) for line in lines[last + 2 : last + 1 + n]}
        fewer = len(lines[last + 1 + n].split()) < min(width, default=0)
        if fewer or file.ends_early(last + 2, n):
            starts.pop()
            file.notes.append(f"frame {len(starts)} is cut off in its last line and left out")
    return {k: partial(_frame, lines, *start) for k, start in enumerate(starts)}


def _frame(lines: list[str], at: int, n: int) -> Frame:
    info = _info(lines[at + 1])
    rows = [line.split() for line in lines[at + 2 : at + 2 + n]]
    columns = _columns(str(info["Properties"])) if "Properties" in info else {}
    place, name, width = 1, 0, 4
    if columns:
        found = next((columns[key] for key in _POSITIONS if key in columns), None)
        if found is None:
            raise ValueError(f"line {at + 2}: Properties has no pos; got {info['Properties']}")
        place, width = found[0], max(first for first, _ in columns.values()) + 1
        if found[1] != 3:
            raise ValueError(f"line {at + 2}: pos has {found[1]} columns, expected 3")
        width = max(width, place + 3)
        name = next((columns[key][0] for key in _TYPES if key in columns), -1)
    for k, row in enumerate(rows):
        if len(row) < width:
            what = "" if columns else ", a type and three coordinates"
            raise ValueError(
                f"line {at + 3 + k} has {len(row)} columns, expected {width}{what}:"
                f" {lines[at + 2 + k][:60]!r}"
            )
    try:
        positions = np.array([row[place : place + 3] for row in rows], dtype=np.float64)
    except ValueError:
        raise _no_numbers(rows, place, at) from None
    names = ["A"] * n if name < 0 else [row[name] for row in rows]
    odd = next((k for k, word in enumerate(names) if _is_fraction(word)), None)
    if odd is not None:
        raise ValueError(f"line {at + 3 + odd}: {names[odd]!r} is no type, but a coordinate?")
    cell = info.get("Lattice")
    periodic = (True, True, True)
    if cell is not None:
        cell = _numbers(cell, 9, f"line {at + 2}: Lattice").reshape(3, 3)
        flags = [str(flag)[:1].upper() in ("T", "1") for flag in _words(info.get("pbc", "T T T"))]
        if len(flags) != 3:
            raise ValueError(f"line {at + 2}: pbc: got {info['pbc']}, expected three of T and F")
        periodic = (flags[0], flags[1], flags[2])
    frame = Frame(positions.reshape(-1, 3), names, cell, periodic)
    first, size = next((columns[key] for key in _FORCES if key in columns), (0, 0))
    if size == 3:
        try:
            frame.forces = np.array([row[first : first + 3] for row in rows], dtype=np.float64)
        except ValueError:
            raise ValueError(f"line {at + 2}: forces are no numbers") from None
    return frame


def _info(comment: str) -> dict[str, Any]:
    """The pairs of an extended XYZ comment; empty for any other text."""
    import shlex

    if "=" not in comment:
        return {}
    try:
        words = shlex.split(comment.replace("{", '"').replace("}", '"'))
    except ValueError:
        return {}
    pairs = dict(word.partition("=")[::2] for word in words if "=" in word)
    known = {"lattice": "Lattice", "properties": "Properties", "pbc": "pbc"}
    return {known[key.lower()]: value for key, value in pairs.items() if key.lower() in known}


def _is_fraction(word: str) -> bool:
    """Whether a word is a number, and no whole one."""
    try:
        return not word.isdecimal() and not float(word).is_integer()
    except ValueError:
        return False


def _columns(properties: str) -> dict[str, tuple[int, int]]:
    """First column of every property and their number, by its name in lower case."""
    parts = properties.split(":")
    if len(parts) % 3 or not all(part.isdecimal() for part in parts[2::3]):
        raise ValueError(f"Properties: got {properties!r}, expected name:kind:number:…")
    sizes = [int(part) for part in parts[2::3]]
    firsts = itertools.accumulate(sizes, initial=0)
    places = zip(firsts, sizes, strict=False)
    return dict(zip([part.lower() for part in parts[::3]], places, strict=True))


def _words(value: Any) -> list[str]:
    return str(value).replace(",", " ").replace("[", " ").replace("]", " ").split()


def _numbers(value: Any, n: int, where: str) -> np.ndarray:
    words = _words(value)
    try:
        numbers = np.array(words, dtype=np.float64)
    except ValueError:
        numbers = np.zeros(0)
    if len(numbers) != n:
        raise ValueError(f"{where}: got {value!r}, expected {n} numbers")
    return numbers


def _no_numbers(rows: list[list[str]], place: int, at: int) -> ValueError:
    for k, row in enumerate(rows):
        try:
            np.array(row[place : place + 3], dtype=np.float64)
        except ValueError:
            return ValueError(f"line {at + 3 + k}: {row[place : place + 3]} are no coordinates")
    return ValueError("coordinates are no numbers")

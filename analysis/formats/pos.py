"""injavis' format: box, definitions of shapes, one particle a line."""

from __future__ import annotations

import re
from functools import partial

import numpy as np

from analysis.formats.file import File
from analysis.formats.frame import Frame, Frames

_COLOUR = re.compile(r"(0x)?[0-9a-fA-F]{6,8}")
#: The type of particles of a `shape`, which has no name.
_NAMELESS = "A"


def read(file: File) -> Frames:
    """All frames; `eof` ends one."""
    frames: list[list[tuple[int, str]]] = [[]]
    for number, line in enumerate(file.lines, 1):
        text = line.strip()
        if not text or text.startswith(("//", "#", "<")):
            continue
        if text == "eof":
            frames.append([])
        else:
            frames[-1].append((number, text))
    frames = [frame for frame in frames if frame]
    if not frames:
        raise ValueError("has no particles")
    # definitions hold from where they stand
    defined: set[str] = set()
    known: list[set[str]] = []
    for frame in frames:
        defined |= {text.split()[1] for _, text in frame if re.match(r"def\s+\S", text)}
        defined |= {"" for _, text in frame if text.startswith("shape ")}
        known.append(set(defined))
    parts = zip(frames, known, strict=True)
    return {k: partial(_frame, frame, names) for k, (frame, names) in enumerate(parts)}


def _frame(lines: list[tuple[int, str]], defined: set[str]) -> Frame:
    cell: np.ndarray | None = None
    names: list[str] = []
    positions: list[list[float]] = []
    for number, text in lines:
        words = text.split()
        if words[0] in ("boxMatrix", "box"):
            cell = _box(words, number)
        elif words[0] in ("def", "shape"):
            continue
        elif words[0] in defined:
            names.append(words[0])
            positions.append(_position(words[1:], number))
        elif "" in defined and (_is_number(words[0]) or _COLOUR.fullmatch(words[0])):
            names.append(_NAMELESS)
            positions.append(_position(words, number))
        elif len(words) > 3 and all(map(_is_number, words[-3:])) and not words[0][0].islower():
            shown = ", ".join(sorted(defined - {""})) or "none"
            raise ValueError(f"line {number}: {words[0]!r} is not defined; defined are {shown}")
    if cell is None:
        raise ValueError("has no box (boxMatrix or box)")
    middle = 0.5 * cell.sum(axis=0)  # the box is centred
    return Frame(np.array(positions).reshape(-1, 3) + middle, names, cell)


def _box(words: list[str], number: int) -> np.ndarray:
    try:
        values = np.array(words[1:], dtype=np.float64)
        # lattice vectors are the columns
        return np.diag(values[:3]) if words[0] == "box" else values[:9].reshape(3, 3).T
    except ValueError:
        raise ValueError(
            f"line {number}: got {' '.join(words)!r}, expected 3 or 9 numbers"
        ) from None


def _position(words: list[str], number: int) -> list[float]:
    """Coordinates of a line: perhaps a colour, position, perhaps an orientation."""
    rest = words[1:] if len(words) in (4, 8) else words
    try:
        values = [float(word) for word in rest]
    except ValueError:
        values = []
    if len(values) not in (3, 7):
        raise ValueError(
            f"line {number}: got {' '.join(words)!r}, expected a colour or none, a position, and a"
            " quaternion or none"
        )
    return values[:3]


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True

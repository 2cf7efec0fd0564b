"""VASP's POSCAR and CONTCAR with types of any name."""

from __future__ import annotations

import re

import numpy as np

from analysis.formats.file import File
from analysis.formats.frame import Frame, Frames


def read(file: File) -> Frames:
    """The one frame of the file; velocities below it are skipped."""
    return {0: lambda: _read(file.lines)}


def _read(lines: list[str]) -> Frame:
    if len(lines) < 8:
        raise ValueError(f"has {len(lines)} lines, a POSCAR has at least 8")
    scale = _numbers(lines, 1, (1, 3))
    if 0.0 in scale:
        raise ValueError("line 2: the scale is 0, expected a length or, negative, a volume")
    cell = np.array([_numbers(lines, k, (3,)) for k in (2, 3, 4)])
    factors = np.asarray(scale) if len(scale) == 3 else np.full(3, scale[0])
    if len(scale) == 1 and scale[0] < 0:  # the volume
        volume = abs(float(np.linalg.det(cell)))
        factors = np.full(3, (-scale[0] / volume) ** (1 / 3) if volume else np.nan)
    cell = cell * factors
    at = 5
    words = lines[at].split("!")[0].split()
    names: list[str] = []
    if not all(word.isdecimal() for word in words):
        # VASP 6 adds the potential's hash behind a stroke
        names = [re.split(r"[/_]", word)[0] for word in words]
        at += 1
    counts = [int(w) for w in lines[at].split("!")[0].split() if w.isdecimal()]
    if not counts or sum(counts) == 0:
        raise ValueError(f"line {at + 1}: got {lines[at][:60]!r}, expected numbers of particles")
    if not names:  # VASP 4: the comment may name them
        comment = lines[0].split()
        names = comment if len(comment) == len(counts) else [str(k + 1) for k in range(len(counts))]
    if len(names) != len(counts):
        raise ValueError(f"line {at}: {len(names)} types, but {len(counts)} numbers of particles")
    at += 1
    if lines[at].strip()[:1] in ("s", "S"):  # selective dynamics
        at += 1
    kind = lines[at].strip()[:1].lower() if at < len(lines) else ""
    if kind not in ("d", "c", "k"):
        shown = lines[at][:60] if at < len(lines) else ""
        raise ValueError(f"line {at + 1}: got {shown!r}, expected Direct or Cartesian")
    at += 1
    n = sum(counts)
    if len(lines) < at + n:
        raise ValueError(f"is cut off: {max(len(lines) - at, 0)} of {n} particles are there")
    positions = np.array([_numbers(lines, at + k, (3,), more=True) for k in range(n)])
    positions = positions @ cell if kind == "d" else positions * factors
    return Frame(
        positions,
        [name for name, count in zip(names, counts, strict=True) for _ in range(count)],
        cell,
    )


def _numbers(lines: list[str], at: int, sizes: tuple[int, ...], more: bool = False) -> list[float]:
    words = lines[at].split("!")[0].split("#")[0].split()
    if more:
        words = words[:3]
    try:
        values = [float(word) for word in words]
    except ValueError:
        values = []
    if len(values) not in sizes:
        what = " or ".join(map(str, sizes))
        raise ValueError(f"line {at + 1}: got {lines[at][:60]!r}, expected {what} numbers")
    return values

"""Crystals in CIF: symmetry expanded, no site counted that is not full.

The file is cut into tags by ASE; symmetry is expanded here, since ASE's own expansion takes the
first origin choice for every one, keeps three atoms where a coordinate is 0.333, and one where two
elements share a site.
"""

from __future__ import annotations

import io
import itertools
import re
import warnings
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from analysis.formats.file import File
from analysis.formats.frame import Frame, Frames
from analysis.formats.space_groups import operations

#: Images of a site nearer than this part of their mean distance, if all were apart, are one.
_SAME = 0.1
#: A site is full from this occupancy on.
_FULL = 0.99
#: Atoms nearer than this part of their mean distance are alternatives of each other.
_SPLIT = 0.15


def read(file: File) -> Frames:
    """Every data block with atoms."""
    from ase.io.cif import parse_cif

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            blocks = list(parse_cif(io.StringIO(file.text)))
        except (RuntimeError, AssertionError, IndexError) as error:
            raise ValueError(f"is no CIF, or damaged: {error or 'no data block'}") from error
    if not blocks:
        raise ValueError("is no CIF: it has no data block")
    tags = [{str(key).lower(): value for key, value in block.items()} for block in blocks]
    crystals = [block for block in tags if any(key.startswith("_atom_site_") for key in block)]
    if not crystals:
        raise ValueError("has no atoms (_atom_site_fract_x, _y, _z)")
    if len(crystals) > 1:
        file.note(
            f"has {len(crystals)} structures; the last is meant unless method.frame names one, from"
            " 0 on"
        )
    return {k: partial(_frame, block, file) for k, block in enumerate(crystals)}


def _frame(tags: Mapping[str, Any], file: File) -> Frame:
    cell = _cell(tags)
    places, names = _sites(tags, file)
    a, b = cell[0], cell[1]
    hexagonal = abs(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)) + 0.5) < 0.01
    (rotations, translations), note = operations(tags, hexagonal)
    if note:
        file.notes.append(note)
    metric = cell @ cell.T
    volume = float(np.sqrt(np.linalg.det(metric)))
    tolerance = _SAME * (volume / (len(places) * len(rotations))) ** (1 / 3)
    positions: list[np.ndarray] = []
    kinds: list[str] = []
    for place, name in zip(places, names, strict=True):
        orbit = _orbit(place, name, rotations, translations, cell, tolerance)
        positions += list(orbit)
        kinds += [name] * len(orbit)
    _check_apart(np.array(positions), kinds, cell)
    return Frame(np.array(positions) @ cell, kinds, cell)


def _cell(tags: Mapping[str, Any]) -> np.ndarray:
    from ase.geometry import cellpar_to_cell

    keys = [f"_cell_length_{x}" for x in "abc"]
    keys += [f"_cell_angle_{x}" for x in ("alpha", "beta", "gamma")]
    values = []
    for key in keys:
        value = _list(tags.get(key))[:1]
        if not value or not isinstance(value[0], int | float) or value[0] <= 0:
            raise ValueError(f"{key}: got {value or 'nothing'}, expected a positive number")
        values.append(float(value[0]))
    cell = np.array(cellpar_to_cell(values))
    if not abs(np.linalg.det(cell)) > 1e-6 * np.prod(values[:3]):
        raise ValueError(f"the cell {values} has no volume")
    return cell


def _sites(tags: Mapping[str, Any], file: File) -> tuple[np.ndarray, list[str]]:
    """Fractional coordinates of the sites, shape (n, 3), and who sits there."""
    columns = {key: _list(tags.get(f"_atom_site_{key}")) for key in _COLUMNS}
    labels = columns["label"] or columns["type_symbol"]
    n = len(columns["fract_x"])
    if not n:
        raise ValueError("has no fractional coordinates (_atom_site_fract_x, _y, _z)")
    labels = labels or [f"A{k + 1}" for k in range(n)]
    places = np.zeros((n, 3))
    for axis, key in enumerate(("fract_x", "fract_y", "fract_z")):
        for k, value in enumerate(columns[key]):
            if not isinstance(value, int | float):
                raise ValueError(f"site {labels[k]}: {key}: got {value!r}, expected a number")
            places[k, axis] = value
    symbols = columns["type_symbol"] or [re.sub(r"(?<=[A-Za-z])[\d'*].*$", "", s) for s in labels]
    names = [re.sub(r"\d*[-+]\d*$", "", str(symbol)) for symbol in symbols]
    occupancies = [
        float(value) if isinstance(value, int | float) else 1.0
        for value in columns["occupancy"] or [1.0] * n
    ]
    dummies = [k for k, flag in enumerate(columns["calc_flag"]) if str(flag) == "dum"]
    if dummies:
        file.notes.append(f"{len(dummies)} sites are dummies and left out")
    return _full(places, names, occupancies, list(map(str, labels)), set(dummies), file)


_COLUMNS = (
    "label",
    "type_symbol",
    "fract_x",
    "fract_y",
    "fract_z",
    "occupancy",
    "calc_flag",
)


def _full(
    places: np.ndarray,
    names: Sequence[str],
    occupancies: Sequence[float],
    labels: Sequence[str],
    dummies: set[int],
    file: File,
) -> tuple[np.ndarray, list[str]]:
    """The sites that are full; several elements that share one become one of a joint name."""
    left = [k for k in range(len(places)) if k not in dummies]
    kept, kinds = [], []
    while left:
        first = left[0]
        off = places[left] - places[first]
        here = [
            k
            for k, d in zip(left, np.abs(off - np.round(off)).max(axis=1), strict=True)
            if d < 1e-4
        ]
        left = [k for k in left if k not in here]
        total = sum(occupancies[k] for k in here)
        if not _FULL <= total <= 2.0 - _FULL:
            raise ValueError(
                f"site {labels[first]} has occupancy {total:g}, expected 1: partly occupied or"
                " split sites cannot be counted as particles"
            )
        shares: dict[str, float] = {}
        for k in here:
            shares[names[k]] = shares.get(names[k], 0.0) + occupancies[k]
        name = names[first]
        if len(shares) > 1:
            name = "".join(f"{who}{part:g}" for who, part in sorted(shares.items()))
            file.notes.append(f"site {labels[first]} is disordered; its type is called {name}")
        kept.append(places[first])
        kinds.append(name)
    return np.array(kept), kinds


def _orbit(
    place: np.ndarray,
    name: str,
    rotations: np.ndarray,
    translations: np.ndarray,
    cell: np.ndarray,
    tolerance: float,
) -> np.ndarray:
    """Images of a site, shape (n, 3), those that are one but for rounding at their mean."""
    images = rotations @ place + translations
    found: list[np.ndarray] = []
    counts: list[int] = []
    for image in images:
        for k, known in enumerate(found):
            off = image - known
            off -= np.round(off)
            if np.linalg.norm(off @ cell) < tolerance:
                counts[k] += 1
                found[k] = known + off / counts[k]
                break
        else:
            found.append(image.copy())
            counts.append(1)
    if len(set(counts)) > 1:
        raise ValueError(
            f"site {name} at {place.round(4).tolist()} is neither on a special position nor apart"
            " from one"
        )
    return np.array(found)


def _check_apart(places: np.ndarray, kinds: Sequence[str], cell: np.ndarray) -> None:
    """Refuse atoms of different sites that are too near each other to be there at once."""
    from scipy.spatial import cKDTree

    n = len(places)
    spacing = (abs(np.linalg.det(cell)) / n) ** (1 / 3)
    shifts = np.array(list(itertools.product((-1, 0, 1), repeat=3)))
    inside = places - np.floor(places)
    images = ((inside[:, None] + shifts).reshape(-1, 3)) @ cell
    pairs = cKDTree(inside @ cell).query_ball_point(images, _SPLIT * spacing)
    for number, near in enumerate(pairs):
        particle, is_itself = divmod(number, len(shifts))
        others = [k for k in near if k != particle or is_itself != len(shifts) // 2]
        if others:
            raise ValueError(
                f"atoms {kinds[particle]} and {kinds[others[0]]} are at the same place or are"
                " alternatives of each other (a split site)"
            )


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]

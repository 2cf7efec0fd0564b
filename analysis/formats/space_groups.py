"""Symmetry operations of a crystal file: as it lists them, or by the name of its space group.

Names and operations of the 530 settings are those of spglib (A. Togo, K. Shinohara, I. Tanaka,
Sci. Technol. Adv. Mater. Meth. 4, 2384822 (2024)).
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np

#: Rotations, shape (n, 3, 3), and translations, shape (n, 3), of fractional coordinates.
Operations = tuple[np.ndarray, np.ndarray]

#: ICSD's letters of the two origin choices.
_LETTERS = {"S": "1", "Z": "2"}
_TERM = re.compile(r"([-+]?)(?:(\d+(?:\.\d*)?|\.\d+)(?:/(\d+))?)?\*?([xyz]?)")


def operations(tags: Mapping[str, Any], hexagonal: bool) -> tuple[Operations, str]:
    """Operations of a data block, and a note on them where there is something to note.

    Parameters
    ----------
    tags : mapping
        Of the data block, names in lower case.
    hexagonal : bool
        Whether the cell is one of hexagonal axes, for rhombohedral groups.

    Raises
    ------
    ValueError
        Where the setting is not known, or operations and name contradict each other.
    """
    listed = _first(tags, "_space_group_symop_operation_xyz", "_symmetry_equiv_pos_as_xyz")
    texts = [listed] if isinstance(listed, str) else list(listed or ())
    settings, name = _settings(tags, hexagonal)
    if texts:
        rotations, translations = zip(*(_operation(str(text)) for text in texts), strict=True)
        orders = {len(_of_setting(setting)[0]) for setting in settings}
        if orders and len(texts) not in orders:
            raise ValueError(
                f"lists {len(texts)} symmetry operations, but space group {name} has"
                f" {' or '.join(map(str, sorted(orders)))}"
            )
        return (np.array(rotations), np.array(translations)), ""
    if not name:
        return (np.eye(3)[None], np.zeros((1, 3))), "names no space group; all atoms are listed"
    if not settings:
        raise ValueError(
            f"space group {name!r} is not known; expected a Hermann-Mauguin symbol such as"
            " 'F d -3 m :2', a Hall symbol, or the operations"
        )
    if len(settings) > 1:
        choices = ", ".join(f"'{name} :{_types()[s].choice}'" for s in settings)
        raise ValueError(f"space group {name} has several settings; write which: {choices}")
    return _of_setting(settings[0]), ""


def _settings(tags: Mapping[str, Any], hexagonal: bool) -> tuple[list[int], str]:
    """Hall numbers a block may mean, and how it calls its group."""
    hall = _text(tags, "_space_group_name_hall", "_symmetry_space_group_name_hall")
    found = [k for k, kind in _types().items() if _spaced(kind.hall_symbol) == _spaced(hall)]
    if hall and found:
        return found[:1], hall
    symbol = _text(
        tags,
        "_space_group_name_h-m_alt",
        "_symmetry_space_group_name_h-m",
        "_space_group_name_h-m_full",
        "_space_group_name_h-m_ref",
    )
    number = _text(tags, "_space_group_it_number", "_symmetry_int_tables_number")
    code = _text(tags, "_space_group_it_coordinate_system_code").lower()
    name = symbol or hall or (f"number {number}" if number else "")
    bare, setting = _without_setting(symbol)
    code = setting or code
    if symbol:
        found = [k for k, kind in _types().items() if bare in _names(kind)]
        full = [k for k in found if bare in _full_names(_types()[k])]
        found = full or found
    elif number.isdecimal():
        found = [k for k, kind in _types().items() if kind.number == int(number)]
    if code:
        chosen = [k for k in found if _types()[k].choice.lower() == code]
        if not chosen and code in ("1", "2"):  # of other axes they are called 1cab, 2cab, …
            chosen = [k for k in found if _types()[k].choice.startswith(code)]
        return chosen or (found if len(found) == 1 else []), f"{name} {code}" * bool(name)
    return _usual(found, hexagonal), name


def _usual(settings: Sequence[int], hexagonal: bool) -> list[int]:
    """Of the settings of one name those that are meant where nothing more is said: both of two
    origin choices, the axes of the cell, the standard axes of monoclinic and orthorhombic ones."""
    choices = {k: _types()[k].choice for k in settings}
    if set(choices.values()) & {"H", "R"}:
        return [k for k, choice in choices.items() if choice == ("H" if hexagonal else "R")]
    origins = [k for k, choice in choices.items() if choice[:1] in ("1", "2")]
    if origins:
        return [k for k in origins if choices[k] in ("1", "2")] or origins
    return sorted(settings)[:1]


def _without_setting(symbol: str) -> tuple[str, str]:
    """A Hermann-Mauguin symbol without blanks, and the setting at its end, ``""`` for none."""
    text = symbol.strip().replace("_", "")
    match = re.fullmatch(r"(.+?)\s*:\s*(\S+)", text) or re.fullmatch(
        r"(.+?)\s*\(?\s*origin\s*(?:choice)?\s*(\d)\s*\)?", text, re.IGNORECASE
    )
    if match is None:
        match = re.fullmatch(r"(.+?)\s*([SZHRszhr])", text)
        if match is not None and _plain(match[1]) not in _known_names():
            match = None
    if match is None:
        return _plain(text), ""
    code = match[2].upper()
    return _plain(match[1]), _LETTERS.get(code, code).lower()


def _spaced(text: str) -> str:
    """A Hall symbol with single blanks: 'P 32' is another group than 'P 3 2'."""
    return " ".join(text.replace("_", " ").lower().split())


def _plain(text: str) -> str:
    return re.sub(r"[\s_]", "", text).lower()


@cache
def _types() -> dict[int, Any]:
    import spglib

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return {number: spglib.get_spacegroup_type(number) for number in range(1, 531)}


def _full_names(kind: Any) -> set[str]:
    return {_plain(part) for part in (*kind.international.split("="), kind.international_full)}


def _names(kind: Any) -> set[str]:
    names = _full_names(kind) | {_plain(kind.international_short)}
    if kind.number >= 195:  # cubic symbols before 1992 had no minus
        names |= {name.replace("-3", "3") for name in names}
    return names


@cache
def _known_names() -> frozenset[str]:
    return frozenset(name for kind in _types().values() for name in _names(kind))


def _of_setting(hall_number: int) -> Operations:
    import spglib

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        found = spglib.get_symmetry_from_database(hall_number)
    assert found is not None  # of a number that _types has
    return np.array(found["rotations"], dtype=float), np.array(found["translations"])


def _first(tags: Mapping[str, Any], *names: str) -> Any:
    return next((tags[name] for name in names if tags.get(name) not in (None, "?", ".")), None)


def _text(tags: Mapping[str, Any], *names: str) -> str:
    found = _first(tags, *names)
    if isinstance(found, list):
        found = found[0] if found else None
    return "" if found is None else str(found).strip()


def _operation(text: str) -> tuple[np.ndarray, np.ndarray]:
    """Read an operation such as ``-y, x-y, z+1/3``."""
    parts = text.lower().replace(" ", "").strip("'\"").split(",")
    if len(parts) != 3 or not all(parts):
        raise ValueError(f"{text!r} is no symmetry operation, expected one as 'x, y, z+1/2'")
    rotation, translation = np.zeros((3, 3)), np.zeros(3)
    for row, part in enumerate(parts):
        at = 0
        while at < len(part):
            match = _TERM.match(part, at)
            if match is None or match.end() == at or not (match[2] or match[4]):
                raise ValueError(f"{text!r} is no symmetry operation, expected one as 'x, y, z'")
            value = Fraction(match[2] or "1") / Fraction(match[3] or "1")
            value = -value if match[1] == "-" else value
            if match[4]:
                rotation[row, "xyz".index(match[4])] += float(value)
            else:
                translation[row] += float(value)
            at = match.end()
    return rotation, translation

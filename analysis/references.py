"""References of what a result rests on, from one BibTeX file.

Potentials and methods name their keys themselves (`references`); labels and programs are here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from workspace_schema.building_blocks import BUILDING_BLOCKS
from workspace_schema.methods.registry import method_class
from workspace_schema.potentials import FORMS

BIBLIOGRAPHY = Path(__file__).with_name("references.bib")

#: What every campaign is made with.
ALWAYS = ("adorf2018",)
#: By number of dimensions: the order parameters behind the labels, and the neighbours.
LABELS: dict[int, tuple[str, ...]] = {
    2: ("nelson1979", "piaggi2017", "ramasubramani2020"),
    3: ("steinhardt1983", "lechner2008", "ramasubramani2020"),
}
#: Distinct structures and their space groups.
STRUCTURES = ("oganov2009", "togo2024")
#: By the `engine` of a result.
ENGINES: dict[str, tuple[str, ...]] = {
    "lammps": ("thompson2022",),
    "hoomd": ("anderson2020",),
    "batched": ("lam2015",),
    "numba": ("lam2015",),
    "search": ("lam2015",),
}

#: By key and value in the parameters of a method.
DETAILS: dict[tuple[str, str], tuple[str, ...]] = {
    ("thermostat", "bussi"): ("bussi2007",),
    ("ensemble", "npt"): ("martyna1994",),
    ("dynamics", "mc"): ("filion2009",),
    ("cooling", "adaptive"): ("salamon1988",),
}
#: By key alone, which a method has only where it means something.
GIVEN = {"paving": ("hansmann2002",), "compression": ("locatelli2003", "doye2000")}

_ENTRY = re.compile(r"^@(\w+)\{(\w+),\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r"^  (\w+) = \{(.*)\},?$", re.MULTILINE)


@dataclass(frozen=True)
class Reference:
    """One publication.

    Attributes
    ----------
    key : str
    bibtex : str
        As it stands in the file.
    fields : dict of str to str
    """

    key: str
    bibtex: str
    fields: dict[str, str]

    @property
    def text(self) -> str:
        """Authors, title, journal, volume, page and year in one line."""
        fields = {name: re.sub("[{}]", "", value) for name, value in self.fields.items()}
        names = [_initials(name) for name in fields["author"].split(" and ")]
        shown = ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else names[0]
        if len(names) > 6:
            shown = f"{names[0]} et al."
        where = fields.get("journal") or fields["booktitle"]
        place = ", ".join(part for part in (fields.get("volume"), fields.get("pages")) if part)
        return f"{shown}, {fields['title']}, {where} {place} ({fields['year']})".replace("  ", " ")

    @property
    def address(self) -> str:
        """Where it is found; "" without a DOI."""
        return f"https://doi.org/{self.fields['doi']}" if "doi" in self.fields else ""


def _initials(name: str) -> str:
    """ "Trebin, Hans-Rainer" as "H.-R. Trebin"; initials stay as they are."""
    family, _, given = name.partition(", ")
    parts = [
        part if "." in part else "-".join(f"{half[0]}." for half in part.split("-"))
        for part in given.split()
    ]
    return " ".join([*parts, family])


@cache
def bibliography() -> dict[str, Reference]:
    """Every reference by its key."""
    text = BIBLIOGRAPHY.read_text(encoding="utf-8")
    found = {}
    for entry in _ENTRY.finditer(text):
        fields = dict(_FIELD.findall(entry[3]))
        found[entry[2]] = Reference(entry[2], entry[0], fields)
    return found


def cited(keys: Iterable[str]) -> list[Reference]:
    """The references of these keys, each once, in their order.

    Raises
    ------
    KeyError
        For a key that is not in the file.
    """
    known = bibliography()
    missing = sorted(set(keys := list(keys)) - set(known))
    if missing:
        raise KeyError(f"{', '.join(missing)} not in {BIBLIOGRAPHY.name}")
    return [known[key] for key in dict.fromkeys(keys)]


def of_potential(potential: Any) -> list[str]:
    """Keys of the forms in a state point's potential, those of single pairs included."""
    if not isinstance(potential, Mapping):
        return []
    form = FORMS.get(str(potential.get("form")))
    keys = list(form.references) if form else []
    for value in potential.values():
        keys += of_potential(value)
    return list(dict.fromkeys(keys))


def of_system(system: Any) -> list[str]:
    """Keys of the building blocks in a state point's system."""
    blocks = (system.get("building_blocks") if isinstance(system, Mapping) else None) or {}
    found = [BUILDING_BLOCKS.get(str(block.get("form"))) for block in blocks.values()]
    return list(dict.fromkeys(key for kind in found if kind for key in kind.references))


def of_method(method: Mapping[str, Any]) -> list[str]:
    """Keys of a state point's method and of the choices its parameters make."""
    try:
        keys = list(method_class(method).references)
    except ValueError:
        keys = []
    for (name, value), more in DETAILS.items():
        if method.get(name) == value:
            keys += more
    return keys + [key for name, more in GIVEN.items() if name in method for key in more]

"""Every potential, method and engine has its references, and the file holds them all."""

from __future__ import annotations

import re

import pytest

from analysis.references import (
    ALWAYS,
    BIBLIOGRAPHY,
    DETAILS,
    ENGINES,
    GIVEN,
    LABELS,
    STRUCTURES,
    bibliography,
    cited,
    of_method,
    of_potential,
    of_system,
)
from operations.engines import ENGINES as REGISTERED
from workspace_schema.building_blocks import BUILDING_BLOCKS
from workspace_schema.methods.design import WAYS
from workspace_schema.methods.registry import PARAMETERS, method_class
from workspace_schema.potentials import FORMS

OWN = ("expression", "table", "designed")  # the user's own potentials

USED = [
    *ALWAYS,
    *STRUCTURES,
    *(key for more in GIVEN.values() for key in more),
    *(key for one in FORMS.values() for key in one.references),
    *(key for one in (*PARAMETERS.values(), *WAYS.values()) for key in one.references),
    *(key for one in BUILDING_BLOCKS.values() for key in one.references),
    *(key for table in (LABELS, ENGINES, DETAILS) for keys in table.values() for key in keys),
]


def test_every_entry_is_read_and_used() -> None:
    text = BIBLIOGRAPHY.read_text(encoding="utf-8")
    assert len(bibliography()) == text.count("\n@")
    assert set(USED) == set(bibliography())


@pytest.mark.parametrize("key", sorted(bibliography()))
def test_entries_are_whole(key: str) -> None:
    reference = bibliography()[key]
    fields = reference.fields
    assert {"author", "title", "year"} < set(fields)
    assert re.search(r"\((19|20)\d\d\)$", reference.text)
    assert "{" not in reference.text
    assert fields.get("journal") or fields.get("booktitle")
    assert reference.bibtex.count("{") == reference.bibtex.count("}")
    assert fields["year"] in key
    if "doi" in fields:
        assert re.fullmatch(r"10\.\d{4,5}/\S+", fields["doi"])
        assert reference.address.endswith(fields["doi"])


def test_text() -> None:
    text = bibliography()["engel2007"].text
    assert text.startswith("M. Engel and H.-R. Trebin, Self-assembly of monatomic")
    assert text.endswith("Phys. Rev. Lett. 98, 225505 (2007)")
    assert bibliography()["thompson2022"].text.startswith("A. P. Thompson et al., LAMMPS")


@pytest.mark.parametrize("form", sorted(set(FORMS) - set(OWN)))
def test_potentials_say_where_they_come_from(form: str) -> None:
    assert cited(of_potential({"form": form}))


def test_pairs_are_cited_too() -> None:
    potential = {"form": "lennard_jones", "pairs": {"A-B": {"form": "morse"}}, "types": {}}
    assert of_potential(potential) == ["jones1924", "morse1929"]
    assert of_potential(None) == []


def test_methods_say_where_they_come_from() -> None:
    for name in set(PARAMETERS) - {"forward", "imported", "design"}:
        assert method_class({"name": name}).references
    for by in WAYS:
        assert of_method({"name": "design", "by": by})
    assert of_method({"name": "forward", "thermostat": "bussi", "ensemble": "npt"}) == [
        "bussi2007",
        "martyna1994",
    ]
    annealing = {"name": "annealing", "dynamics": "mc", "cooling": "adaptive"}
    assert of_method(annealing) == ["kirkpatrick1983", "filion2009", "salamon1988"]


def test_building_blocks() -> None:
    blocks = {"A": {"form": "kern_frenkel"}, "B": {"form": "hard_sphere"}}
    assert of_system({"building_blocks": blocks}) == ["kern2003"]
    assert of_system({"particles": {"A": 1}}) == []


def test_engines() -> None:
    assert set(REGISTERED) <= set(ENGINES)
    with pytest.raises(KeyError, match=r"nobody1999 not in references\.bib"):
        cited(["engel2007", "nobody1999"])

"""The registry of methods."""

from __future__ import annotations

from typing import get_args

import pytest

from workspace_schema.canonical import extent_defaults
from workspace_schema.methods.facts import METHODS
from workspace_schema.methods.imported import Imported
from workspace_schema.methods.method import Method
from workspace_schema.methods.registry import PARAMETERS, method_class, read_method

FILE = {"name": "imported", "sha256": "a" * 64}


def test_names_in_the_registry_are_those_of_the_models() -> None:
    for name, model in PARAMETERS.items():
        assert issubclass(model, Method)
        assert get_args(model.model_fields["name"].annotation) == (name,)


@pytest.mark.parametrize("name", sorted(METHODS.keys() - {"design"}))
def test_how_long_a_method_is_by_default_is_known_without_its_parameters(name: str) -> None:
    defaults = extent_defaults(PARAMETERS[name])
    assert METHODS[name].extents == {key: n for key, n in defaults.items() if n}


def test_reads_by_name() -> None:
    method = read_method(FILE)
    assert isinstance(method, Imported)
    assert read_method(method) is method


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "name is missing"),
        ({"name": "forwrd"}, "did you mean forward"),
        ({"name": ["forward"]}, "got"),
        ({"name": "zzz"}, "expected one of .*forward"),
    ],
)
def test_unknown_names(data: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        method_class(data)


def test_refuses_what_is_no_block() -> None:
    with pytest.raises(ValueError, match="expected a mapping"):
        read_method("forward")

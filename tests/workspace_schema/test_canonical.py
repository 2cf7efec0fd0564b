"""One physics, one spelling, one id."""

from __future__ import annotations

import json
from typing import Any

import pytest
import signac
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from workspace_schema.base import Model
from workspace_schema.canonical import canonical, extent_defaults, extents, lookup
from workspace_schema.job_ids import job_id


class Inner(Model):
    x: float = 1.0


class Outer(Model):
    number: float
    count: int
    inner: Inner = Inner()
    absent: float | None = None
    values: tuple[float, ...] = ()
    later: float = Field(5.0, json_schema_extra={"since": 2})
    how_long: int = Field(0, json_schema_extra={"extent": True})
    required: int = Field(json_schema_extra={"extent": True})


def test_everything_in_full_but_none_extents_and_later_defaults() -> None:
    model = Outer.model_validate({"number": 1, "count": 2, "required": 7})
    assert canonical(model) == {"number": 1.0, "count": 2, "inner": {"x": 1.0}, "values": []}
    model = Outer.model_validate({"number": 1, "count": 2, "required": 7, "later": 6})
    assert canonical(model)["later"] == 6.0


def test_one_spelling() -> None:
    spellings = [
        {"number": 1, "count": 2.0, "inner": {"x": 1}, "required": 1},
        {"required": 2, "count": 2, "number": 1e0, "how_long": 9},
        {"number": "1", "count": 2, "absent": None, "required": 1},
    ]
    forms = {json.dumps(canonical(Outer.model_validate(data))) for data in spellings}
    assert len(forms) == 1
    assert json.dumps(canonical({"x": -0.0, "y": (1,)})) == '{"x": 0.0, "y": [1]}'


def test_extents() -> None:
    model = Outer.model_validate({"number": 1, "count": 2, "required": 7})
    assert extents(model) == {"required": 7}
    assert extent_defaults(Outer) == {"how_long": 0}


json_values = st.recursive(
    st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.integers(), st.text()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), json_values))
def test_job_id_is_that_of_signac(statepoint: dict[str, Any]) -> None:
    assert job_id(statepoint) == signac.job.calc_id(statepoint)


def test_lookup() -> None:
    statepoint = {"a": {"b": [1.0]}}
    assert lookup(statepoint, "a.b") == [1.0]
    for path in ("a.c", "a.b.c", "x"):
        with pytest.raises(KeyError, match=path):
            lookup(statepoint, path)

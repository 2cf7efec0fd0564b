"""What the strict base model takes for a number."""

from __future__ import annotations

import pytest
from pydantic import Field, ValidationError

from workspace_schema.base import Model


class Inner(Model):
    flag: bool = False


class Example(Model):
    number: float = 1.0
    count: int = 1
    values: list[float] = Field(default_factory=list)
    named: dict[str, float] = Field(default_factory=dict)
    flag: bool = False
    inner: Inner = Inner()


@pytest.mark.parametrize("number", [1, 1.0, "1", "1e0", "1.0"])
def test_spellings_of_one(number):
    example = Example(number=number, count=number if number != "1e0" else 1)
    assert isinstance(example.number, float)
    assert isinstance(example.count, int)
    assert example == Example()


@pytest.mark.parametrize(
    "block",
    [
        {"number": True},
        {"count": False},
        {"values": [1, True]},
        {"named": {"a": True}},
        {"number": "nan"},
        {"number": float("inf")},
        {"values": ["-inf"]},
        {"number": 10**400},
        {"number": "1e999"},
        {"count": 1.5},
        {"unknown": 1},
        {1: 1},
    ],
)
def test_refused(block):
    with pytest.raises(ValidationError):
        Example.model_validate(block)


def test_booleans_where_they_belong():
    assert Example.model_validate({"flag": True, "inner": {"flag": True}}).inner.flag


def test_frozen():
    with pytest.raises(ValidationError):
        Example().number = 2.0  # type: ignore[misc]

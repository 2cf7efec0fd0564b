"""Constant or ramped conditions."""

from __future__ import annotations

import math

import pytest

from workspace_schema.methods.ramp import MAX_KNOTS, knots, read_ramp


def test_numbers_and_ramps_become_floats() -> None:
    assert read_ramp(1) == 1.0
    assert isinstance(read_ramp(1), float)
    assert read_ramp([1, 0.5]) == [1.0, 0.5]
    assert knots(2.0) == [2.0]
    assert knots([2.0, 1.0]) == [2.0, 1.0]


def test_a_ramp_that_goes_nowhere_is_a_number() -> None:
    assert read_ramp([1, 1.0, 1e0]) == 1.0


@pytest.mark.parametrize(
    "value",
    [
        [],
        [1],
        ["1", 2],
        [True, 1],
        [1, math.inf],
        [[1, 2], 3],
        [1] * (MAX_KNOTS + 1),
        "1",
        True,
        None,
        math.nan,
        10**400,
    ],
)
def test_refused(value: object) -> None:
    with pytest.raises(ValueError, match="expected"):
        read_ramp(value)

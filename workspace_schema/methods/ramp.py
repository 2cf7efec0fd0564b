"""A condition that is constant or follows a piecewise-linear ramp."""

from __future__ import annotations

import math
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

MAX_KNOTS = 1000

Ramp = float | list[float]


def read_ramp(value: Any) -> Ramp:
    """Return a number, or the list of at least two knots of a ramp, as floats.

    Knots are equally spaced over the steps of the method and a repeated knot is a hold. Where all
    knots are equal there is no ramp: the value is that number.

    Raises
    ------
    ValueError
        Where `value` is neither a finite number nor a list of 2 to 1000 of them.
    """
    knots = value if isinstance(value, list) else [value]
    if isinstance(value, list) and not 2 <= len(value) <= MAX_KNOTS:
        raise ValueError(f"expected a ramp of 2 to {MAX_KNOTS} numbers, it has {len(value)}")
    numbers = [_number(knot) for knot in knots]
    return numbers[0] if all(number == numbers[0] for number in numbers) else numbers


def _number(value: Any) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if math.isfinite(number):
            return number
    raise ValueError("expected a finite number, or {ramp: [first, ..., last]} of finite numbers")


def knots(ramp: Ramp) -> list[float]:
    """Return the knots of a ramp; a constant is one knot."""
    return ramp if isinstance(ramp, list) else [ramp]


RampField = Annotated[
    Ramp,
    BeforeValidator(read_ramp),
    WithJsonSchema({"type": "number", "ramp": True}),
]


def _positive(value: Ramp) -> Ramp:
    if min(knots(value)) <= 0:
        raise ValueError("expected numbers greater than 0")
    return value


#: Such as a temperature.
PositiveRampField = Annotated[RampField, AfterValidator(_positive)]

"""The strict model that every part of a campaign file and state point builds on."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Self, get_args

from pydantic import BaseModel, ConfigDict, model_validator

from workspace_schema.errors import show
from workspace_schema.written import THOUSANDS, Written

#: Size of numbers in reduced units: whatever is not 0 and outside is a slip, and overflows.
SMALLEST, LARGEST = 1e-32, 1e32


class Model(BaseModel):
    """Strict base: no unknown keys, finite numbers only, immutable.

    Numbers may be written as 1, 1.0 or 1e0 (YAML reads the last as text); the
    field's type decides what they become. pydantic would also read `true` as 1.0;
    here a boolean is an error unless the field's own type admits `bool`. It would
    read a whole number from ``200.000``, which may stand for 200 000: that is an error.
    """

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _refuse_booleans(cls, data: Any) -> Any:
        if isinstance(data, dict):
            for key in _plain_fields(cls) & data.keys():
                _find_boolean(data[key], key)
            for key in _whole_numbers(cls) & data.keys():
                _find_thousands(data[key], key)
        return data

    @model_validator(mode="after")
    def _refuse_sizes(self) -> Self:
        plain = _plain_fields(type(self))
        for key, value in self.__dict__.items():
            if key in plain and value is not None:
                _find_size(value, key)
        return self

    @classmethod
    def given(cls, data: dict[str, Any]) -> dict[str, Any]:
        """Return a block without the keys of this model that say nothing.

        Other keys stay, so that an unknown one is refused whatever its value.
        """
        return {
            key: value
            for key, value in data.items()
            if value is not None or key not in cls.model_fields
        }


@cache
def _plain_fields(model: type[BaseModel]) -> frozenset[str]:
    fields = model.model_fields.items()
    return frozenset(name for name, field in fields if not _admits_booleans(field.annotation))


def _admits_booleans(annotation: Any) -> bool:
    """Whether a type admits `bool`, or leaves the question to a model of its own."""
    if annotation is bool or annotation is Any:
        return True
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return True
    return any(_admits_booleans(argument) for argument in get_args(annotation))


def _find_boolean(value: Any, path: str) -> None:
    if isinstance(value, bool):
        raise ValueError(f"{path}: {value} is a boolean, expected a number or text")
    if isinstance(value, list | tuple):
        for index, item in enumerate(value):
            _find_boolean(item, f"{path}[{index}]")
    elif isinstance(value, dict):
        for key, item in value.items():
            _find_boolean(item, f"{path}.{key}")


@cache
def _whole_numbers(model: type[BaseModel]) -> frozenset[str]:
    fields = model.model_fields.items()
    return frozenset(
        name for name, field in fields if _leaves(field.annotation) & {int, float} == {int}
    )


def _leaves(annotation: Any) -> set[Any]:
    """The types that an annotation is made of."""
    if getattr(annotation, "__metadata__", None) is not None:
        return _leaves(get_args(annotation)[0])
    return {annotation}.union(*(_leaves(argument) for argument in get_args(annotation)))


def _find_thousands(value: Any, path: str) -> None:
    text = value.text if isinstance(value, Written) else value
    if isinstance(text, str) and THOUSANDS.fullmatch(text.strip()):
        what = "a comma" if "," in text else "a separator"
        digits = re.sub(r"[^-+0-9]", "", text)
        raise ValueError(f"{path}: got {show(text)}; {what} inside a number? write {digits}")
    for key, item in value.items() if isinstance(value, dict) else ():
        _find_thousands(item, f"{path}.{key}")


def _find_size(value: Any, path: str) -> None:
    if isinstance(value, float):
        if value and not SMALLEST <= abs(value) <= LARGEST:
            raise ValueError(
                f"{path}: got {value:g}; expected 0 or a size from {SMALLEST:g} to {LARGEST:g}:"
                " numbers are in reduced units"
            )
    elif isinstance(value, list | tuple):
        for item in value:
            _find_size(item, path)
    elif isinstance(value, dict):
        for key, item in value.items():
            _find_size(item, f"{path}.{key}")

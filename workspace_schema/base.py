"""The strict model that every part of a campaign file and state point builds on."""

from __future__ import annotations

from functools import cache
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, model_validator


class Model(BaseModel):
    """Strict base: no unknown keys, finite numbers only, immutable.

    Numbers may be written as 1, 1.0 or 1e0 (YAML reads the last as text); the
    field's type decides what they become. pydantic would also read `true` as 1.0;
    here a boolean is an error unless the field's own type admits `bool`.
    """

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _refuse_booleans(cls, data: Any) -> Any:
        if isinstance(data, dict):
            for key in _fields_without_booleans(cls) & data.keys():
                _find_boolean(data[key], key)
        return data


@cache
def _fields_without_booleans(model: type[BaseModel]) -> frozenset[str]:
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

"""The strict model that every part of a campaign file and state point builds on."""

from __future__ import annotations

from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator


class Model(BaseModel):
    """Strict base: no unknown keys, finite numbers only, immutable.

    Numbers may be written as 1, 1.0 or 1e0 (YAML reads the last as text); the
    field's type decides what they become. pydantic would also read `true` as 1.0;
    here a boolean is an error unless the field's own type admits `bool`.

    Fields declare their part in a state point in ``json_schema_extra``:
    ``{"since": 2}`` for a field added in schema version 2, left out while it equals
    its default so that older ids stay; ``{"extent": True}`` for how long rather than
    what, never part of a state point.
    """

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _refuse_booleans(cls, data: Any) -> Any:
        if isinstance(data, dict):
            for key, value in data.items():
                field = cls.model_fields.get(key) if isinstance(key, str) else None
                if field is not None and not _admits_booleans(field.annotation):
                    _find_boolean(value, key)
        return data

    def canonical(self) -> dict[str, Any]:
        """Plain dict of JSON types, written in full, as it stands in a state point.

        None, extents, and newer fields at their default are left out; -0.0 is 0.0.
        """
        result: dict[str, Any] = {}
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
            newer = "since" in extra and value == field.get_default(call_default_factory=True)
            if value is not None and not extra.get("extent") and not newer:
                result[name] = _plain(value)
        return result


def _plain(value: Any) -> Any:
    if isinstance(value, Model):
        return value.canonical()
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value + 0.0 if isinstance(value, float) else value


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


def describe(error: ValidationError) -> str:
    """One line for each thing wrong: key path, what was expected, what was found."""
    lines = []
    for item in error.errors(include_url=False):
        path = ".".join(str(part) for part in item["loc"])
        message = item["msg"].removeprefix("Value error, ")
        if item["type"] == "missing":
            lines.append(f"{path}: missing")
        elif item["type"] == "extra_forbidden":
            lines.append(f"{path}: unknown key")
        elif item["type"] == "value_error":
            lines.append(f"{path}: {message}" if path else message)
        else:
            lines.append(f"{path}: {message}, found {item['input']!r}")
    return "; ".join(lines)

"""The canonical form: one physics, one spelling, one job id.

A state point is written in full, so that a default may change later without changing the ids of
jobs that exist. A field added in schema version n > 1 carries ``json_schema_extra={"since": n}``
and is left out while it equals its default, so that older ids stay. A field that says how long,
not what, carries ``json_schema_extra={"extent": True}`` and is never part of the state point.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel


def canonical(value: Any) -> Any:
    """Return the canonical JSON form of a model or a value in one.

    Parameters
    ----------
    value : BaseModel, mapping, sequence or scalar
        Floats must be finite; the model's field types have already decided what is a float
        and what an int.

    Returns
    -------
    object
        dict, list, str, int, float or bool. None is omitted from mappings, tuples become lists
        and -0.0 becomes 0.0.
    """
    if isinstance(value, BaseModel):
        plain = getattr(value, "plain", None)  # of blocks with ranges, which say themselves
        if plain is not None:
            return plain()
        items = ((field, getattr(value, field.name)) for field in _fields(type(value)))
        return {
            field.name: canonical(item)
            for field, item in items
            if item is not None and not field.extent and not (field.since and item == field.default)
        }
    if isinstance(value, float):
        return value + 0.0
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, Mapping):
        return {str(key): canonical(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [canonical(item) for item in value]
    return value


def extents(model: BaseModel) -> dict[str, Any]:
    """Return the fields of a model that say how long, where they differ from their default."""
    items = ((field, getattr(model, field.name)) for field in _fields(type(model)) if field.extent)
    return {field.name: item for field, item in items if item != field.default}


def extent_defaults(model: type[BaseModel]) -> dict[str, Any]:
    """Return the defaults of the fields that say how long; required ones have none."""
    return {f.name: f.default for f in _fields(model) if f.extent and not f.required}


def known_extents(model: type[BaseModel], document: object) -> dict[str, Any]:
    """Return what a document says under "extent" that this model knows: whole numbers by the names
    of its fields; anything else there is somebody else's."""
    extent = document.get("extent") if isinstance(document, Mapping) else None
    known = {field.name for field in _fields(model) if field.extent}
    return {
        name: value
        for name, value in (extent.items() if isinstance(extent, Mapping) else ())
        if name in known and isinstance(value, int) and not isinstance(value, bool)
    }


def lookup(statepoint: Mapping[str, Any], path: str) -> Any:
    """Return the value at a dotted path such as ``potential.r0``.

    Raises
    ------
    KeyError
        Where the state point has no such path.
    """
    value: Any = statepoint
    for part in path.split("."):
        if not isinstance(value, Mapping) or part not in value:
            raise KeyError(path)
        value = value[part]
    return value


@dataclass(frozen=True)
class _Field:
    """What the marks of a field of a model say, and its default."""

    name: str
    extent: bool
    since: bool
    required: bool
    default: Any


@cache
def _fields(model: type[BaseModel]) -> tuple[_Field, ...]:
    fields = []
    for name, field in model.model_fields.items():
        marks = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        extent, since = bool(marks.get("extent")), "since" in marks
        default = None if field.is_required() else field.get_default()
        fields.append(_Field(name, extent, since, field.is_required(), default))
    return tuple(fields)

"""The canonical form: one physics, one spelling, one job id.

A state point is written in full, so that a default may change later without changing the ids of
jobs that exist. A field added in schema version n > 1 carries ``json_schema_extra={"since": n}``
and is left out while it equals its default, so that older ids stay. A field that says how long,
not what, carries ``json_schema_extra={"extent": True}`` and is never part of the state point.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo


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
        return {
            name: canonical(item)
            for name, field, item in _fields(value)
            if item is not None
            and not _marks(field).get("extent")
            and not ("since" in _marks(field) and item == field.get_default())
        }
    if isinstance(value, Mapping):
        return {str(key): canonical(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [canonical(item) for item in value]
    if isinstance(value, float):
        return value + 0.0
    return value


def extents(model: BaseModel) -> dict[str, Any]:
    """Return the fields of a model that say how long, where they differ from their default."""
    return {
        name: item
        for name, field, item in _fields(model)
        if _marks(field).get("extent") and item != field.get_default()
    }


def extent_defaults(model: type[BaseModel]) -> dict[str, Any]:
    """Return the defaults of the fields that say how long; required ones have none."""
    return {
        name: field.get_default()
        for name, field in model.model_fields.items()
        if _marks(field).get("extent") and not field.is_required()
    }


def known_extents(model: type[BaseModel], document: object) -> dict[str, Any]:
    """Return what a document says under "extent" that this model knows: whole numbers by the names
    of its fields; anything else there is somebody else's."""
    extent = document.get("extent") if isinstance(document, Mapping) else None
    return {
        name: value
        for name, value in (extent.items() if isinstance(extent, Mapping) else ())
        if name in model.model_fields
        and _marks(model.model_fields[name]).get("extent")
        and isinstance(value, int)
        and not isinstance(value, bool)
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


def _fields(model: BaseModel) -> Iterator[tuple[str, FieldInfo, Any]]:
    for name, field in type(model).model_fields.items():
        yield name, field, getattr(model, name)


def _marks(field: FieldInfo) -> Mapping[str, Any]:
    return field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}

"""JSON Schema of campaign files, from the models, so that editors complete and check them.

A schema cannot say everything the models check (what belongs together, which types exist), but
what it refuses is wrong.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from workspace_schema.axes import LIST_KEYS
from workspace_schema.building_blocks import BUILDING_BLOCKS
from workspace_schema.building_blocks.patchy import Patch
from workspace_schema.campaign_file import CampaignFile
from workspace_schema.interactions import Interactions
from workspace_schema.methods.design import WAYS
from workspace_schema.methods.design_liquids import DataFile
from workspace_schema.methods.imported import Imported
from workspace_schema.methods.registry import PARAMETERS
from workspace_schema.methods.schedule import StartFile
from workspace_schema.potentials import FORMS, FromFile, PairPotential
from workspace_schema.ranges import FREE
from workspace_schema.system import System

Schema = dict[str, Any]

_NUMBER: Schema = {"type": "number"}
_ID: Schema = {"type": "string", "pattern": "^[0-9a-f]{32}$"}
_PATH: Schema = {"type": "string", "description": "path, relative to the campaign file"}
#: In an open boundary: all pairs.
NO_CUT = "none"
#: Models of files, and what they are.
FILES = {StartFile.__name__: "a GSD file", DataFile.__name__: "a trajectory or a table"}
#: Models whose numbers a design may find.
BODIES = {body.__name__ for body in BUILDING_BLOCKS.values()} | {Patch.__name__}
# marks on fields that mean nothing to an editor, titles that only repeat the key
_OURS = ("kind", "extent", "since", "ramp", "title", "default")


def campaign_schema() -> Schema:
    """Return the JSON Schema (draft 2020-12) of campaign files."""
    schema = CampaignFile.model_json_schema()
    definitions = schema.pop("$defs")
    methods = [method for name, method in PARAMETERS.items() if name != "design"]
    methods += WAYS.values()
    blocks = {
        "system": [_block(System, definitions)],
        "potential": [_potential(form, definitions) for form in FORMS.values()],
        "method": [_method(method, definitions) for method in methods],
    }
    for name, alternatives in blocks.items():
        definitions[name] = {"anyOf": alternatives}
        reference = {"$ref": f"#/$defs/{name}"}
        schema["properties"][name] = {
            "anyOf": [reference, {"type": "array", "items": reference, "minItems": 1}]
        }
    definitions["spacing"] = {
        "anyOf": [
            _one("linspace", _numbers(3), "first, last, number of values"),
            _one("logspace", _numbers(3), "first, last (values), number of values"),
            _one("arange", _numbers(3), "first, stop (left out), step"),
            _one("between", _numbers(2), "lowest, highest; drawn by sample"),
        ]
    }
    definitions["free"] = _one(FREE, _numbers(2), "lowest, highest; a design finds it")
    definitions["ramp"] = _one("ramp", {"type": "array", "items": _NUMBER, "minItems": 2}, "knots")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "$defs": definitions,
    }


def _potential(form: type[PairPotential], definitions: Schema) -> Schema:
    block = _block(form, definitions)
    if issubclass(form, FromFile):
        for key in ("sha256", *form.repeated):  # state points only; campaign files name the file
            del block["properties"][key]
        block["properties"]["file"] = _explorable(_PATH)
    if "r_cut" in block["properties"]:
        block["properties"]["r_cut"]["anyOf"].append({"const": NO_CUT})
    free: Schema = {"$ref": "#/$defs/free"}
    for name in form.kinds().keys() - {"r_cut", "r_on"}:
        block["properties"][name]["anyOf"].append(free)
    if "parameters" in block["properties"]:
        block["properties"]["parameters"]["anyOf"][0]["additionalProperties"]["anyOf"].append(free)
    block["properties"]["design"] = _ID
    overrides: Schema = {
        "type": "object",
        "additionalProperties": {"type": "object"},
    }
    mixing = Interactions.model_json_schema()["properties"]["mixing"]
    block["properties"] |= {"types": overrides, "pairs": overrides, "mixing": _explorable(mixing)}
    block["required"] = sorted({*block.get("required", ()), "form"})
    return block


def _method(method: type[BaseModel], definitions: Schema) -> Schema:
    if method is not Imported:
        return _block(method, definitions)
    block = _clean(Imported.model_json_schema())
    definitions |= block.pop("$defs")
    del block["properties"]["sha256"]
    block["properties"]["files"] = {
        "anyOf": [_PATH, {"type": "array", "items": _PATH, "minItems": 1}]
    }
    block["properties"]["conditions"] = {
        "description": "a table with a column file, a pattern such as {sample}_{phi:f}.csv, or one"
        " mapping for all files",
        "anyOf": [{"type": "string"}, {"type": "object"}],
    }
    block["required"] = ["files", "name"]
    return block


def _clean(schema: Any) -> Any:
    """Return a schema without what means nothing to an editor; nothing in it is explorable."""
    if isinstance(schema, list):
        return [_clean(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: {name: _clean(item) for name, item in value.items()}
        if key == "properties"
        else _clean(value)
        for key, value in schema.items()
        if key not in _OURS
    }


def _block(model: type[BaseModel], definitions: Schema) -> Schema:
    """Return the schema of a block, each of whose values may be an axis."""
    schema = model.model_json_schema()
    inner = schema.pop("$defs", {})
    for name, definition in inner.items():
        if name in FILES:  # known by its content
            definitions[name] = _one("file", _PATH, FILES[name])
        else:
            properties = _properties(definition, name in BODIES)
            design = {"design": _ID} if name in BODIES and "form" in properties else {}
            definitions[name] = definition | {"properties": properties | design}
    schema["properties"] = _properties(schema)
    return schema


def _properties(schema: Schema, free: bool = False) -> Schema:
    """Return the properties of a model, explorable but for constants and lists; numbers may be
    `free`."""
    return {
        name: value if "const" in value or name in LIST_KEYS else _explorable(value, free)
        for name, value in schema["properties"].items()
    }


def _explorable(schema: Schema, free: bool = False) -> Schema:
    """Return the schema of a value that may also be an axis of such values."""
    notes: Schema = {"description": schema["description"]} if "description" in schema else {}
    if schema.get("default") is not None:
        notes["default"] = schema["default"]
    value = {key: item for key, item in schema.items() if key not in (*notes, *_OURS)}
    members = [item for item in value.pop("anyOf", ()) if item != {"type": "null"}]
    if members:
        value = value | (members[0] if len(members) == 1 else {"anyOf": members})
    ramp = schema.get("ramp") or any(member.get("ramp") for member in members)
    value = {key: item for key, item in value.items() if key not in _OURS}
    if "additionalProperties" in value:
        value["additionalProperties"] = _explorable(value["additionalProperties"])
    for item in value.get("patternProperties", {}):
        value["patternProperties"][item] = _explorable(value["patternProperties"][item])
    if ramp:
        value = {"anyOf": [value, {"$ref": "#/$defs/ramp"}]}
    axes: list[Schema] = [{"type": "array", "items": value, "minItems": 1}]
    if ramp or value.get("type") in ("number", "integer"):
        axes.append({"$ref": "#/$defs/spacing"})
    if free and value.get("type") == "number":
        axes.append({"$ref": "#/$defs/free"})
    return notes | {"anyOf": [value, *axes]}


def _one(key: str, value: Schema, description: str) -> Schema:
    return {
        "type": "object",
        "properties": {key: value | {"description": description}},
        "required": [key],
        "additionalProperties": False,
    }


def _numbers(n: int) -> Schema:
    return {"type": "array", "items": _NUMBER, "minItems": n, "maxItems": n}

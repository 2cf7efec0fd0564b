"""The parameters of a method, by its name."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from workspace_schema.errors import show
from workspace_schema.methods.design import way
from workspace_schema.methods.facts import MANY_BODY, METHODS, class_name
from workspace_schema.methods.method import MOST_ON_GPU, Method
from workspace_schema.suggestions import did_you_mean

#: The class of the parameters of each method.
PARAMETERS: dict[str, type[Method]] = {
    name: getattr(importlib.import_module(f"workspace_schema.methods.{name}"), class_name(name))
    for name in METHODS
}


def method_class(data: Mapping[str, Any]) -> type[Method]:
    """Return the class of a method block by its name.

    Raises
    ------
    ValueError
        Where the name is missing or unknown, or a design does not say by what it goes.
    """
    name = data.get("name")
    if name is None:
        raise ValueError(f"name is missing; expected one of {', '.join(sorted(METHODS))}")
    if not isinstance(name, str) or name not in METHODS:
        raise ValueError(f"name: got {show(name)}; {did_you_mean(str(name), METHODS)}")
    return way(data) if name == "design" else PARAMETERS[name]


def only_hoomd(statepoint: Mapping[str, Any]) -> bool:
    """Whether only HOOMD-blue can run the job of a canonical state point."""
    method = PARAMETERS[statepoint["method"]["name"]]
    blocks = statepoint["system"].get("building_blocks") or {}
    return any(block["form"] in method.by_hoomd for block in blocks.values())


def on_gpu(statepoint: Mapping[str, Any]) -> bool:
    """Whether the job of a canonical state point runs on a GPU where the campaign asks for one."""
    block, system = statepoint["method"], statepoint.get("system") or {}
    method = PARAMETERS[block["name"]]
    if (statepoint.get("potential") or {}).get("form") in MANY_BODY:
        return False
    if system.get("walls") or system.get("depletants"):
        return False
    if not METHODS[block["name"]].on_gpu:
        particles = sum((system.get("particles") or {}).values())
        room = MOST_ON_GPU[system.get("boundary", "periodic")]
        points = not system.get("building_blocks") and particles <= room
        return points and method.fills_gpu(block)
    return not method.on_cpu(block)


def read_method(data: Any) -> Method:
    """Return the model of a method block; a model is returned as it is."""
    if isinstance(data, Method):
        return data
    if not isinstance(data, Mapping):
        raise ValueError("expected a mapping with the name and the parameters of a method")
    return method_class(data).model_validate(data)

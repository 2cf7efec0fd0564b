"""The methods: a new one is a new file and a line here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workspace_schema.errors import show
from workspace_schema.methods.annealing import Annealing
from workspace_schema.methods.basin_hopping import BasinHopping
from workspace_schema.methods.forward import Forward
from workspace_schema.methods.genetic import Genetic
from workspace_schema.methods.imported import Imported
from workspace_schema.methods.method import Method
from workspace_schema.methods.monte_carlo import MonteCarlo
from workspace_schema.suggestions import did_you_mean

METHODS: dict[str, type[Method]] = {
    "annealing": Annealing,
    "basin_hopping": BasinHopping,
    "forward": Forward,
    "genetic": Genetic,
    "imported": Imported,
    "monte_carlo": MonteCarlo,
}

__all__ = ["METHODS", "Method", "method_class", "only_hoomd", "read_method"]


def method_class(data: Mapping[str, Any]) -> type[Method]:
    """Return the class of a method block by its name.

    Raises
    ------
    ValueError
        Where the name is missing or unknown.
    """
    name = data.get("name")
    if name is None:
        raise ValueError(f"name is missing; expected one of {', '.join(sorted(METHODS))}")
    if not isinstance(name, str) or name not in METHODS:
        raise ValueError(f"name: got {show(name)}; {did_you_mean(str(name), METHODS)}")
    return METHODS[name]


def only_hoomd(statepoint: Mapping[str, Any]) -> bool:
    """Whether only HOOMD-blue can run the job of a canonical state point."""
    method = METHODS[statepoint["method"]["name"]]
    blocks = statepoint["system"].get("building_blocks") or {}
    return any(block["form"] in method.by_hoomd for block in blocks.values())


def read_method(data: Any) -> Method:
    """Return the model of a method block; a model is returned as it is."""
    if isinstance(data, Method):
        return data
    if not isinstance(data, Mapping):
        raise ValueError("expected a mapping with the name and the parameters of a method")
    return method_class(data).model_validate(data)

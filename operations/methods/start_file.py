"""GSD files that simulations and searches start from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.configuration import Configuration

if TYPE_CHECKING:
    from workspace_schema.points import Point


def read_start(path: Path, system: Mapping[str, Any]) -> Configuration:
    """The last frame of a file, types in the order of their names.

    Raises
    ------
    ValueError
        Where it has other particles or dimensions than the system.
    """
    configuration = Configuration.read(path, -1)
    counts = {
        name: int(np.sum(configuration.types == index))
        for index, name in enumerate(configuration.type_names)
        if np.any(configuration.types == index)
    }
    if counts != system["particles"]:
        raise ValueError(
            f"method.start: the file holds {counts}, expected {system['particles']} of"
            " system.particles"
        )
    if configuration.dimensions != system["dimensions"]:
        raise ValueError(
            f"method.start: the file has {configuration.dimensions} dimensions, expected"
            f" {system['dimensions']} of system.dimensions"
        )
    order = {name: k for k, name in enumerate(sorted(counts))}
    names = configuration.type_names
    configuration.types = np.array([order[names[t]] for t in configuration.types])
    configuration.type_names = tuple(sorted(counts))
    return configuration


def check_starts(points: Iterable[Point], inputs: Mapping[str, Path]) -> list[str]:
    """What is wrong with the files that jobs to be made start from, each read once a system.

    A search takes clusters of any size (`basin_hopping`): there only whether it can be read.
    """
    from analysis.neighbourhoods import check_positions

    problems: dict[str, str] = {}
    for point in points:
        method, system = point.statepoint["method"], point.statepoint["system"]
        start = method.get("start")
        if not isinstance(start, Mapping):
            continue
        file = inputs[start["sha256"]]
        of_any_size = method["name"] == "basin_hopping"
        key = json.dumps([start, of_any_size, system["dimensions"], system.get("particles")])
        if key in problems:
            continue
        problems[key] = ""
        try:
            found = Configuration.read(file, -1) if of_any_size else read_start(file, system)
            check_positions(found)
        except Exception as error:
            # gsd raises what it likes at a damaged file
            problems[key] = f"{file.name}: {error}"
    return [problem for problem in problems.values() if problem]

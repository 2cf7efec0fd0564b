"""One job as rows of the tidy table: what its files say, as far as it can be believed.

A product that is damaged, of another job, or not what was written is as good as absent, and said;
so is a value that no table can hold. Table, report and dashboard read jobs here.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeGuard

from analysis.phase_diagram.table import second_phase
from operations.jobs import seal
from operations.jobs.files import read_json, readable_json
from operations.jobs.progress import say
from operations.jobs.state import (
    DOCUMENT,
    FAILED,
    FINAL,
    LABELS,
    LABELS_OF_PARTICLES,
    PROPERTIES,
    RESULT,
    STATEPOINT,
    THERMO,
    status_of,
)
from operations.results.protocol import PROTOCOL, digest, text_of
from workspace_schema.derived import derived
from workspace_schema.design_files import designs_of
from workspace_schema.job_ids import job_id
from workspace_schema.properties import COLUMNS as MEASURED

#: Columns beside the axes, in this order.
RESULT_COLUMNS = (
    "energy_per_particle",
    "enthalpy_per_particle",
    "free_energy_per_particle",
    "number_density",
    "pressure",
    "kT",
    "n_particles",
    "engine",
    "device",
    "wall_seconds",
    "source",
)
#: Results with a standard error, where they are averages over a run; columns `*_error`.
UNCERTAIN = (
    "energy_per_particle",
    "free_energy_per_particle",
    "number_density",
    "pressure",
)
ERROR_COLUMNS = tuple(f"{name}_error" for name in UNCERTAIN)
#: What has been measured, with errors.
PROPERTY_COLUMNS = tuple(name + end for name in MEASURED for end in ("", "_error"))

LABEL_COLUMNS = ("label", "confidence", "phases", "void_fraction", "grains", "model")
#: What coexists with the label: another phase, or the void around it; "" beside a lone phase.
COEXISTING = "coexisting"

#: What a row is made of; what the seals vouch for.
ROW_FILES = (
    STATEPOINT,
    RESULT,
    LABELS,
    PROPERTIES,
    FAILED,
    FINAL,
    THERMO,
    LABELS_OF_PARTICLES,
)

#: Columns of names, and of numbers; those of the overlay, too.
TEXTS = (
    "job_id",
    "method",
    "status",
    "label",
    "model",
    "engine",
    "device",
    "source",
    "coexisting",
    PROTOCOL,
    "predicted_label",
    "verdict",
    "stability",
    "stability_against",
)
NUMBERS = (
    "replica",
    "confidence",
    "void_fraction",
    "grains",
    "energy_above_ground_state",
    "free_energy_above",
    "free_energy_above_error",
    *(name for name in RESULT_COLUMNS if name not in TEXTS),
    *ERROR_COLUMNS,
    *PROPERTY_COLUMNS,
)

#: Numbers are smaller: their squares can be added up.
LARGEST = 1e150


def value_at(mapping: Mapping[str, Any], dotted: str) -> Any:
    """Value at a dotted key; None where it is absent. A ramp becomes text such as 1→0.1.

    A condition of a sample from elsewhere stands for the key of its name: `conditions.kT` is where
    the axis is `method.kT`, so that experiment and simulation are on one diagram.
    """
    value: Any = mapping
    for key in dotted.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    if value is None and isinstance(mapping.get("conditions"), Mapping):
        value = mapping["conditions"].get(dotted.rpartition(".")[2])
    if value is None:
        return derived(mapping, dotted)
    return json.dumps(value) if isinstance(value, Mapping) else text_of(value)


def _value_of(axis: str, statepoint: Mapping[str, Any], folder: str | Path) -> Any:
    """Value of an axis; where a job has none, that of the design it uses."""
    value = value_at(statepoint, axis)
    for design in designs_of(statepoint):
        if value is None:
            beside = os.path.join(os.path.dirname(folder), design, STATEPOINT)
            value = value_at(readable_json(beside), axis)
    return value


def columns(axes: Iterable[str]) -> list[str]:
    """Names of the columns of the table."""
    names = [
        "job_id",
        *axes,
        "method",
        "replica",
        "status",
        *LABEL_COLUMNS,
        COEXISTING,
        *RESULT_COLUMNS,
    ]
    return list(dict.fromkeys([*names, *ERROR_COLUMNS, *PROPERTY_COLUMNS, PROTOCOL]))


def is_number(value: Any) -> TypeGuard[float]:
    """Whether it is a number that one can compute with."""
    return isinstance(value, int | float) and -LARGEST < value < LARGEST


def checked(line: Mapping[str, Any]) -> dict[str, Any]:
    """A row in which numbers are numbers and names are names, whatever a file said; None else."""
    clean: dict[str, Any] = {}
    for name, value in line.items():
        if name in TEXTS:
            clean[name] = value if isinstance(value, str) else None
        elif name in NUMBERS or not isinstance(value, str | list):
            clean[name] = value if is_number(value) else None
        else:
            clean[name] = whole_phases(value) if name == "phases" else value
    return clean


def whole_phases(value: Any) -> list[dict[str, Any]]:
    """Those of the phases of a job that are whole."""
    return [
        one
        for one in (value if isinstance(value, list) else [])
        if isinstance(one, dict)
        and isinstance(one.get("phase"), str)
        and is_number(one.get("fraction", 0.0))
        and (one.get("lattice_constant") is None or is_number(one["lattice_constant"]))
    ]


def coexisting(labels: Mapping[str, Any], result: Mapping[str, Any]) -> str | None:
    """What coexists with the label of a job; None where it is not labelled.

    Of a slab of two phases that is the other one, however much of it there is at the end.
    """
    label, void = labels.get("label"), labels.get("void_fraction")
    if not isinstance(label, str):
        return None
    slab = result.get("coexistence")
    both = slab.get("phases") if isinstance(slab, Mapping) else None
    if isinstance(both, list) and label in both:
        return next((str(one) for one in both if one != label), "")
    phases = whole_phases(labels.get("phases"))
    return second_phase(label, phases, float(void) if is_number(void) else 0.0)


def named(line: Mapping[str, Any]) -> str | None:
    """What formed, with what coexists: hexagonal + void; None where it is not labelled."""
    names = [str(line[key]) for key in ("label", COEXISTING) if line.get(key)]
    return " + ".join(names) if line.get("label") else None


def product(folder: str | Path, name: str, files: bool = True) -> dict[str, Any]:
    """What a product of a job says.

    Parameters
    ----------
    folder : str or Path
    name : str
        `RESULT` or `LABELS`.
    files : bool
        Whether the files that it vouches for are compared, too.

    Returns
    -------
    dict
        Empty, and a word about it, where it is there and no such product.
    """
    file = os.path.join(folder, name)
    try:
        content = read_json(file)
    except ValueError as error:
        wrong = str(error).removeprefix(f"{file} ")
    except OSError as error:
        wrong = f"cannot be read: {error.strerror}"
    else:
        if not content and not os.path.lexists(file):
            return {}
        wrong = _wrong(content) or seal.broken(content, Path(folder), files)
        if not wrong:
            return content
    say(f"aggregate: {file} {wrong}; left out until it is deleted and made again by run")
    return {}


def _wrong(content: Mapping[str, Any]) -> str:
    """What is wrong with the kinds of values of a product."""
    if not content:
        return "is damaged"
    for column in (*LABEL_COLUMNS, *RESULT_COLUMNS):
        value = content.get(column)
        kind: Any = list if column == "phases" else str if column in TEXTS else (int, float)
        if value is not None and not isinstance(value, kind):
            return f"is damaged: {column}"
    return ""


def row(folder: str | Path, axes: Iterable[str]) -> dict[str, Any] | None:
    """The first of the rows of a job; None if its state point cannot be read."""
    lines = rows_of(folder, axes)
    return lines[0] if lines else None


def rows_of(folder: str | Path, axes: Iterable[str]) -> list[dict[str, Any]] | None:
    """The rows of a job, by the names of `columns`; None if its state point cannot be read.

    There is one, or as many as the result has points of its own (`Result.rows`): what a point says
    of an axis or a quantity stands in the place of what the job says. The label is the first one's.
    """
    axes = list(axes)
    statepoint = readable_json(os.path.join(folder, STATEPOINT))
    name = os.path.basename(folder)
    if not statepoint or job_id(statepoint) != name:
        return None
    result = product(folder, RESULT)
    labels = product(folder, LABELS) if result else {}
    names = {RESULT} if result else set()  # what cannot be read is not there
    names |= {FAILED} if os.path.lexists(os.path.join(folder, FAILED)) else set()
    line: dict[str, Any] = {"job_id": name}
    line |= {axis: _value_of(axis, statepoint, folder) for axis in axes}
    line |= {
        "method": value_at(statepoint, "method.name"),
        "replica": statepoint.get("replica", 0),
        "status": status_of(names),
    }
    line |= {column: labels.get(column) for column in LABEL_COLUMNS}
    line[COEXISTING] = coexisting(labels, result)
    line[PROTOCOL] = digest(statepoint, axes)
    line |= {column: result.get(column) for column in RESULT_COLUMNS}
    if line["source"] is None and line["method"] == "imported":  # no result says it
        line["source"] = readable_json(os.path.join(folder, DOCUMENT)).get("source")
    errors = [value_at(result, f"averages.{name}.standard_error") for name in UNCERTAIN]
    line |= dict(zip(ERROR_COLUMNS, errors, strict=True))
    measured = product(folder, PROPERTIES) if labels else {}
    for column in MEASURED:
        line[column] = value_at(measured, f"properties.{column}.value")
        line[f"{column}_error"] = value_at(measured, f"properties.{column}.error")
    named = set(columns(axes)) - {"job_id", "method", "replica", "status"}
    points = result.get("rows")
    points = points if isinstance(points, list) else []
    # labels and properties are of the best configuration, that of the first point
    others = dict.fromkeys((*LABEL_COLUMNS, COEXISTING, *PROPERTY_COLUMNS))
    lines = [
        line | (others if k else {}) | {name: point[name] for name in point.keys() & named}
        for k, point in enumerate(points)
        if isinstance(point, dict)
    ]
    return [checked(one) for one in lines or [line]]

"""Lines between phases over the diagram of a campaign, from Gibbs energies at a pressure.

Jobs of method `free_energy` at one pressure that differ in phase, number of particles, length and
the two axes of the diagram are one set. Its lines are drawn over points that are all of its
potential and system, and have its kT and pressure in the end.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.notation import format_value
from analysis.phase_diagram.lines import METHOD, Line, trace
from operations.jobs.files import readable_json
from operations.jobs.progress import say
from operations.jobs.state import STATEPOINT
from operations.results.coexistence import FREE
from operations.results.gibbs import gibbs_energies
from operations.results.overlay import final
from operations.results.protocol import PROTOCOL, flat
from operations.results.rows import is_number
from workspace_schema.methods.facts import METHODS

if TYPE_CHECKING:
    import pandas as pd

#: What jobs of one set may differ in, beside the axes.
OURS = (*(f"method.{key}" for key in FREE if key != "pressure"), "system.particles")
#: What must be the same of lines and points.
CONDITIONS = ("method.kT", "method.pressure")


def lines(root: Path, table: pd.DataFrame, axes: Sequence[str]) -> list[Line]:
    """The lines over two axes of a campaign; none over fewer or more of them.

    Parameters
    ----------
    root : Path
    table : DataFrame
        One row a job, with a column for each axis.
    axes : sequence of str
    """
    ours = table[table["method"] == METHOD]
    if len(axes) != 2 or ours.empty:
        return []
    places = {str(row[0]): row[1:] for row in ours[["job_id", *axes]].itertuples(index=False)}
    sets: dict[str, dict[str, dict[tuple[float, float], tuple[float, float]]]] = {}
    for found in gibbs_energies(root, places):
        at = places[found.job_id]
        if not all(map(is_number, at)):
            continue
        said = {
            key: value
            for key, value in flat(found.point).items()
            if key not in axes and not key.startswith(OURS)
        }
        phases = sets.setdefault(json.dumps(said, sort_keys=True), {})
        known = phases.setdefault(found.phase, {})
        place = float(at[0]), float(at[1])
        if place not in known or found.error < known[place][1]:
            known[place] = found.value, found.error
    points = _points(root, table)
    drawn = []
    for text, phases in sets.items():
        said = json.loads(text)
        if all(_same(said, point, axes) for point in points):
            drawn += _of_set(axes, phases, said)
        else:
            say(f"aggregate: no lines{_at(said)}: not all points end there, of the same potential")
    return drawn


def compared(root: Path, table: pd.DataFrame) -> list[str]:
    """Ids of the jobs that lines are made of, whether or not there is one yet."""
    ids = table.loc[table["method"] == METHOD, "job_id"].unique()
    files = ((job_id, os.path.join(root, "workspace", job_id, STATEPOINT)) for job_id in ids)
    return [job_id for job_id, file in files if "pressure" in readable_json(file)["method"]]


def _points(root: Path, table: pd.DataFrame) -> list[Mapping[str, Any]]:
    """A state point of each protocol that assembles."""
    aims = [METHODS[name].aim if name in METHODS else "" for name in table["method"]]
    some = table[[aim == "assembles" for aim in aims]].drop_duplicates(PROTOCOL)
    files = (os.path.join(root, "workspace", job_id, STATEPOINT) for job_id in some["job_id"])
    return [readable_json(file) for file in files]


def _same(said: Mapping[str, Any], point: Mapping[str, Any], axes: Sequence[str]) -> bool:
    """Whether a point is of the potential and system of lines, and ends where they are; what is an
    axis is the same."""
    there = flat(point)
    for name in {*said, *there} - {*axes}:
        is_physics = name.startswith(("potential", "system")) and not name.startswith(OURS)
        if is_physics and said.get(name) != there.get(name):
            return False
    for name in CONDITIONS:
        value = point["method"].get(name.partition(".")[2])
        if name in said and (value is None or abs(final(value) - said[name]) > 1e-9):
            return False
    return True


def _of_set(
    axes: Sequence[str],
    phases: Mapping[str, Mapping[tuple[float, float], tuple[float, float]]],
    said: Mapping[str, Any],
) -> list[Line]:
    x, y = (np.array(sorted({p[k] for of in phases.values() for p in of})) for k in (0, 1))
    if min(len(x), len(y)) < 2:
        say(f"aggregate: no lines{_at(said)}: expected two values of both axes at least")
        return []
    grids = {}
    for name, known in phases.items():
        if len(known) < len(x) * len(y):
            say(
                f"aggregate: {name} is known at {len(known)} of {len(x)} x {len(y)} values of the"
                f" axes{_at(said)}; lines are drawn where all four corners are"
            )
        grid = np.full((2, len(y), len(x)), np.nan)
        for (a, b), value in known.items():
            grid[:, np.searchsorted(y, b), np.searchsorted(x, a)] = value
        grids[name] = grid[0], grid[1]
    return trace(axes, x, y, grids, _at(said).removeprefix(" at "))


def _at(said: Mapping[str, Any]) -> str:
    """Where lines are, in words."""
    symbols = {"method.kT": "kT", "method.pressure": "P"}
    words = [f"{symbols[k]} = {format_value(said[k])}" for k in CONDITIONS if k in said]
    return " at " + ", ".join(words) if words else ""

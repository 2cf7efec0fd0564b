"""One figure, one protocol: what beside the axes tells jobs apart, and what all of them share.

Jobs at one point of the diagram are replicas only where their state points are the same but for the
replica. A key in which they differ has a panel for each value; one that follows from the axes is a
column of the table and stands in the caption.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from operations.jobs.files import readable_json
from operations.jobs.state import STATEPOINT
from workspace_schema.derived import COMPOSITION, TOTAL, particles
from workspace_schema.methods.facts import METHODS

if TYPE_CHECKING:
    import pandas as pd

#: Column with a hash of the state point without axes and replica.
PROTOCOL = "protocol"
#: Key of `DataFrame.attrs`, which parquet files keep: what `arrange` has found.
ARRANGEMENT = "diagram"

_COUNTS = "system.particles."
#: What tells files apart that are samples of one kind, and what every job has its own of.
_OF_JOBS = ("replica", "method.sha256", "method.name")


def flat(statepoint: Mapping[str, Any]) -> dict[str, Any]:
    """Dotted names and values of a state point, without what is of single jobs.

    Of a mixture the fractions of all types but the first and the number of all particles stand for
    the numbers of particles; lists are text, a ramp such as 1→0.1.
    """
    found: dict[str, Any] = {}
    _leaves(statepoint, "", found)
    counts = particles(statepoint)
    if len(counts) > 1:
        found = {key: v for key, v in found.items() if not key.startswith(_COUNTS)}
        total = sum(counts.values())
        found |= {TOTAL: total}
        found |= {f"{COMPOSITION}{name}": counts[name] / total for name in sorted(counts)[1:]}
    return {key: value for key, value in found.items() if key not in _OF_JOBS}


def _leaves(value: Mapping[str, Any], prefix: str, found: dict[str, Any]) -> None:
    for key, one in value.items():
        if isinstance(one, Mapping):
            _leaves(one, f"{prefix}{key}.", found)
        else:
            found[f"{prefix}{key}"] = text_of(one)


def text_of(value: Any) -> Any:
    """A list as text, a ramp such as 1→0.1; anything else as it is."""
    if isinstance(value, list):
        return "→".join(f"{v:g}" if isinstance(v, float | int) else str(v) for v in value)
    return value


def rest(statepoint: Mapping[str, Any], axes: Iterable[str]) -> dict[str, Any]:
    """`flat` without the axes, and without the condition of a sample that stands for one."""
    names = set(axes)
    last = {name.rpartition(".")[2] for name in names}
    return {
        key: value
        for key, value in flat(statepoint).items()
        if key not in names and not (key.startswith("conditions.") and key[11:] in last)
    }


def digest(statepoint: Mapping[str, Any], axes: Iterable[str]) -> str:
    """A hash of what `rest` says: jobs of one method with the same are replicas at their point."""
    text = json.dumps(rest(statepoint, axes), sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def differences(said: Sequence[Mapping[str, Any]]) -> list[str]:
    """Keys of which not all say the same."""
    keys = dict.fromkeys(key for one in said for key in one)
    return [key for key in keys if any(one.get(key) != said[0].get(key) for one in said)]


def arrange(
    table: pd.DataFrame, axes: Sequence[str], jobs: Sequence[Mapping[str, Any]]
) -> pd.DataFrame:
    """The table with a column for every key in which its jobs differ, and how it is drawn.

    Parameters
    ----------
    table : DataFrame
        As `operations.results.aggregate.tabulate` makes it, with the column `PROTOCOL`.
    axes : sequence of str
        Of the campaign; columns of the table.
    jobs : sequence of mapping
        What `rest` says of each row.

    Returns
    -------
    DataFrame
        Its `attrs[ARRANGEMENT]` says `axes`, those that are drawn (fractions for the numbers of
        particles of a mixture); `panels`, keys in which jobs at one point differ; `follows`, keys
        that differ and have one value at each point; `conditions`, by method, what all its jobs
        share.
    """
    import pandas as pd

    methods = table["method"].tolist()
    jobs = _without_cell_sizes(methods, jobs)
    drawn = _with_compositions(axes, jobs)
    new = [key for key in drawn if key not in axes]
    columns = {axis: table[axis].tolist() for axis in axes} | {
        key: [one.get(key) for one in jobs] for key in new
    }
    by_method: dict[str, list[int]] = {}
    for row, method in enumerate(methods):
        by_method.setdefault(method, []).append(row)
    varying = dict.fromkeys(
        key
        for rows in by_method.values()
        for key in differences([jobs[row] for row in _one_of_each(table, rows)])
        if key not in drawn
    )
    panels: list[str] = []
    follows: list[str] = []
    for key in varying:
        columns[key] = [one.get(key) for one in jobs]
        known = [columns[name] for name in (*drawn, *panels)]
        (follows if _is_function(columns[key], [methods, *known]) else panels).append(key)
    if TOTAL in panels and drawn != list(axes):  # a size beside a composition is an axis
        panels.remove(TOTAL)
        drawn.append(TOTAL)
    added = {key: columns[key] for key in (*new, *varying)}
    table = pd.concat([table, pd.DataFrame(added, index=table.index)], axis=1)
    table.attrs[ARRANGEMENT] = {
        "axes": drawn,
        "added": list(added),
        "panels": panels,
        "follows": follows,
        "conditions": {
            str(method): _shared([jobs[row] for row in _one_of_each(table, rows)], varying, drawn)
            for method, rows in sorted(by_method.items(), key=lambda item: str(item[0]))
        },
    }
    return table


def said_by_files(root: Path, table: pd.DataFrame, axes: Sequence[str]) -> list[dict[str, Any]]:
    """What `rest` says of each row, from the state point of one job of each protocol."""
    said: dict[str, dict[str, Any]] = {}
    for name, job_id in zip(table[PROTOCOL], table["job_id"], strict=True):
        if name not in said:
            file = os.path.join(root, "workspace", job_id, STATEPOINT)
            said[name] = rest(readable_json(file), axes)
    return [said[name] for name in table[PROTOCOL]]


def drawn_axes(table: pd.DataFrame, axes: Sequence[str]) -> list[str]:
    """The axes that an arranged table is drawn against; of any other, the given ones."""
    return list(table.attrs.get(ARRANGEMENT, {}).get("axes", axes))


def said_by_table(table: pd.DataFrame) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """A table as it was before it was arranged, and what `rest` says of each row."""
    if ARRANGEMENT not in table.attrs:  # of a version that did not say
        return table.assign(**{PROTOCOL: ""}), [{}] * len(table)
    found = table.attrs[ARRANGEMENT]
    added = [name for name in found["added"] if name in table]
    values = table[added].to_dict("records")
    said = [
        {**found["conditions"].get(str(method), {}), **{k: v for k, v in row.items() if v == v}}
        for method, row in zip(table["method"], values, strict=True)
    ]
    plain = table.drop(columns=added)
    plain.attrs = {}
    return plain, said


def _one_of_each(table: pd.DataFrame, rows: Sequence[int]) -> list[int]:
    """The first of the rows of each protocol."""
    names = table[PROTOCOL].tolist()
    return list({names[row]: row for row in reversed(rows)}.values())[::-1]


def _without_cell_sizes(
    methods: Sequence[str], jobs: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """How many particles the cells of predictions have is no protocol where these stand beside what
    assembles: the ground state of a point is the best of all cells."""
    aims = [METHODS[name].aim if name in METHODS else "" for name in methods]
    if not {"predicts", "assembles"} <= set(aims):
        return list(jobs)
    return [
        {key: v for key, v in one.items() if not key.startswith((_COUNTS, TOTAL))}
        if aim == "predicts" and one.get("system.boundary") != "open"
        else one
        for aim, one in zip(aims, jobs, strict=True)
    ]


def _with_compositions(axes: Sequence[str], jobs: Sequence[Mapping[str, Any]]) -> list[str]:
    """The axes, of mixtures with fractions in the place of numbers of particles."""
    mixtures = {key for one in jobs for key in one if key.startswith(COMPOSITION)}
    if not mixtures or not any(axis.startswith(_COUNTS) for axis in axes):
        return list(axes)
    varied = [key for key in sorted(mixtures) if len({one.get(key) for one in jobs}) > 1]
    if not varied:  # one composition: it is the size that varies
        varied = [TOTAL]
    drawn: list[str] = []
    for axis in axes:
        drawn += varied if axis.startswith(_COUNTS) else [axis]
    return list(dict.fromkeys(drawn))


def _is_function(values: Sequence[Any], of: Sequence[Sequence[Any]]) -> bool:
    """Whether rows that agree in all of `of` agree in the values."""
    seen: dict[tuple[str, ...], Any] = {}
    return all(
        seen.setdefault(tuple(map(str, at)), value) == value
        for value, *at in zip(values, *of, strict=True)
    )


def _shared(
    jobs: Sequence[Mapping[str, Any]], varying: Mapping[str, Any], drawn: Sequence[str]
) -> dict[str, Any]:
    """What all jobs say alike."""
    first = jobs[0] if jobs else {}
    return {key: value for key, value in first.items() if key not in varying and key not in drawn}

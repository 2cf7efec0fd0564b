"""Gather the jobs of a campaign into one tidy table and draw its phase diagram.

The files in the job folders are the only truth. A job that failed or has not finished is a row
too; a file that cannot be read is as good as absent, so that one bad job never blocks the diagram.
Rows and pictures of jobs whose files are as they were come from `results/.cache`.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.phase_diagram.table import TABLE_FILE
from operations.jobs import outdated, state
from operations.jobs.attempts import recorded, survived
from operations.jobs.file_cache import CACHE, FileCache, sources
from operations.jobs.files import readable_json, replacing
from operations.jobs.locks import exclusive
from operations.jobs.progress import say
from operations.jobs.state import (
    DOCUMENT,
    FAILED,
    FINAL,
    LABELS,
    LABELS_OF_PARTICLES,
    RESULT,
    STATEPOINT,
    status_of,
)
from operations.results.atlas import write_atlas
from operations.results.overlay import overlay

if TYPE_CHECKING:
    import pandas as pd

#: Columns beside the axes, in this order.
RESULT_COLUMNS = (
    "energy_per_particle",
    "enthalpy_per_particle",
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
UNCERTAIN = ("energy_per_particle", "number_density", "pressure")
ERROR_COLUMNS = tuple(f"{name}_error" for name in UNCERTAIN)

#: Jobs with a picture in the interactive diagram, about 3 kB each.
MOST_THUMBNAILS = 3000

#: What a row is made of, and what a picture is made of.
ROW_FILES = (STATEPOINT, RESULT, LABELS, FAILED)
PICTURE_FILES = (LABELS, LABELS_OF_PARTICLES, FINAL)

LABEL_COLUMNS = ("label", "confidence", "phases", "void_fraction", "grains", "model")


#: What may stand in the columns, beside null.
_KINDS: dict[str, Any] = {
    **dict.fromkeys((*LABEL_COLUMNS, *RESULT_COLUMNS), (int, float)),
    **dict.fromkeys(("label", "model", "engine", "device", "source"), str),
    "phases": list,
}


def lookup(mapping: Mapping[str, Any], dotted: str) -> Any:
    """Value at a dotted key; None where it is absent. A ramp becomes text such as 1→0.1.

    A condition of a sample from elsewhere stands for the key of its name: `conditions.kT` is where
    the axis is `method.kT`, so that experiment and simulation are on one diagram.
    """
    value: Any = mapping
    for key in dotted.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    if value is None and isinstance(mapping.get("conditions"), Mapping):
        value = mapping["conditions"].get(dotted.rpartition(".")[2])
    if isinstance(value, list):
        return "→".join(f"{v:g}" if isinstance(v, float | int) else str(v) for v in value)
    return json.dumps(value) if isinstance(value, Mapping) else value


def columns(axes: Iterable[str]) -> list[str]:
    """Names of the columns of the table."""
    names = ["job_id", *axes, "method", "replica", "status", *LABEL_COLUMNS, *RESULT_COLUMNS]
    return list(dict.fromkeys([*names, *ERROR_COLUMNS]))


def _sound(file: str) -> dict[str, Any]:
    """What a product says; empty, and a word about it, where it is there and no such product."""
    content = readable_json(file)
    for column, value in content.items():
        kind = _KINDS.get(column)
        if kind and value is not None and not isinstance(value, kind):
            content = {}
            break
    if not content and os.path.exists(file):
        say(f"aggregate: {file} is damaged; left out until it is deleted and made again by run")
    return content


def row(folder: str | Path, axes: Iterable[str]) -> dict[str, Any] | None:
    """One job as a row, by the names of `columns`; None if its state point cannot be read."""
    statepoint = readable_json(os.path.join(folder, STATEPOINT))
    if not statepoint:
        return None
    result = _sound(os.path.join(folder, RESULT))
    labels = _sound(os.path.join(folder, LABELS)) if result else {}
    names = {RESULT} if result else set()  # what cannot be read is not there
    names |= {FAILED} if os.path.exists(os.path.join(folder, FAILED)) else set()
    line: dict[str, Any] = {"job_id": os.path.basename(folder)}
    line |= {axis: lookup(statepoint, axis) for axis in axes}
    line |= {
        "method": lookup(statepoint, "method.name"),
        "replica": statepoint.get("replica", 0),
        "status": status_of(names),
    }
    line |= {column: labels.get(column) for column in LABEL_COLUMNS}
    line |= {column: result.get(column) for column in RESULT_COLUMNS}
    if FAILED in names and line["method"] == "imported":
        line["source"] = readable_json(os.path.join(folder, DOCUMENT)).get("source")
    errors = [lookup(result, f"averages.{name}.standard_error") for name in UNCERTAIN]
    numbers = [error if isinstance(error, int | float) else None for error in errors]
    line |= dict(zip(ERROR_COLUMNS, numbers, strict=True))
    return line


def _values(folder: str, axes: list[str]) -> list[Any] | None:
    """A row in the order of `columns`."""
    line = row(folder, axes)
    return None if line is None else [line[name] for name in columns(axes)]


def row_cache(root: Path, axes: list[str]) -> FileCache:
    """The rows that are known from earlier aggregations."""
    return FileCache(
        root / CACHE / "rows.jsonl", json.dumps([sources(__file__, state.__file__), axes])
    )


def tabulate(root: Path, axes: list[str], known: FileCache | None = None) -> pd.DataFrame:
    """The tidy table of every job below `root`, one row each, ordered by axes and replica.

    Parameters
    ----------
    root : Path
    axes : list of str
    known : FileCache, optional
        Rows of files that have not changed; without it every file is read.
    """
    import pandas as pd

    rows = []
    workspace = str(root / "workspace")
    for name in sorted(os.listdir(workspace)):
        folder = os.path.join(workspace, name)
        read = partial(_values, folder, axes)
        if known is None:
            line = read()
        else:
            line = known.get(name, [os.path.join(folder, file) for file in ROW_FILES], read)
        if line is None:
            print(f"aggregate: {name}: no readable state point; left out", file=sys.stderr)
            continue
        rows.append(line)
    table = pd.DataFrame(rows, columns=columns(axes))
    for axis in axes:
        # A column that mixes numbers and text (a ramp beside constants) is text throughout.
        if table[axis].map(lambda v: isinstance(v, str)).any():
            table[axis] = table[axis].map(lambda v: v if isinstance(v, str | None) else f"{v:g}")
    return table.sort_values([*axes, "method", "replica"], ignore_index=True, key=_sortable)


def _sortable(column: pd.Series) -> pd.Series:
    return column.astype(str) if column.dtype == object else column


def thumbnails(root: Path, table: pd.DataFrame) -> dict[str, str]:
    """A small picture of every labelled job as a data URI, by job id.

    Of more than `MOST_THUMBNAILS` jobs those with the smallest ids, which are random: the page
    stays openable, and a new job changes one picture at most.
    """
    import analysis.colours
    import analysis.render
    import analysis.thumbnails

    drawing = Path(analysis.render.__file__).parent.glob("*.py")
    code = sources(analysis.colours.__file__, analysis.thumbnails.__file__, *sorted(drawing))
    known = FileCache(root / CACHE / "thumbnails.jsonl", code)
    pictures = {}
    for job_id in sorted(table.loc[table["label"].notna(), "job_id"])[:MOST_THUMBNAILS]:
        folder = root / "workspace" / job_id
        files = [str(folder / name) for name in PICTURE_FILES]
        address, problem = known.get(job_id, files, partial(_thumbnail, folder))
        if problem:
            print(f"aggregate: no picture of {job_id}: {problem}", file=sys.stderr)
        else:
            pictures[job_id] = address
    known.save()
    return pictures


def _thumbnail(folder: Path) -> tuple[str, str]:
    """The address of a picture, and what is wrong with it."""
    from analysis.configuration import Configuration
    from analysis.labelling import Labels
    from analysis.thumbnails import data_uri

    try:
        labels = Labels.load(folder)
        phases = [labels.phase_names[k] for k in labels.per_particle]
        return data_uri(Configuration.read(folder / FINAL), phases), ""
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        return "", str(error) or type(error).__name__


def write_table(root: Path, axes: list[str]) -> pd.DataFrame:
    """Write results/phase_diagram.parquet of the campaign at `root`; returns the table."""
    known = row_cache(root, axes)
    table = overlay(root, tabulate(root, axes, known))
    known.save()
    table_file = table.assign(phases=table["phases"].map(json.dumps))
    with replacing(root / TABLE_FILE) as temporary:
        table_file.to_parquet(temporary, index=False)
    return table


def aggregate(root: Path, name: str, axes: list[str]) -> None:
    """Write results/phase_diagram.parquet, .png, .html and atlas.json of the campaign at `root`.

    Tries and failures are recorded in results/, not in the anchor job, which may be healthy.
    """
    from analysis.phase_diagram import draw, interactive

    results = root / "results"
    with ExitStack() as stack:
        stack.enter_context(survived(results, "aggregate"))
        results.mkdir(exist_ok=True)
        busy = "another process draws the phase diagram; waiting for it"
        stack.enter_context(exclusive(results, wait=busy))
        stack.enter_context(recorded(results, "aggregate", tries=1))
        with outdated.claimed(root):
            table = write_table(root, axes)
            with replacing(results / "phase_diagram.png") as temporary:
                draw(table, axes, temporary, title=name)
            write_atlas(root, table)
            with replacing(results / "phase_diagram.html") as temporary:
                interactive(table, axes, thumbnails(root, table), temporary, title=name)
        (results / FAILED).unlink(missing_ok=True)
        counts = table["status"].value_counts()
        print(
            f"aggregate: {len(table)} jobs ("
            + ", ".join(f"{count} {status}" for status, count in counts.items())
            + f") → {results / 'phase_diagram.png'}",
            file=sys.stderr,
        )

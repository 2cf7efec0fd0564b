"""Gather the jobs of a campaign into one tidy table and draw its phase diagram.

The files in the job folders are the only truth. A job that failed or has not finished is a row
too; a file that cannot be read is as good as absent, so that one bad job never blocks the diagram.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from operations import due
from operations.atlas import write_atlas
from operations.attempts import FAILED, recorded, survived
from operations.driver import RESULT
from operations.files import readable_json, replacing
from operations.label import FILE as LABELS
from operations.locks import exclusive
from operations.overlay import overlay
from operations.progress import say

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
#: Jobs with a picture in the interactive diagram, about 3 kB each.
MOST_THUMBNAILS = 3000

LABEL_COLUMNS = ("label", "confidence", "phases", "void_fraction", "grains", "model")


#: What may stand in the columns, beside null.
_KINDS: dict[str, Any] = {
    **dict.fromkeys((*LABEL_COLUMNS, *RESULT_COLUMNS), (int, float)),
    **dict.fromkeys(("label", "model", "engine", "device", "source"), str),
    "phases": list,
}


def lookup(mapping: Mapping[str, Any], dotted: str) -> Any:
    """Value at a dotted key; None where it is absent. A ramp becomes text such as 1→0.1."""
    value: Any = mapping
    for key in dotted.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    if isinstance(value, list):
        return "→".join(f"{v:g}" if isinstance(v, float | int) else str(v) for v in value)
    return json.dumps(value) if isinstance(value, Mapping) else value


def _sound(file: Path) -> dict[str, Any]:
    """What a product says; empty, and a word about it, where it is there and no such product."""
    content = readable_json(file)
    for column, value in content.items():
        kind = _KINDS.get(column)
        if kind and value is not None and not isinstance(value, kind):
            content = {}
            break
    if not content and file.exists():
        say(f"aggregate: {file} is damaged; left out until it is deleted and made again by run")
    return content


def row(folder: Path, axes: Iterable[str]) -> dict[str, Any] | None:
    """One job as a row; None if its state point cannot be read."""
    statepoint = readable_json(folder / "signac_statepoint.json")
    if not statepoint:
        return None
    result, labels = _sound(folder / RESULT), _sound(folder / LABELS)
    status = "finished" if result else "failed" if (folder / FAILED).exists() else "unfinished"
    line: dict[str, Any] = {"job_id": folder.name}
    line |= {axis: lookup(statepoint, axis) for axis in axes}
    line |= {
        "method": lookup(statepoint, "method.name"),
        "replica": statepoint.get("replica", 0),
        "status": status,
    }
    line |= {column: labels.get(column) if result else None for column in LABEL_COLUMNS}
    line |= {column: result.get(column) for column in RESULT_COLUMNS}
    return line


def tabulate(root: Path, axes: list[str]) -> pd.DataFrame:
    """The tidy table of every job below `root`, one row each, ordered by axes and replica."""
    import pandas as pd

    rows = []
    for folder in sorted((root / "workspace").iterdir()):
        line = row(folder, axes) if folder.is_dir() else None
        if line is None:
            print(f"aggregate: {folder.name}: no readable state point; left out", file=sys.stderr)
            continue
        rows.append(line)
    columns = ["job_id", *axes, "method", "replica", "status", *LABEL_COLUMNS, *RESULT_COLUMNS]
    table = pd.DataFrame(rows, columns=columns)
    for axis in axes:
        # A column that mixes numbers and text (a ramp beside constants) is text throughout.
        if table[axis].map(lambda v: isinstance(v, str)).any():
            table[axis] = table[axis].map(lambda v: v if isinstance(v, str | None) else f"{v:g}")
    return table.sort_values([*axes, "method", "replica"], ignore_index=True, key=_sortable)


def _sortable(column: pd.Series) -> pd.Series:
    return column.astype(str) if column.dtype == object else column


def thumbnails(root: Path, table: pd.DataFrame) -> dict[str, str]:
    """A small picture of every labelled job as a data URI, by job id.

    Of more than `MOST_THUMBNAILS` jobs, evenly chosen ones: the page stays openable.
    """
    from analysis.configuration import Configuration
    from analysis.labelling import Labels
    from analysis.thumbnails import data_uri

    pictures = {}
    labelled = table.loc[table["label"].notna(), "job_id"]
    every = -(-len(labelled) // MOST_THUMBNAILS) or 1
    for job_id in labelled[::every]:
        folder = root / "workspace" / str(job_id)
        try:
            labels = Labels.load(folder)
            phases = [labels.phase_names[k] for k in labels.per_particle]
            pictures[str(job_id)] = data_uri(Configuration.read(folder / "final.gsd"), phases)
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            print(f"aggregate: no picture of {job_id}: {error}", file=sys.stderr)
    return pictures


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
        with due.cleared(root):
            table = overlay(root, tabulate(root, axes))
            table_file = table.assign(phases=table["phases"].map(json.dumps))
            with replacing(results / "phase_diagram.parquet") as temporary:
                table_file.to_parquet(temporary, index=False)
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

"""The phase diagram as one self-contained web page."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.notation import format_value, html, is_missing
from analysis.phase_diagram.columns import columns
from analysis.phase_diagram.lines import under_lines
from analysis.phase_diagram.table import phase_list

if TYPE_CHECKING:
    import pandas as pd

_FOLDER = Path(__file__).parent
#: Jobs on the page, at most: more make it too large to open.
MOST_JOBS = 100_000
# Columns that the page shows in a form of its own, or that say nothing to the reader.
_HIDDEN = ("job_id", "label", "confidence", "phases", "status", "protocol")


def interactive(
    table: pd.DataFrame,
    axes: Sequence[str],
    thumbnails: Mapping[str, str],
    path: str | Path,
    title: str = "",
    regions: pd.DataFrame | None = None,
) -> None:
    """Write the interactive phase diagram of a campaign.

    Every place on the axes is a point with its region, as in print; a click opens it into its
    replicas. Methods, and what assembled, the predicted ground state and the verdict, have panels
    of their own. The reader chooses what is on the axes and what the colour means. The page
    holds all it needs and may not open connections. Of more than `MOST_JOBS` jobs it holds those
    with the smallest ids, which are random, and says so.

    Parameters
    ----------
    table : DataFrame
        One row a job, as in ``results/phase_diagram.parquet``; `job_id` must be a column.
    axes : sequence of str
        Dotted names of the axes, which are columns of `table`.
    thumbnails : mapping of str to str
        ``data:image/…`` address of a picture by job id; jobs without one are fine.
    path : str or Path
        Where to write, beside ``workspace/`` in a folder of the campaign's root.
    title : str
        Heading of the page.
    regions : DataFrame, optional
        A map of what is probable, as `figure.draw` takes it.

    Raises
    ------
    KeyError
        If an axis or `job_id` is not a column of the table.
    ValueError
        If a thumbnail is not the data of an image: the page must not fetch anything.
    """
    from plotly.offline import get_plotlyjs

    if "job_id" not in table.columns:
        raise KeyError(f"the table has no column job_id: {list(table.columns)}")
    for job_id, address in thumbnails.items():
        if not address.startswith("data:image/"):
            raise ValueError(f"thumbnail of job {job_id} is {address[:40]!r}, not data:image/…")
    title = title or "Phase diagram"
    table = under_lines(table)
    if len(table) > MOST_JOBS:
        title += f" ({MOST_JOBS} of {len(table)} jobs, chosen at random)"
        chosen = np.argsort(table["job_id"].to_numpy(dtype=str))[:MOST_JOBS]
        table = table.iloc[np.sort(chosen)]
    present = set(table["job_id"].astype(str))
    replacements = {
        "TITLE": escape(title),
        "STYLE": (_FOLDER / "page.css").read_text(encoding="utf-8"),
        "PLOTLY": get_plotlyjs(),
        "DATA": _script_json(_data(table, axes, regions)),
        "THUMBNAILS": _script_json({k: v for k, v in thumbnails.items() if k in present}),
        "DIAGRAM": (_FOLDER / "diagram.js").read_text(encoding="utf-8"),
        "SCRIPT": (_FOLDER / "page.js").read_text(encoding="utf-8"),
    }
    page = (_FOLDER / "page.html").read_text(encoding="utf-8")
    # Split once at the marks, so that a mark inside some content stays as it is.
    parts = page.split("@@")
    filled = [replacements[part] if i % 2 else part for i, part in enumerate(parts)]
    Path(path).write_text("".join(filled), encoding="utf-8")


def _data(
    table: pd.DataFrame, axes: Sequence[str], regions: pd.DataFrame | None = None
) -> dict[str, Any]:
    """What the page's scripts need, column by column."""
    parameters = [str(column) for column in table.columns if "." in str(column)]
    details = [
        str(column)
        for column in table.columns
        if str(column) not in (*_HIDDEN, *parameters)
        and not all(is_missing(value) for value in table[column])
    ]
    phases = [_phases_text(phase_list(value)) for value in table.get("phases", [""] * len(table))]
    return {
        "data": columns(table, axes, regions=regions),
        "phases": _texts(phases),
        "parameters": [
            {"html": html(name), **_texts([_text(value) for value in table[name]])}
            for name in dict.fromkeys([*axes, *parameters])
        ],
        "details": [
            {
                "html": escape(column.replace("_", " ")),
                **_texts([_text(value) for value in table[column]]),
            }
            for column in details
        ],
    }


def _text(value: Any) -> str:
    return "" if is_missing(value) else format_value(value)


def _texts(values: Sequence[str]) -> dict[str, list[Any]]:
    """A column of texts: where few differ, each once, and which of them a job has (`at`)."""
    places = {text: place for place, text in enumerate(dict.fromkeys(values))}
    if 2 * len(places) > len(values):
        return {"texts": list(values)}
    return {"texts": list(places), "at": [places[text] for text in values]}


def _phases_text(phases: Sequence[Mapping[str, Any]]) -> str:
    texts = []
    for one in phases:
        text = str(one["phase"])
        if not is_missing(one.get("fraction")):
            text += f" {100 * float(one['fraction']):.0f} %"
        if not is_missing(one.get("lattice_constant")):
            text += f" (a = {float(one['lattice_constant']):.3g})"
        texts.append(text)
    return ", ".join(texts)


def _script_json(content: Any) -> str:
    """JSON that cannot end the script element it stands in."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")

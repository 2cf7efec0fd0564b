"""The printed phase diagram: panels, legend and notes on one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.colours import FAILED_COLOUR, UNLABELLED_COLOUR, PhaseStyle, phase_styles
from analysis.notation import format_value, mathtext
from analysis.phase_diagram.overlay import side_by_side
from analysis.phase_diagram.panels import (
    INK,
    draw_bars,
    draw_map,
    draw_quantity,
    draw_strip,
    escape,
    label_axis,
    points_of,
    wrap,
)
from analysis.phase_diagram.points import is_dense
from analysis.phase_diagram.regions import agreement_note, regions_of, with_regions
from analysis.phase_diagram.table import (
    FAILED,
    LABELLED,
    MAPPED,
    UNFINISHED,
    Scale,
    quantities,
    uniform,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

COLUMN, PAGE = 3.4, 7.0  # width in inches of a column and of a page of a journal
MOST_PANELS = 12  # values of the third axis that get a panel of their own

# Both families come with Matplotlib, so that a figure looks the same on every machine.
STYLE: dict[Any, Any] = {
    "font.family": ["STIXGeneral", "DejaVu Sans"],
    "mathtext.fontset": "stix",
    "font.size": 9.0,
    "axes.labelsize": 9.0,
    "axes.titlesize": 9.0,
    "xtick.labelsize": 8.0,
    "ytick.labelsize": 8.0,
    "legend.fontsize": 8.0,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.direction": "out",
    "ytick.direction": "out",
    "axes.unicode_minus": True,
}


@dataclass(frozen=True)
class Facet:
    """Jobs that share a panel."""

    title: str
    jobs: np.ndarray


def draw(
    table: pd.DataFrame,
    axes: Sequence[str],
    path: str | Path,
    title: str = "",
    regions: pd.DataFrame | None = None,
) -> None:
    """Draw the phase diagram of a campaign for print.

    Two axes give a map: every point is marked by what formed there, its nearest-neighbour
    cell is tinted with the colour of the label most replicas have, the paler the less the
    replicas agree and the less confident the labels are. A ring is a coexisting phase
    above 15 % of the particles. Where assembly was compared with prediction, there are three
    panels: what assembled, the predicted ground state, the verdict. One axis gives a strip with
    the energies below it; no axis, bars; a third axis, a panel per value; several methods, a
    column of panels each.
    Over further axes the majority is shown, and the figure says so.

    Parameters
    ----------
    table : DataFrame
        One row a job, as in ``results/phase_diagram.parquet``.
    axes : sequence of str
        Dotted names of the axes, which are columns of `table`; the first is horizontal.
    path : str or Path
        Where to write: pdf or svg if the suffix says so, else png at 300 dpi.
    title : str
        Line above the panels, for instance the fixed parameters. May contain mathtext.
    regions : DataFrame, optional
        One row a point of a map of what is probable, with the axes, `method`, `label` and
        `confidence`: drawn under the points of two axes instead of their cells.

    Raises
    ------
    KeyError
        If an axis is not a column of the table.
    """
    import matplotlib
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    path = Path(path)
    jobs = with_regions(side_by_side(uniform(table, axes)), axes, regions)
    drawn = [Scale.of(jobs[name].tolist(), name) for name in axes]
    styles = phase_styles([*jobs["label"], *jobs["second"]])
    with matplotlib.rc_context(STYLE):
        layout = ConstrainedLayoutEngine(w_pad=0.03, h_pad=0.03, hspace=0.03, wspace=0.03)
        figure = Figure(figsize=(COLUMN, COLUMN), dpi=300, layout=layout)
        if len(jobs) == 0:
            _say(figure, "No jobs in the table.")
        else:
            _compose(figure, jobs, drawn, styles, title)
        # A tight box is the last safeguard that no text is cut off at the edge.
        figure.savefig(path, format=_format(path), bbox_inches="tight", pad_inches=0.04)


def _format(path: Path) -> str:
    """File format by suffix; PNG for any other name, such as that of a temporary file."""
    suffix = path.suffix.lstrip(".").lower()
    return suffix if suffix in ("pdf", "svg") else "png"


def _compose(
    figure: Figure,
    jobs: pd.DataFrame,
    axes: Sequence[Scale],
    styles: Mapping[str, PhaseStyle],
    title: str,
) -> None:
    """Panels, legend and notes, and the height of the figure that they need."""
    columns = _method_facets(jobs, axes)
    rows, omitted = _value_facets(axes[2]) if len(axes) > 2 else ([], "")
    n_columns, grid = _arrange(columns, rows)
    n_rows = -(-len(grid) // n_columns)
    margin = 0.75  # inches for tick labels and the name of the vertical axis
    width = COLUMN if n_columns == 1 else min(PAGE, margin + 2.5 * n_columns)
    panel_width = (width - margin) / n_columns
    if not axes:
        bars = jobs.loc[jobs["state"] == LABELLED, "label"].nunique() + 2
        panel_height = 0.25 * bars + 0.3
    elif len(axes) == 1:
        panel_height = 1.9 if quantities(jobs, [axes[0].name]) else 0.45
    else:
        panel_height = panel_width * (0.82 if n_columns < 3 else 0.9)

    heading = wrap(_printable(title), int(width * 17))
    notes = [omitted] if omitted else []
    notes += _notes(jobs, axes, grid)
    if notes:
        heading = "\n".join(filter(None, [heading, wrap("; ".join(notes), int(width * 17))]))
    legend_height = 0.0
    if axes:
        legend_height = _legend(figure, jobs, styles, width)
    if heading:
        figure.suptitle(heading, fontsize=8.5)
    heading_height = 0.15 * (heading.count("\n") + 1) if heading else 0.0
    titled = any(facet.title for facet in grid)
    row_height = panel_height + (0.22 if titled else 0.0)
    figure.set_size_inches(width, n_rows * row_height + 0.5 + legend_height + heading_height + 0.1)

    size = (panel_width * 72.0, panel_height * 72.0)
    if len(axes) == 0:
        panels = figure.subplots(1, n_columns, squeeze=False).ravel()
        for panel, facet in zip(panels, grid, strict=True):
            draw_bars(panel, jobs[facet.jobs], styles)
            panel.set_title(facet.title)
    elif len(axes) == 1:
        _strips(figure, jobs, axes[0], grid, styles, size)
    else:
        _maps(figure, jobs, axes, grid, n_columns, styles, size)


def _maps(
    figure: Figure,
    jobs: pd.DataFrame,
    axes: Sequence[Scale],
    grid: Sequence[Facet],
    n_columns: int,
    styles: Mapping[str, PhaseStyle],
    size: tuple[float, float],
) -> None:
    x, y = axes[:2]
    n_rows = -(-len(grid) // n_columns)
    panels = figure.subplots(n_rows, n_columns, squeeze=False)
    for index, panel in enumerate(panels.ravel()):
        if index >= len(grid):
            panel.set_visible(False)
            continue
        facet = grid[index]
        mapped = (jobs["state"] == MAPPED).to_numpy()
        points = points_of(jobs, [x, y], np.flatnonzero(facet.jobs & ~mapped), size)
        regions = regions_of(jobs, [x, y], np.flatnonzero(facet.jobs & mapped), size)
        draw_map(panel, points, x, y, styles, size, regions)
        panel.set_title(facet.title, pad=3)
        label_axis(panel.xaxis, x, size[0])
        label_axis(panel.yaxis, y, size[1])
        # Names and numbers only along the outer edge: the panels share their axes.
        if index + n_columns < len(grid):
            panel.set_xlabel("")
            panel.tick_params(labelbottom=False)
        if index % n_columns:
            panel.set_ylabel("")
            panel.tick_params(labelleft=False)


def _strips(
    figure: Figure,
    jobs: pd.DataFrame,
    axis: Scale,
    grid: Sequence[Facet],
    styles: Mapping[str, PhaseStyle],
    size: tuple[float, float],
) -> None:
    shown = quantities(jobs, [axis.name])[:1]
    panels = figure.subplots(
        1 + len(shown),
        len(grid),
        squeeze=False,
        sharex=True,
        sharey="row",
        height_ratios=[0.18, 0.82] if shown else [1.0],
    )
    for column, facet in enumerate(grid):
        here = np.flatnonzero(facet.jobs & (jobs["state"] != MAPPED).to_numpy())
        strip, lowest = panels[0, column], panels[-1, column]
        draw_strip(strip, points_of(jobs, [axis], here, size[:1]), axis, styles, size)
        strip.set_title(facet.title, pad=3)
        for quantity in shown:
            draw_quantity(lowest, jobs.iloc[here], quantity, axis.coordinates[here], styles)
            strip.tick_params(axis="x", bottom=False, labelbottom=False)
            if column:
                lowest.set_ylabel("")
        label_axis(lowest.xaxis, axis, size[0])


def _arrange(columns: list[Facet], rows: list[Facet]) -> tuple[int, list[Facet]]:
    """Panels row by row, and how many stand in a row."""
    if len(columns) == 1:
        n = len(rows) or 1
        across = n if n <= 3 else (2 if n == 4 else 3 if n <= 9 else 4)
        return across, rows or columns
    grid = [
        Facet(", ".join(filter(None, [column.title, row.title])), column.jobs & row.jobs)
        for row in rows or [Facet("", np.ones_like(columns[0].jobs))]
        for column in columns
    ]
    return len(columns), grid


def _method_facets(jobs: pd.DataFrame, axes: Sequence[Scale]) -> list[Facet]:
    """One facet a method, unless there is only one or it stands on an axis already."""
    method = jobs["method"].to_numpy(dtype=object)
    names = sorted(set(method))
    if len(names) == 1 or any(axis.name == "method.name" for axis in axes):
        return [Facet("", np.ones(len(jobs), dtype=bool))]
    return [Facet(escape(name.replace("_", " ")), method == name) for name in names]


def _value_facets(axis: Scale) -> tuple[list[Facet], str]:
    """Panels of the third axis, and what the reader must know about them.

    Up to `MOST_PANELS` values have a panel each. More categories than that are cut off,
    more numbers are put together in six intervals with equally many values.
    """
    symbol = mathtext(axis.name)
    values = np.unique(axis.coordinates[np.isfinite(axis.coordinates)])
    if axis.kind == "category" or len(values) <= MOST_PANELS:
        facets = [
            Facet(f"{symbol} = {escape(_text(axis, value))}", axis.coordinates == value)
            for value in values[:MOST_PANELS]
        ]
        left_out = len(values) - MOST_PANELS
        return facets, f"{left_out} more values of {symbol} not shown" if left_out > 0 else ""
    facets = []
    for group in np.array_split(values, 6):
        inside = (axis.coordinates >= group[0]) & (axis.coordinates <= group[-1])
        ends = f"{_text(axis, group[0])} to {_text(axis, group[-1])}"
        facets.append(Facet(f"{symbol} = {ends}", inside))
    return facets, ""


def _text(axis: Scale, coordinate: float) -> str:
    """The value at a coordinate of an axis."""
    if axis.kind == "category":
        return axis.categories[int(coordinate)]
    return format_value(float(10**coordinate if axis.kind == "log" else coordinate))


def _notes(jobs: pd.DataFrame, axes: Sequence[Scale], grid: Sequence[Facet]) -> list[str]:
    """What the panels do not show by themselves."""
    notes = agreement_note(jobs)
    jobs = jobs[jobs["state"] != MAPPED]
    axes = [replace(axis, coordinates=axis.coordinates[: len(jobs)]) for axis in axes]
    grid = [replace(facet, jobs=facet.jobs[: len(jobs)]) for facet in grid]
    if len(axes) > 3:
        notes.append("majority over " + ", ".join(mathtext(axis.name) for axis in axes[3:]))
    if axes:
        stacked = np.stack([axis.coordinates for axis in axes[:3]], axis=1)
        missing = int((~np.isfinite(stacked).all(axis=1)).sum())
        if missing:
            notes.append(f"{missing} of {len(jobs)} jobs without a value on an axis not shown")
        if any(is_dense(stacked[facet.jobs, :2]) for facet in grid):
            notes.append("points closer than they can be seen are shown as one, by majority")
    return notes


def _printable(title: str) -> str:
    """The title, with its dollars escaped if they do not enclose mathtext."""
    from matplotlib.mathtext import MathTextParser

    try:
        MathTextParser("agg").parse(title)
    except ValueError:
        return escape(title)
    return title


def _legend(
    figure: Figure, jobs: pd.DataFrame, styles: Mapping[str, PhaseStyle], width: float
) -> float:
    """Legend below the panels with the number of jobs of each phase; its height in inches."""
    from matplotlib.lines import Line2D

    def entry(text: str, **marker: Any) -> Line2D:
        text = escape(wrap(text.replace("_", " ")))
        # A leading underscore would hide the entry.
        text = f" {text}" if text.startswith("_") else text
        return Line2D([], [], linestyle="none", label=text, **marker)

    counts = jobs.loc[jobs["state"] == LABELLED, "label"].value_counts()
    present = [(str(name), int(n)) for name, n in counts.items()]
    present += [(name, 0) for name in sorted(set(jobs["second"]) - {"", *counts.index})]
    entries = [
        entry(
            f"{name} ({n})" if n else name,
            marker=styles[name].marker,
            markersize=5.5 * (1.35 if styles[name].marker == "*" else 1.0),
            markerfacecolor=styles[name].colour,
            markeredgecolor=INK,
            markeredgewidth=0.45,
        )
        for name, n in present
    ]
    if (jobs["second"] != "").any():
        entries.append(
            entry(
                f"coexisting phase ({int((jobs['second'] != '').sum())})",
                marker="o",
                markersize=6,
                markerfacecolor="none",
                markeredgecolor=INK,
                markeredgewidth=1.6,
            )
        )
    for state, marker, colour in (
        (UNFINISHED, "o", UNLABELLED_COLOUR),
        (FAILED, "x", FAILED_COLOUR),
    ):
        n = int((jobs["state"] == state).sum())
        if n:
            entries.append(
                entry(
                    f"{state} ({n})",
                    marker=marker,
                    markersize=4,
                    markerfacecolor="white",
                    markeredgecolor=colour,
                    markeredgewidth=0.8,
                )
            )
    for n_columns in (4, 3, 2, 1):
        legend = figure.legend(
            handles=entries,
            loc="outside lower center",
            ncols=min(n_columns, len(entries)),
            frameon=False,
            handletextpad=0.1,
            columnspacing=0.9,
            labelspacing=0.35,
            borderpad=0.6,
        )
        box = legend.get_window_extent().transformed(figure.dpi_scale_trans.inverted())
        if box.width <= width or n_columns == 1:
            break
        legend.remove()
    return float(box.height)


def _say(figure: Figure, text: str) -> None:
    """A figure that says why there is nothing to see."""
    figure.set_size_inches(COLUMN, 1.2)
    panel = figure.subplots()
    panel.set_axis_off()
    panel.text(0.5, 0.5, text, ha="center", va="center", transform=panel.transAxes)

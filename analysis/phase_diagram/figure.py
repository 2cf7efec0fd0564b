"""The printed phase diagram: panels, legend and notes on one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.colours import PhaseStyle
from analysis.notation import format_value, mathtext
from analysis.phase_diagram.caption import caption
from analysis.phase_diagram.legend import Legend
from analysis.phase_diagram.lines import Line, draw_lines, in_words, lines_of, under_lines
from analysis.phase_diagram.look import Look
from analysis.phase_diagram.overlay import PREDICTED, has_verdicts, panels_of, side_by_side
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
from analysis.phase_diagram.regions import over, regions_of, stages_of, with_regions
from analysis.phase_diagram.table import (
    LABELLED,
    MAPPED,
    Scale,
    arrangement,
    campaign_axes,
    quantities,
    uniform,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

COLUMN, PAGE = 3.4, 7.0  # width in inches of a column and of a page of a journal
MOST_PANELS = 12  # values of further axes that get a panel of their own

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
    axes: Sequence[str] | None,
    path: str | Path | Sequence[str | Path],
    title: str = "",
    look: Look | None = None,
    regions: pd.DataFrame | None = None,
) -> None:
    """Draw the phase diagram of a campaign for print.

    Two axes give a map: every point is marked by what formed there, its nearest-neighbour
    cell is tinted with the colour of the label most replicas have, the paler the less the
    replicas agree and the less confident the labels are. A cell with stripes and a ring is a
    coexistence: another phase above 15 % of the particles, or the void around a crystal. Where
    assembly was compared with prediction, there are three panels: what assembled, the predicted
    ground state, the verdict. One axis gives a strip with the energies below it; no axis, bars;
    several methods, a column of panels each; further axes, and whatever else differs between jobs
    at one point, a row of panels for each value: what is not shown is said, nothing is put
    together but replicas. Fixed conditions stand in the caption.

    Parameters
    ----------
    table : DataFrame
        One row a job, as in ``results/phase_diagram.parquet``.
    axes : sequence of str, optional
        Dotted names of the axes, which are columns of `table`; the first is horizontal. Without
        them, those of the campaign.
    path : str or Path, or several
        Where to write: pdf or svg if the suffix says so, else png at 300 dpi.
    title : str
        Line above the panels. May contain mathtext.
    look : Look, optional
        Size, order and colours.
    regions : DataFrame, optional
        A map of what is probable everywhere, as `operations.rounds.phase_map` makes it: drawn under
        the points instead of their cells, where all axes are shown along which it differs.

    Raises
    ------
    KeyError
        If an axis is not a column of the table.
    """
    import matplotlib
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    paths = [Path(path)] if isinstance(path, str | Path) else [Path(one) for one in path]
    look = look or Look()
    table = under_lines(table)
    axes = campaign_axes(table) if axes is None else axes
    further = [key for key in arrangement(table).get("panels", ()) if key not in axes]
    jobs = side_by_side(uniform(table, [*axes, *further]))
    regions = over(regions, [*axes, *further])
    jobs = with_regions(jobs, [*axes, *further], regions)
    known = [] if regions is None else [stages_of(regions)[-1].in_words(len(regions))]
    lines = lines_of(table, [*axes, *further])
    below = ". ".join(filter(None, [caption(table), *known, escape(in_words(lines))]))
    drawn = [Scale.of(jobs[name].tolist(), name) for name in axes[:2]]
    facets = [Scale.of(jobs[name].tolist(), name) for name in (*axes[2:], *further)]
    styles = look.styles([*jobs["label"], *jobs["second"]])
    with matplotlib.rc_context(STYLE):
        layout = ConstrainedLayoutEngine(w_pad=0.03, h_pad=0.03, hspace=0.03, wspace=0.03)
        figure = Figure(figsize=(COLUMN, COLUMN), dpi=300, layout=layout)
        if len(jobs) == 0:
            _say(figure, "No jobs in the table.")
        else:
            _Page(figure, jobs, drawn, facets, styles, look, lines).compose(title, below)
        saved(figure, paths)


def saved(figure: Figure, paths: Sequence[Path]) -> None:
    """Write a figure to some files."""
    for one in paths:
        # A tight box is the last safeguard that no text is cut off at the edge.
        figure.savefig(one, format=_format(one), bbox_inches="tight", pad_inches=0.04)


def _format(path: Path) -> str:
    """File format by suffix; PNG for any other name, such as that of a temporary file."""
    suffix = path.suffix.lstrip(".").lower()
    return suffix if suffix in ("pdf", "svg") else "png"


@dataclass(frozen=True)
class _Page:
    """A figure and what is on it: columns of methods, rows of values of further axes."""

    figure: Figure
    jobs: pd.DataFrame
    axes: Sequence[Scale]
    facets: Sequence[Scale]
    styles: Mapping[str, PhaseStyle]
    look: Look
    lines: Sequence[Line] = ()

    def compose(self, title: str, below: str) -> None:
        """Panels, a legend below each column, heading and caption; the page is as high as they."""
        figure, jobs, axes = self.figure, self.jobs, self.axes
        columns = _method_facets(jobs, [*axes, *self.facets], self.look)
        rows, omitted = _value_facets(self.facets)
        n_columns, grid = _arrange(columns, rows)
        n_rows = -(-len(grid) // n_columns)
        margin = 0.75  # inches for tick labels and the name of the vertical axis
        width = self.look.width or (
            COLUMN if n_columns == 1 else min(PAGE, margin + 2.5 * n_columns)
        )
        panel_width = (width - margin) / n_columns
        panel_height = self._panel_height(panel_width, n_columns)
        heading = wrap(_printable(title), int(width * 17))
        notes = [*filter(None, [below, omitted]), *_notes(jobs, axes, grid)]
        note = wrap(". ".join(notes), int(width * 21))
        by_column = len(columns) > 1
        legend_width = panel_width if by_column else width
        legends = [
            Legend(figure, self._counted(column, rows), self.styles, self.look)
            for column in (columns if by_column else [Facet("", np.ones(len(jobs), dtype=bool))])
        ]
        legend_height = max(legend.height(legend_width) for legend in legends) if axes else 0.0
        heights = {"heading": 0.17 * (heading.count("\n") + 1) if heading else 0.0}
        heights["note"] = 0.14 * (note.count("\n") + 1) + 0.05 if note else 0.0
        lines_of_title = [
            wrap(facet.title, int(panel_width * 72 / 4.6)).count("\n") for facet in grid
        ]
        titled = 0.22 * any(facet.title for facet in grid) + 0.14 * max(lines_of_title)
        rest = 0.5 + legend_height + sum(heights.values()) + 0.1
        if self.look.height:
            panel_height = max((self.look.height - rest) / n_rows - titled, 0.3)
        total = n_rows * (panel_height + titled) + rest
        figure.set_size_inches(width, total)
        if heading:
            figure.suptitle(heading, fontsize=9.5)
        if note:
            figure.supxlabel(note, fontsize=7.0, x=0.01, ha="left", color=INK, linespacing=1.25)
        size = (panel_width * 72.0, panel_height * 72.0)
        lines = 1 if len(axes) != 1 else 1 + len(quantities(jobs, [axes[0].name])[:1])
        ratios = [panel_height * share for share in ([1.0] if lines == 1 else [0.18, 0.82])]
        cells = figure.add_gridspec(
            n_rows * lines + bool(axes),
            n_columns,
            height_ratios=[*(ratios * n_rows), *([legend_height] if axes else [])],
        )
        if not axes:
            for column, facet in enumerate(grid):
                panel = figure.add_subplot(cells[column // n_columns, column % n_columns])
                draw_bars(panel, jobs[facet.jobs], self.styles)
                panel.set_title(facet.title)
            return
        (self._maps if len(axes) > 1 else self._strips)(cells, grid, n_columns, size)
        for column, legend in enumerate(legends):
            at = cells[-1, column] if by_column else cells[-1, :]
            legend.draw(figure.add_subplot(at), legend_width)

    def _counted(self, column: Facet, rows: Sequence[Facet]) -> list[pd.DataFrame]:
        """The jobs of each panel of a column; of predicted ground states one a point, whichever
        method has found it."""
        found = [self.jobs[column.jobs & row.jobs] for row in rows] or [self.jobs[column.jobs]]
        if column.title == PREDICTED:
            keys = ["point", "label", "state"]
            found = [jobs.drop_duplicates(keys) for jobs in found]
        return found

    def _panel_height(self, panel_width: float, n_columns: int) -> float:
        if not self.axes:
            labelled = self.jobs[self.jobs["state"] == LABELLED]
            return 0.25 * (labelled["label"].nunique() + 2) + 0.3
        if len(self.axes) == 1:
            return 1.9 if quantities(self.jobs, [self.axes[0].name]) else 0.45
        return panel_width * (0.82 if n_columns < 3 else 0.9)

    def _maps(self, cells: Any, grid: Sequence[Facet], across: int, size: Any) -> None:
        x, y = self.axes
        for index, facet in enumerate(grid):
            panel = self.figure.add_subplot(cells[index // across, index % across])
            mapped = (self.jobs["state"] == MAPPED).to_numpy()
            points = points_of(self.jobs, [x, y], np.flatnonzero(facet.jobs & ~mapped), size)
            regions = regions_of(self.jobs, [x, y], np.flatnonzero(facet.jobs & mapped), size)
            draw_map(panel, points, x, y, self.styles, size, regions)
            draw_lines(panel, self.lines, x, y, INK)
            panel.set_title(wrap(facet.title, int(size[0] / 4.6)), pad=3)
            label_axis(panel.xaxis, x, size[0])
            label_axis(panel.yaxis, y, size[1])
            # Names and numbers only along the outer edge: the panels share their axes.
            if index + across < len(grid):
                panel.set_xlabel("")
                panel.tick_params(labelbottom=False)
            if index % across:
                panel.set_ylabel("")
                panel.tick_params(labelleft=False)

    def _strips(self, cells: Any, grid: Sequence[Facet], across: int, size: Any) -> None:
        (axis,) = self.axes
        shown = quantities(self.jobs, [axis.name])[:1]
        lines = 1 + len(shown)
        first: Any = None
        for index, facet in enumerate(grid):
            row, column = index // across, index % across
            here = np.flatnonzero(facet.jobs)
            strip = self.figure.add_subplot(cells[row * lines, column])
            draw_strip(strip, points_of(self.jobs, [axis], here, size[:1]), axis, self.styles, size)
            strip.set_title(wrap(facet.title, int(size[0] / 4.6)), pad=3)
            lowest = strip
            for quantity in shown:
                lowest = self.figure.add_subplot(
                    cells[row * lines + 1, column], sharex=strip, sharey=first
                )
                first = first or lowest
                place = axis.coordinates[here]
                draw_quantity(lowest, self.jobs.iloc[here], quantity, place, self.styles)
                strip.tick_params(axis="x", bottom=False, labelbottom=False)
                if column:
                    lowest.set_ylabel("")
                    lowest.tick_params(labelleft=False)
            label_axis(lowest.xaxis, axis, size[0])
            if index + across < len(grid):
                lowest.set_xlabel("")
                lowest.tick_params(labelbottom=False)


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


def _method_facets(jobs: pd.DataFrame, axes: Sequence[Scale], look: Look) -> list[Facet]:
    """One facet a method, unless there is only one or it stands on an axis already."""
    method = jobs["method"].to_numpy(dtype=object)
    names = panels_of(jobs) if has_verdicts(jobs) else look.sorted(sorted(set(method)))
    if len(names) == 1 or any(axis.name == "method.name" for axis in axes):
        return [Facet("", np.ones(len(jobs), dtype=bool))]
    return [Facet(escape(name.replace("_", " ")), method == name) for name in names]


def _value_facets(axes: Sequence[Scale]) -> tuple[list[Facet], str]:
    """Panels of the further axes, and what the reader must know about them.

    Up to `MOST_PANELS` combinations of values have a panel each; of more, those are shown that have
    most jobs. More numbers than that on a single axis are put together in six intervals with
    equally many values.
    """
    if not axes:
        return [], ""
    if len(axes) == 1:
        (axis,) = axes
        values = np.unique(axis.coordinates[np.isfinite(axis.coordinates)])
        if axis.kind != "category" and len(values) > MOST_PANELS:
            return _intervals(axis, values), ""
    places = np.stack([axis.coordinates for axis in axes], axis=1)
    # what has no such key is a panel, too
    found, counts = np.unique(np.nan_to_num(places, nan=np.inf), axis=0, return_counts=True)
    if len(axes) == 1:  # jobs without a value on an axis are counted in the notes
        found, counts = found[np.isfinite(found[:, 0])], counts[np.isfinite(found[:, 0])]
    kept = np.sort(np.argsort(-counts, kind="stable")[:MOST_PANELS])
    facets = []
    for place in found[kept]:
        same = (places == place) | (np.isnan(places) & np.isinf(place))
        said = [
            f"{mathtext(axis.name)} = {escape(_text(axis, value))}"
            for axis, value in zip(axes, place, strict=True)
            if np.isfinite(value)
        ]
        facets.append(Facet(", ".join(said), same.all(axis=1)))
    names = ", ".join(mathtext(axis.name) for axis in axes)
    left_out = len(found) - len(kept)
    return facets, f"{left_out} more values of {names} not shown" if left_out > 0 else ""


def _intervals(axis: Scale, values: np.ndarray) -> list[Facet]:
    facets = []
    for group in np.array_split(values, 6):
        inside = (axis.coordinates >= group[0]) & (axis.coordinates <= group[-1])
        ends = " to ".join(dict.fromkeys(_text(axis, end) for end in (group[0], group[-1])))
        facets.append(Facet(f"{mathtext(axis.name)} = {ends}", inside))
    return facets


def _text(axis: Scale, coordinate: float) -> str:
    """The value at a coordinate of an axis."""
    if axis.kind == "category":
        return axis.categories[int(coordinate)]
    return format_value(float(10**coordinate if axis.kind == "log" else coordinate))


def _notes(jobs: pd.DataFrame, axes: Sequence[Scale], grid: Sequence[Facet]) -> list[str]:
    """What the panels do not show by themselves."""
    notes = []
    if axes:
        stacked = np.stack([axis.coordinates for axis in axes], axis=1)
        missing = int((~np.isfinite(stacked).all(axis=1)).sum())
        if missing:
            n_jobs = int((jobs["state"] != MAPPED).sum())
            notes.append(f"{missing} of {n_jobs} jobs without a value on an axis not shown")
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


def _say(figure: Figure, text: str) -> None:
    """A figure that says why there is nothing to see."""
    figure.set_size_inches(COLUMN, 1.2)
    panel = figure.subplots()
    panel.set_axis_off()
    panel.text(0.5, 0.5, text, ha="center", va="center", transform=panel.transAxes)

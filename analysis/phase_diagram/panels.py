"""What stands inside one panel of the printed diagram: a map, a strip or bars."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.colours import FAILED_COLOUR, UNLABELLED_COLOUR, PhaseStyle, mix_with_white
from analysis.notation import format_value, mathtext
from analysis.phase_diagram.points import Points, cells, coarse, merge_replicas
from analysis.phase_diagram.table import FAILED, LABELLED, QUANTITIES, UNFINISHED, WITHOUT, Scale

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.axis import XAxis, YAxis

INK = "#222222"  # outlines and boundaries, softer than black
_FAINTEST, _FULLEST = 0.10, 0.62  # tint of a region at strength 0 and 1
# cells of which nothing is known but that jobs fail there
_HATCH: dict[str, Any] = {
    "facecolors": "none",
    "edgecolors": FAILED_COLOUR,
    "linewidths": 0.0,
    "hatch": "////",
    "alpha": 0.5,
}
_RING = 1.6  # diameter of the ring of a coexisting phase, in markers


def draw_map(
    panel: Axes,
    points: Points,
    x: Scale,
    y: Scale,
    styles: Mapping[str, PhaseStyle],
    size_points: tuple[float, float],
    regions: Points | None = None,
) -> None:
    """Regions, phase boundaries and points of a two-dimensional diagram.

    A point without a label keeps its cell, left white: nothing is claimed there.

    Parameters
    ----------
    panel : matplotlib Axes
    points : Points
        With coordinates of shape (n, 2).
    x, y : Scale
    styles : mapping of str to PhaseStyle
    size_points : tuple of float
        Width and height of the panel in typographic points; sets the markers' size.
    regions : Points, optional
        Whose cells are drawn under the points, instead of their own.
    """
    (left, right), (bottom, top) = x.margins(), y.margins()
    low, high = np.array([left, bottom]), np.array([right, top])
    panel.set(xlim=(left, right), ylim=(bottom, top))
    if regions is None:
        draw_cells(panel, points, low, high, styles)
    else:
        draw_cells(panel, regions, low, high, styles, hatched=regions.without[FAILED])
    scaled = (points.coordinates - low) / (high - low) * size_points
    _mark(panel, points, scaled, size_points, styles)


def draw_cells(
    panel: Axes,
    points: Points,
    low: np.ndarray,
    high: np.ndarray,
    styles: Mapping[str, PhaseStyle],
    hatched: np.ndarray | None = None,
) -> None:
    """The cells of points in a rectangle, tinted by label, and boundaries between labels; some may
    be hatched instead."""
    from matplotlib.collections import LineCollection, PolyCollection

    polygons, pairs, edges = cells(points.coordinates, low, high)
    if hatched is not None and hatched.any():
        shown = [polygons[i] for i in np.flatnonzero(hatched)]
        panel.add_collection(PolyCollection(shown, zorder=1, **_HATCH))
    labelled = points.labelled
    if labelled.any():
        for name in sorted(set(points.second[labelled]) - {""}):
            here = np.flatnonzero(points.second == name)
            stripes = PolyCollection([polygons[i] for i in here], **_stripes(styles[name]))
            panel.add_collection(stripes)
        tints = [_tint(points, i, styles) for i in np.flatnonzero(labelled)]
        shown = [polygons[i] for i in np.flatnonzero(labelled)]
        # An outline of the same tint closes the hairline gaps that antialiasing leaves.
        panel.add_collection(
            PolyCollection(shown, facecolors=tints, edgecolors=tints, linewidths=0.3, zorder=1)
        )
        differ = labelled[pairs].all(axis=1) & (
            (points.label[pairs[:, 0]] != points.label[pairs[:, 1]])
            | (points.second[pairs[:, 0]] != points.second[pairs[:, 1]])
        )
        width = 0.7 if len(points) < 1000 else 0.3
        panel.add_collection(
            LineCollection(list(edges[differ]), colors=INK, linewidths=width, zorder=2)
        )


def draw_strip(
    panel: Axes,
    points: Points,
    axis: Scale,
    styles: Mapping[str, PhaseStyle],
    size_points: tuple[float, float],
) -> None:
    """Regions and points of a one-dimensional diagram, on a strip 0 … 1 high."""
    from matplotlib.patches import Rectangle

    left, right = axis.margins()
    panel.set(xlim=(left, right), ylim=(0.0, 1.0))
    place = points.coordinates[:, 0]
    middles = np.concatenate([[left], (place[1:] + place[:-1]) / 2, [right]])
    phases = np.stack([points.label, points.second], axis=1)
    for i in np.flatnonzero(points.labelled):
        tint = _tint(points, i, styles)
        corner, width = (middles[i], 0.0), middles[i + 1] - middles[i]
        look: list[dict[str, Any]] = [{"facecolor": tint, "edgecolor": tint, "linewidth": 0.3}]
        if points.second[i]:
            look.append(_stripes(styles[points.second[i]]))
        for one in look:
            panel.add_patch(Rectangle(corner, width, 1.0, **one))
        if i and points.labelled[i - 1] and (phases[i - 1] != phases[i]).any():
            panel.axvline(middles[i], color=INK, linewidth=0.7)
    scaled = np.stack([(place - left) / (right - left), np.full(len(place), 0.5)], axis=1)
    on_strip = replace(points, coordinates=np.stack([place, np.full(len(place), 0.5)], axis=1))
    # Along a line only the width limits the markers, not the area.
    diameter = float(np.clip(0.6 * size_points[0] / max(len(points), 1), 2.5, 6.0))
    _mark(panel, on_strip, scaled * size_points, size_points, styles, diameter)
    panel.set_yticks([])


def draw_quantity(
    panel: Axes,
    jobs: pd.DataFrame,
    quantity: str,
    place: np.ndarray,
    styles: Mapping[str, PhaseStyle],
) -> None:
    """One of the `QUANTITIES` of every job against its place on the axis, with standard errors."""
    values = jobs[quantity].to_numpy(dtype=float)
    errors = jobs[f"{quantity}_error"].to_numpy(dtype=float)
    known = np.isfinite(values) & (errors > 0)
    panel.errorbar(
        place[known], values[known], errors[known], fmt="none", ecolor=INK, elinewidth=0.6, zorder=1
    )
    label = jobs["label"].to_numpy(dtype=object)
    diameter = float(np.clip(60.0 / np.sqrt(max(len(jobs), 1)), 2.0, 5.0))
    for name in sorted(set(label)):
        here = (label == name) & np.isfinite(values)
        if name:
            _scatter(panel, place[here], values[here], styles[name], diameter)
        else:
            for state in WITHOUT:
                alone = here & (jobs["state"] == state).to_numpy()
                _unlabelled(panel, place[alone], values[alone], state, diameter)
    panel.set_ylabel(f"{QUANTITIES[quantity]}, {mathtext(quantity)}")
    panel.margins(y=0.12)


def draw_bars(panel: Axes, jobs: pd.DataFrame, styles: Mapping[str, PhaseStyle]) -> None:
    """How many jobs formed what, where there is no axis to draw them against."""
    from matplotlib.ticker import MaxNLocator

    counts = jobs.loc[jobs["state"] == LABELLED, "label"].value_counts()
    bars = [(str(name), int(n), styles[str(name)].colour) for name, n in counts.items()]
    for state in WITHOUT:
        n = int((jobs["state"] == state).sum())
        if n:
            bars.append((state, n, "white"))
    names = [wrap(name) for name, _, _ in bars]
    panel.barh(
        range(len(bars)),
        [n for _, n, _ in bars],
        color=[colour for _, _, colour in bars],
        edgecolor=INK,
        linewidth=0.6,
        height=0.7,
    )
    for row, (_, n, _) in enumerate(bars):
        panel.annotate(
            str(n), (n, row), xytext=(3, 0), textcoords="offset points", va="center", fontsize=8
        )
    panel.set_yticks(range(len(bars)), names)
    panel.invert_yaxis()
    panel.margins(x=0.15)
    panel.set_xlabel("number of jobs")
    panel.xaxis.set_major_locator(MaxNLocator(integer=True))
    panel.tick_params(axis="y", length=0)
    panel.spines[["top", "right"]].set_visible(False)


def label_axis(axis_artist: XAxis | YAxis, axis: Scale, length_points: float) -> None:
    """Ticks and name of an axis, not more of them than `length_points` has room for."""
    from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator

    horizontal = axis_artist.axis_name == "x"
    axis_artist.set_label_text(wrap(mathtext(axis.name), 40))
    if axis.kind == "category":
        texts = [escape(wrap(text, 24)) for text in axis.categories]
        stride = -(-len(texts) * 9 // max(int(length_points), 1))
        chosen = range(0, len(texts), max(stride, 1))
        axis_artist.set_major_locator(FixedLocator([float(i) for i in chosen]))
        axis_artist.set_major_formatter(FixedFormatter([texts[i] for i in chosen]))
        longest = max((len(line) for text in texts for line in text.split("\n")), default=0)
        if horizontal and longest * 4.5 * len(chosen) > length_points:
            axis_artist.set_tick_params(labelrotation=90 if len(chosen) > 8 else 40)
            for tick in axis_artist.get_majorticklabels():
                tick.set(rotation_mode="anchor", va="center" if len(chosen) > 8 else "top")
                tick.set_horizontalalignment("right")
        return
    if axis.kind == "log":
        major, names, minor = _log_ticks(*axis.margins(), room=max(int(length_points / 22), 2))
        axis_artist.set_major_locator(FixedLocator(major))
        axis_artist.set_major_formatter(FixedFormatter(names))
        axis_artist.set_minor_locator(FixedLocator(minor))
        return
    axis_artist.set_major_locator(
        MaxNLocator(nbins=max(int(length_points / (34 if horizontal else 26)), 2), steps=[1, 2, 5])
    )


def wrap(text: str, width: int = 30) -> str:
    """`text` in lines of about `width` characters; long words are broken, formulas and what
    no-break spaces hold together are not."""
    lines, length = [""], 0
    for word in re.findall(r"(?:\$[^$]*\$|[^ \t\n])+", text):
        parts = [word] if "$" in word or "\xa0" in word else textwrap.wrap(word, width)
        for part in parts:
            # A command such as \varepsilon prints as one character.
            size = len(re.sub(r"[${}_^]", "", re.sub(r"\\mathrm|\\[A-Za-z]+", "x", part)))
            if lines[-1] and length + 1 + size > width:
                lines.append("")
                length = 0
            lines[-1] += (" " if lines[-1] else "") + part
            length += size + 1
    return "\n".join(lines)


def escape(text: str) -> str:
    """Text from a file as Matplotlib must have it to print it as it is."""
    return text.replace("$", r"\$")


def _log_ticks(low: float, high: float, room: int) -> tuple[list[float], list[str], list[float]]:
    """Major ticks, their texts and minor ticks of a logarithmic axis, as logarithms."""
    decades = np.arange(np.floor(low), np.ceil(high) + 1)
    every = (decades[:, None] + np.log10(np.arange(1, 10))).ravel()
    minor = [float(tick) for tick in every if low <= tick <= high]
    whole = [float(tick) for tick in decades if low <= tick <= high]
    if len(whole) >= 3:
        whole = whole[:: -(-len(whole) // room)]
        return whole, [rf"$10^{{{int(tick)}}}$" for tick in whole], minor
    for digits in ((1, 2, 5), (1, 3), (1,)):
        ticks = (decades[:, None] + np.log10(np.array(digits))).ravel()
        major = [float(tick) for tick in ticks if low <= tick <= high]
        if len(major) <= room:
            break
    return major, [format_value(float(10**tick)) for tick in major], minor


def _tint(
    points: Points, i: int | np.integer, styles: Mapping[str, PhaseStyle]
) -> tuple[float, float, float]:
    strength = _FAINTEST + (_FULLEST - _FAINTEST) * float(points.strength[i])
    return mix_with_white(styles[points.label[i]].colour, strength)


def _stripes(style: PhaseStyle) -> dict[str, Any]:
    """How the cell of a coexistence looks above its tint: striped with the second phase."""
    return {
        "facecolor": "none",
        "edgecolor": style.colour,
        "hatch": "////",
        "linewidth": 0.0,
        "zorder": 1.5,
    }


def _mark(
    panel: Axes,
    points: Points,
    on_paper: np.ndarray,
    size_points: tuple[float, float],
    styles: Mapping[str, PhaseStyle],
    diameter: float | None = None,
) -> None:
    """Markers of all points; where they would overlap, an even selection of them."""
    spacing = np.sqrt(size_points[0] * size_points[1] / max(len(points), 1))
    if diameter is None:
        diameter = float(np.clip(0.36 * spacing, 2.6, 6.5))
        if spacing < 5.0:
            kept = _thin(on_paper, points, pitch=11.0)
            points, diameter = points.select(kept), 3.2
    x, y = points.coordinates.T
    for name, there in points.without.items():
        alone = there & ~points.labelled
        _unlabelled(panel, x[alone], y[alone], name, 0.6 * diameter)
        # Beside a labelled replica the mark is small and stands at its shoulder.
        beside = there & points.labelled
        shift = (1.1 if name == FAILED else -1.1) * diameter
        _unlabelled(panel, x[beside], y[beside], name, 0.4 * diameter, (shift, 1.1 * diameter))
    for name in sorted(set(points.second) - {""}):
        here = points.second == name
        panel.scatter(
            x[here],
            y[here],
            marker="o",
            s=(_RING * diameter) ** 2,
            facecolor=styles[name].colour,
            edgecolor=INK,
            linewidths=0.4,
            zorder=3,
        )
    for name in sorted(set(points.label) - {""}):
        here = points.label == name
        _scatter(panel, x[here], y[here], styles[name], diameter)


def _thin(on_paper: np.ndarray, points: Points, pitch: float) -> np.ndarray:
    """Mask with a labelled and an unlabelled point in each square of side `pitch`."""
    squares = np.floor(on_paper / pitch).astype(int)
    off_centre = np.abs(on_paper / pitch - squares - 0.5).sum(axis=1)
    order = np.argsort(off_centre, kind="stable")
    keys = np.column_stack([squares, points.labelled])[order]
    _, first = np.unique(keys, axis=0, return_index=True)
    kept = np.zeros(len(points), dtype=bool)
    kept[order[first]] = True
    return kept


def _scatter(panel: Axes, x: np.ndarray, y: np.ndarray, style: PhaseStyle, diameter: float) -> None:
    # A star and a cross cover less than a disc of the same width: make up for it.
    scale = {"*": 1.45, "P": 1.15, "X": 1.05}.get(style.marker, 1.0)
    panel.scatter(
        x,
        y,
        marker=style.marker,
        s=(scale * diameter) ** 2,
        facecolor=style.colour,
        edgecolor=INK,
        linewidths=0.45,
        zorder=5,
    )


def _unlabelled(
    panel: Axes,
    x: np.ndarray,
    y: np.ndarray,
    state: str,
    diameter: float,
    shift: tuple[float, float] = (0.0, 0.0),
) -> None:
    """Open circles (unfinished), full ones or crosses (failed), shifted by so many typographic
    points."""
    from matplotlib.transforms import ScaledTranslation

    if len(x) == 0:
        return
    figure = panel.figure
    offset = ScaledTranslation(shift[0] / 72, shift[1] / 72, figure.dpi_scale_trans)
    look: dict[str, Any] = (
        {"marker": "x", "color": FAILED_COLOUR}
        if state == FAILED
        else {
            "marker": "o",
            "facecolor": "white" if state == UNFINISHED else UNLABELLED_COLOUR,
            "edgecolor": UNLABELLED_COLOUR,
        }
    )
    panel.scatter(
        x,
        y,
        s=diameter**2,
        linewidths=0.7,
        zorder=4,
        transform=panel.transData + offset,
        **look,
    )


def points_of(
    jobs: pd.DataFrame, axes: Sequence[Scale], here: np.ndarray, size_points: Sequence[float]
) -> Points:
    """Points of a panel; jobs without a value on one of its axes are left out.

    Parameters
    ----------
    jobs : DataFrame
        Of all panels.
    axes : sequence of Scale
        Of the panel.
    here : ndarray of int
        Rows of the jobs that the panel shows.
    size_points : sequence of float
        Lengths of the axes in typographic points.
    """
    stacked = np.stack([axis.coordinates[here] for axis in axes], axis=1)
    present = np.isfinite(stacked).all(axis=1)
    low, high = np.array([axis.margins() for axis in axes]).T
    places = coarse(stacked[present], low, high, np.array(size_points, dtype=float))
    return merge_replicas(jobs.iloc[here[present]], places)

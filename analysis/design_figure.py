"""The figure of a design: its potential, what it was held against, and how it came about."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.configuration import Configuration

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Crystals that are shown with their enthalpies.
MOST_CRYSTALS = 6
#: What the history of a design may say of each update, and its name on the axis.
COURSES = {
    "f_fit": "agreement of g(r)",
    "gap": "gap in enthalpy",
    "best": "probability of the target",
    "mean": "probability of the target",
    "loss": "loss",
}
#: Energies that are shown, in units of the depth of the well or of the height of the tail.
HIGHEST = 3.0


def design_figure(result: Mapping[str, Any], crystals: Sequence[Configuration] = ()) -> bytes:
    """Draw a design.

    Parameters
    ----------
    result : mapping
        What `result.json` of the job says.
    crystals : sequence of Configuration
        Target and competitors, as in its `final.gsd`.

    Returns
    -------
    bytes
        A PNG: u(r) with its error and where it began; g(r) or the distributions of parameters;
        the course of the updates; crystals with their enthalpies above the lowest.

    Raises
    ------
    ValueError
        Where the job is no design.
    """
    from matplotlib.figure import Figure

    design = result.get("design")
    if not isinstance(design, Mapping):
        raise ValueError("this job is no design, or not finished")
    panels: list[Callable[[Axes], None]] = []
    if design.get("curves"):
        panels.append(partial(_potential, curves=design["curves"]))
    if design.get("distribution"):
        panels.append(partial(_radial, distribution=design["distribution"]))
    for name, row in (design.get("distributions") or {}).items():
        panels.append(partial(_spread, name=name, row=row))
    history = [line for line in design.get("history") or () if isinstance(line, Mapping)]
    for course in dict.fromkeys(COURSES[key] for key in COURSES if any(key in h for h in history)):
        panels.append(partial(_course, history=history, course=course))
    if any(line.get("pressure_error") is not None for line in history):
        panels.append(partial(_pressure, history=history))
    rows = result.get("structures") or ()
    if rows and crystals:
        panels.append(partial(_crystals, rows=rows, crystals=crystals))
    if not panels:
        raise ValueError("this design has left nothing to be drawn")
    columns = min(len(panels), 2)
    lines = -(-len(panels) // columns)
    figure = Figure(figsize=(4.4 * columns, 3.1 * lines), layout="constrained", dpi=110)
    grid = figure.subplots(lines, columns, squeeze=False).ravel()
    for axes, draw in zip(grid, panels, strict=False):
        draw(axes)
    for axes in grid[len(panels) :]:
        axes.set_axis_off()
    stream = BytesIO()
    figure.savefig(stream, format="png")
    return stream.getvalue()


def _potential(axes: Axes, curves: Mapping[str, Any]) -> None:
    """u(r) of each pair of types, its error as a band, its start broken."""
    lowest, tails = 0.0, []
    for number, (pair, curve) in enumerate(curves.items()):
        r, u = np.array(curve["r"]), np.array(curve["u"])
        colour = f"C{number}"
        axes.plot(r, u, color=colour, label="found" if len(curves) == 1 else pair)
        if "u_error" in curve:
            error = np.array(curve["u_error"])
            axes.fill_between(r, u - error, u + error, color=colour, alpha=0.3, linewidth=0.0)
        if "u_start" in curve:
            start = np.array(curve["u_start"])
            axes.plot(
                r, start, "--", color=colour, linewidth=1.0, label=None if number else "start"
            )
            lowest = min(lowest, float(start.min()))
        lowest = min(lowest, float(u.min()))
        tails.append(float(np.quantile(u, 0.6)))
    top = max(-lowest, min(tails), 1e-6) * HIGHEST
    begin = min(
        float(np.array(curve["r"])[np.argmax(np.array(curve["u"]) < top)])
        for curve in curves.values()
    )
    axes.set_xlim(left=begin - 0.1)
    axes.set_ylim(1.15 * lowest - 0.02 * top, top)
    axes.axhline(0.0, color="0.6", linewidth=0.6)
    axes.set_xlabel("r")
    axes.set_ylabel("u(r)")
    axes.legend(frameon=False)


def _radial(axes: Axes, distribution: Mapping[str, Any]) -> None:
    """g(r) against the target, of one or several pairs of types."""
    pairs = {"last run": distribution} if "r" in distribution else distribution
    label: str | None = "target"
    for number, (name, one) in enumerate(pairs.items()):
        axes.plot(one["r"], one["target"], color="0.7", linewidth=2.5, label=label)
        label = None
        if one.get("g"):
            axes.plot(one["r"], one["g"], color=f"C{number}", linewidth=1.0, label=name)
    axes.set_xlabel("r")
    axes.set_ylabel("g(r)")
    axes.legend(frameon=False)


def _spread(axes: Axes, name: str, row: Mapping[str, Any]) -> None:
    """How probable the values of a parameter are."""
    axes.stairs(row["density"], row["edges"], fill=True, alpha=0.5)
    axes.axvline(row["most_probable"], color="C1", label=f"likeliest {row['most_probable']:.4g}")
    axes.set_xlabel(name)
    axes.set_ylabel("probability density")
    axes.legend(frameon=False)


def _course(axes: Axes, history: Sequence[Mapping[str, Any]], course: str) -> None:
    """What has become better from update to update."""
    names = [key for key, name in COURSES.items() if name == course]
    for key in names:
        known = [(line["update"], line[key]) for line in history if key in line]
        axes.plot(*zip(*known, strict=True), "o-", markersize=3, label=key)
    if len(names) > 1:
        axes.legend(frameon=False)
    _updates(axes)
    axes.set_ylabel(course)


def _pressure(axes: Axes, history: Sequence[Mapping[str, Any]]) -> None:
    """Pressure with its error from update to update."""
    known = [line for line in history if line.get("pressure_error") is not None]
    update, pressure, error = (
        [line[key] for line in known] for key in ("update", "pressure", "pressure_error")
    )
    axes.errorbar(update, pressure, error, fmt="o-", markersize=3)
    _updates(axes)
    axes.set_ylabel("pressure")


def _updates(axes: Axes) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.set_xlabel("update")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))


def _crystals(
    axes: Axes, rows: Sequence[Mapping[str, Any]], crystals: Sequence[Configuration]
) -> None:
    """Enthalpies above the lowest, each with its picture."""
    import matplotlib.image
    from matplotlib.offsetbox import AnnotationBbox, OffsetImage

    from analysis.thumbnails import thumbnail

    shown = list(zip(rows, crystals, strict=False))[:MOST_CRYSTALS]
    # of mixtures above the tangent of the convex hull at the target
    enthalpies = np.array(
        [row.get("above_target", row["enthalpy_per_particle"]) for row, _ in shown]
    )
    heights = enthalpies - enthalpies.min()
    axes.bar(range(len(shown)), heights, color=["C1"] + ["C0"] * (len(shown) - 1), width=0.5)
    top = max(float(heights.max()), 1e-9)
    for place, ((row, crystal), height) in enumerate(zip(shown, heights, strict=True)):
        spacing, d = crystal.number_density ** (-1.0 / crystal.dimensions), crystal.dimensions
        repeats = np.ones(3, dtype=int)
        repeats[:d] = np.maximum(np.rint(4.0 * spacing / crystal.box[:d]), 1)
        shown_cell = crystal.replicate((int(repeats[0]), int(repeats[1]), int(repeats[2])))
        picture = thumbnail(shown_cell, size=96)
        box = OffsetImage(matplotlib.image.imread(BytesIO(picture)), zoom=0.42)
        axes.add_artist(
            AnnotationBbox(box, (place, height), (0, 30), boxcoords="offset points", frameon=False)
        )
        name = str(row.get("prototype") or row.get("space_group") or "")
        below = (0, -4 - 9 * (place % 2))  # long names side by side
        axes.annotate(
            name, (place, 0.0), below, textcoords="offset points", ha="center", va="top", size=7
        )
    axes.set_xticks([])
    axes.set_xlim(-0.6, len(shown) - 0.4)
    axes.set_ylim(0.0, 1.45 * top)
    mixed = any(len(crystal.type_names) > 1 for _, crystal in shown)
    axes.set_ylabel("height above the tangent" if mixed else "enthalpy above the lowest")

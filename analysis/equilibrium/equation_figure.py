"""The picture of equations of state: pressures against density with what is known from elsewhere,
and how far measured ones are from that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from analysis.colours import BLUE, UNLABELLED_COLOUR, VERMILLION, phase_styles
from analysis.equilibrium.reference_equations import FLUID, Reference

#: Systems that are drawn, at most.
MOST = 8
#: Ratio of pressures from which on their axis is logarithmic.
DECADES = 1000.0
#: Colours of the ways of a ramp.
WAYS = {"compression": VERMILLION, "expansion": BLUE}


@dataclass(frozen=True)
class Panel:
    """A system.

    Attributes
    ----------
    title : str
        May contain mathtext.
    lines : list of dict
        Lines of the table (`operations.results.equation_of_state`), of a way in their order.
    references : list of Reference
    volume : float, optional
        Of a hard body.
    """

    title: str
    lines: list[dict[str, Any]]
    references: list[Reference]
    volume: float | None


def draw(panels: Sequence[Panel], file: Path) -> None:
    """Write a PNG with a row for each system.

    Left βP against ρ, right by how much measured pressures differ from the equation for their
    phase; without one, Z = βP/ρ.
    """
    from matplotlib.figure import Figure

    shown = panels[:MOST]
    figure = Figure(figsize=(8.0, 3.6 * len(shown)), layout="constrained")
    grid = figure.subplots(len(shown), 2, squeeze=False)
    for panel, (left, right) in zip(shown, grid, strict=True):
        _pressures(panel, left)
        _differences(panel, right)
        left.set_title(panel.title, fontsize="small", loc="left")
    if len(panels) > MOST:
        figure.supxlabel(f"{len(panels) - MOST} more systems are in the table", fontsize="small")
    figure.savefig(file, format="png", dpi=130)


def _pressures(panel: Panel, axes: Any) -> None:
    rho = np.array([line["number_density"] for line in panel.lines])
    beta_p = np.array([line["pressure"] / line["kT"] for line in panel.lines])
    for one in panel.references:
        assert panel.volume
        low = max(one.low, 0.9 * rho.min() * panel.volume)
        high = min(one.high, 1.02 * rho.max() * panel.volume)
        if low >= high:
            continue
        eta = np.linspace(low, high, 300)
        density = eta / panel.volume
        style = "-" if one.phase == FLUID else "--"
        axes.plot(density, density * one.factor(eta), style, color="grey", label=one.name, lw=1.0)
    for (_, branch, _), way in groupby(_ways(panel), key=_way):
        x, y = np.array([(line["number_density"], line["pressure"] / line["kT"]) for line in way]).T
        axes.plot(x, y, color=WAYS[branch], label=branch, lw=1.2, zorder=2)
        half = len(x) // 2
        if half + 1 < len(x):
            arrow = {"arrowstyle": "-|>", "color": WAYS[branch]}
            axes.annotate("", (x[half + 1], y[half + 1]), (x[half], y[half]), arrowprops=arrow)
    _points(panel, axes, lambda line: (line["pressure"] / line["kT"], 1.0 / line["kT"]), _labelled)
    known = [line["loop_work"] for line in _ways(panel) if line.get("loop_work") is not None]
    if known:
        ends = " to ".join(dict.fromkeys(f"{work:.2g}" for work in (min(known), max(known))))
        axes.plot([], [], " ", label=f"loop: {ends} kT a particle")
    axes.set(xlabel="number density", ylabel="P / kT")
    if beta_p.min() > 0.0 and beta_p.max() > DECADES * beta_p.min():
        axes.set_yscale("log")
    elif beta_p.min() >= 0.0:
        axes.set_ylim(0.0, 1.08 * beta_p.max())
    if volume := panel.volume:
        above = axes.secondary_xaxis("top", (lambda x: x * volume, lambda x: x / volume))
        above.set_xlabel("packing fraction", fontsize="small")
        axes.set_title(panel.title, fontsize="small", loc="left")
    names = dict(zip(*axes.get_legend_handles_labels()[::-1], strict=True))
    axes.legend(names.values(), names.keys(), frameon=False, fontsize="x-small")


def _differences(panel: Panel, axes: Any) -> None:
    if any(line.get("reference") for line in panel.lines):
        axes.axhline(0.0, color="grey", lw=1.0)
        _points(
            panel,
            axes,
            lambda line: (
                100.0 * (line["pressure"] / line["reference_pressure"] - 1.0),
                100.0 / line["reference_pressure"],
            ),
            lambda line: bool(line.get("reference")),
        )
        axes.set(ylabel="difference from the equation (%)")
    else:
        _points(
            panel,
            axes,
            lambda line: (
                line["pressure"] / line["kT"] / line["number_density"],
                1.0 / line["kT"] / line["number_density"],
            ),
            _labelled,
        )
        for (_, branch, _), way in groupby(_ways(panel), key=_way):
            some = [
                (line["number_density"], line["pressure"] / line["kT"] / line["number_density"])
                for line in way
            ]
            axes.plot(*np.array(some).T, color=WAYS[branch], lw=1.2)
        axes.set(ylabel="P / ρkT")
    axes.set(xlabel="number density")


def _labelled(line: Mapping[str, Any]) -> bool:
    """Whether it is a production, or a part of a way whose phase is known."""
    return line["branch"] == "production" or line.get("label") is not None


def _points(panel: Panel, axes: Any, of: Any, which: Any) -> None:
    """Lines by phase; `of` gives the value and the factor of the error of the pressure."""
    some = [line for line in panel.lines if which(line)]
    styles = phase_styles(sorted({line["label"] for line in some if line["label"]}))
    for name in sorted({line["label"] or "" for line in some}):
        here = [line for line in some if (line["label"] or "") == name]
        x = [line["number_density"] for line in here]
        values = np.array([of(line) for line in here])
        errors = np.nan_to_num([line.get("pressure_error") or 0.0 for line in here]) * values[:, 1]
        spread = np.nan_to_num([line.get("number_density_error") or 0.0 for line in here])
        style = styles.get(name)
        axes.errorbar(
            x,
            values[:, 0],
            errors,
            spread,
            fmt=style.marker if style else "o",
            color=style.colour if style else UNLABELLED_COLOUR,
            markersize=4,
            markeredgecolor="#222222",
            markeredgewidth=0.4,
            elinewidth=0.8,
            ecolor="#222222",
            label=name or "not labelled",
            zorder=3,
        )


def _ways(panel: Panel) -> list[dict[str, Any]]:
    return [line for line in panel.lines if line["branch"] != "production"]


def _way(line: Mapping[str, Any]) -> tuple[str, str, int]:
    return line["job_id"], line["branch"], line["way"]

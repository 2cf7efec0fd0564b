"""The picture of coexistence: chemical potentials against pressure, and pressures against density
with what lies side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from analysis.colours import phase_styles
from analysis.equilibrium.branches import Branch, Points

#: Systems that are drawn, at most.
MOST = 8


def draw(
    panels: Sequence[tuple[Sequence[Points], Sequence[Mapping[str, Any]], str]], file: Path
) -> None:
    """Write a PNG with a row for each system at one temperature.

    Parameters
    ----------
    panels : sequence of (points, coexistences, truncation)
        What is known of each phase, rows of the table of coexistences, and which potential it is.
    file : Path
    """
    from matplotlib.figure import Figure

    shown = panels[:MOST]
    figure = Figure(figsize=(8.0, 3.4 * len(shown)), layout="constrained")
    grid = figure.subplots(len(shown), 2, squeeze=False)
    styles = phase_styles(sorted({points.name for phases, *_ in panels for points in phases}))
    for (phases, rows, truncation), (left, right) in zip(shown, grid, strict=True):
        branches: dict[str, Branch] = {}
        for points in phases:
            colour = styles[points.name].colour
            rho, beta_p, error = points.pressures.T
            left.errorbar(rho, beta_p, error, fmt="o", markersize=3, color=colour)
            try:
                branch = branches[points.name] = Branch.through(points)
            except ValueError:
                continue
            pressures = branch.pressure(branch.densities)
            left.plot(branch.densities, pressures, color=colour, label=points.name)
        for row in rows:
            beta_p = row["pressure"] / row["kT"]
            ends = [row["density_a"], row["density_b"]]
            left.plot(ends, [beta_p, beta_p], color="black", linewidth=1.0)
            error = row["pressure_error"] / row["kT"]
            words = f"{row['phase_a']} – {row['phase_b']}: {_value(beta_p, error)}"
            right.axvline(beta_p, color="black", linewidth=1.0, label=words)
            if error == error:
                right.axvspan(
                    beta_p - error, beta_p + error, color="black", alpha=0.15, linewidth=0
                )
        _differences(right, branches, styles)
        left.set(xlabel="number density", ylabel="P / kT")
        if truncation:
            left.set_title(f"truncation: {truncation}", fontsize="small", loc="left")
        right.set(xlabel="P / kT", ylabel="Δμ / kT to the lowest")
        for axes in (left, right):
            if axes.get_legend_handles_labels()[1]:
                axes.legend(frameon=False, fontsize="small")
        _zoom(left, right, rows)
    figure.savefig(file, format="png", dpi=130)


def _differences(axes: Any, branches: Mapping[str, Branch], styles: Any) -> None:
    """Chemical potentials above the lowest one, against pressure, where two phases are known."""
    if len(branches) < 2:
        return
    ends = [one.pressure(one.densities[[0, -1]]) for one in branches.values()]
    low, high = sorted(end[0] for end in ends)[1], sorted(end[1] for end in ends)[-2]
    pressures = np.linspace(low, high, 500)
    values = {name: one.at_pressure(pressures)[1] for name, one in branches.items()}
    lowest = np.nanmin(list(values.values()), axis=0)
    for name, value in values.items():
        axes.plot(pressures, value - lowest, color=styles[name].colour, label=name)


def _zoom(left: Any, right: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    """Look at where phases meet."""
    if not rows:
        return
    beta_p = [row["pressure"] / row["kT"] for row in rows]
    densities = [row[name] for row in rows for name in ("density_a", "density_b")]
    span = max(densities) - min(densities)
    left.set(
        xlim=(min(densities) - 1.5 * span, max(densities) + 1.5 * span),
        ylim=(0.6 * min(beta_p), 1.4 * max(beta_p)),
    )
    right.set_xlim(0.8 * min(beta_p), 1.2 * max(beta_p))


def _value(value: float, error: float) -> str:
    """A number with its error."""
    return f"{value:.4g}" if error != error else f"{value:.4g} ± {error:.1g}"

"""The picture of coexistence: chemical potentials against pressure, and pressures against density
with what lies side by side; of slabs how fast they grow, or what makes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from analysis.colours import phase_styles
from analysis.equilibrium.branches import Branch, Points

#: Systems that are drawn, at most.
MOST = 8
#: Ratio of pressures from which on axes are logarithmic, and largest Δμ/kT that is shown then.
DECADE, MOST_APART = 10.0, 0.2
#: What is zero where a slab stays as it is, by its key in a result.
DRIVEN = {"velocity": "velocity of a surface", "driving_force": "μ(fluid) - μ(crystal)"}


def draw(
    panels: Sequence[tuple[Sequence[Points], Sequence[Mapping[str, Any]], str]],
    slabs: Sequence[tuple[Mapping[str, Any], Mapping[str, Any], str]],
    curves: Sequence[Sequence[Mapping[str, Any]]],
    file: Path,
) -> None:
    """Write a PNG with a row for each system at one temperature, each slab, and each system at
    several temperatures: P against T, and T against ρ.

    Parameters
    ----------
    panels : sequence of (points, coexistences, title)
        What is known of each phase, rows of the table of coexistences, and of what they are.
    slabs : sequence of (row, details, title)
        A row of that table, and what the result of its job says of velocities.
    curves : sequence of sequence of rows
        Rows of one system each, whose lines of coexistence are drawn together.
    file : Path
    """
    from matplotlib.figure import Figure

    shown, beside, below = panels[:MOST], slabs[:MOST], curves[:MOST]
    rows_of_axes = len(shown) + len(beside) + len(below)
    figure = Figure(figsize=(8.0, 3.4 * rows_of_axes), layout="constrained")
    grid = figure.subplots(rows_of_axes, 2, squeeze=False)
    styles = phase_styles(sorted({points.name for phases, *_ in panels for points in phases}))
    for (phases, rows, title), (left, right) in zip(shown, grid[: len(shown)], strict=True):
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
            _mark(right, beta_p, error, words)
        _differences(right, branches, styles)
        left.set(xlabel="number density", ylabel="P / kT")
        left.set_title(title, fontsize="small", loc="left")
        right.set(xlabel="P / kT", ylabel="Δμ / kT to the lowest")
        for axes in (left, right):
            if axes.get_legend_handles_labels()[1]:
                axes.legend(frameon=False, fontsize="small")
        _zoom(left, right, rows)
    slabs_end = len(shown) + len(beside)
    for rows, (left, right) in zip(below, grid[slabs_end:], strict=True):
        _curve(rows, left, right)
    for (row, details, title), (left, right) in zip(
        beside, grid[len(shown) : slabs_end], strict=True
    ):
        left.set_title(title, fontsize="small", loc="left")
        _slab(row, details, left, right)
    figure.savefig(file, format="png", dpi=130)


def _curve(rows: Sequence[Mapping[str, Any]], left: Any, right: Any) -> None:
    """Pressure against temperature, and temperature against the densities of both phases, of all
    lines of a system."""
    pairs = sorted({(row["phase_a"], row["phase_b"]) for row in rows})
    for number, (a, b) in enumerate(pairs):
        line = sorted(
            (row for row in rows if (row["phase_a"], row["phase_b"]) == (a, b)),
            key=lambda row: float(row["kT"]),
        )
        columns = ("kT", "pressure", "pressure_error", "density_a", "density_b")
        kT, pressure, error, *densities = (
            np.array([row.get(name) for row in line], dtype=float) for name in columns
        )
        colour = "black" if len(pairs) == 1 else f"C{number}"
        styles, ends = ("o-", "s--"), (pressure - error, pressure + error)
        if len(set(kT)) == len(kT):
            left.fill_between(kT, *ends, color=colour, alpha=0.15, linewidth=0)
        else:  # replicas, or a line that turns back: which point is next is not known
            styles = ("o", "s")
        left.plot(kT, pressure, styles[0], color=colour, markersize=3, label=f"{a} – {b}")
        for style, name, density in zip(styles, (a, b), densities, strict=True):
            words = (
                {"label": name}
                if len(pairs) == 1
                else {"color": colour, "label": f"{name} of {a} – {b}"}
            )
            right.plot(density, kT, style, markersize=3, **words)
    truncation = rows[0]["truncation"]
    left.set_title(f"truncation: {truncation}" if truncation else "", fontsize="small", loc="left")
    left.set(xlabel="kT", ylabel="P")
    right.set(xlabel="number density", ylabel="kT")
    for axes in (left, right):
        axes.legend(frameon=False, fontsize="small")


def _mark(axes: Any, pressure: float, error: float | None, words: str) -> None:
    """A pressure with its error, which may be unknown."""
    axes.axvline(pressure, color="black", linewidth=1.0, label=words)
    if error is not None and error == error:
        ends = pressure - error, pressure + error
        axes.axvspan(*ends, color="black", alpha=0.15, linewidth=0)


def _slab(row: Mapping[str, Any], details: Mapping[str, Any], left: Any, right: Any) -> None:
    """What drives a slab against pressure with its zero, and how much is crystal against time."""
    from matplotlib import colormaps

    pressures = np.array(details["pressures"])
    key = next(key for key in DRIVEN if key in details)
    drive, error = (np.array(details[each], dtype=float) for each in (key, f"{key}_error"))
    left.axhline(0.0, color="grey", linewidth=0.5)
    fine = np.linspace(pressures[0], pressures[-1], 200)
    left.plot(fine, np.polyval(details["polynomial"], fine), color="grey")
    left.errorbar(pressures, drive, error, fmt="none", color="grey")
    value, sigma = row["pressure"], row["pressure_error"]
    names = f"{row['phase_a']} – {row['phase_b']}"
    _mark(left, value, sigma, f"{names}: {_value(value, sigma)}")
    shades = colormaps["viridis"](np.linspace(0.0, 0.85, len(pressures)))
    left.scatter(pressures, drive, c=shades, zorder=3)
    for pressure, curve, colour in zip(pressures, details["curves"], shades, strict=True):
        right.plot(curve["time"], curve["crystal"], color=colour, label=f"P = {pressure:g}")
    left.set(xlabel="P", ylabel=DRIVEN[key])
    right.set(xlabel=details.get("clock", "time"), ylabel="part of crystal", ylim=(0.0, 1.0))
    for axes in (left, right):
        axes.legend(frameon=False, fontsize="small", loc="upper left")


def _differences(axes: Any, branches: Mapping[str, Branch], styles: Any) -> None:
    """Chemical potentials above the lowest one, against pressure, where two phases are known."""
    if len(branches) < 2:
        return
    ends = [one.pressure(one.densities[[0, -1]]) for one in branches.values()]
    low, high = sorted(end[0] for end in ends)[1], sorted(end[1] for end in ends)[-2]
    pressures = np.linspace(low, high, 500)
    if low > 0.0:  # the axis may be logarithmic
        pressures = np.sort(np.concatenate([pressures, np.geomspace(low, high, 500)]))
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
        xlim=(max(min(densities) - 1.5 * span, 0.0), max(densities) + 1.5 * span),
        ylim=(0.6 * min(beta_p), 1.4 * max(beta_p)),
    )
    right.set_xlim(0.8 * min(beta_p), 1.2 * max(beta_p))
    if max(beta_p) > DECADE * min(beta_p) > 0.0:
        left.set(yscale="log", xlim=(0.0, 1.1 * max(densities)))
        right.set(xscale="log", ylim=(-0.02 * MOST_APART, MOST_APART))


def _value(value: float, error: float | None) -> str:
    """A number with its error, which has two digits."""
    if error is None or not error > 0.0:
        return f"{value:.4g}"
    decimals = max(1 - int(np.floor(np.log10(error))), 0)
    return f"{value:.{decimals}f} ± {error:.{decimals}f}"

"""Level sets of a quantity over two axes, from the jobs that there are.

Between the points a Gaussian process says what the quantity is, and how far that may be wrong
(`analysis/phase_map/gaussian_process.py`). Around the line of each level the band is pale in which
the level may be: one standard deviation to both sides, where it is passed with a probability of 16
to 84 %.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.notation import mathtext
from analysis.phase_diagram.caption import caption
from analysis.phase_diagram.figure import COLUMN, STYLE, saved
from analysis.phase_diagram.look import Look
from analysis.phase_diagram.panels import INK, label_axis, wrap
from analysis.phase_diagram.table import Scale, campaign_axes, uniform

if TYPE_CHECKING:
    import pandas as pd

#: Points of the grid on which levels are drawn, along each axis.
GRID = 160
#: Jobs that are learned from, at most; of more, so many at random.
MOST_JOBS = 800
#: Levels where none are asked for, about.
LEVELS = 6


def draw_levels(
    table: pd.DataFrame,
    quantity: str,
    path: Path | Sequence[Path],
    axes: Sequence[str] | None = None,
    levels: Sequence[float] = (),
    title: str = "",
    look: Look | None = None,
) -> None:
    """Draw the level sets of a quantity for print.

    Parameters
    ----------
    table : DataFrame
        One row a job; those without the quantity are left out.
    quantity : str
        A column of numbers.
    path : Path, or several
        Where to write: pdf or svg if the suffix says so, else png.
    axes : sequence of str, optional
        Two columns of numbers; without them the axes of the campaign.
    levels : sequence of float
        Values; without them about six even ones.
    title : str
    look : Look, optional

    Raises
    ------
    ValueError
        Where there are too few numbers, or the jobs differ in more than the axes.
    """
    import matplotlib
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    from analysis.phase_map.gaussian_process import GaussianProcess

    look = look or Look()
    axes = campaign_axes(table) if axes is None else axes
    if len(axes) != 2:
        raise ValueError(f"level sets are over two axes; got {list(axes)}: choose them by --axes")
    jobs, values, scales = _known(table, quantity, axes)
    places = np.stack([scale.coordinates for scale in scales], axis=1)
    low, high = places.min(axis=0), places.max(axis=0)
    inside = (places - low) / (high - low)
    process = GaussianProcess.fit(inside, values)
    line = np.linspace(0.0, 1.0, GRID)
    mesh = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
    mean, deviation = (one.reshape(GRID, GRID) for one in process.predict(mesh))
    even = MaxNLocator(LEVELS).tick_values(values.min(), values.max())
    shown = sorted(levels) or [float(level) for level in even]
    x, y = (low[k] + line * (high[k] - low[k]) for k in (0, 1))
    width, height = look.width or 1.25 * COLUMN, look.height or COLUMN
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(width, height), dpi=300, layout="constrained")
        panel: Any = figure.add_subplot()
        colours = {"vmin": min(mean.min(), values.min()), "vmax": max(mean.max(), values.max())}
        ground = panel.pcolormesh(x, y, mean, shading="nearest", rasterized=True, **colours)
        for level in shown:
            # how many standard deviations the level is away
            away = abs(mean - level) / np.maximum(deviation, 1e-12 * np.ptp(values))
            panel.contourf(x, y, away, levels=[0.0, 1.0], colors="white", alpha=0.45)
        panel.contour(x, y, mean, levels=shown, colors="white", linewidths=1.8)  # on dark ground
        lines = panel.contour(x, y, mean, levels=shown, colors=INK, linewidths=0.8)
        panel.clabel(lines, fontsize=7, fmt="%g")
        look_of_points = {"edgecolors": INK, "linewidths": 0.4, "s": 9.0, "clip_on": False}
        panel.scatter(*places.T, c=values, zorder=3, **colours, **look_of_points)
        for axis, scale, side in zip(
            (panel.xaxis, panel.yaxis), scales, (width, height), strict=True
        ):
            label_axis(axis, scale, 0.7 * side * 72.0)
        bar = figure.colorbar(ground, ax=panel)
        bar.set_label(quantity.replace("_", " ") if "." not in quantity else mathtext(quantity))
        bar.outline.set_linewidth(0.6)
        if title:
            figure.suptitle(wrap(title, int(width * 17)), fontsize=9.5)
        notes = [caption(table), f"{len(jobs)} runs"]
        note = wrap(". ".join(filter(None, notes)), int(width * 21))
        figure.supxlabel(note, fontsize=7.0, x=0.01, ha="left", color=INK)
        saved(figure, [path] if isinstance(path, Path) else path)


def _known(
    table: pd.DataFrame, quantity: str, axes: Sequence[str]
) -> tuple[pd.DataFrame, np.ndarray, list[Scale]]:
    """The jobs that have the quantity, its values, and the axes as they lie on them."""
    import pandas as pd

    if quantity not in table:
        numbers = [str(name) for name in table.select_dtypes("number")]
        raise ValueError(f"the table has no column {quantity}; of numbers it has {numbers}")
    jobs = uniform(table, axes)
    known = pd.to_numeric(table[quantity].reset_index(drop=True), errors="coerce").to_numpy(float)
    scales = [Scale.of(jobs[name].tolist(), name) for name in axes]
    for scale in scales:
        if scale.kind == "category":
            raise ValueError(f"axis {scale.name}: expected numbers, got {scale.categories[0]}, …")
    finite = np.isfinite([known, *(scale.coordinates for scale in scales)]).all(axis=0)
    here = np.flatnonzero(finite)
    others = [str(name) for name in table if "." in str(name) and name not in axes]
    for name in ("method", *others):
        found = jobs[name].iloc[here].map(str).unique()
        if len(found) > 1:
            several = f"{len(found)} values of {name} ({found[0]}, {found[1]}, …)"
            raise ValueError(f"the jobs have {several}: choose one by -f {name} VALUE")
    if len(here) > MOST_JOBS:
        here = np.sort(np.random.default_rng(0).permutation(here)[:MOST_JOBS])
    jobs, known = jobs.iloc[here], known[here]
    scales = [Scale(one.name, one.kind, one.coordinates[here], one.categories) for one in scales]
    few = any(len(np.unique(scale.coordinates)) < 2 for scale in scales)
    if len(jobs) < 4 or few or np.ptp(known) == 0:
        raise ValueError(
            f"{quantity}: {len(jobs)} runs have a number; expected at least four that differ, over"
            " two values of each axis"
        )
    return jobs, known, scales

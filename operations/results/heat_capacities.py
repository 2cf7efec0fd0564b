"""Energies and heat capacities against temperature, of a campaign: results/heat_capacities.png."""

from __future__ import annotations

import os
from itertools import compress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from operations.jobs.files import replacing
from operations.jobs.state import RESULT
from operations.results.profiles import MOST, titles_of
from operations.results.rows import product

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

FIGURE = "heat_capacities.png"
#: What curves along kT are called beside their axis.
WORDS = {
    "energy_per_particle": "energy per particle",
    "heat_capacity": "heat capacity per particle (k)",
    "isobaric_heat_capacity": "heat capacity per particle\nat constant pressure (k)",
    "number_density": "number density",
}
FLOW = "part of the replicas that was\nat the coldest temperature last"


def write_heat_capacities(root: Path, jobs: pd.DataFrame, axes: list[str]) -> None:
    """Write the figure of the campaign at `root` from the rows of its jobs; where no job has a
    curve along kT, an earlier one is removed.

    Bands are one standard error; a curve without errors is dashed. The cross at the peak has those
    of its place and height. Of replica exchange there is how replicas move along the ladder, too.
    """
    rows = jobs[jobs["status"] == "finished"].drop_duplicates("job_id")
    results = [product(os.path.join(root, "workspace", one), RESULT) for one in rows["job_id"]]
    has = [isinstance(result.get("curve"), dict) for result in results]
    rows, results = rows[has], list(compress(results, has))
    if not results:
        (root / "results" / FIGURE).unlink(missing_ok=True)
        return
    names = titles_of(rows, [axis for axis in axes if axis != "method.kT"])
    with replacing(root / "results" / FIGURE) as temporary:
        _draw(names, results, temporary)


def _draw(names: list[str], results: list[dict[str, Any]], target: Path) -> None:
    """A panel for each quantity, and one for the ladders."""
    from matplotlib.figure import Figure

    results, more = results[:MOST], len(results) - MOST
    quantities = dict.fromkeys(
        key for one in results for key in one["curve"] if f"{key}_error" in one["curve"]
    )
    ladders = [one.get("ladder", {}) for one in results]
    has_ladder = any("from_coldest" in one for one in ladders)
    columns = len(quantities) + has_ladder
    figure = Figure(figsize=(4.2 * columns, 3.6), layout="constrained")
    panels = figure.subplots(1, columns, squeeze=False)[0]
    for quantity, panel in zip(quantities, panels, strict=False):
        for k, (name, one) in enumerate(zip(names, results, strict=False)):
            if quantity in one["curve"]:
                _curve(panel, one, quantity, f"C{k}", name)
        panel.set_ylabel(WORDS.get(quantity, quantity))
    if has_ladder:
        for k, one in enumerate(ladders):
            part = np.array(one.get("from_coldest", ()), dtype=float)
            panels[-1].plot(one.get("kT", ())[: len(part)], part, "o-", ms=3, lw=1.0, color=f"C{k}")
        panels[-1].set_ylabel(FLOW)
        panels[-1].set_ylim(-0.05, 1.05)
    for panel in panels:
        panel.set_xlabel("kT")
    if more > 0:
        panels[0].plot([], [], " ", label=f"and {more} more")
    panels[0].legend(fontsize="x-small", frameon=False)
    figure.savefig(target, format="png", dpi=130)


def _curve(panel: Axes, result: dict[str, Any], quantity: str, colour: str, name: str) -> None:
    """A curve with its band; of the heat capacity the peak, too."""
    kT, value, error = (
        np.array(result["curve"][key], dtype=float) for key in ("kT", quantity, f"{quantity}_error")
    )
    style = "-" if np.isfinite(error).any() else "--"
    panel.plot(kT, value, style, lw=1.2, color=colour, label=name)
    panel.fill_between(kT, value - error, value + error, color=colour, alpha=0.25, lw=0)
    peak = result.get("peak") or {}
    if quantity.endswith("heat_capacity") and peak.get("kT") is not None:
        panel.errorbar(
            peak["kT"],
            peak["heat_capacity"],
            peak.get("heat_capacity_error"),
            peak.get("kT_error"),
            color=colour,
            lw=1.2,
        )

"""Free energies against collective variables, of a campaign: results/free_energy_profiles.png."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.notation import mathtext
from operations.jobs.files import replacing
from operations.jobs.state import RESULT
from operations.results.rows import product

if TYPE_CHECKING:
    import pandas as pd

METHODS, FIGURE = ("umbrella", "metadynamics"), "free_energy_profiles.png"
#: Curves that are drawn, at most: as many as there are colours.
MOST = 10
#: What variables are called below their axis.
WORDS = {
    "crystalline_cluster": "particles in a crystalline cluster",
    "density_wave": r"$|\rho_k|$",
    "coordination": "coordination number",
    "steinhardt": "global bond order",
    "potential_energy": "potential energy per particle",
    "number_density": "number density",
}


def write_profiles(root: Path, jobs: pd.DataFrame, axes: list[str]) -> None:
    """Write the figure of the campaign at `root` from the rows of its jobs, one panel a variable;
    where no job has a profile, an earlier one is removed."""
    from matplotlib.figure import Figure

    panels: dict[str, list[tuple[str, float, dict[str, Any]]]] = {}
    rows = jobs[jobs["method"].isin(METHODS)]
    for row, title in zip(rows.to_dict("records"), titles_of(rows, axes), strict=True):
        method = row["method"]
        found = product(os.path.join(root, "workspace", row["job_id"]), RESULT).get(method)
        if isinstance(found, dict):
            panels.setdefault(found["variable"], []).append((title, row["kT"], found))
    if not panels:
        (root / "results" / FIGURE).unlink(missing_ok=True)
        return
    figure = Figure(figsize=(5.0 * len(panels), 4.0), layout="constrained")
    for (variable, curves), panel in zip(
        panels.items(), figure.subplots(1, len(panels), squeeze=False)[0], strict=True
    ):
        for title, kT, found in curves[:MOST]:
            x, f, error = (
                np.array(found[key], dtype=float)
                for key in ("value", "free_energy", "free_energy_error")
            )
            words = title
            if found.get("barrier") is not None:
                words += f": {_with_error(found['barrier'], found['barrier_error'], kT)}"
            style = "-" if np.isfinite(error).any() else "--"  # without an error, not known
            (line,) = panel.plot(x, f / kT, style, lw=1.2, label=words)
            panel.fill_between(
                x, (f - error) / kT, (f + error) / kT, color=line.get_color(), alpha=0.25, lw=0
            )
        if len(curves) > MOST:
            panel.plot([], [], " ", label=f"and {len(curves) - MOST} more")
        panel.set_xlabel(WORDS.get(variable, variable))
        zero = " = -ln(N_n / N), of all clusters" if variable == "crystalline_cluster" else ""
        panel.set_ylabel("F / kT" + zero)
        panel.legend(fontsize="x-small", frameon=False)
    with replacing(root / "results" / FIGURE) as temporary:
        figure.savefig(temporary, format="png", dpi=130)


def titles_of(rows: pd.DataFrame, axes: list[str]) -> list[str]:
    """What the curves of jobs are called: their values of axes, those of other methods left out,
    and replica and method where they differ in these."""
    replicas, methods = (rows[key].nunique() > 1 for key in ("replica", "method"))
    titles = []
    for row in rows.to_dict("records"):
        said = [f"{mathtext(axis)} = {row[axis]}" for axis in axes if not _empty(row.get(axis))]
        said += [f"replica {row['replica']}"] if replicas else []
        said += [str(row["method"]).replace("_", " ")] if methods else []
        titles.append(", ".join(said) or str(row["method"]).replace("_", " "))
    return titles


def _empty(value: Any) -> bool:
    """Whether a cell of the table has nothing in it."""
    return value is None or value != value


def _with_error(barrier: float, error: float | None, kT: float) -> str:
    """The height of a barrier and its error, where there is one."""
    return f"{barrier / kT:.1f}" + ("" if error is None else f" ± {error / kT:.1f}") + " kT"

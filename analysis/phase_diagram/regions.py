"""Under the points of an adaptive campaign: what is probable at every point of its grid.

The cell of every candidate has the colour of its most probable phase. It is pale where no phase has
84 % of the probability: in this band, one standard deviation wide to both sides, runs the boundary.
Where jobs will fail, or where a phase may be that nobody has seen, the cell is white.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from analysis.phase_diagram.panels import points_of
from analysis.phase_diagram.points import Points
from analysis.phase_diagram.table import LABELLED, MAPPED, Scale, uniform

if TYPE_CHECKING:
    import pandas as pd

#: Classes of a map that are no phases.
NO_PHASES = ("failed", "unseen")
#: A phase with less probability than this is not sure to be there: one standard deviation.
SURE = 0.84
#: Strength of the tint where a phase is sure, and where it is not.
STRONG, FAINT = 0.55, 0.0


def with_regions(
    jobs: pd.DataFrame, axes: Sequence[str], regions: pd.DataFrame | None
) -> pd.DataFrame:
    """The jobs, and behind them the points of a map in the state `MAPPED`."""
    import pandas as pd

    if regions is None or len(axes) < 2 or not len(regions):
        return jobs
    points = uniform(regions, axes)
    phases = points["label"].where(~points["label"].isin(NO_PHASES), "")
    points = points.assign(state=MAPPED, label=phases)
    return pd.concat([jobs, points], ignore_index=True)


def regions_of(
    jobs: pd.DataFrame, axes: Sequence[Scale], here: np.ndarray, size_points: Sequence[float]
) -> Points | None:
    """The points of the map in a panel; None where there is no map.

    Parameters
    ----------
    jobs : DataFrame
        As `with_regions` makes it.
    axes : sequence of Scale
        Of the panel.
    here : ndarray of int
        Rows of the points of the map that the panel shows.
    size_points : sequence of float
        Lengths of the axes in typographic points.
    """
    if not len(here):
        return None
    state = np.where(jobs["label"] == "", "", LABELLED)
    points = points_of(jobs.assign(state=state), axes, here, size_points)
    return replace(points, strength=np.where(points.strength >= SURE, STRONG, FAINT))


def agreement_note(jobs: pd.DataFrame) -> list[str]:
    """How much of a map is expected to be right, for the line above the panels."""
    mapped = jobs["state"] == MAPPED
    if not mapped.any():
        return []
    agreement = jobs.loc[mapped, "confidence"].mean()
    n_jobs = int((jobs["state"] == LABELLED).sum())
    return [f"{n_jobs} of {int(mapped.sum())} runs, expected agreement {agreement:.3f}"]

"""Under the points of an adaptive campaign: what is probable at every point of its grid.

The cell of every candidate has the colour of its most probable phase. It is pale where no phase has
84 % of the probability: in this band, one standard deviation wide to both sides, runs the boundary.
Where jobs will sooner fail than not, the cell is hatched.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from analysis.phase_diagram.panels import points_of
from analysis.phase_diagram.points import Points
from analysis.phase_diagram.table import FAILED, LABELLED, MAPPED, Scale, uniform
from workspace_schema.files import open_file

if TYPE_CHECKING:
    import pandas as pd

MAP_FILE = Path("results") / "phase_map.parquet"
#: Classes of a map that are no phases.
NO_PHASES = (FAILED, "unseen")
#: A phase with less probability than this is not sure to be there: one standard deviation.
SURE = 0.84
#: Strength of the tint where a phase is sure, and where it is not.
STRONG, FAINT = 0.55, 0.0


@dataclass(frozen=True)
class Stage:
    """A map as it was known after a round.

    Attributes
    ----------
    round : int, optional
    runs : int
        Runs that were known.
    agreement : float
        Share of the map that was expected to be right.
    made_from : str
        What tells all that it followed from; "" of the last one, which may change.
    """

    round: int | None
    runs: int
    agreement: float
    made_from: str = ""

    @property
    def columns(self) -> tuple[str, str]:
        """Names of the columns of the table with its phases, and with their probability."""
        if not self.made_from:
            return "label", "confidence"
        return f"label after round {self.round}", f"confidence after round {self.round}"

    def in_words(self, n_points: int) -> str:
        """The stage in a line."""
        return f"{self.runs} of {n_points} runs, expected agreement {self.agreement:.3f}"


def read_regions(root: Path) -> pd.DataFrame | None:
    """Read the map of the campaign in `root`; None where there is none.

    Raises
    ------
    ValueError, OSError
        Where it cannot be drawn.
    """
    import pandas as pd

    path = root / MAP_FILE
    if not path.exists():
        return None
    os.close(open_file(path))
    try:
        table = pd.read_parquet(path, page_checksum_verification=True)
        stages_of(table)
        for name in table:
            texts = (str,) if name in ("job_id", "method") else (str, int, float, type(None))
            if not table[name].map(lambda value, texts=texts: isinstance(value, texts)).all():
                raise ValueError(f"column {name}: expected texts or numbers")
    except Exception as error:  # whatever the file may hold
        raise ValueError(f"{path} cannot be read: {error}") from None
    return table


def keep_stages(regions: pd.DataFrame, stages: Sequence[Stage]) -> None:
    """Write the stages of a map into its table; the last one is what is known now."""
    regions.attrs["stages"] = [asdict(one) for one in stages]


def stages_of(regions: pd.DataFrame) -> list[Stage]:
    """The stages of a map, the last one what is known now.

    Raises
    ------
    ValueError, TypeError
        Where the table says something else, or has not their columns.
    """
    stages = [Stage(**one) for one in regions.attrs["stages"]]
    if not stages or [bool(one.made_from) for one in stages] != [True] * (len(stages) - 1) + [
        False
    ]:
        raise ValueError("expected stages, the last of which is what is known now")
    for one in stages:
        label, confidence = one.columns
        if not all(isinstance(value, str) for value in regions[label]):
            raise ValueError(f"column {label}: expected texts")
        if not regions[confidence].between(0.0, 1.0).all():
            raise ValueError(f"column {confidence}: expected numbers from 0 to 1")
        known = isinstance(one.runs, int) and 0.0 <= one.agreement <= 1.0
        if not known or not isinstance(one.round, int | None):
            raise ValueError(f"stage {one}: expected whole numbers, and an agreement from 0 to 1")
    return stages


def over(regions: pd.DataFrame | None, axes: Sequence[str]) -> pd.DataFrame | None:
    """The map where it can be drawn over these axes: at one place on them it says one thing."""
    if regions is None or len(axes) < 2 or not set(axes) <= set(regions):
        return None
    dotted = {str(name) for name in regions if "." in str(name)} - {"method.name"}
    others = [name for name in dotted - set(axes) if regions[name].nunique(dropna=False) > 1]
    return None if others else regions


def with_regions(
    jobs: pd.DataFrame, axes: Sequence[str], regions: pd.DataFrame | None
) -> pd.DataFrame:
    """The jobs, and behind them the points of a map in the state `MAPPED`."""
    import pandas as pd

    if regions is None:
        return jobs
    points = uniform(regions, axes).assign(state=MAPPED)
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
    points = points_of(jobs.assign(state=LABELLED), axes, here, size_points)
    return replace(
        points,
        label=np.where(np.isin(points.label, NO_PHASES), "", points.label).astype(object),
        without=points.without | {FAILED: points.label == FAILED},
        strength=np.where(points.strength >= SURE, STRONG, FAINT),
    )

"""What assembled, what was predicted, and the verdict, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.notation import is_missing
from analysis.phase_diagram.table import FAILED, LABELLED
from workspace_schema.methods.facts import PREDICTION

if TYPE_CHECKING:
    import pandas as pd

#: The panels, in their order; where several methods assemble, the first and the last of each.
ASSEMBLED, PREDICTED, VERDICT = "assembled", "predicted ground state", "verdict"


def has_verdicts(jobs: pd.DataFrame) -> bool:
    """Whether any job was compared with a prediction."""
    return "verdict" in jobs and any(not is_missing(value) for value in jobs["verdict"])


def panels_of(shown: pd.DataFrame) -> list[str]:
    """Names of the panels of the rows of `side_by_side`, in their order."""
    order = (ASSEMBLED, PREDICTED, VERDICT)
    names = set(shown["method"])
    return sorted(names, key=lambda name: (order.index(name.partition(":")[0]), name))


def side_by_side(jobs: pd.DataFrame) -> pd.DataFrame:
    """The jobs of the three panels one after another; as they are where there is no verdict.

    Parameters
    ----------
    jobs : DataFrame
        Rows of `analysis.phase_diagram.table.uniform`.

    Returns
    -------
    DataFrame
        A row for each job and panel it is in, index 0 … n-1: `method` is the panel (of several
        methods that assemble, `assembled: forward`), `label` what
        stands there (the phase that assembled; that of the ground state, whichever method has
        found it; the verdict), `job` the row of the job.
    """
    import pandas as pd

    jobs = jobs.assign(job=np.arange(len(jobs)))
    if not has_verdicts(jobs):
        return jobs
    predicts = jobs["method"].isin(PREDICTION)
    methods = jobs.loc[~predicts, "method"]
    whose = ": " + methods if methods.nunique() > 1 else ""
    assembled = jobs[~predicts].assign(method=ASSEMBLED + whose)
    predicted = _labelled(jobs[predicts], "predicted_label").assign(method=PREDICTED)
    predicted["confidence"] = 1.0  # it is of the ground state, which another job may have found
    verdicts = _labelled(jobs[~predicts], "verdict").assign(method=VERDICT + whose)
    return pd.concat([assembled, predicted, verdicts], ignore_index=True)


def _labelled(jobs: pd.DataFrame, column: str) -> pd.DataFrame:
    """The jobs with the text of a column as their label, where it has one."""
    texts = ["" if is_missing(value) else str(value) for value in jobs[column]]
    known = np.array([bool(text) for text in texts], dtype=bool)
    failed = jobs["state"] == FAILED
    state = jobs["state"].where(~known, LABELLED).where(known | failed, "unfinished")
    return jobs.assign(label=texts, state=state, second="")

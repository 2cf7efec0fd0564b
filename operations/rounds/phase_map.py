"""The phases of all candidates as a table, `results/phase_map.parquet`, and rounds as columns."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from operations.jobs.files import replacing
from operations.results.rows import value_at
from operations.rounds import ledger
from operations.rounds.candidates import Candidates
from operations.rounds.due import is_adaptive
from operations.rounds.proceed import knowledge_of
from operations.rounds.propose import map_of

if TYPE_CHECKING:
    import pandas as pd

FILE = Path("results") / "phase_map.parquet"


def phase_map(root: Path, axes: list[str]) -> pd.DataFrame | None:
    """What is known of every point of an adaptive campaign; None of any other, or before anything
    is known.

    Returns
    -------
    DataFrame
        One row a point: `job_id` of its first replica, the axes, `method`, `label` (the most
        probable phase), `confidence` (its probability), `probability NAME` of each class, those
        that fail ("failed") and that nobody has seen ("unseen") among them.
    """
    import pandas as pd

    if not is_adaptive(root):
        return None
    candidates = Candidates.load(root)
    knowledge = knowledge_of(root, candidates, ledger.read(root))
    if not knowledge.labels:
        return None
    n = len(candidates.replicas)
    phases = map_of(candidates, knowledge)[1]
    statepoints = [candidates.by_id[names[0]].statepoint for names in candidates.replicas]
    columns = {"job_id": [names[0] for names in candidates.replicas]}
    columns |= {axis: [value_at(one, axis) for one in statepoints] for axis in axes}
    columns["method"] = [value_at(one, "method.name") for one in statepoints]
    table = pd.DataFrame(columns)
    table["label"] = phases.winner[:n]
    table["confidence"] = phases.certainty[:n].round(4)
    for name in phases.names:
        table[f"probability {name}"] = phases.of(name)[:n].round(4)
    return table


def write_phase_map(root: Path, table: pd.DataFrame | None) -> None:
    """Write results/phase_map.parquet; remove an old one where there is no map."""
    if table is None:
        (root / FILE).unlink(missing_ok=True)
        return
    with replacing(root / FILE) as temporary:
        table.to_parquet(temporary, index=False)


def with_rounds(root: Path, table: pd.DataFrame) -> pd.DataFrame:
    """The table of jobs with the columns `round` and `why`, where rounds have chosen any."""
    rounds = ledger.read(root)
    if not rounds:
        return table
    number = {name: one.round for one in rounds for name, _ in one.chosen}
    why = {name: reason for one in rounds for name, reason in one.chosen}
    ids = table["job_id"]
    return table.assign(round=ids.map(number).astype("Int64"), why=ids.map(why))

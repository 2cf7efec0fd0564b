"""Verdicts by free energy: results/stability.parquet, a row for each job whose phase is known.

The phase of a job of method `free_energy` is its own, that of any other its label. It is stable at
its temperature and pressure, or metastable by so much, against the phases whose free energies the
campaign has of the same particles and the same potential, as it was sampled.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.equilibrium.stability import stability
from operations.jobs.files import readable_json, replacing
from operations.jobs.state import STATEPOINT
from operations.results.coexistence import METHOD, WHOLE, Known, phase_of, systems
from operations.results.rows import is_number

if TYPE_CHECKING:
    import pandas as pd

TABLE = "stability.parquet"
#: Relative difference of temperatures that are the same.
SAME = 1e-6


def _matter(point: Mapping[str, Any]) -> str:
    """What jobs of the same particles and potential have in common, however many there are."""
    system = dict(point["system"])
    system["particles"] = sorted(system.get("particles") or ())
    return json.dumps([system, point.get("potential")], sort_keys=True)


def verdict_of(line: Mapping[str, Any], point: Mapping[str, Any], known: list[Known]) -> Any:
    """The row of a job; None where nothing can be said.

    Parameters
    ----------
    line : mapping
        The row of the job in the campaign's table.
    point : mapping
        Its state point.
    known : list of Known
        All systems whose free energies are known.
    """
    pressure, kT = line.get("pressure"), line.get("kT")
    phase = phase_of(point) if line.get("method") == METHOD else line.get("label")
    if not (is_number(pressure) and is_number(kT) and isinstance(phase, str)):
        return None
    for one in known:
        temperature = float(one.point["method"]["kT"])
        if one.truncation == WHOLE or abs(kT / temperature - 1.0) > SAME:
            continue
        if _matter(one.point) != _matter(point):
            continue
        found = stability(one.phases, phase, pressure / kT)
        if found is not None:
            return {
                "job_id": line["job_id"],
                "phase": phase,
                "kT": kT,
                "pressure": pressure,
                "against": found.other,
                "above": kT * found.above,
                "above_error": kT * found.error,
                "verdict": found.verdict,
                "truncation": one.truncation,
            }
    return None


def write_stability(root: Path, jobs: pd.DataFrame) -> None:
    """Write the table of the campaign at `root` from the rows of its jobs; nothing where none has a
    free energy."""
    import pandas as pd

    known = systems(root, jobs.loc[jobs["method"] == METHOD, "job_id"].tolist())
    if not known:
        return
    rows = []
    for record in jobs.to_dict("records"):
        line = {str(column): value for column, value in record.items()}
        path = os.path.join(root, "workspace", line["job_id"], STATEPOINT)
        rows.append(verdict_of(line, readable_json(path), known))
    with replacing(root / "results" / TABLE) as temporary:
        pd.DataFrame([row for row in rows if row]).to_parquet(temporary, index=False)

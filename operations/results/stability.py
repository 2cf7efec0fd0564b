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

from analysis.equilibrium.stability import Potentials
from operations.jobs.files import readable_json, replacing
from operations.jobs.state import STATEPOINT
from operations.results.coexistence import METHOD, WHOLE, Known, phase_of, systems
from operations.results.rows import COEXISTING, is_number

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


def verdict_of(
    line: Mapping[str, Any], point: Mapping[str, Any], known: list[tuple[Known, Potentials]]
) -> Any:
    """The row of a job; None where nothing can be said.

    Parameters
    ----------
    line : mapping
        The row of the job in the campaign's table.
    point : mapping
        Its state point.
    known : list of (Known, Potentials)
        All systems whose free energies are known. Of several of this one the verdict is that
        against the most phases, then that of the smallest error.
    """
    pressure, kT = line.get("pressure"), line.get("kT")
    is_own = line.get("method") == METHOD
    phase = phase_of(point) if is_own else line.get("label")
    if not is_own and line.get(COEXISTING):
        return None  # no pure phase
    error = line.get("pressure_error")
    error = error if is_number(error) else 0.0
    best = None
    if not (is_number(pressure) and is_number(kT) and isinstance(phase, str)):
        return None
    for one, potentials in known:
        temperature = float(one.point["method"]["kT"])
        if one.truncation == WHOLE or abs(kT / temperature - 1.0) > SAME:
            continue
        if _matter(one.point) != _matter(point):
            continue
        density = line.get("number_density")
        name = one.name_of(phase, density if is_number(density) else 0.0)
        found = potentials.stability(name, pressure / kT, error / kT)
        if found is None:
            continue
        rank = (-len(found.others), found.error)
        if best is None or rank < best[0]:
            unknown = sorted({*potentials.names} - {*found.others, name})
            best = (
                rank,
                {
                    "job_id": line["job_id"],
                    "phase": name,
                    "kT": kT,
                    "pressure": pressure,
                    "against": found.other,
                    "above": kT * found.above,
                    "above_error": kT * found.error,
                    "verdict": found.verdict,
                    "compared": ", ".join(found.others),
                    "not_known": ", ".join(unknown),
                    "truncation": one.truncation,
                },
            )
    return best[1] if best else None


def write_stability(root: Path, jobs: pd.DataFrame) -> None:
    """Write the table of the campaign at `root` from the rows of its jobs; nothing where none has a
    free energy."""
    import pandas as pd

    known = systems(root, jobs.loc[jobs["method"] == METHOD, "job_id"].tolist())
    if not known:
        return
    rows, potentials = [], [(one, Potentials(one.phases)) for one in known]
    for record in jobs.to_dict("records"):
        line = {str(column): value for column, value in record.items()}
        path = os.path.join(root, "workspace", line["job_id"], STATEPOINT)
        rows.append(verdict_of(line, readable_json(path), potentials))
    with replacing(root / "results" / TABLE) as temporary:
        pd.DataFrame([row for row in rows if row]).to_parquet(temporary, index=False)

"""Verdicts by free energy: results/stability.parquet, a row for each job whose phase is known.

The phase of a job of method `free_energy` is its own, that of any other its label. It is stable at
its temperature and pressure, or metastable by so much, against the phases whose free energies the
campaign has of the same particles and the same potential, as it was sampled.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
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


@dataclass(frozen=True)
class _Judge:
    """A system at one temperature, and its phases against each other."""

    known: Known
    potentials: Potentials

    @cached_property
    def matter(self) -> str:
        """See `_matter`."""
        return _matter(self.known.point)

    @property
    def kT(self) -> float:
        """Of all its phases."""
        return float(self.known.point["method"]["kT"])


def verdict_of(
    line: Mapping[str, Any], point: Callable[[], Mapping[str, Any]], judges: list[_Judge]
) -> dict[str, Any] | None:
    """The row of a job; None where nothing can be said.

    Parameters
    ----------
    line : mapping
        The row of the job in the campaign's table.
    point : callable
        Its state point, which is asked for only where something may be said.
    judges : list of _Judge
        Of several of this system the verdict is that against the most phases, then that of the
        smallest error.
    """
    pressure, kT = line.get("pressure"), line.get("kT")
    is_own = line.get("method") == METHOD
    if not (is_number(pressure) and is_number(kT)) or (not is_own and line.get(COEXISTING)):
        return None  # no pure phase
    judges = [judge for judge in judges if abs(kT / judge.kT - 1.0) <= SAME]
    if not judges:
        return None
    statepoint = point()
    phase = phase_of(statepoint) if is_own else line.get("label")
    if not isinstance(phase, str):
        return None
    error = line.get("pressure_error")
    error = error if is_number(error) else 0.0
    matter = _matter(statepoint)
    density = line.get("number_density")
    density = density if is_number(density) else 0.0
    found = []
    for judge in (one for one in judges if one.matter == matter):
        name = judge.known.name_of(phase, density)
        verdict = judge.potentials.stability(name, pressure / kT, error / kT)
        if verdict is not None:
            found.append((judge, name, verdict))
    if not found:
        return None
    judge, name, best = min(found, key=lambda one: (-len(one[2].others), one[2].error))
    return {
        "job_id": line["job_id"],
        "phase": name,
        "kT": kT,
        "pressure": pressure,
        "against": best.other,
        "above": kT * best.above,
        "above_error": kT * best.error,
        "verdict": best.verdict,
        "compared": ", ".join(best.others),
        "not_known": ", ".join(sorted({*judge.potentials.names} - {*best.others, name})),
        "truncation": judge.known.truncation,
    }


def write_stability(root: Path, jobs: pd.DataFrame) -> None:
    """Write the table of the campaign at `root` from the rows of its jobs; nothing where none has a
    free energy."""
    import pandas as pd

    known = systems(root, jobs.loc[jobs["method"] == METHOD, "job_id"].tolist())
    if not known:
        return
    judges = [_Judge(one, Potentials(one.phases)) for one in known if one.truncation != WHOLE]
    rows = []
    for record in jobs.to_dict("records"):
        line = {str(column): value for column, value in record.items()}
        path = os.path.join(root, "workspace", line["job_id"], STATEPOINT)
        rows.append(verdict_of(line, partial(readable_json, path), judges))
    with replacing(root / "results" / TABLE) as temporary:
        pd.DataFrame([row for row in rows if row]).to_parquet(temporary, index=False)

"""Verdicts by free energy: results/stability.parquet, a row for each job whose phase is known.

The phase of a job of method `free_energy` is its own, that of any other its label. It is stable at
its temperature and pressure, or metastable by so much, against the phases whose free energies the
campaign has of the same particles and the same potential, as it was sampled. A crystal that a job
has found has the label of that: so a quasicrystal is judged by its approximant.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.equilibrium.reference_equations import FLUID
from analysis.equilibrium.stability import GibbsEnergies, Potentials
from analysis.ground_states import TILING_ENTROPY
from analysis.labelling.labels import UNKNOWN
from operations.jobs.files import readable_json, replacing
from operations.jobs.progress import say
from operations.jobs.state import LABELS, STATEPOINT
from operations.results.coexistence import (
    FLUIDS,
    METHOD,
    WHOLE,
    Known,
    phase_of,
    systems,
    types_only,
)
from operations.results.configurations import in_a_line
from operations.results.gibbs import Gibbs, gibbs_energies
from operations.results.overlay import final
from operations.results.rows import COEXISTING, is_number, product

if TYPE_CHECKING:
    import pandas as pd

TABLE = "stability.parquet"
#: Columns of the table of jobs, and what they are called here.
COLUMNS = {
    "stability": "verdict",
    "stability_against": "against",
    "free_energy_above": "above",
    "free_energy_above_error": "above_error",
}
#: Relative difference of temperatures that are the same, and of one from what is measured of it.
SAME, ABOUT = 1e-6, 1.0


def _matter(point: Mapping[str, Any]) -> str:
    """What jobs of the same particles and potential have in common, however many there are."""
    return json.dumps([types_only(point["system"]), point.get("potential")], sort_keys=True)


@dataclass(frozen=True)
class _Judge:
    """The phases of a system at one temperature against each other.

    Attributes
    ----------
    matter : str
        See `_matter`.
    kT : float
    truncation : str
        Of the potential.
    potentials : Potentials or GibbsEnergies
    name_of : callable
        The name that a phase of a density has there.
    """

    matter: str
    kT: float
    truncation: str
    potentials: Potentials | GibbsEnergies
    name_of: Callable[[str, float], str]


def _judges(root: Path, job_ids: list[str]) -> list[_Judge]:
    """Of jobs of method `free_energy`: branches of densities, and Gibbs energies at one pressure;
    what a job has found goes by the label of that, too."""
    points = [readable_json(os.path.join(root, "workspace", one, STATEPOINT)) for one in job_ids]
    named = _named(root, [point for point in points if point])
    judges = []
    for known in systems(root, job_ids):
        if known.truncation != WHOLE:
            place = _matter(known.point), float(known.point["method"]["kT"])
            name = partial(_name, named.get(place, {}), known)
            potentials = Potentials(known.phases, tilings=_tilings(named.get(place, {})))
            judges.append(_Judge(*place, known.truncation, potentials, name))
    together: dict[tuple[str, float, float], dict[str, Gibbs]] = {}
    for one in gibbs_energies(root, job_ids):
        method = one.point["method"]
        where = _matter(one.point), float(method["kT"]), float(method["pressure"])
        phases = together.setdefault(where, {})
        if one.phase not in phases or one.error < phases[one.phase].error:
            phases[one.phase] = one
    for (matter, kT, pressure), phases in together.items():
        values = {
            phase: (one.value / kT, one.error / kT, one.number_density)
            for phase, one in phases.items()
        }
        truncation = next(iter(phases.values())).truncation
        tilings = _tilings(named.get((matter, kT), {}))
        energies = GibbsEnergies(pressure / kT, values, tilings)
        name = partial(_name, named.get((matter, kT), {}), None)
        judges.append(_Judge(matter, kT, truncation, energies, name))
    return judges


def _tilings(named: Mapping[str, str]) -> dict[str, float]:
    """Entropy of random tilings by the name of a phase, which is its label or has one."""
    return {named.get(label, label): entropy for label, entropy in TILING_ENTROPY.items()}


def _name(named: Mapping[str, str], known: Known | None, phase: str, density: float) -> str:
    """What a phase of a density, or a label, is called among those that are known."""
    name = named.get(phase, phase)
    return name if known is None else known.name_of(name, density)


def _named(root: Path, points: list[dict[str, Any]]) -> dict[tuple[str, float], dict[str, str]]:
    """By matter and kT the name of a crystal that a job has found, by the label of that: of labels
    that say which crystal it is, that no other found crystal has, and that are no phases
    themselves."""
    names: dict[tuple[str, float], set[str]] = {}
    found: dict[tuple[str, float], dict[str, set[str]]] = {}
    for point in points:
        place, phase = (_matter(point), float(point["method"]["kT"])), point["method"]["phase"]
        names.setdefault(place, set()).add(phase_of(point))
        if isinstance(phase, dict) and "job" in phase:
            labels = product(os.path.join(root, "workspace", phase["job"]), LABELS, files=False)
            label = labels.get("label")
            if isinstance(label, str) and label not in (UNKNOWN, FLUID, *FLUIDS):
                found.setdefault(place, {}).setdefault(label, set()).add(phase_of(point))
    return {
        place: {
            label: next(iter(ones))
            for label, ones in labels.items()
            if len(ones) == 1 and label not in names[place]
        }
        for place, labels in found.items()
    }


def _given_pressure(point: Mapping[str, Any]) -> float | None:
    """The pressure that a job was given, where it ended; None where it had a volume."""
    method = point["method"]
    given = method.get("name") == METHOD or method.get("ensemble") == "npt"
    return final(method["pressure"]) if given and method.get("pressure") is not None else None


def _temperature(point: Mapping[str, Any]) -> float | None:
    """The temperature that a job was given, where it ended: what is measured of it has noise."""
    method = point["method"]
    given = method.get("ensemble") != "nve" and method.get("kT") is not None
    return final(method["kT"]) if given else None


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
    if not any(abs(kT / judge.kT - 1.0) <= ABOUT for judge in judges):
        return None
    statepoint = point()
    kT = _temperature(statepoint) or kT
    judges = [judge for judge in judges if abs(kT / judge.kT - 1.0) <= SAME]
    phase = phase_of(statepoint) if is_own else line.get("label")
    if not isinstance(phase, str):
        return None
    given, error = _given_pressure(statepoint), line.get("pressure_error")
    if given is not None:
        pressure, error = given, 0.0
    elif not is_number(error):
        return None  # one sample, or a production too short for an error
    matter = _matter(statepoint)
    density = line.get("number_density")
    density = density if is_number(density) else 0.0
    found = []
    for judge in (one for one in judges if one.matter == matter):
        name = judge.name_of(phase, density)
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
        "truncation": judge.truncation,
    }


def verdicts(root: Path, jobs: pd.DataFrame) -> list[dict[str, Any]]:
    """The verdicts on the jobs of the campaign at `root`, from their rows; none where no phase has
    a free energy."""
    try:
        judges = _judges(root, jobs.loc[jobs["method"] == METHOD, "job_id"].tolist())
    except Exception as error:  # whatever a file may hold, the others have their diagram
        say(f"aggregate: no verdicts by free energy: {in_a_line(error)}")
        return []
    if not judges:
        return []
    rows = []
    for record in jobs.to_dict("records"):
        line = {str(column): value for column, value in record.items()}
        path = os.path.join(root, "workspace", line["job_id"], STATEPOINT)
        rows.append(verdict_of(line, partial(readable_json, path), judges))
    return [row for row in rows if row]


def with_verdicts(table: pd.DataFrame, rows: list[dict[str, Any]]) -> pd.DataFrame:
    """The table of jobs with the columns `COLUMNS`; as it is where there are no verdicts."""
    if not rows:
        return table
    of = {row["job_id"]: row for row in rows}
    columns: dict[str, Any] = {
        name: [of.get(job_id, {}).get(key) for job_id in table["job_id"]]
        for name, key in COLUMNS.items()
    }
    table = table.assign(**columns)
    return table.astype({name: "float64" for name in COLUMNS if name.startswith("free_energy")})


def write_stability(root: Path, rows: list[dict[str, Any]]) -> None:
    """Write the table of the verdicts; nothing is left of an old one where there are none."""
    import pandas as pd

    if not rows:
        (root / "results" / TABLE).unlink(missing_ok=True)
        return
    with replacing(root / "results" / TABLE) as temporary:
        pd.DataFrame(rows).to_parquet(temporary, index=False)

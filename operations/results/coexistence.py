"""What coexists in a campaign: results/coexistence.parquet and .png.

Jobs of method `free_energy` that differ in nothing but phase, density, number of particles, length
and replica are one system at one temperature; their free energies are those of infinitely many
particles. A job of method `coexistence` is a coexistence by itself.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.equilibrium.branches import Branch, Points
from analysis.equilibrium.coexistence import coexistences
from operations.equilibrium.phases import phase_name
from operations.jobs.files import readable_json, replacing
from operations.jobs.progress import say
from operations.jobs.state import RESULT, STATEPOINT
from operations.results.rows import product, value_at

if TYPE_CHECKING:
    import pandas as pd

TABLE, FIGURE = "coexistence.parquet", "coexistence.png"
METHOD, DIRECT, ALONG = "free_energy", "coexistence", "clapeyron"
#: Keys of the method in which jobs of one system may differ.
FREE = ("phase", "number_density", "pressure", "hot", "points", "equilibration_steps")

#: Names of a fluid below and above the critical density, where a campaign has both.
FLUIDS = ("gas", "liquid")
#: What a row says of the potential where what the cut-off takes away is added.
WHOLE = "none, to first order"


@dataclass(frozen=True)
class Known:
    """What is known of a system at one temperature.

    Attributes
    ----------
    point : dict
        State point of one of its jobs.
    phases : list of Points
    truncation : str
        Of the potential whose free energies these are; "" of hard particles.
    given : bool
        Whether a density was given to a job; `lines.py` compares those at a pressure.
    """

    point: dict[str, Any]
    phases: list[Points]
    truncation: str
    given: bool

    def name_of(self, phase: str, density: float) -> str:
        """The name that a phase of a density has here: a fluid may be gas or liquid."""
        if phase != "fluid":
            return phase
        fluids = {one.name: one.pressures[:, 0] for one in self.phases if one.name in FLUIDS}
        return min(fluids, key=lambda name: np.abs(fluids[name] - density).min(), default=phase)


def systems(root: Path, job_ids: list[str]) -> list[Known]:
    """The systems of a campaign at each temperature: with the potential that was sampled, and,
    where its formula goes on beyond the cut-off, without that."""
    found: dict[str, tuple[list[dict[str, Any]], dict[str, list[dict[str, Any]]]]] = {}
    for job_id in job_ids:
        folder = os.path.join(root, "workspace", job_id)
        point, result = readable_json(os.path.join(folder, STATEPOINT)), product(folder, RESULT)
        averages = result.get("averages")
        if not isinstance(averages, dict) or value_at(point, "method.name") != METHOD:
            continue
        if not is_of_infinite(result[METHOD]):
            say(f"aggregate: {job_id}: what its finite size makes is not known; compared with none")
            continue
        if value_at(averages, "free_energy_per_particle.standard_error") is None:
            say(f"aggregate: {job_id}: its free energy has no error; compared with none")
            continue
        points, phases = found.setdefault(system_of(point), ([], {}))
        points.append(point)
        phases.setdefault(phase_of(point), []).append(result)
    known = []
    for points, together in found.values():
        point, given = points[0], any("number_density" in one["method"] for one in points)
        phases = _gas_and_liquid(together)
        cuts = [_truncation(result) for results in phases.values() for result in results]
        known.append(Known(point, _phases(phases, False), cuts[0].get("words", ""), given))
        if all("energy_per_particle" in cut for cut in cuts):
            known.append(Known(point, _phases(phases, True), WHOLE, given))
    return known


def is_of_infinite(details: Mapping[str, Any]) -> bool:
    """Whether a free energy is of infinitely many particles, or a fluid's, which becomes one."""
    return details.get("finite_size", 0.0) is not None


def _gas_and_liquid(phases: Mapping[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """The results of each phase; of fluids those from the ideal gas along their own isotherm and
    denser ones from around the critical point are two phases, unless the pressure rises all the way
    from the ones to the others."""
    fluids = phases.get("fluid", [])
    gas = [one for one in fluids if _along_its_own(one)]
    liquid = [one for one in fluids if one not in gas]
    ends = [[one["number_density"] for one in some] for some in (gas, liquid)]
    if not (gas and liquid) or max(ends[0]) >= min(ends[1]):
        return dict(phases)
    if Branch.through(_points("fluid", fluids, False)).densities[0] < max(ends[0]):
        return dict(phases)
    rest = {name: results for name, results in phases.items() if name != "fluid"}
    return rest | dict(zip(FLUIDS, (gas, liquid), strict=True))


def _along_its_own(result: Mapping[str, Any]) -> bool:
    """Whether a fluid was reached from the ideal gas at its own temperature."""
    return bool(_isotherm(result).get("kT") == result["kT"])


def _isotherm(result: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a result says of the way from the ideal gas; empty of a crystal."""
    isotherm: Mapping[str, Any] = result["free_energy"].get("isotherm", {})
    return isotherm


def _truncation(result: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a result says of the cut-off."""
    cut: Mapping[str, Any] = result["free_energy"].get("truncation", {})
    return cut


def _phases(phases: Mapping[str, list[dict[str, Any]]], whole: bool) -> list[Points]:
    return [_points(name, results, whole) for name, results in sorted(phases.items())]


def phase_of(point: Mapping[str, Any]) -> str:
    """The phase of a job of method `free_energy`."""
    phase = point["method"]["phase"]
    return phase_name(phase) if isinstance(phase, dict) else str(phase)


def types_only(system: Mapping[str, Any]) -> dict[str, Any]:
    """A system without how many particles there are: their types."""
    return {**system, "particles": sorted(system.get("particles") or ())}


def system_of(point: Mapping[str, Any]) -> str:
    """What the jobs of one system at one temperature have in common."""
    method = {name: value for name, value in point["method"].items() if name not in FREE}
    system = types_only(point["system"])
    same = {"system": system, "method": method, "potential": point.get("potential")}
    return json.dumps(same, sort_keys=True)


def _points(name: str, results: list[dict[str, Any]], whole: bool) -> Points:
    """What the results of a phase say of infinitely many particles; `whole`: with what its cut-off
    takes away.

    Free energies of fluids along their own isotherm are sums of its pressures; of others they are
    data. Those of crystals are of infinitely many particles already.
    """
    values, pressures, numbers, isotherms, nodes = [], [], [], [], []
    for result in results:
        kT, density, n = result["kT"], result["number_density"], result["n_particles"]
        more = _truncation(result) if whole else {"energy_per_particle": 0.0, "pressure": 0.0}
        beta_f, beta_p = more["energy_per_particle"] / kT, more["pressure"] / kT
        if _along_its_own(result):
            isotherm = _isotherm(result)
            columns = ("number_density", "compressibility_factor", "compressibility_factor_error")
            rho, factor, error = np.array([isotherm[column] for column in columns])
            # of a fluid both grow with the density, as the second virial coefficient says
            virial = beta_f / density
            isotherms.append(np.array([rho, factor + virial * rho, error]))
            virial += float(isotherm["second_virial"])
            nodes += [n] * len(rho)
            continue
        free, pressure = (
            result["averages"][key] for key in ("free_energy_per_particle", "pressure")
        )
        values.append((density, free["mean"] / kT + beta_f, free["standard_error"] / kT))
        pressures.append((density, pressure["mean"] / kT + beta_p, pressure["standard_error"] / kT))
        numbers.append(n)
    found = Points(name, np.array(values).reshape(-1, 3), np.array(pressures).reshape(-1, 3))
    of_pressures = numbers
    if isotherms:
        rho, factor, error = np.hstack(isotherms)
        along = Points.of_isotherm(name, rho, factor, error, virial)
        of_pressures = [1, *nodes, *numbers]  # of the second virial coefficient nothing is lacking
        every = np.vstack([along.pressures, found.pressures])
        found = replace(along, free_energies=found.free_energies, pressures=every)
    if name not in ("fluid", *FLUIDS):
        return found
    try:
        return found.of_infinite(np.array(numbers), np.array(of_pressures))
    except ValueError:  # too few for a branch: it will meet no other
        return found


def coexistence(known: Known, axes: list[str]) -> list[dict[str, Any]]:
    """The coexistences of a system: values of the axes, phases, truncation of the potential, kT,
    pressure, densities and chemical potential (thermal wavelength 1), each with its error."""
    kT = float(known.point["method"]["kT"])
    return [
        _line(known.point, axes, METHOD, found.phases, known.truncation)
        | _with_error("pressure", *(kT * x for x in found.beta_pressure))
        | _with_error("density_a", *found.densities[0])
        | _with_error("density_b", *found.densities[1])
        | _with_error("chemical_potential", *(kT * x for x in found.beta_potential))
        for found in coexistences(known.phases)
    ]


def direct(
    point: Mapping[str, Any], result: Mapping[str, Any], axes: list[str]
) -> list[dict[str, Any]]:
    """The same of a job of method `coexistence`: with the potential that was sampled and, where its
    formula goes on beyond the cut-off, the pressure without that."""
    found, pressure = result[DIRECT], result["averages"]["pressure"]
    values = pressure["mean"], pressure["standard_error"]
    fluid, crystal = found["densities"]
    phases, cut = found["phases"], found["truncation"]
    if crystal[0] < fluid[0]:
        phases, fluid, crystal = phases[::-1], crystal, fluid
    lines = [
        _line(point, axes, DIRECT, phases, cut.get("words", ""))
        | _with_error("pressure", *values)
        | _with_error("density_a", *fluid)
        | _with_error("density_b", *crystal)
    ]
    if "pressure" in cut:
        whole = _line(point, axes, DIRECT, phases, WHOLE)
        lines.append(whole | _with_error("pressure", values[0] + cut["pressure"], values[1]))
    return lines


def along(
    point: Mapping[str, Any], result: Mapping[str, Any], axes: list[str]
) -> list[dict[str, Any]]:
    """The same of a job of method `clapeyron`: a row for each temperature."""
    found = result[ALONG]
    rows = []
    for kT, pressure, *pure in zip(
        found["kT"], found["pressure"], *found["densities"], strict=True
    ):
        phases = found["phases"]
        if pure[1][0] < pure[0][0]:
            phases, pure = phases[::-1], pure[::-1]
        named = _line(point, axes, ALONG, phases, found["truncation"]["words"]) | {"kT": kT}
        rows.append(
            (named | {"method.kT": kT} if "method.kT" in named else named)
            | _with_error("pressure", *pressure)
            | _with_error("density_a", *pure[0])
            | _with_error("density_b", *pure[1])
        )
    return rows


def _line(
    point: Mapping[str, Any], axes: list[str], method: str, phases: Sequence[str], truncation: str
) -> dict[str, Any]:
    """What names a coexistence."""
    names = {axis: axis.removeprefix("method.") for axis in axes}
    shown = {axis: value_at(point, axis) for axis, name in names.items() if name not in FREE}
    a, b = phases
    kT = float(point["method"]["kT"])
    by = {"by": method, "phase_a": a, "phase_b": b, "truncation": truncation, "kT": kT}
    return shown | by


def _with_error(name: str, value: float, error: float | None) -> dict[str, float | None]:
    return {name: value, f"{name}_error": error}


def write_coexistence(root: Path, jobs: pd.DataFrame, axes: list[str]) -> None:
    """Write table and figure of the campaign at `root` from the rows of its jobs; nothing where
    none has a free energy or is a coexistence."""
    import pandas as pd

    from analysis.equilibrium.figure import draw

    known = systems(root, jobs.loc[jobs["method"] == METHOD, "job_id"].tolist())
    known = [one for one in known if one.given or any(some.unknowns > 2 for some in one.phases)]
    slabs, curves = [], []
    for job_id in jobs.loc[jobs["method"].isin([DIRECT, ALONG]), "job_id"]:
        folder = os.path.join(root, "workspace", job_id)
        point, result = readable_json(os.path.join(folder, STATEPOINT)), product(folder, RESULT)
        if isinstance(result.get(DIRECT), dict):
            slabs.append((direct(point, result, axes), result))
        elif isinstance(result.get(ALONG), dict):
            curves.append(along(point, result, axes))
    if not (known or slabs or curves):
        for name in (TABLE, FIGURE):  # of what has been there
            (root / "results" / name).unlink(missing_ok=True)
        return
    lines = [coexistence(one, axes) for one in known]
    everything = [line for each in (*lines, *(some for some, _ in slabs), *curves) for line in each]
    with replacing(root / "results" / TABLE) as temporary:
        pd.DataFrame(everything).to_parquet(temporary, index=False)
    panels = [
        (one.phases, each, _title(float(one.point["method"]["kT"]), one.truncation))
        for one, each in zip(known, lines, strict=True)
    ]
    shown = [
        (some[0], result[DIRECT], _title(some[0]["kT"], some[0]["truncation"]))
        for some, result in slabs
    ]
    with replacing(root / "results" / FIGURE) as temporary:
        draw(panels, shown, _of_temperatures(everything, axes), temporary)


def _of_temperatures(
    rows: Sequence[Mapping[str, Any]], axes: Sequence[str]
) -> list[list[Mapping[str, Any]]]:
    """The rows of each system that coexist at several temperatures, by one method and with one
    truncation."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        same = {axis: row[axis] for axis in axes if axis in row and axis != "method.kT"}
        key = json.dumps([same, row["by"], row["truncation"]], sort_keys=True, default=str)
        groups.setdefault(key, []).append(row)
    return [some for some in groups.values() if len({row["kT"] for row in some}) > 1]


def _title(kT: float, truncation: str) -> str:
    """Of a panel of the figure."""
    return f"kT = {kT:g}" + (f", truncation: {truncation}" if truncation else "")

"""Join methods on the same physics: what assembled against the predicted ground state.

Jobs share a physics where system (without the number of particles, but with the composition) and
potential are equal, and the pressure, or for runs at constant volume the density, is met. What
assembled is quenched first; the inherent structure is kept in the job folder, because that takes
seconds.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.ground_states import PREDICTION, Structure, at_density, at_pressure, verdict
from operations.files import readable_json, write_json

if TYPE_CHECKING:
    import pandas as pd

#: Methods that let things assemble.
ASSEMBLY = ("forward",)

COLUMNS = ("predicted_label", "energy_above_ground_state", "verdict")

INHERENT = "inherent_structure.json"

#: More particles than this are not quenched: energies here cost the square of their number.
MOST_PARTICLES = 5000


def physics(statepoint: Mapping[str, Any]) -> str:
    """What jobs on the same physics have in common, as text."""
    system = dict(statepoint["system"])
    particles = system.pop("particles")
    if system["boundary"] == "periodic":
        divisor = math.gcd(*particles.values())
        particles = {name: count // divisor for name, count in particles.items()}
    return json.dumps([system, particles, statepoint.get("potential")], sort_keys=True)


def final(value: float | list[float]) -> float:
    """The last value of a condition that may be a ramp."""
    return float(value[-1] if isinstance(value, list) else value)


def overlay(root: Path, table: pd.DataFrame) -> pd.DataFrame:
    """The table with the columns `COLUMNS`; as it is where nothing has been predicted.

    Parameters
    ----------
    root : Path
    table : DataFrame
        As `operations.aggregate.tabulate` makes it.
    """
    if not table["method"].isin(PREDICTION).any():
        return table
    rows: dict[str, list[tuple[int, dict[str, Any], dict[str, Any]]]] = {}
    for index, job_id in enumerate(table["job_id"]):
        statepoint = readable_json(root / "workspace" / job_id / "signac_statepoint.json")
        result = readable_json(root / "workspace" / job_id / "result.json")
        if result and "particles" in statepoint.get("system", {}):
            rows.setdefault(physics(statepoint), []).append((index, statepoint, result))
    answers: dict[int, tuple[str, float, str | None]] = {}
    for members in rows.values():
        answers |= _group(root, table, members)
    nothing = (None, None, None)
    answered = [answers.get(index, nothing) for index in range(len(table))]
    columns = dict(zip(COLUMNS, zip(*answered, strict=True), strict=True))
    table = table.assign(**{name: list(values) for name, values in columns.items()})
    return table.astype({"energy_above_ground_state": "float64"})


def _group(
    root: Path, table: pd.DataFrame, members: list[tuple[int, dict[str, Any], dict[str, Any]]]
) -> dict[int, tuple[str, float, str | None]]:
    """Answers of the jobs of one physics, by their index."""
    statepoints = {index: statepoint for index, statepoint, _ in members}
    predicted: list[tuple[int, float, Structure]] = []
    for index, statepoint, result in members:
        if statepoint["method"]["name"] in PREDICTION:
            structure = _structure(table.iloc[index], result)
            if structure is not None:
                predicted.append((index, float(result.get("pressure") or 0.0), structure))
    answers: dict[int, tuple[str, float, str | None]] = {}
    everything = [structure for _, _, structure in predicted]
    for index, pressure, structure in predicted:
        ground, value = (
            at_pressure(_at(predicted, pressure), pressure),
            structure.enthalpy(pressure),
        )
        if statepoints[index]["method"].get("ensemble") == "nvt" and structure.volume > 0.0:
            ground, value = at_density(everything, 1.0 / structure.volume), structure.energy
        assert ground is not None  # it is one of them
        answers[index] = (ground.label, value - ground.value, None)
    for index, statepoint, _ in members:
        if statepoint["method"]["name"] in ASSEMBLY and predicted:
            job_id = str(table["job_id"].iloc[index])
            try:
                answers[index] = _assembled(root, table.iloc[index], statepoint, predicted)
            except (OSError, ValueError, RuntimeError, KeyError) as error:
                print(f"aggregate: no verdict on {job_id}: {error}", file=sys.stderr)
    return answers


def _at(predicted: list[tuple[int, float, Structure]], pressure: float) -> list[Structure]:
    return [
        structure
        for _, at, structure in predicted
        if math.isclose(at, pressure, rel_tol=1e-9, abs_tol=1e-12)
    ]


def _assembled(
    root: Path,
    row: pd.Series,
    statepoint: dict[str, Any],
    predicted: list[tuple[int, float, Structure]],
) -> tuple[str, float, str]:
    """Label of the ground state, energy above it, and verdict of a job that let assemble."""
    method = statepoint["method"]
    npt = method["ensemble"] == "npt"
    pressure = final(method["pressure"]) if npt else None
    found = inherent(root / "workspace" / str(row["job_id"]), root, statepoint, pressure)
    structure = Structure(found["energy"], found["volume"], row["label"] or "", _lattice(row))
    if pressure is not None:
        ground = at_pressure(_at(predicted, pressure), pressure)
        value = structure.enthalpy(pressure)
    elif structure.volume == 0.0:
        ground, value = at_pressure(_at(predicted, 0.0), 0.0), structure.energy
    else:
        ground = at_density([one for _, _, one in predicted], 1.0 / structure.volume)
        value = structure.energy
    above = math.nan if ground is None else value - ground.value
    label = "" if ground is None else ground.label
    return label, above, verdict(structure, above, ground, final(method["kT"]))


def _structure(row: pd.Series, result: Mapping[str, Any]) -> Structure | None:
    energy, density = result.get("energy_per_particle"), result.get("number_density")
    if energy is None:
        return None
    volume = 1.0 / density if density else 0.0  # a cluster has none
    return Structure(float(energy), volume, row["label"] or "", _lattice(row))


def _lattice(row: pd.Series) -> float | None:
    """Lattice constant of the phase that the label names."""
    phases = row["phases"] if isinstance(row["phases"], list) else []
    for phase in phases:
        if phase.get("phase") == row["label"] and phase.get("lattice_constant"):
            return float(phase["lattice_constant"])
    return None


def inherent(
    folder: Path, root: Path, statepoint: Mapping[str, Any], pressure: float | None
) -> dict[str, Any]:
    """Energy and volume per particle of the inherent structure of a finished job.

    Raises
    ------
    ValueError
        Where there are too many particles, or the quench has no end in a minimum.
    """
    written = (folder / "result.json").stat().st_mtime_ns
    known = readable_json(folder / INHERENT)
    if known.get("written") == written and known.get("pressure") == pressure:
        return known
    from analysis.configuration import Configuration
    from operations.inherent_structure import inherent_structure
    from operations.pair_functions import pair_functions
    from operations.search.kernels import make_kernel
    from operations.search.minimise import Outcome
    from workspace_schema.interactions import Interactions

    configuration = Configuration.read(folder / "final.gsd")
    n = configuration.n_particles
    if n > MOST_PARTICLES:
        raise ValueError(f"{n} particles are too many to quench here, at most {MOST_PARTICLES}")
    interactions = Interactions.model_validate(statepoint["potential"])
    kernel = make_kernel(
        pair_functions(interactions, sorted(statepoint["system"]["particles"]), root)
    )
    minimum = inherent_structure(kernel, configuration, pressure)
    if minimum.outcome in (Outcome.COLLAPSED, Outcome.DISPERSED):
        raise ValueError(f"the quench {minimum.outcome.name.lower()}")
    volume = minimum.configuration.volume if configuration.periodic else 0.0
    answer = {
        "written": written,
        "pressure": pressure,
        "energy": minimum.energy / n,
        "volume": volume / n,
        "outcome": minimum.outcome.name.lower(),
        "energy_evaluations": minimum.evaluations,
    }
    write_json(folder / INHERENT, answer)
    return answer

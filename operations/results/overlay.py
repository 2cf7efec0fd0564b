"""Join methods on the same physics: what assembled against the predicted ground state.

Jobs share a physics where system (without the number of particles, but with the composition) and
potential are equal, and the pressure, or for runs at constant volume the density, is met. What
assembled is quenched first; the inherent structure is kept in the job folder, because that takes
seconds.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.ground_states import Structure, at_density, at_pressure, verdict
from analysis.notation import is_missing
from analysis.phase_diagram.table import UNSTATED_CONFIDENCE
from operations.jobs.file_cache import CACHE, FileCache, sources
from operations.jobs.files import readable_json, write_product
from operations.jobs.progress import say
from operations.jobs.seal import broken, sealed
from operations.jobs.state import FINAL, RESULT, STATEPOINT
from operations.results.configurations import in_a_line, read_configuration
from operations.results.rows import is_number
from workspace_schema.methods.facts import METHODS, PREDICTION

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("predicted_label", "energy_above_ground_state", "verdict")

INHERENT = "inherent_structure.json"

#: What is read of a job, and the numbers of its row that are compared.
FILES = (STATEPOINT, INHERENT)
NUMBERS = ("energy_per_particle", "number_density", "pressure")

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
        As `operations.results.aggregate.tabulate` makes it.
    """
    if not table["method"].isin(PREDICTION).any():
        return table
    known = FileCache(root / CACHE / "overlay.jsonl", sources(__file__))
    rows: dict[str, list[Member]] = {}
    numbers = [list(table[name]) for name in NUMBERS]
    for index, (job_id, *values) in enumerate(zip(table["job_id"], *numbers, strict=True)):
        result = {n: None if is_missing(v) else v for n, v in zip(NUMBERS, values, strict=True)}
        if result["energy_per_particle"] is None:
            continue
        folder = os.path.join(root, "workspace", job_id)
        files = [os.path.join(folder, name) for name in FILES]
        facts = known.get(job_id, files, partial(_facts, *files))
        if facts is not None:
            key, method, *rest = facts
            rows.setdefault(key, []).append(Member(index, method, result, *rest))
    known.save()
    answers: dict[int, tuple[str, float, str | None]] = {}
    for members in rows.values():
        try:
            answers |= _group(root, table, members)
        except Exception as error:
            named = table.iloc[members[0].index]["job_id"]
            say(f"aggregate: no verdicts on {named} and its like: {in_a_line(error)}")
    nothing = (None, None, None)
    answered = [answers.get(index, nothing) for index in range(len(table))]
    columns = dict(zip(COLUMNS, zip(*answered, strict=True), strict=True))
    table = table.assign(**{name: list(values) for name, values in columns.items()})
    return table.astype({"energy_above_ground_state": "float64"})


@dataclass(frozen=True)
class Member:
    """What is compared of a finished job.

    Attributes
    ----------
    index : int
        In the table.
    method : dict
        Of the state point.
    result : dict
        Energy, density and pressure.
    quenched : dict
        What is known of its inherent structure.
    has_energy : bool
        Whether there is a potential: hard particles have no inherent structure.
    """

    index: int
    method: dict[str, Any]
    result: dict[str, Any]
    quenched: dict[str, Any]
    has_energy: bool


def _facts(statepoint_file: str, inherent_file: str) -> list[Any] | None:
    """Key of the physics and the other attributes of a `Member`; None where there is none."""
    statepoint = readable_json(statepoint_file)
    try:
        key = hashlib.sha256(physics(statepoint).encode()).hexdigest()[:32]
        method = statepoint["method"]
        if method["name"] not in METHODS:
            return None
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    has_energy = statepoint.get("potential") is not None
    return [key, method, _unbroken(Path(inherent_file)), has_energy]


def _unbroken(file: Path) -> dict[str, Any]:
    """What is known of an inherent structure; nothing where the file is damaged or another's."""
    content = readable_json(file)
    return {} if broken(content, file.parent) else content


def _group(
    root: Path, table: pd.DataFrame, members: list[Member]
) -> dict[int, tuple[str, float, str | None]]:
    """Answers of the jobs of one physics, by their index."""
    methods = {member.index: member.method for member in members}
    predicted: list[tuple[int, float, Structure]] = []
    for member in members:
        if member.method["name"] in PREDICTION:
            structure = _structure(table.iloc[member.index], member.result)
            if structure is not None:
                pressure = float(member.result.get("pressure") or 0.0)
                predicted.append((member.index, pressure, structure))
    answers: dict[int, tuple[str, float, str | None]] = {}
    everything = [structure for _, _, structure in predicted]
    for index, pressure, structure in predicted:
        ground, value = (
            at_pressure(_at(predicted, pressure), pressure),
            structure.enthalpy(pressure),
        )
        if methods[index].get("ensemble") == "nvt" and structure.volume > 0.0:
            ground, value = at_density(everything, 1.0 / structure.volume), structure.energy
        assert ground is not None  # it is one of them
        answers[index] = (ground.label, value - ground.value, None)
    for member in members:
        assembles = METHODS[member.method["name"]].aim == "assembles"
        if assembles and member.has_energy and predicted:
            row = table.iloc[member.index]
            try:
                answers[member.index] = _assembled(root, row, member, predicted)
            except Exception as error:  # whatever a file may hold, the others have verdicts
                say(f"aggregate: no verdict on {row['job_id']}: {in_a_line(error)}")
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
    member: Member,
    predicted: list[tuple[int, float, Structure]],
) -> tuple[str, float, str]:
    """Label of the ground state, energy above it, and verdict of a job that let assemble."""
    method = member.method
    npt = method["ensemble"] == "npt"
    pressure = final(method["pressure"]) if npt else None
    folder = root / "workspace" / str(row["job_id"])
    found = member.quenched
    if not _is_of(found, folder, pressure):
        found = inherent(folder, root, readable_json(folder / STATEPOINT), pressure)
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
    known = row["confidence"]
    confidence = float(known) if is_number(known) else UNSTATED_CONFIDENCE
    return label, above, verdict(structure, above, ground, final(method["kT"]), confidence)


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


def _is_of(known: Mapping[str, Any], folder: Path, pressure: float | None) -> bool:
    """Whether an inherent structure is that of the present result at this pressure."""
    written = (folder / RESULT).stat().st_mtime_ns
    return known.get("written") == written and known.get("pressure") == pressure


def inherent(
    folder: Path, root: Path, statepoint: Mapping[str, Any], pressure: float | None
) -> dict[str, Any]:
    """Energy and volume per particle of the inherent structure of a finished job.

    Raises
    ------
    ValueError
        Where there are too many particles, or the quench has no end in a minimum.
    """
    known = _unbroken(folder / INHERENT)
    if _is_of(known, folder, pressure):
        return known
    written = (folder / RESULT).stat().st_mtime_ns
    from operations.interactions.pair_functions import pair_functions
    from operations.search.inherent_structure import inherent_structure
    from operations.search.kernels import make_kernel
    from operations.search.lbfgs import Outcome
    from workspace_schema.interactions import Interactions

    configuration = read_configuration(folder / FINAL)
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
    answer = sealed(answer, folder, ())
    write_product(folder / INHERENT, answer)
    return answer

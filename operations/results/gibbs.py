"""Gibbs energies of crystals, from jobs of method `free_energy` that were given a pressure."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from operations.jobs.files import readable_json
from operations.jobs.progress import say
from operations.jobs.state import RESULT, STATEPOINT
from operations.results.coexistence import METHOD, is_of_infinite, phase_of
from operations.results.rows import is_number, product

#: Its name among the averages of a result.
QUANTITY = "gibbs_energy_per_particle"


class TooShort(str):
    """Why a Gibbs energy is in no comparison, where longer runs would give it an error."""


@dataclass(frozen=True)
class Gibbs:
    """What a job says of a crystal at its kT and pressure.

    Attributes
    ----------
    job_id, phase : str
    point : dict
        Its state point.
    value, error : float
        Gibbs energy per particle, of infinitely many, and its standard error.
    number_density : float
    truncation : str
        Of the potential.
    volume, enthalpy : (float, float) or None
        Of a particle at the pressure (the enthalpy without its momenta), and their errors.
    """

    job_id: str
    phase: str
    point: dict[str, Any]
    value: float
    error: float
    number_density: float
    truncation: str
    volume: tuple[float, float] | None
    enthalpy: tuple[float, float] | None


def gibbs_energies(root: Path, job_ids: Iterable[str]) -> Iterator[Gibbs]:
    """Those of the finished ones of some jobs; what is in no comparison is said."""
    left_out: Counter[str] = Counter()
    for job_id in job_ids:
        found = gibbs_of(os.path.join(root, "workspace", job_id))
        if isinstance(found, str):
            left_out[found] += 1
        elif found is not None:
            yield found
    for reason, times in sorted(left_out.items()):
        say(f"{reason} ({times} {'job' if times == 1 else 'jobs'})")


def gibbs_of(folder: str, files: bool = True) -> Gibbs | str | None:
    """That of a job; or why it is in no comparison (`TooShort` or other words); None where there
    is none.

    Parameters
    ----------
    folder : str
    files : bool
        See `product`.
    """
    result = product(folder, RESULT, files=files)
    averages, details = result.get("averages"), result.get(METHOD)
    found = averages.get(QUANTITY) if isinstance(averages, dict) else None
    if not isinstance(found, dict):
        return None
    job_id = os.path.basename(folder)
    point = readable_json(os.path.join(folder, STATEPOINT))
    details = details if isinstance(details, dict) else {}
    value, error = found.get("mean"), found.get("standard_error")
    density = result.get("number_density")
    if is_number(value) and error is None:
        return TooShort(
            f"Gibbs energies of {phase_of(point)} without an error: expected more method.steps"
        )
    if not (is_number(value) and is_number(error) and is_number(density)):
        return f"job {job_id}: {RESULT} has no {QUANTITY}, error and density that are numbers"
    if not is_of_infinite(details):
        return f"{phase_of(point)} is in no comparison: what its finite size makes is not known"
    truncation = details.get("truncation", {}).get("words", "")
    known = _at_pressure(point, result, details) or (None, None)
    return Gibbs(job_id, phase_of(point), point, value, error, density, truncation, *known)


def _at_pressure(
    point: Mapping[str, Any], result: Mapping[str, Any], details: Mapping[str, Any]
) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """The volume of a particle, and its enthalpy without momenta, at the pressure of the method,
    with errors, from those of the simulation and the pressure there.

    What is between both pressures counts as error, for the compliance is that of harmonic
    vibrations: as the volume it makes, and that times a thermal pressure of d kT/v. The centre of
    mass of N particles is at rest, as that of infinitely many is not.
    """
    compliance, averages = details.get("compliance"), result["averages"]
    pressure, pressure_error = _mean_of(averages, "pressure")
    energy, energy_error = _mean_of(averages, "energy_per_particle")
    known = (compliance, pressure, pressure_error, energy, energy_error)
    if not all(is_number(value) for value in known):
        return None
    imposed = point["method"]["pressure"]
    off = pressure - imposed
    volume = 1.0 / result["number_density"] + compliance * off
    error = compliance * np.hypot(off, pressure_error)
    d_kT = point["system"]["dimensions"] * point["method"]["kT"]
    energy += 0.5 * d_kT / sum(point["system"]["particles"].values())
    spread = np.hypot(energy_error, (abs(imposed) + d_kT / volume) * error)
    return (volume, float(error)), (energy + imposed * volume, float(spread))


def _mean_of(averages: Mapping[str, Any], name: str) -> tuple[Any, Any]:
    """A mean and its error; None where a result has none."""
    found = averages.get(name)
    found = found if isinstance(found, dict) else {}
    return found.get("mean"), found.get("standard_error")

"""Gibbs energies of crystals, from jobs of method `free_energy` that were given a pressure."""

from __future__ import annotations

import os
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
    volume : (float, float) or None
        Of a particle at the pressure, and its error.
    """

    job_id: str
    phase: str
    point: dict[str, Any]
    value: float
    error: float
    number_density: float
    truncation: str
    volume: tuple[float, float] | None


def gibbs_energies(root: Path, job_ids: Iterable[str]) -> Iterator[Gibbs]:
    """Those of the finished ones of some jobs; crystals whose finite size is not known are said."""
    unsized: set[str] = set()
    for job_id in job_ids:
        folder = os.path.join(root, "workspace", job_id)
        result = product(folder, RESULT)
        averages, details = result.get("averages"), result.get(METHOD)
        found = averages.get(QUANTITY) if isinstance(averages, dict) else None
        if not isinstance(found, dict):
            continue
        point = readable_json(os.path.join(folder, STATEPOINT))
        details = details if isinstance(details, dict) else {}
        numbers = found.get("mean"), found.get("standard_error"), result.get("number_density")
        if not all(map(is_number, numbers)):
            say(f"job {job_id}: {QUANTITY} in {RESULT} is not known, got {numbers}: left out")
            continue
        if not is_of_infinite(details):
            unsized.add(phase_of(point))
            continue
        yield Gibbs(
            job_id,
            phase_of(point),
            point,
            *numbers,
            details.get("truncation", {}).get("words", ""),
            _volume(point, result, details),
        )
    for name in sorted(unsized):
        say(f"{name} is in no comparison: what its finite size makes is not known")


def _volume(
    point: Mapping[str, Any], result: Mapping[str, Any], details: Mapping[str, Any]
) -> tuple[float, float] | None:
    """The volume of a particle at the pressure of the method, from that of the simulation and the
    pressure there; what is between them counts as error, for the compliance is that of harmonic
    vibrations."""
    compliance, measured = details.get("compliance"), result["averages"].get("pressure")
    measured = measured if isinstance(measured, dict) else {}
    numbers = compliance, measured.get("mean"), measured.get("standard_error")
    if not all(map(is_number, numbers)):
        return None
    off = measured["mean"] - point["method"]["pressure"]
    error = compliance * np.hypot(off, measured["standard_error"])
    return 1.0 / result["number_density"] + compliance * off, float(error)

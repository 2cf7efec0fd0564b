"""Gibbs energies of crystals, from jobs of method `free_energy` that were given a pressure."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from operations.jobs.files import readable_json
from operations.jobs.progress import say
from operations.jobs.state import RESULT, STATEPOINT
from operations.results.coexistence import METHOD, is_of_infinite, phase_of
from operations.results.rows import product

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
    """

    job_id: str
    phase: str
    point: dict[str, Any]
    value: float
    error: float
    number_density: float
    truncation: str


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
        if not is_of_infinite(details):
            unsized.add(phase_of(point))
            continue
        yield Gibbs(
            job_id,
            phase_of(point),
            point,
            found["mean"],
            found["standard_error"],
            result["number_density"],
            details.get("truncation", {}).get("words", ""),
        )
    for name in sorted(unsized):
        say(f"{name} is in no comparison: what its finite size makes is not known")

"""What is known of the jobs: the phases of those labelled, which failed, which are on their way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.phase_diagram.table import COEXISTENCE_FRACTION
from analysis.phase_map.phases import FAILED
from operations.jobs.folders import listed
from operations.jobs.state import LABELS, State, state_of
from operations.results.gibbs import Gibbs, TooShort, gibbs_of
from operations.results.rows import product, whole_phases
from operations.rounds.ledger import Shares

#: What is said of a free energy whose runs are too short for an error: it is not used, and no sign
#: that the phase does not hold.
TOO_SHORT = "needs longer runs"


@dataclass(frozen=True)
class Knowledge:
    """What has been seen, and what is on its way.

    Attributes
    ----------
    labels : mapping of str to dict
        The shares of the phases of jobs, by their ids; of candidates and others. Where free
        energies are chosen, what `energies` says of candidates.
    others : mapping of str to list
        Values of those that are no candidates at the paths that vary.
    pending : sequence of str
        Candidates that were made and of which nothing is known yet.
    """

    labels: Mapping[str, Shares]
    others: Mapping[str, list[Any]]
    pending: Sequence[str]


def shares(folder: Path) -> Shares:
    """The share of each phase in a job; {} where nothing is known.

    Phases that coexist count by their fractions, the label alone otherwise.
    """
    state = state_of(listed(folder))
    if state is State.FAILED:
        return {FAILED: 1.0}
    if state is not State.DONE:
        return {}
    labels = product(folder, LABELS, files=False)
    label = labels.get("label")
    if not isinstance(label, str) or not label:
        return {}
    fractions = {
        one["phase"]: float(one.get("fraction", 0.0))
        for one in whole_phases(labels.get("phases"))
        if one.get("fraction", 0.0) > COEXISTENCE_FRACTION
    }
    if label not in fractions:
        return {label: 1.0}
    whole = sum(fractions.values())
    return {name: round(value / whole, 3) for name, value in sorted(fractions.items())}


def energies(folder: Path) -> Shares:
    """What a job says of the Gibbs energy of its phase; {} where nothing is known.

    Returns
    -------
    dict of str to float
        `energy` and `energy_error` per particle; `volume` and `enthalpy` of a particle, and their
        `*_error`, where the result has the compliance. `FAILED` or `TOO_SHORT` alone where there is
        no energy to use.
    """
    state = state_of(listed(folder))
    if state is State.FAILED:
        return {FAILED: 1.0}
    if state is not State.DONE:
        return {}
    found = gibbs_of(str(folder), files=False)
    if not isinstance(found, Gibbs):
        return {TOO_SHORT if isinstance(found, TooShort) else FAILED: 1.0}
    said = {"energy": found.value, "energy_error": found.error}
    for name, known in (("volume", found.volume), ("enthalpy", found.enthalpy)):
        if known is not None:
            said |= dict(zip((name, f"{name}_error"), known, strict=True))
    return said


def all_known(root: Path, job_ids: Iterable[str], of_energies: bool) -> dict[str, Shares]:
    """Shares, or energies, of those of some jobs of which something is known."""
    read = energies if of_energies else shares
    found = {name: read(root / "workspace" / name) for name in job_ids}
    return {name: one for name, one in found.items() if one}

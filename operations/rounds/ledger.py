"""The ledger of an adaptive campaign, `adaptive/rounds.jsonl`: one line a round.

A round is written before its jobs are made, and holds all that it followed from beside the
candidates: what was newly seen, and what was pending. Nothing in it depends on when or where it was
made, so that the same labels give the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from operations.jobs.files import parse_json, read_bytes, replacing
from workspace_schema.job_ids import is_job_id
from workspace_schema.root import ADAPTIVE

FILE = ADAPTIVE / "rounds.jsonl"
MOST = 100_000_000

#: The share of each phase in a job; of a free energy what `knowledge.energies` says.
Shares = dict[str, float]


@dataclass(frozen=True)
class Round:
    """A proposal.

    Attributes
    ----------
    round : int
    file : str
        Signature of the candidates and settings.
    labels : dict
        What was seen of jobs, by their ids, where it is new or another than the round before saw.
    others : dict
        Values of jobs that are no candidates and were seen, too, at the paths that vary.
    seen : str
        Hash of all that was seen.
    pending : list of str
        Jobs that were chosen and of which nothing was known yet.
    batch : int
    chosen : list of (str, str)
        Ids of the jobs to make, and why.
    agreement : float or None
        Expected agreement of the map with the full grid; None where nothing was known.
    gain : float or None
        How much more likely what was seen is by the map (logarithm).
    lengths : dict
        Length scales of each group of points.
    stop : str
        Why no more jobs are chosen; "" where they are.
    width : float or None
        How well the line between two phases is known, where free energies are chosen.
    """

    round: int
    file: str
    labels: dict[str, Shares]
    others: dict[str, list[Any]]
    seen: str
    pending: list[str]
    batch: int
    chosen: list[tuple[str, str]]
    agreement: float | None = None
    gain: float | None = None
    lengths: dict[str, list[float]] = field(default_factory=dict)
    stop: str = ""
    width: float | None = None


def read(root: Path) -> list[Round]:
    """The rounds so far; none where there is no ledger.

    Raises
    ------
    ValueError
        Where the ledger is damaged.
    """
    try:
        lines = read_bytes(root / FILE, MOST).splitlines()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise ValueError(f"{root / FILE} cannot be read: {error.strerror}") from None
    rounds = []
    for number, line in enumerate(lines):
        try:
            content = parse_json(line)
            content["chosen"] = [(str(name), str(why)) for name, why in content["chosen"]]
            one = Round(**content)
            if one.round != number or not all(is_job_id(name) for name, _ in one.chosen):
                raise ValueError("not as it was written")
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise ValueError(f"{root / FILE}: line {number + 1} is damaged: {error}") from None
        rounds.append(one)
    return rounds


def write(root: Path, rounds: Sequence[Round]) -> None:
    """Write the ledger, by temporary file and rename."""
    (root / ADAPTIVE).mkdir(exist_ok=True)
    with replacing(root / FILE) as temporary:
        temporary.write_text("".join(json.dumps(asdict(one)) + "\n" for one in rounds))


def chosen(rounds: Sequence[Round]) -> list[str]:
    """Ids of the jobs of all rounds, in their order."""
    return list(dict.fromkeys(name for one in rounds for name, _ in one.chosen))


def known(rounds: Sequence[Round]) -> dict[str, Shares]:
    """What the last round had seen of every job."""
    labels: dict[str, Shares] = {}
    for one in rounds:
        labels |= one.labels
    return {name: shares for name, shares in labels.items() if shares}


def changes(rounds: Sequence[Round], seen: Mapping[str, Shares]) -> dict[str, Shares]:
    """What of all that is seen now the last round had not seen so; {} of a job of which nothing is
    seen any more."""
    before = known(rounds)
    new = {name: shares for name, shares in sorted(seen.items()) if before.get(name) != shares}
    return new | {name: {} for name in sorted(before.keys() - seen.keys())}


def digest(seen: Mapping[str, Shares]) -> str:
    """Hash of what is seen of all jobs."""
    return hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()[:16]

"""Whether a round of an adaptive campaign is due; every command asks, so nothing heavy is here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from operations.jobs.files import parse_json
from operations.jobs.folders import listed
from operations.jobs.state import State, method_of, state_of
from operations.rounds import ledger
from operations.rounds.ledger import Round
from workspace_schema.files import open_file
from workspace_schema.root import CANDIDATES

#: States in which nothing more comes of a job by itself.
SETTLED = (State.DONE, State.FAILED)
#: Bytes of the header of the candidates, at most.
MOST_HEADER = 100_000


def is_adaptive(root: Path) -> bool:
    """Whether the campaign of a root goes on in rounds."""
    return (root / CANDIDATES).is_file()


def read_header(root: Path) -> dict[str, Any]:
    """The header of the candidates; {} where there is none."""
    try:
        with open(open_file(root / CANDIDATES), "rb") as stream:
            content = parse_json(stream.readline(MOST_HEADER))
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def signature(header: Mapping[str, Any]) -> str:
    """What tells candidates and settings from others; how far ahead they go apart."""
    text = json.dumps({k: v for k, v in header.items() if k != "ahead"}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def current(rounds: Sequence[Round], header: Mapping[str, Any]) -> list[str]:
    """Ids of jobs that rounds have chosen and that are candidates still."""
    former = set(header.get("former", ()))
    return [name for name in ledger.chosen(rounds) if name not in former]


def missing(root: Path, rounds: Sequence[Round], header: Mapping[str, Any]) -> list[str]:
    """Ids of jobs that the ledger names and nobody has made, or not to the end."""
    workspace = root / "workspace"
    names = current(rounds, header)
    return [name for name in names if method_of(listed(workspace / name)) is None]


def is_settled(folder: Path) -> bool:
    """Whether a job is labelled, or has failed; by the names of its files."""
    return state_of(listed(folder)) in SETTLED


def may_propose(root: Path, rounds: Sequence[Round], header: Mapping[str, Any]) -> bool:
    """Whether a round is due: those before it are complete, and the campaign has not stopped."""
    if rounds and rounds[-1].stop and rounds[-1].file == signature(header):
        return False
    begun = [one for one in rounds if one.chosen]
    ahead = 1 if header.get("ahead") else 0
    begun = begun[: max(len(begun) - ahead, 1)]  # something must be known
    waits_for = current(begun, header)
    return all(is_settled(root / "workspace" / name) for name in waits_for)


def is_due(root: Path) -> bool:
    """Whether there is anything to do: jobs to make, or a round to propose; never raises."""
    header = read_header(root)
    if not header:
        return False
    try:
        rounds = ledger.read(root)
    except ValueError:
        return True  # who does it says what is wrong
    return bool(missing(root, rounds, header)) or may_propose(root, rounds, header)

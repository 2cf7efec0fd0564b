"""What a command was asked for and is not there, and what is said where there is nothing to do."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from operations.jobs.state import State
from operations.monitor.survey import FORMER, Survey
from workspace_schema.errors import CampaignError
from workspace_schema.suggestions import did_you_mean


def check_operations(names: Iterable[str] | None, known: Collection[str]) -> None:
    """Raise CampaignError where a name or regular expression is that of no operation."""
    for name in names or ():
        try:
            found = any(re.fullmatch(name, one) for one in known)
        except re.error as error:
            raise CampaignError(
                [f"-o {name}: no name and no regular expression: {error}"]
            ) from None
        if not found:
            raise CampaignError([f"-o {name}: no such operation; {did_you_mean(name, known)}"])


def nothing_matches(words: Sequence[str], axes: Sequence[str]) -> str:
    """What to say of a filter that no job matches."""
    hint = f"; the axes are {', '.join(axes)}" if axes else ""
    return f"no job matches -f {' '.join(words)}{hint}; status -d -p shows the values of all jobs"


def nothing_to_do(known: Survey, asked: Sequence[str] | None, up_to_date: bool) -> str:
    """Why a run had nothing to do.

    Parameters
    ----------
    known : Survey
        Of the jobs that were chosen.
    asked : sequence of str, optional
        Operations that were named.
    up_to_date : bool
        Whether results/ shows what the jobs have.
    """
    if asked and set(asked) <= {"aggregate", "report", "notebooks"}:
        return (
            "nothing to do: the files in results/ are up to date"
            if up_to_date
            else (
                "nothing to do: the job on which the campaign's results are made is not among these"
            )
        )
    counts = known.counts
    what = ", ".join(f"{counts[state]} {state}" for state in State if counts[state])
    failed = "; status says why they failed" if counts[State.FAILED] else ""
    named = f" for {', '.join(asked)}" if asked else ""
    former = f"; {len(known.former)} of them {FORMER}" if known.former else ""
    return f"nothing to do{named}: of {counts.total()} jobs {what}{failed}{former}"

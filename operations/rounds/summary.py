"""What there is to say of the rounds of a campaign, in lines and in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from operations.rounds import ledger
from operations.rounds.due import current, is_adaptive, is_settled, missing, read_header
from operations.rounds.ledger import Round


@dataclass(frozen=True)
class Summary:
    """The rounds of a campaign at a glance.

    Attributes
    ----------
    n_rounds, n_runs, n_points : int
        Rounds, the jobs that they have chosen, and the points there are to choose from.
    n_open : int
        Jobs of the rounds that are neither labelled nor failed.
    agreement : list of (int, float)
        Runs that were known, and the agreement with the full grid that was expected then.
    stop : str
        Why no more runs are chosen; "" where they are.
    n_changed : int
        Jobs that have another label now than the last round saw.
    n_too_short : int
        Free energies that the last round could not use, and still cannot: their runs are too short
        for an error.
    """

    n_rounds: int
    n_runs: int
    n_points: int
    n_open: int
    agreement: list[tuple[int, float]]
    stop: str
    n_changed: int
    n_too_short: int

    def lines(self) -> list[str]:
        """What `status` says."""
        known = f", expected agreement {self.agreement[-1][1]:.3f}" if self.agreement else ""
        first = f"{self.n_runs} of {self.n_points} runs in {self.n_rounds} rounds{known}"
        if self.stop:
            return [f"adaptive: {first}; over: {self.stop}", *self._unused(), *self._changed()]
        wait = f"; the next round waits for {self.n_open} jobs" if self.n_open else ""
        return [f"adaptive: {first}{wait}", *self._unused(), *self._changed()]

    def _unused(self) -> list[str]:
        if not self.n_too_short:
            return []
        return [
            f"{self.n_too_short} free energies are not used: their runs are too short for an error;"
            " raise method.steps in the file and run init.py again: they go on from where they are"
        ]

    def _changed(self) -> list[str]:
        if not self.n_changed:
            return []
        when = "no round comes after it" if self.stop else "they matter to later rounds only"
        return [f"{self.n_changed} jobs have other labels than the last round saw; {when}"]


def summary(root: Path) -> Summary | None:
    """The rounds of a campaign; None where it has none, or its ledger cannot be read."""
    if not is_adaptive(root):
        return None
    try:
        rounds = ledger.read(root)
    except ValueError:
        return None
    header = read_header(root)
    jobs = current(rounds, header)
    n_changed, n_too_short = _now(root, rounds)
    n_open = sum(not is_settled(root / "workspace" / name) for name in jobs)
    return Summary(
        n_rounds=sum(bool(one.chosen) for one in rounds),
        n_runs=len(jobs),
        n_points=int(header.get("n_points", len(jobs))),
        n_open=n_open,
        agreement=_agreement(rounds),
        stop=rounds[-1].stop if rounds and not missing(root, rounds, header) else "",
        n_changed=n_changed,
        n_too_short=n_too_short,
    )


def _agreement(rounds: list[Round]) -> list[tuple[int, float]]:
    known: dict[str, ledger.Shares] = {}
    found = []
    for one in rounds:
        known |= one.labels
        if one.agreement is not None:
            found.append((sum(bool(shares) for shares in known.values()), one.agreement))
    return found


def _now(root: Path, rounds: list[Round]) -> tuple[int, int]:
    """Jobs of which something else is known now than the last round knew, and those it knew whose
    runs are too short."""
    from operations.rounds.knowledge import TOO_SHORT, all_known

    before = ledger.known(rounds)
    of_energies = any("energy" in one or TOO_SHORT in one for one in before.values())
    now = all_known(root, before, of_energies)
    n_changed = sum(now.get(name, shares) != shares for name, shares in before.items())
    return n_changed, sum(TOO_SHORT in shares for shares in now.values())

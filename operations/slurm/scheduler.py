"""What SLURM knows: which packs are queued, and how jobs ended.

A scheduler job is one of ours if its name ends in the id of a pack (`packs.py`).
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Collection, Iterable
from dataclasses import dataclass

#: One of SLURM's commands that takes longer does not answer.
SECONDS = 15

#: Base states in which a scheduler job is over.
OVER = {
    "BOOT_FAIL": "node_failed",
    "CANCELLED": "cancelled",
    "COMPLETED": "lost",
    "DEADLINE": "timeout",
    "FAILED": "lost",
    "NODE_FAIL": "node_failed",
    "OUT_OF_MEMORY": "out_of_memory",
    "PREEMPTED": "preempted",
    "REVOKED": "cancelled",
    "TIMEOUT": "timeout",
}

#: States in which its processes run, or may.
ACTIVE = frozenset({"RUNNING", "COMPLETING", "STOPPED", "SUSPENDED", "SIGNALING", "STAGE_OUT"})


#: Reasons, beside all that end in "PerJob" or "PerJobLimit", for which a job never starts.
NEVER = frozenset(
    {
        "AccountNotAllowed",
        "BadConstraints",
        "DependencyNeverSatisfied",
        "InvalidAccount",
        "InvalidQOS",
        "PartitionNodeLimit",
        "PartitionTimeLimit",
        "QOSNotAllowed",
    }
)


class SchedulerError(Exception):
    """SLURM does not say; one line."""


class NoAnswerError(SchedulerError):
    """SLURM does not answer in time."""


@dataclass(frozen=True)
class Queued:
    """A scheduler job that is not over.

    Attributes
    ----------
    id : str
        Its number in SLURM.
    name : str
    state : str
        SLURM's word, such as PENDING, RUNNING, SUSPENDED.
    reason : str
        Why it is pending, in SLURM's words.
    """

    id: str
    name: str
    state: str
    reason: str = ""

    @property
    def held(self) -> bool:
        """Whether it waits for a person; SLURM holds a job whose start went wrong, too."""
        return self.state == "PENDING" and "held" in self.reason.lower()

    @property
    def never(self) -> bool:
        """Whether it cannot start as it is."""
        reason = self.reason.partition(",")[0]
        limit = reason.endswith(("PerJob", "PerJobLimit"))
        return self.state == "PENDING" and (reason in NEVER or limit)

    @property
    def active(self) -> bool:
        """Whether its processes run, or may."""
        return self.state in ACTIVE


def _output(*words: str) -> str:
    """Standard output of one of SLURM's commands.

    Raises
    ------
    SchedulerError
        Where it is missing, fails or does not answer; one line.
    """
    try:
        done = subprocess.run(
            words, capture_output=True, text=True, timeout=SECONDS, check=True, errors="replace"
        )
    except FileNotFoundError:
        raise SchedulerError(f"{words[0]} is not installed here") from None
    except subprocess.TimeoutExpired:
        raise NoAnswerError(f"{words[0]} does not answer in {SECONDS} s") from None
    except subprocess.CalledProcessError as error:
        said = (error.stderr or error.stdout).strip().splitlines() or ["no message"]
        raise SchedulerError(f"{words[0]}: {said[-1]}") from None
    return done.stdout


def queued(names: Collection[str]) -> list[Queued]:
    """The scheduler jobs of these names that are not over, of whatever user.

    Raises
    ------
    SchedulerError
        Where SLURM does not answer: then nobody knows.
    """
    if not names:
        return []
    jobs = []
    # in parts: a command line has an end
    ordered = sorted(names)
    for first in range(0, len(ordered), 1000):
        part = ",".join(ordered[first : first + 1000])
        text = _output("squeue", "-h", "-a", "-o", "%A|%T|%j|%r", f"--name={part}")
        for line in text.splitlines():
            number, state, name, reason = [*line.split("|", 3), "", "", ""][:4]
            if not number.isdigit() or name not in names:
                # a wrapper of the site's that prints on its own: who knows what it leaves out
                raise SchedulerError(f"squeue prints {line[:80]!r}; expected only what was asked")
            if state not in OVER:
                jobs.append(Queued(number, name, state, reason))
    return jobs


def record(name: str) -> tuple[str, str] | None:
    """Number and state, with its reason, of the newest scheduler job of a name that is over.

    From sacct where there is accounting, else from what slurmctld still remembers; None where
    nobody knows of one.
    """
    found = []
    try:
        what = ("-S", "now-7days", "-o", "JobIDRaw,State,Reason", "--name", name)
        text = _output("sacct", "-n", "-X", "-P", *what)
        found = [line.split("|") for line in text.splitlines()]
    except SchedulerError:
        pass
    if not found:
        try:
            text = _output("scontrol", "-o", "show", "job")
        except SchedulerError:
            return None
        keys = ("JobId", "JobState", "Reason")
        for line in text.splitlines():
            said = dict(word.split("=", 1) for word in line.split() if "=" in word)
            if said.get("JobName") == name:
                found.append([said.get(key, "") for key in keys])
    if not found:
        return None
    number, state, reason = [*found[-1], "", ""][:3]
    known = reason not in ("", "None")
    return number, f"{state} ({reason})" if known else state


def outcomes(numbers: Iterable[str]) -> dict[str, str]:
    """How scheduler jobs ended, as an outcome of a try, by number; "" while one is not over.

    From sacct where there is accounting, else from what slurmctld still remembers. Numbers of
    which nobody knows are left out.
    """
    wanted = sorted({number for number in numbers if re.fullmatch(r"\d+", number)}, key=int)
    states = {}
    for first in range(0, len(wanted), 500):
        states.update(_states(wanted[first : first + 500]))
    return {number: OVER.get(state, "") for number, state in states.items()}


def _states(numbers: list[str]) -> dict[str, str]:
    try:
        text = _output("sacct", "-n", "-X", "-P", "-o", "JobIDRaw,State", "-j", ",".join(numbers))
        rows = [line.split("|") for line in text.splitlines()]
        states = {number: state.split()[0] for number, state in rows if state}
    except (SchedulerError, ValueError):
        states = {}
    for number in set(numbers) - states.keys():
        try:
            text = _output("scontrol", "-o", "show", "job", number)
        except NoAnswerError:  # nobody knows yet: they are not over, as far as one can say
            return dict.fromkeys(numbers, "UNKNOWN") | states
        except SchedulerError:
            continue
        match = re.search(r"\bJobState=(\w+)", text)
        if match:
            states[number] = match[1]
    return states

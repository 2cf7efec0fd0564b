"""What a campaign looks like now: jobs by method and state, reasons, throughput, cost, finish.

A `Listing` is brought up to date by the times at which job folders were last changed, so that
looking again costs one `stat` a job; `view` makes of it what the dashboard and the terminal show.
"""

from __future__ import annotations

import math
import os
import re
import time
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from operations.jobs import attempts
from operations.jobs.cost import CostModel
from operations.jobs.designs import found, needed
from operations.jobs.document import read_document, title_of
from operations.jobs.eligibility import next_operation
from operations.jobs.files import SETTLED, readable_json
from operations.jobs.folders import job_ids, listed
from operations.jobs.former import left_out
from operations.jobs.locks import is_worked_on
from operations.jobs.state import LABELS, RESULT, State, method_of, state_of, status_of
from operations.monitor.survey import failure, hours_left, last_try
from operations.results.rows import is_number
from operations.rounds.summary import summary

#: States in which the scheduler may have a job that waits.
QUEUEABLE = (State.WAITING, State.CONTINUED, State.AGAIN, State.UNLABELLED)

#: Seconds over which throughput is averaged.
WINDOW = 3600.0
#: Without a running job, the finish is projected for so long after the last one ended.
FRESH = 120.0
#: Jobs of the window whose cost is read, at most.
MOST_READ = 300


@dataclass(frozen=True, slots=True)
class JobState:
    """A job as its files say, without what only the scheduler knows.

    Attributes
    ----------
    state, else_state : State
        If a try that is open is being worked on, and else.
    status : str
        The same in the words of the table.
    method : str
        "" where no method has left its mark.
    reason : str
        Why it failed, or how the last try went wrong.
    finished, labelled : float
        When its result and its labels were written (s since the epoch); 0 where they are not.
    started : float
        When the try that runs began; 0 where none does.
    step : tuple of (str, bool), or None
        What is due next, and whether on a GPU.
    """

    state: State
    else_state: State
    status: str
    method: str
    reason: str = ""
    finished: float = 0.0
    labelled: float = 0.0
    started: float = 0.0
    step: tuple[str, bool] | None = None

    @property
    def written(self) -> float:
        """When result or labels were last written; 0 where there are none."""
        return max(self.finished, self.labelled)


def look(folder: str, settings: Mapping[str, Any]) -> JobState | None:
    """The state of the job in a folder; None where the folder cannot be read."""
    if not os.path.isdir(folder) or os.path.islink(folder):
        return None
    names = listed(folder)
    path = Path(folder)
    designs = found(path.parent.parent) if needed(names) else frozenset()
    finished = _written(folder, RESULT) if RESULT in names else 0.0
    labelled = _written(folder, LABELS) if LABELS in names else 0.0
    now, reason, started = state_of(names), "", 0.0
    if now is State.FAILED:
        reason = failure(path)
    elif now is State.AGAIN:
        reason = last_try(path)
    elif now is State.RUNNING:
        started = max((one["start"] for one in attempts.read(path)), default=0.0)
    return JobState(
        state=now,
        else_state=state_of(names, lambda: False),
        status=status_of(names),
        method=method_of(names) or "",
        reason=reason,
        finished=finished,
        labelled=labelled,
        started=started,
        step=next_operation(names, settings, designs),
    )


def _written(folder: str, name: str) -> float:
    try:
        return os.stat(os.path.join(folder, name)).st_mtime
    except OSError:
        return 0.0


@dataclass
class Listing:
    """The states of a campaign's jobs, kept up to date.

    Attributes
    ----------
    root : Path
    jobs : dict
        Job id to `JobState`.
    complete : bool
        Whether every folder has been looked at.
    """

    root: Path
    jobs: dict[str, JobState] = field(default_factory=dict)
    complete: bool = False
    _seen: dict[str, int] = field(default_factory=dict)
    _next: int = 0

    def refresh(self, seconds: float = math.inf) -> set[str]:
        """Look again at what has changed; new and removed jobs are always noticed.

        Parameters
        ----------
        seconds : float
            Stop looking into folders after this time; the next call goes on from there.

        Returns
        -------
        set of str
            Ids of the jobs that are new, gone or in another state.
        """
        begin = time.monotonic()
        workspace = os.path.join(self.root, "workspace")
        settings = read_document(self.root).get("settings", {})
        ids = job_ids(self.root)
        changed = self.jobs.keys() - set(ids)
        for job_id in changed:
            del self.jobs[job_id]
            self._seen.pop(job_id, None)
        first = self._next if self._next < len(ids) else 0
        self._next = 0
        for count in range(len(ids)):
            job_id = ids[(first + count) % len(ids)]
            if count % 64 == 63 and time.monotonic() - begin > seconds:
                self._next = (first + count) % len(ids)
                break
            if self._look(job_id, os.path.join(workspace, job_id), settings):
                changed.add(job_id)
        self.complete = len(self._seen) >= len(ids)
        return changed

    def _look(self, job_id: str, folder: str, settings: Mapping[str, Any]) -> bool:
        """Look at one job; whether it has changed."""
        try:
            modified = os.stat(folder).st_mtime_ns
        except OSError:
            return False
        old = self.jobs.get(job_id)
        new = old
        if old is None or self._seen.get(job_id) != modified:
            new = look(folder, settings)
            settled = time.time() - modified / 1e9 > SETTLED
            self._seen[job_id] = modified if settled else 0
        if new is None or new == old:
            return False
        self.jobs[job_id] = new
        return True


@dataclass(frozen=True)
class Reason:
    """Jobs that failed, or went wrong, alike.

    Attributes
    ----------
    state : State
        Failed or again.
    text : str
        The reason of one of them.
    job_ids : tuple of str
    """

    state: State
    text: str
    job_ids: tuple[str, ...]


@dataclass(frozen=True)
class CampaignView:
    """A campaign at a glance.

    Attributes
    ----------
    name : str
    time : float
        When it looked so (s since the epoch).
    counts : dict
        Method to state to number of jobs; states without jobs are left out.
    states : dict
        Job id to state.
    reasons : list of Reason
        Most frequent first.
    per_hour : float or None
        Jobs that finish in an hour, over the last one; None where none has.
    hours : dict
        Expected hours that are left, by resource, "core" or "GPU".
    jobs_left : dict
        Jobs that are left, likewise.
    at_once : float
        How many jobs are worked on at a time, from what runs and what has finished.
    finish : float or None
        Projected end (s since the epoch) at this pace; None where nothing runs or is left.
    complete : bool
        Whether every job has been looked at.
    rounds : tuple of str
        What there is to say of the rounds of an adaptive campaign.
    """

    name: str
    time: float
    counts: dict[str, dict[str, int]]
    states: dict[str, State]
    reasons: list[Reason]
    per_hour: float | None
    hours: dict[str, float]
    jobs_left: dict[str, int]
    at_once: float
    finish: float | None
    complete: bool
    rounds: tuple[str, ...] = ()

    @property
    def n_jobs(self) -> int:
        """Number of jobs."""
        return len(self.states)

    def total(self, state: State) -> int:
        """Number of jobs in a state."""
        return sum(count.get(state, 0) for count in self.counts.values())


def view(
    listing: Listing,
    queued: Collection[str] = (),
    active: Collection[str] = (),
    now: float | None = None,
) -> CampaignView:
    """What a listing says.

    Parameters
    ----------
    listing : Listing
        Refreshed.
    queued, active : collection of str
        Ids that wait, and that run, as the scheduler says.
    now : float, optional
        Seconds since the epoch; the present one otherwise.
    """
    now = time.time() if now is None else now
    root = listing.root
    states: dict[str, State] = {}
    reasons: dict[str, tuple[State, str]] = {}
    for job_id, job in listing.jobs.items():
        now_is, reason = job.state, job.reason
        folder = root / "workspace" / job_id
        if now_is is State.RUNNING and not is_worked_on(folder, active):
            now_is, reason = job.else_state, last_try(folder)
        if now_is in QUEUEABLE and (job_id in queued or job_id in active):
            now_is = State.QUEUED  # a pack that runs has not come to it
        states[job_id] = now_is
        if now_is in (State.FAILED, State.AGAIN) and reason:
            reasons[job_id] = (now_is, reason)
    counts: dict[str, Counter[str]] = {}
    for job_id, state in states.items():
        counts.setdefault(listing.jobs[job_id].method or "no method", Counter())[state] += 1
    finished = sorted(
        (job.finished, job_id) for job_id, job in listing.jobs.items() if job.finished > 0
    )
    n_running = sum(state is State.RUNNING for state in states.values())
    per_hour, at_once = _pace(root, finished, n_running, now)
    hours, jobs_left = _left(listing, [job_id for _, job_id in sorted(finished)], states, now)
    last = finished[-1][0] if finished else 0.0
    rounds = summary(root)
    alive = at_once > 0 and (n_running > 0 or now - last < FRESH)
    left = 3600.0 * sum(hours.values())
    return CampaignView(
        name=title_of(read_document(root)),
        time=now,
        counts={method: dict(count) for method, count in sorted(counts.items())},
        states=states,
        reasons=_grouped(reasons),
        per_hour=per_hour,
        hours=hours,
        jobs_left=jobs_left,
        at_once=at_once if alive else 0.0,
        finish=now + left / at_once if alive and left > 0 else None,
        complete=listing.complete,
        rounds=tuple(rounds.lines()) if rounds else (),
    )


def _grouped(reasons: Mapping[str, tuple[State, str]]) -> list[Reason]:
    """Reasons that differ in numbers only are one."""
    groups: dict[tuple[State, str], list[str]] = {}
    for job_id, (state, text) in sorted(reasons.items()):
        groups.setdefault((state, re.sub(r"[-+]?\d[\d.e+-]*", "#", text)), []).append(job_id)
    found = [
        Reason(state, reasons[job_ids[0]][1], tuple(job_ids))
        for (state, _), job_ids in groups.items()
    ]
    return sorted(
        found, key=lambda reason: (reason.state is not State.FAILED, -len(reason.job_ids))
    )


def _pace(
    root: Path, finished: list[tuple[float, str]], n_running: int, now: float
) -> tuple[float | None, float]:
    """Jobs an hour, and jobs at a time, over the last `WINDOW`."""
    recent = [(end, job_id) for end, job_id in finished if now - WINDOW < end <= now]
    if not recent:
        return None, float(n_running)
    every = -(-len(recent) // MOST_READ)
    some = [(end, _wall_seconds(root, job_id)) for end, job_id in recent[::every]]
    span = WINDOW
    if len(recent) == len(finished):  # it began within the window
        span = max(now - min(end - seconds for end, seconds in some), 1.0)
        span = min(span, WINDOW)
    work = every * sum(min(seconds, end - (now - span)) for end, seconds in some)
    return 3600.0 * len(recent) / span, max(float(n_running), work / span)


def _wall_seconds(root: Path, job_id: str) -> float:
    seconds = readable_json(root / "workspace" / job_id / RESULT).get("wall_seconds")
    return max(float(seconds), 0.0) if is_number(seconds) else 0.0


def _left(
    listing: Listing, finished: list[str], states: Mapping[str, State], now: float
) -> tuple[dict[str, float], dict[str, int]]:
    """Hours and jobs that are left, by resource."""
    due: dict[tuple[str, bool], list[str]] = {}
    former = left_out(listing.root, read_document(listing.root).get("settings", {}))
    for job_id, job in listing.jobs.items():
        if job.step is not None and job_id not in former:
            due.setdefault(job.step, []).append(job_id)
    if not due:
        return {}, {}
    root = listing.root
    left = hours_left(root, due, CostModel.learn(root, finished))
    names = {True: "GPU", False: "core"}
    hours = {names[gpu]: value for gpu, (value, _) in left.items()}
    jobs_left = {names[gpu]: n for gpu, (_, n) in left.items()}
    for job_id, state in states.items():  # what those that run have behind them
        job = listing.jobs[job_id]
        name = names[job.step[1]] if job.step is not None else ""
        if state is State.RUNNING and name in hours and job.started > 0:
            share = hours[name] / jobs_left[name]
            hours[name] -= min((now - job.started) / 3600.0, 0.9 * share)
    return hours, jobs_left

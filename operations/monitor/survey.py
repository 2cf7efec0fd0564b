"""What `status` says below flow's lines: what failed, what goes again, what runs, what is left.

One pass over the names of the files in the job folders; contents are read of few jobs only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from operations.jobs import attempts
from operations.jobs.cost import CostModel
from operations.jobs.designs import called, found, why_not
from operations.jobs.document import settings_of
from operations.jobs.eligibility import (
    OPERATIONS,
    next_operation,
    runs_on_gpu,
    waits_for_design,
    waits_for_hoomd,
)
from operations.jobs.files import readable_json
from operations.jobs.folders import Folders
from operations.jobs.former import left_out
from operations.jobs.locks import is_worked_on
from operations.jobs.progress import about
from operations.jobs.state import (
    CPU_ONLY,
    FAILED,
    GPU_TOO,
    RESULT,
    RUNNING,
    STATEPOINT,
    State,
    state_of,
)
from operations.slurm import submission

#: States for people who know nothing of signac-flow.
WORDS = {
    State.DONE: "done",
    State.UNLABELLED: "to be labelled",
    State.RUNNING: "being worked on now",
    State.CONTINUED: "stopped at a checkpoint, from which run goes on",
    State.AGAIN: "to be tried again",
    State.WAITING: "not begun",
    State.FAILED: "failed",
}

#: What is said of jobs that would be due if the campaign file still had them.
FORMER = (
    "are not finished and not in the campaign file any more: run leaves them alone, run -j JOB_ID"
    " runs them, init.py --prune moves them away"
)

#: Jobs of one kind whose reason is shown.
SHOWN = 10
#: Letters of a reason that are shown.
LONGEST = 1000
#: Jobs that are due of which the cost is computed; the others are like them.
SAMPLE = 300


@dataclass
class Survey:
    """The state of a campaign's jobs, by their ids.

    Attributes
    ----------
    failed, again, running, lost : list of str
        With `failed.json`; whose last try went wrong; being worked on now; whose try was killed.
    waiting : list of str
        That only HOOMD-blue can run, where it is missing.
    designs : dict
        By the id of a design: those that wait for what it finds.
    finished : list of str
        With a result.
    due : dict
        By (operation, gpu).
    former : list of str
        That would be due if the campaign file still had them.
    counts : Counter
        Jobs by their state.
    """

    failed: list[str] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    running: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    designs: dict[str, list[str]] = field(default_factory=dict)
    finished: list[str] = field(default_factory=list)
    due: dict[tuple[str, bool], list[str]] = field(default_factory=dict)
    former: list[str] = field(default_factory=list)
    counts: Counter[State] = field(default_factory=Counter)

    @classmethod
    def of(
        cls,
        root: Path,
        job_ids: Iterable[str],
        settings: Mapping[str, Any],
        active: Collection[str] = (),
        folders: Folders | None = None,
    ) -> Survey:
        """Look at the job folders.

        Parameters
        ----------
        root : Path
        job_ids : iterable of str
        settings : mapping
            Of the campaign.
        active : collection of str
            Ids that run as the scheduler says, where locks may not be seen from here.
        folders : Folders, optional
            What has been seen of them already.
        """
        survey = cls()
        folders = folders or Folders(root)
        designs, former = found(root), left_out(root, settings)
        for job_id in job_ids:
            names = folders.names(job_id)
            if RESULT in names:
                survey.finished.append(job_id)
            folder = root / "workspace" / job_id
            now = state_of(names, partial(is_worked_on, folder, active))
            survey.counts[now] += 1
            if now is State.FAILED:
                survey.failed.append(job_id)
            elif now is State.RUNNING:
                survey.running.append(job_id)
            elif now is State.AGAIN:
                (survey.lost if RUNNING in names else survey.again).append(job_id)
            operation = next_operation(names, settings, designs)
            design = waits_for_design(names, designs)
            if design is not None:
                survey.designs.setdefault(design, []).append(job_id)
            if waits_for_hoomd(names):
                survey.waiting.append(job_id)
            if operation is not None and job_id in former:
                survey.former.append(job_id)
            elif operation is not None:
                survey.due.setdefault(operation, []).append(job_id)
        return survey

    def lines(self, root: Path) -> list[str]:
        """What there is to say, one line each."""
        workspace = root / "workspace"
        lines = [self.in_words()]
        lines += _shown("failed", self.failed, lambda job_id: failure(workspace / job_id))
        lines += _shown("again", self.again, lambda job_id: last_try(workspace / job_id))
        lines += _shown("killed", self.lost, lambda job_id: last_try(workspace / job_id))
        if self.waiting:
            lines.append(
                f"{len(self.waiting)} jobs wait for HOOMD-blue, which is not installed here; it"
                " comes with: conda env create -f environment.yml"
            )
        lines += [
            f"{len(jobs)} jobs wait for {called(root, design)[:-24]}, {why_not(root, design)}"
            for design, jobs in self.designs.items()
        ]
        if self.former:
            lines.append(f"{len(self.former)} of them {FORMER}")
        return lines + self._remaining(root)

    def in_words(self) -> str:
        """How many jobs are in which state, in words."""
        said = [
            f"{self.counts[state]} {words}" for state, words in WORDS.items() if self.counts[state]
        ]
        n = self.counts.total()
        return f"{n} job{'s' * (n != 1)}: {', '.join(said) or 'none'}"

    def _remaining(self, root: Path) -> list[str]:
        """Hours that are left, by kind of resource."""
        model = CostModel.learn(root, self.finished) if self.due else CostModel()
        left = hours_left(root, self.due, model)
        return [
            f"left: about {left[gpu][0]:.2g} {name}-hours in {left[gpu][1]} jobs,"
            f" {about(3600.0 * left[gpu][0])} on one {name}"
            for gpu, name in ((True, "GPU"), (False, "core"))
            if gpu in left
        ]


def hours_left(
    root: Path, due: Mapping[tuple[str, bool], list[str]], model: CostModel
) -> dict[bool, tuple[float, int]]:
    """Hours that jobs still need and how many they are, on cores (False) and on GPUs (True).

    Parameters
    ----------
    root : Path
    due : mapping
        Job ids by (operation, gpu). The cost of at most `SAMPLE` of each is computed.
    model : CostModel
    """
    left: dict[bool, tuple[float, int]] = {}
    for (operation, gpu), job_ids in due.items():
        every = -(-len(job_ids) // SAMPLE)
        some = job_ids[::every]
        seconds = len(some) * submission.LABEL_SECONDS
        if operation != "label":
            folders = (root / "workspace" / job_id for job_id in some)
            seconds = sum(
                submission.expected(folder, model, gpu)[0]
                / model.at_a_time(readable_json(folder / STATEPOINT), gpu)
                for folder in folders
            )
        hours, n_jobs = left.get(gpu, (0.0, 0))
        left[gpu] = (hours + seconds / 3600 * len(job_ids) / len(some), n_jobs + len(job_ids))
    return left


def seconds_of(root: Path, due: Sequence[tuple[str, str]]) -> tuple[list[float], bool]:
    """Expected seconds of operations, given as (operation, job id), and whether they say anything.

    Of more than `SAMPLE` each has the mean of so many.
    """
    model = CostModel.learn(root)
    every = -(-len(due) // SAMPLE)
    some, known = [], True
    for operation, job_id in due[::every]:
        step, seconds = OPERATIONS.get(operation), submission.LABEL_SECONDS
        if step is not None and operation != "label":
            folder = root / "workspace" / job_id
            names = [name for name in (CPU_ONLY, GPU_TOO) if (folder / name).exists()]
            gpu = runs_on_gpu(step, names, settings_of(str(root)))
            seconds = submission.expected(folder, model, gpu)[0]
            known = known and model.knows(readable_json(folder / STATEPOINT), gpu)
        else:
            known = False
        some.append(seconds)
    return (some if every == 1 else [sum(some) / len(some)] * len(due)), known


def failure(folder: Path) -> str:
    """Why a job failed."""
    content = readable_json(folder / FAILED)
    if "reason" not in content:
        return "failed.json cannot be read"
    return one_line(f"{content.get('operation')}: {content['reason']}")


def last_try(folder: Path) -> str:
    """How the last try at a job ended."""
    tries = attempts.read(folder)
    if not tries:
        return "attempts.jsonl cannot be read"
    last = tries[-1]
    text = f"{last['operation']}: {last['outcome']}"
    if "reason" in last:
        text += f", {last['reason']}"
    elif last.get("scheduler_job"):
        text += f", SLURM job {last['scheduler_job']}"
    text += f" (try {len([t for t in tries if t['operation'] == last['operation']])})"
    return one_line(text)


def one_line(text: str) -> str:
    """A text of a file as one line that only says something, whatever a terminal makes of it."""
    line = " ".join(text[: 2 * LONGEST].split())
    shown = "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in line
    )
    return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}…"


def _shown(word: str, job_ids: list[str], reason: Any) -> list[str]:
    lines = [f"{word} {job_id}  {reason(job_id)}" for job_id in job_ids[:SHOWN]]
    if len(job_ids) > SHOWN:
        lines.append(f"… and {len(job_ids) - SHOWN} more: {word}")
    return lines

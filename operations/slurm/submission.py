"""What there is to submit: jobs that are due, without those that are queued or being worked on.

The order keeps it safe without a daemon: under the lock, ask the scheduler first, look at the files
then. A job that ends in between is finished in its files; one that begins in between was queued.
"""

from __future__ import annotations

import glob
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from operations.jobs import attempts
from operations.jobs.cost import CostModel, particles
from operations.jobs.designs import found
from operations.jobs.eligibility import (
    CAMPAIGN_LEVEL,
    OPERATIONS,
    SIMULATE,
    goes_together,
    next_operation,
    next_step,
)
from operations.jobs.files import readable_json
from operations.jobs.folders import Folders, listed
from operations.jobs.locks import is_locked
from operations.jobs.state import CHECKPOINT, DOCUMENT, RESULT, RUNNING, STATEPOINT, method_of
from operations.slurm import packs, scheduler
from operations.slurm.packs import Due, Pack

#: File in the root that is locked while one process submits.
LOCK = ".submit.lock"

LABEL_SECONDS, LABEL_SAFETY = 5.0, 4.0
#: Memory of a label: of the program, and for each particle; measured with a million of them.
LABEL_GB, LABEL_BYTES = 0.4, 2000.0
#: Less than so many GB is not asked for.
LEAST_GB = 1.0
AGGREGATE_SECONDS = 300.0


@dataclass(frozen=True)
class Queue:
    """The packs of a campaign that are queued or run.

    Attributes
    ----------
    packs : list of (Pack, Queued)
    """

    packs: list[tuple[Pack, scheduler.Queued]]

    @classmethod
    def ask(cls, root: Path, forget: bool = False) -> Queue:
        """What the scheduler has of a campaign.

        Parameters
        ----------
        root : Path
        forget : bool
            Remove the files of packs that are over; only for the holder of the lock.

        Raises
        ------
        SchedulerError
            Where the scheduler does not answer.
        """
        known = packs.known(root)
        queued = {job.name: job for job in scheduler.queued(known)}
        if forget:
            for name in sorted(known.keys() - queued.keys()):
                note_if_useless(root, known[name])
                packs.forget(root, known[name])
        return cls([(known[name], job) for name, job in queued.items()])

    @property
    def held(self) -> list[str]:
        """A line about each that goes on only when a person does something."""
        lines = [
            f"SLURM job {job.id} of {len(pack.members)} jobs is held ({job.reason}):"
            f" scontrol release {job.id}, or scancel {job.id}"
            for pack, job in self.packs
            if job.held
        ]
        lines += [
            f"SLURM job {job.id} of {len(pack.members)} jobs can never start ({job.reason}):"
            f" scancel {job.id}, mend the cluster file or walltime_hours, submit again"
            for pack, job in self.packs
            if job.never
        ]
        return lines

    @property
    def waiting(self) -> set[str]:
        """Ids of the jobs in packs that wait."""
        return {member for pack, job in self.packs if not job.active for member in pack.members}

    @property
    def active(self) -> set[str]:
        """Ids of the jobs in packs that run, or may."""
        return {member for pack, job in self.packs if job.active for member in pack.members}


def note_if_useless(root: Path, pack: Pack) -> None:
    """Record a try for every member of a pack that SLURM took and that did nothing at all.

    A module that is missing, too little memory, or a root that the nodes do not see would else be
    submitted for ever. It is no fault of theirs if the pack was told to leave before its lanes were
    up.
    """
    name = packs.scheduler_name(pack)
    logs = sorted((root / "logs").glob(f"{glob.escape(name)}.*.txt"))
    if logs:
        number = logs[-1].name.split(".")[-2]
        why = f"SLURM job {number}: see {logs[-1].name}"
    elif packs.submitted(root, pack).exists():
        number, state = scheduler.record(name) or ("?", "of which it knows nothing any more")
        why = f"SLURM job {number} left no log, {state}: do the nodes see {root / 'logs'}?"
    else:
        return
    folders = [root / "workspace" / job_id for job_id in pack.members]
    # a folder that is a link is no job: nothing is written to what is elsewhere
    folders = [folder for folder in folders if not folder.is_symlink()]
    if pack.operation in CAMPAIGN_LEVEL:
        folders = [root / CAMPAIGN_LEVEL[pack.operation]]
    for folder in folders:
        if any(attempt.get("scheduler_job") == number for attempt in attempts.read(folder)):
            return
    # what has its product meanwhile was made by somebody else
    if pack.operation not in CAMPAIGN_LEVEL:
        made = OPERATIONS[pack.operation].makes if pack.operation in OPERATIONS else RESULT
        folders = [folder for folder in folders if not (folder / made).exists()]
    if packs.warned(root, pack).exists():
        outcome = "not_begun"
    else:
        outcome = scheduler.outcomes([number]).get(number) or "lost"
    for folder in folders:
        named = pack.operation in ("label", *CAMPAIGN_LEVEL)
        operation = pack.operation if named else method_of(listed(folder)) or pack.operation
        if folder.is_dir() and not is_locked(folder):
            attempts.missed(folder, operation, outcome, why)


def settle_lost(root: Path, job_ids: Iterable[str], folders: Folders | None = None) -> None:
    """End the records of tries that were killed, with what the scheduler knows of them.

    Left alone are jobs whose lock is held and those whose scheduler job is not over. `folders` are
    kept up to date.
    """
    folders = folders or Folders(root)
    open_tries: dict[Path, str | None] = {}
    for job_id in job_ids:
        if RUNNING not in folders.names(job_id):
            continue
        folder = root / "workspace" / job_id
        if not is_locked(folder):
            last = [attempt for attempt in attempts.read(folder) if "end" not in attempt][-1:]
            open_tries[folder] = last[0].get("scheduler_job") if last else None
    known = scheduler.outcomes(number for number in open_tries.values() if number)
    for folder, number in open_tries.items():
        outcome = known.get(number, "lost") if number else "lost"
        if outcome and not is_locked(folder):
            reason = f"SLURM job {number}" if number else None
            attempts.settle(folder, outcome, reason)
            folders.forget(folder.name)


def due(
    root: Path,
    job_ids: Iterable[str],
    settings: Mapping[str, Any],
    operations: Collection[str] | None = None,
    folders: Folders | None = None,
) -> list[Due]:
    """The jobs that are due, with what they are expected to cost.

    Parameters
    ----------
    root : Path
    job_ids : iterable of str
    settings : mapping
        Of the campaign.
    operations : collection of str, optional
        Only what is next in these operations or groups.
    folders : Folders, optional
        What has been seen of the jobs already.
    """
    jobs = []
    folders = folders or Folders(root)
    chosen = list(job_ids)
    finished = [job_id for job_id in chosen if RESULT in folders.names(job_id)]
    model, designs = CostModel.learn(root, finished or None), found(root)
    for job_id in chosen:
        names = folders.names(job_id)
        step = next_step(names, designs)
        due_for = next_operation(names, settings, designs)
        if step is None or due_for is None:
            continue
        operation, gpu = due_for
        if operations is not None and operation not in operations:
            if step.operation in operations:
                operation = step.operation
            elif SIMULATE not in operations:
                continue
        folder = root / "workspace" / job_id
        if operation == "label":
            seconds, safety = LABEL_SECONDS, LABEL_SAFETY
        else:
            seconds, safety = expected(folder, model, gpu, names)
        memory_gb = 0.0 if gpu else label_memory(readable_json(folder / STATEPOINT))
        together = operation != "label" and goes_together(step, folder, names, settings)
        jobs.append(Due(job_id, operation, gpu, seconds, safety, memory_gb, together))
    return jobs


def label_memory(statepoint: Mapping[str, Any]) -> float:
    """GB that the label of a job needs, where it is more than any partition gives; else 0."""
    needed = LABEL_GB + LABEL_BYTES * particles(statepoint) / 1e9
    return needed if needed > LEAST_GB else 0.0


def expected(
    folder: Path, model: CostModel, gpu: bool, names: Collection[str] | None = None
) -> tuple[float, float]:
    """Seconds that a job still needs, and the factor by which they may be too few.

    `names` of the files in the folder, where they are known, spare looking for what is not there.
    """
    names = listed(folder) if names is None else names
    statepoint = readable_json(folder / STATEPOINT)
    document = readable_json(folder / DOCUMENT) if DOCUMENT in names else {}
    whole, safety = model.expect(statepoint, document.get("extent") or {}, gpu)
    if CHECKPOINT not in names:
        return whole, safety
    spent = sum(
        max(attempt.get("end", 0.0) - attempt["start"], 0.0)
        for attempt in attempts.read(folder)
        if attempt["outcome"] == "walltime"
    )
    return max(whole - spent, 0.1 * whole), safety

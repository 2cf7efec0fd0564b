"""A lane: one process that runs the simulations it is handed, one after the other or, where their
engine can, several side by side.

The worker writes a line with the id of a job, or the ids of several, into its standard input; for
each the lane answers with a line of JSON on its standard output when the job is done, or had to
stop. What operations print goes to `log.txt` in the job folder.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from operations.jobs import attempts, designs, former
from operations.jobs.deadline import Deadline
from operations.jobs.document import settings_of
from operations.jobs.eligibility import SIMULATE, next_step
from operations.jobs.folders import listed
from operations.jobs.progress import say
from operations.jobs.side_by_side import Around
from operations.jobs.state import FAILED, RESULT

LOG = "log.txt"
READY = "ready"


def lane(campaign: Any, operation: str) -> None:
    """`project.py lane`: run an operation on the jobs that come in on standard input."""
    serve(
        Path(campaign.workspace),
        lambda job_id: campaign.run(jobs=[campaign.open_job(id=job_id)], names=[operation]),
        lambda job_ids, around: first_steps(Path(campaign.path), operation, job_ids, around),
    )


def first_steps(root: Path, operation: str, job_ids: Sequence[str], around: Around) -> list[str]:
    """Take the steps of jobs that make results, side by side; gives the ids of those for which this
    operation has nothing more to do here."""
    from operations.jobs.compiling import announce
    from operations.jobs.driver import run_together

    announce()
    folders = [root / "workspace" / job_id for job_id in job_ids]
    settings, known = settings_of(str(root)), designs.found(root)
    gone = former.left_out(root, settings)
    steps = [next_step(listed(folder), known) for folder in folders]
    due = [
        k
        for k, step in enumerate(steps)
        if step is not None
        and step.makes == RESULT
        and operation in (SIMULATE, step.operation)
        and job_ids[k] not in gone
    ]
    operations = [steps[k].needs.removeprefix(".") for k in due]  # type: ignore[union-attr]
    run_together(
        [folders[k] for k in due],
        root,
        settings,
        operations,
        lambda number: around(due[number]),
    )
    goes_on = operation == SIMULATE
    return [job_ids[k] for k in due if not (goes_on and (folders[k] / RESULT).exists())]


def serve(
    workspace: Path,
    run: Callable[[str], None],
    together: Callable[[Sequence[str], Around], Sequence[str]],
) -> None:
    """Read job ids until there are no more, or a signal or the deadline says stop.

    Parameters
    ----------
    workspace : Path
        Where the job folders are.
    run : callable
        Runs one job by its id.
    together : callable
        Is given the ids of several, and what is to be around each while it is worked on, before
        they are run one by one; gives those that are not.
    """
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    own_output = os.dup(2)

    def say_of(job_id: str, outcome: str) -> None:
        print(json.dumps({"job": job_id, "outcome": outcome}), file=answers)

    @contextmanager
    def logged(job_id: str) -> Iterator[None]:
        _redirect(workspace / job_id / LOG, own_output)
        try:
            yield
        finally:
            for stream in (sys.stdout, sys.stderr):
                with suppress(OSError):  # a full disk
                    stream.flush()
            os.dup2(own_output, 1)
            os.dup2(own_output, 2)

    print(json.dumps({"job": READY}), file=answers)
    with Deadline() as deadline:
        for line in sys.stdin:
            reason = deadline.reason_to_stop(0.0)
            here = []
            for job_id in line.split():
                if reason:
                    say_of(job_id, f"not begun ({reason})")
                elif not (workspace / job_id).is_dir():
                    say_of(job_id, "no job folder")
                else:
                    here.append(job_id)
            before = {job_id: len(attempts.read(workspace / job_id)) for job_id in here}
            over: Sequence[str] = ()
            if len(here) > 1:
                try:
                    over = together(here, lambda number, ids=here: logged(ids[number]))  # type: ignore[misc]
                except Exception:
                    traceback.print_exc()
            for job_id in here:
                outcome = ""
                with logged(job_id):
                    try:
                        if job_id not in over:
                            run(job_id)
                    except Exception as error:  # the other jobs of the pack go on
                        outcome = f"{type(error).__name__}: {error}"
                        with suppress(OSError):
                            traceback.print_exc()
                say_of(job_id, outcome or _outcome(workspace / job_id, before[job_id]))


def _redirect(log: Path, otherwise: int) -> None:
    """Send output to a log file; to where it went before if that cannot be written."""
    try:
        handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o666)
    except OSError as error:
        say(f"{log}: {error.strerror}")
        handle = os.dup(otherwise)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    os.close(handle)


def _outcome(folder: Path, before: int) -> str:
    """What happened to a job since it had this many tries."""
    tries = attempts.read(folder)[before:]
    if not tries:
        return "failed" if (folder / FAILED).exists() else "nothing done"
    bad = [attempt["outcome"] for attempt in tries if attempt["outcome"] != "finished"]
    return bad[0] if bad else "finished"

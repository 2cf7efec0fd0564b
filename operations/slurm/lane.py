"""A lane: one process that runs the simulations it is handed, one after the other.

The worker writes the id of a job into its standard input, the lane answers with a line of JSON on
its standard output when the job is done, or had to stop. What operations print goes to `log.txt`
in the job folder.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from operations.jobs import attempts
from operations.jobs.deadline import Deadline
from operations.jobs.progress import say
from operations.jobs.state import FAILED

LOG = "log.txt"
READY = "ready"


def lane(campaign: Any, operation: str) -> None:
    """`project.py lane`: run an operation on the jobs that come in on standard input."""
    serve(
        Path(campaign.workspace),
        lambda job_id: campaign.run(jobs=[campaign.open_job(id=job_id)], names=[operation]),
    )


def serve(workspace: Path, run: Callable[[str], None]) -> None:
    """Read job ids until there are no more, or a signal or the deadline says stop.

    Parameters
    ----------
    workspace : Path
        Where the job folders are.
    run : callable
        Runs one job by its id.
    """
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    own_output = os.dup(2)
    print(json.dumps({"job": READY}), file=answers)
    with Deadline() as deadline:
        for line in sys.stdin:
            job_id = line.strip()
            reason = deadline.reason_to_stop(0.0)
            if reason:
                print(json.dumps({"job": job_id, "outcome": f"not begun ({reason})"}), file=answers)
                continue
            if not (workspace / job_id).is_dir():
                print(json.dumps({"job": job_id, "outcome": "no job folder"}), file=answers)
                continue
            before = len(attempts.read(workspace / job_id))
            _redirect(workspace / job_id / LOG, own_output)
            outcome = ""
            try:
                run(job_id)
            except Exception as error:  # the other jobs of the pack go on
                outcome = f"{type(error).__name__}: {error}"
                with suppress(OSError):
                    traceback.print_exc()
            for stream in (sys.stdout, sys.stderr):
                with suppress(OSError):  # a full disk
                    stream.flush()
            os.dup2(own_output, 1)
            os.dup2(own_output, 2)
            outcome = outcome or _outcome(workspace / job_id, before)
            print(json.dumps({"job": job_id, "outcome": outcome}), file=answers)


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

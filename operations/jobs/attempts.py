"""The record of tries at a job: `attempts.jsonl`, append-only.

A try writes one line when it starts and one when it ends. The reader joins them; a start without
an end reads `lost`: its process was killed, or still runs (then it holds the job's lock). Two
marker files say the same to whoever cannot read every record: `.running` while a try is open,
`.again` while the last one went wrong in a way that may be tried again.

How a try ends:

| outcome | what | then |
|---|---|---|
| finished | | |
| walltime | left in time, at a checkpoint | goes on |
| interrupted | by the keyboard | again |
| failed | exploded physics, wrong input | `failed.json`: a person must look |
| error | anything else: disk, memory, a bug in a library | again |
| lost | killed, nobody knows why | again |
| timeout, out_of_memory | killed, says the scheduler | again |
| node_failed, cancelled, preempted, requeued | likewise, and not the job's doing | again |
| not_begun | the pack had to leave before anything in it began | again |

`error`, `lost`, `timeout` and `out_of_memory` in a row, without a checkpoint in between, end after
`MAX_TRIES` in `failed.json` (retry class `again` after an error, `tries` after kills).
"""

from __future__ import annotations

import json
import os
import socket
import time
import traceback
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from operations.jobs.errors import DeviceLostError, EngineError, ExplodedError
from operations.jobs.files import append_line, parse_json, read_bytes, write_product
from operations.jobs.progress import say
from operations.jobs.state import AGAIN, CHECKPOINT, CLEARED, FAILED, RUNNING
from workspace_schema.errors import RootError
from workspace_schema.files import touch

FILE = "attempts.jsonl"

#: Bytes of the record that are read, from its end.
MOST_READ = 5_000_000

#: Tries in a row that may go wrong without progress.
MAX_TRIES = 3

#: Outcomes that count towards `MAX_TRIES`, and those that neither count nor end the count.
FRUITLESS = ("error", "lost", "timeout", "out_of_memory")
NO_FAULT = ("node_failed", "cancelled", "preempted", "requeued", "interrupted", "not_begun")


def begin(folder: Path, operation: str) -> str:
    """Record that a try starts; returns its id."""
    attempt = uuid.uuid4().hex[:12]
    line = {
        "attempt": attempt,
        "operation": operation,
        "start": time.time(),
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "scheduler_job": os.environ.get("SLURM_JOB_ID"),
        "found": _found(folder),
    }
    if "CUDA_VISIBLE_DEVICES" in os.environ:
        line["devices"] = os.environ["CUDA_VISIBLE_DEVICES"]
    touch(folder / RUNNING)
    append_line(folder / FILE, line)
    return attempt


def end(folder: Path, attempt: str, outcome: str, reason: str | None = None) -> None:
    """Record how a try ended; for the outcomes see the module."""
    line = {"attempt": attempt, "end": time.time(), "outcome": outcome}
    append_line(folder / FILE, line | ({"reason": reason} if reason else {}))
    if outcome in FRUITLESS + NO_FAULT:
        touch(folder / AGAIN)
    else:
        (folder / AGAIN).unlink(missing_ok=True)
    (folder / RUNNING).unlink(missing_ok=True)


def read(folder: Path) -> list[dict[str, Any]]:
    """All tries, oldest first, each with `operation`, `start`, `host`, `pid`, `scheduler_job`,
    and `end` and `outcome` (`lost` and no end where none was written).

    Lines that are no whole records are passed over.
    """
    tries: dict[str, dict[str, Any]] = {}
    try:
        text = read_bytes(folder / FILE, MOST_READ, end=True)
    except OSError:
        return []
    for line in text.split(b"\n"):
        try:
            event = parse_json(line)
            tries.setdefault(event["attempt"], {"outcome": "lost"}).update(event)
        except (ValueError, KeyError, TypeError, RecursionError):
            continue
    return [attempt for attempt in tries.values() if _is_record(attempt)]


def _is_record(attempt: dict[str, Any]) -> bool:
    """Whether what stands in a file can be a try."""
    times = (attempt.get("start"), attempt.get("end", 0.0))
    words = (attempt.get("operation"), attempt["outcome"])
    return all(isinstance(time, int | float) for time in times) and all(
        isinstance(word, str) for word in words
    )


def settle(folder: Path, outcome: str = "lost", reason: str | None = None) -> None:
    """End the tries that never wrote an end; only for who knows that nobody works on them: the
    holder of the folder's lock, or who has asked the scheduler.

    After `MAX_TRIES` in a row that went wrong without progress the job has failed.
    """
    if not (folder / RUNNING).exists():
        return
    tries = read(folder)
    for attempt in tries:
        if "end" not in attempt:
            how = "requeued" if outcome == "lost" and _requeued(attempt) else outcome
            end(folder, attempt["attempt"], how, reason)
    (folder / RUNNING).unlink(missing_ok=True)
    if tries:
        _give_up(folder, tries[-1])


def missed(folder: Path, operation: str, outcome: str, reason: str) -> None:
    """Record a try that ended before this job's turn came: a whole scheduler job did nothing."""
    attempt = begin(folder, operation)
    end(folder, attempt, outcome, reason)
    _give_up(folder, {"attempt": attempt, "operation": operation})


def _give_up(folder: Path, last: dict[str, Any]) -> None:
    """Fail the job if too many tries in a row went wrong."""
    wrong = fruitless(folder, last["operation"])
    if len(wrong) >= MAX_TRIES and not (folder / FAILED).exists():
        counts = ", ".join(f"{wrong.count(kind)} {kind}" for kind in dict.fromkeys(wrong))
        why = next((t["reason"] for t in reversed(read(folder)) if "reason" in t), "")
        reason = f"{len(wrong)} tries without progress: {counts}"
        _fail(folder, last, "tries", f"{reason}; {why}" if why else reason)


def _requeued(attempt: dict[str, Any]) -> bool:
    """Whether this process is a later run of the scheduler job in which a try was begun."""
    here = os.environ.get("SLURM_JOB_ID")
    again = os.environ.get("SLURM_RESTART_COUNT", "0") not in ("", "0")
    return here is not None and attempt.get("scheduler_job") == here and again


def fruitless(folder: Path, operation: str) -> list[str]:
    """Outcomes of the last tries at an operation that went wrong in a row without progress.

    A try that began with another checkpoint than there is now made progress; those before a failure
    that a person has cleared are forgiven. No clocks are compared: those of nodes and file servers
    differ, and are set.
    """
    now = _found(folder)
    outcomes = []
    for attempt in reversed(read(folder)):
        if attempt["operation"] != operation or attempt["outcome"] in NO_FAULT:
            continue
        if attempt["outcome"] not in FRUITLESS or attempt.get("found") != now:
            break
        outcomes.append(attempt["outcome"])
    return outcomes


def was_killed(folder: Path, operation: str) -> bool:
    """Whether the last try at an operation was killed without progress, so that the next one should
    have a process of its own."""
    return fruitless(folder, operation)[:1] in (["lost"], ["out_of_memory"])


def _found(folder: Path) -> list[int]:
    """What tells the checkpoint, and the failure that was cleared last, from others."""
    stamps = []
    for name in (CHECKPOINT, CLEARED):
        try:
            stamps.append((folder / name).stat().st_mtime_ns)
        except OSError:
            stamps.append(0)
    return stamps


def _fail(
    folder: Path, attempt: dict[str, Any], retry: str, reason: str, trace: str | None = None
) -> None:
    """Write `failed.json`: a person must look."""
    content = {
        "operation": attempt["operation"],
        "reason": reason,
        "retry": retry,
        "time": time.time(),
        "attempt": attempt["attempt"],
    }
    write_product(folder / FAILED, content | ({"traceback": trace} if trace else {}))
    (folder / AGAIN).unlink(missing_ok=True)


def report_failure(name: str) -> None:
    """Tell the process that began this run, which asked for it by `CAMPAIGN_FAILURES`."""
    path = os.environ.get("CAMPAIGN_FAILURES")
    if path:
        with suppress(OSError), open(path, "a") as stream:
            stream.write(json.dumps(name) + "\n")


def retry_class(error: BaseException) -> str:
    """What may be done about a failure: `physics` and `input` need a person, `again` does not."""
    if isinstance(error, ExplodedError):
        return "physics"
    if isinstance(error, EngineError | ValueError | KeyError):
        return "input"
    return "again"


@contextmanager
def recorded(folder: Path, operation: str, tries: int = MAX_TRIES) -> Iterator[dict[str, str]]:
    """Record a try at an operation; turn an exception into `failed.json`, or into a try that went
    wrong and may be repeated. The caller holds the folder's lock.

    The block may set `outcome["outcome"]`; it is `finished` otherwise.

    Parameters
    ----------
    folder : Path
    operation : str
    tries : int
        Tries in a row that may go wrong.
    """
    settle(folder)
    attempt = begin(folder, operation)
    outcome = {"outcome": "finished"}
    try:
        yield outcome
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        retry = retry_class(error)
        what = "failed"
        if retry == "again":
            end(folder, attempt, "error", reason)
            what = "went wrong"
        if retry != "again" or len(fruitless(folder, operation)) >= tries:
            known = {"operation": operation, "attempt": attempt}
            _fail(folder, known, retry, reason, traceback.format_exc())
            what = "failed"
        if retry != "again":
            end(folder, attempt, "failed", reason)
        report_failure(folder.name)
        say(f"{operation} {folder.name}: {what}: {reason}")
    except DeviceLostError:
        raise  # the record stays open, as that of a try that was killed
    except BaseException as error:
        end(folder, attempt, "interrupted", type(error).__name__)
        raise
    else:
        end(folder, attempt, outcome["outcome"], outcome.get("reason"))


@contextmanager
def survived(folder: Path, operation: str) -> Iterator[None]:
    """Report an error of which not even a record could be written: a disk that is full or can only
    be read, a link in the place of a folder."""
    try:
        yield
    except (OSError, RootError) as error:
        say(f"{operation} {folder.name}: failed: {error}")
        report_failure(folder.name)

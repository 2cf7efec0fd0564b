"""The record of tries at a job: `attempts.jsonl`, append-only.

A try writes one line when it starts and one when it ends. The reader joins them; a start without
an end reads `lost`: its process was killed, or still runs (then it holds the job's lock).
"""

from __future__ import annotations

import json
import os
import socket
import sys
import time
import traceback
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from operations.files import append_line, write_json

FILE = "attempts.jsonl"
FAILED = "failed.json"


def begin(folder: Path, operation: str) -> str:
    """Record that a try starts; returns its id."""
    attempt = uuid.uuid4().hex[:12]
    append_line(
        folder / FILE,
        {
            "attempt": attempt,
            "operation": operation,
            "start": time.time(),
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "scheduler_job": os.environ.get("SLURM_JOB_ID"),
        },
    )
    return attempt


def end(folder: Path, attempt: str, outcome: str, reason: str | None = None) -> None:
    """Record how a try ended: finished, walltime, failed or interrupted."""
    line = {"attempt": attempt, "end": time.time(), "outcome": outcome}
    append_line(folder / FILE, line | ({"reason": reason} if reason else {}))


def read(folder: Path) -> list[dict[str, Any]]:
    """All tries, oldest first, each with `operation`, `start`, `host`, `pid`, `scheduler_job`,
    and `end` and `outcome` (`lost` and no end where none was written).

    Lines that are not whole JSON objects are passed over.
    """
    tries: dict[str, dict[str, Any]] = {}
    try:
        text = (folder / FILE).read_text(errors="replace")
    except OSError:
        return []
    for line in text.splitlines():
        try:
            event = json.loads(line)
            tries.setdefault(event["attempt"], {"outcome": "lost"}).update(event)
        except (ValueError, KeyError, TypeError):
            continue
    return [attempt for attempt in tries.values() if "start" in attempt]


def report_failure(name: str) -> None:
    """Tell the process that began this run, which asked for it by `CAMPAIGN_FAILURES`."""
    path = os.environ.get("CAMPAIGN_FAILURES")
    if path:
        append_line(path, name)


def retry_class(error: BaseException) -> str:
    """What may be done about a failure: `physics` and `input` need a person, `again` does not."""
    from operations.engines import EngineError, ExplodedError

    if isinstance(error, ExplodedError):
        return "physics"
    if isinstance(error, EngineError | ValueError | KeyError):
        return "input"
    return "again"


@contextmanager
def recorded(folder: Path, operation: str) -> Iterator[dict[str, str]]:
    """Record a try at an operation in `attempts.jsonl`; turn an exception into `failed.json`.

    The block may set `outcome["outcome"]`; it is `finished` otherwise.
    """
    attempt = begin(folder, operation)
    outcome = {"outcome": "finished"}
    try:
        yield outcome
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        write_json(
            folder / FAILED,
            {
                "operation": operation,
                "reason": reason,
                "retry": retry_class(error),
                "time": time.time(),
                "attempt": attempt,
                "traceback": traceback.format_exc(),
            },
        )
        end(folder, attempt, "failed", reason)
        report_failure(folder.name)
        print(f"{operation} {folder.name}: failed: {reason}", file=sys.stderr, flush=True)
    except BaseException as error:
        end(folder, attempt, "interrupted", type(error).__name__)
        raise
    else:
        end(folder, attempt, outcome["outcome"], outcome.get("reason"))

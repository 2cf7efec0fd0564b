"""A lock that another process holds: its own ones a process does not see."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from operations.jobs.isolation import REPOSITORY
from operations.jobs.locks import LOCK

SCRIPT = """
import sys
from pathlib import Path
from operations.jobs.locks import exclusive
with exclusive(Path(sys.argv[1]), *sys.argv[2:]):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def holder(folder: Path, name: str = LOCK, wait: str = "") -> Iterator[subprocess.Popen[str]]:
    """A process that takes the lock of a folder, saying so, until its input ends; killed then."""
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(folder), name, wait],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE if wait else None,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def held(folder: Path, name: str = LOCK) -> Iterator[subprocess.Popen[str]]:
    """Another process has the lock of a folder."""
    with holder(folder, name) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process

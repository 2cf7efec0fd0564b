"""Locks hold between processes, end with them, and can be asked about."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from operations.jobs.locks import BusyError, exclusive, is_locked
from tests.conftest import REPOSITORY

HOLD = """
import sys
from pathlib import Path
from operations.jobs.locks import exclusive
with exclusive(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(folder: Path) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    return process


def test_one_at_a_time_until_the_holder_is_killed(tmp_path: Path) -> None:
    assert not is_locked(tmp_path)
    process = holder(tmp_path)
    assert is_locked(tmp_path)
    with pytest.raises(BusyError), exclusive(tmp_path):
        raise AssertionError
    assert is_locked(tmp_path)
    process.kill()
    process.wait()
    assert not is_locked(tmp_path)
    with exclusive(tmp_path):
        pass


def test_waiting_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    process = holder(tmp_path)
    assert process.stdin is not None
    waiter = subprocess.Popen(
        [
            sys.executable,
            "-c",
            HOLD.replace("(Path(sys.argv[1]))", "(Path(sys.argv[1]), wait='waiting')"),
            str(tmp_path),
        ],
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert waiter.stderr is not None
    assert waiter.stderr.readline() == "waiting\n"
    assert waiter.poll() is None
    process.stdin.close()
    assert process.wait(10) == 0
    assert waiter.communicate(timeout=10)[0] == "held\n"

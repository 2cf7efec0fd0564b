"""Locks hold between processes, end with them, and can be asked about."""

from __future__ import annotations

import os
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


def test_what_is_in_the_place_of_a_lock_is_not_touched(tmp_path: Path) -> None:
    """A link is not followed, a pipe is not waited for, content stays."""
    outside = tmp_path / "precious"
    outside.write_text("do not touch")
    folder = tmp_path / "job"
    folder.mkdir()
    (folder / "link").symlink_to(outside)
    (folder / "dangling").symlink_to(tmp_path / "new")
    os.mkfifo(folder / "pipe")
    for name in ("link", "dangling", "pipe"):
        with pytest.raises(OSError, match=r"not followed|expected a file"), exclusive(folder, name):
            raise AssertionError
        assert not is_locked(folder, name)
    assert outside.read_text() == "do not touch"
    assert not (tmp_path / "new").exists()
    (folder / ".lock").write_text("notes")
    with exclusive(folder):
        pass
    assert (folder / ".lock").read_text() == "notes"

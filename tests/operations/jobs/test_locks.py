"""Locks hold between processes, end with them, and can be asked about."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from operations.jobs.locks import BusyError, exclusive, is_locked
from tests.another_process import held, holder


def test_one_at_a_time_until_the_holder_is_killed(tmp_path: Path) -> None:
    assert not is_locked(tmp_path)
    with held(tmp_path):
        assert is_locked(tmp_path)
        with pytest.raises(BusyError), exclusive(tmp_path):
            raise AssertionError
        assert is_locked(tmp_path)
    assert not is_locked(tmp_path)
    with exclusive(tmp_path):
        pass


def test_waiting_is_said(tmp_path: Path) -> None:
    with held(tmp_path) as first, holder(tmp_path, wait="waiting") as waiter:
        assert waiter.stderr is not None
        assert waiter.stderr.readline() == "waiting\n"
        assert waiter.poll() is None
        first.communicate(timeout=10)
        assert first.returncode == 0
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

"""Files that never end, or never begin."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from workspace_schema.bounded import read_bounded


def test_a_regular_file_and_a_link_to_one(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    (tmp_path / "b").symlink_to("a")
    assert read_bounded(tmp_path / "a", 3) == read_bounded(tmp_path / "b", 3) == b"abc"
    with pytest.raises(OSError, match="larger than 2 bytes"):
        read_bounded(tmp_path / "a", 2)


def test_what_is_no_regular_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path / "fifo", Path("/dev/zero"), Path("/dev/null")):
        with pytest.raises(OSError, match="not a regular file"):
            read_bounded(path, 10)
    with pytest.raises(IsADirectoryError):
        read_bounded(tmp_path, 10)
    with pytest.raises(FileNotFoundError):
        read_bounded(tmp_path / "none", 10)


def test_a_sparse_file(tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as stream:
        stream.truncate(1 << 38)
    with pytest.raises(OSError, match="larger than 1000 bytes"):
        read_bounded(tmp_path / "sparse", 1000)

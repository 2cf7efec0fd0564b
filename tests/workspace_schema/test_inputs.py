"""Files of a campaign below its root."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from workspace_schema.inputs import store_input, stored_input


def test_a_file_is_kept_by_its_content(tmp_path: Path) -> None:
    source = tmp_path / "start.gsd"
    source.write_bytes(b"particles")
    digest = hashlib.sha256(b"particles").hexdigest()
    with pytest.raises(FileNotFoundError, match=digest):
        stored_input(tmp_path, digest)
    store_input(tmp_path, digest, source)
    source.unlink()
    assert stored_input(tmp_path, digest) == tmp_path / "inputs" / f"{digest}.gsd"
    assert stored_input(tmp_path, digest).read_bytes() == b"particles"
    store_input(tmp_path, digest, source)  # is there: the source is not needed any more
    assert len(list((tmp_path / "inputs").iterdir())) == 1


def test_a_torn_copy_is_no_input(tmp_path: Path) -> None:
    (tmp_path / "inputs").mkdir()
    (tmp_path / "inputs" / ("a" * 64 + ".gsd.17.tmp")).write_bytes(b"par")
    with pytest.raises(FileNotFoundError):
        stored_input(tmp_path, "a" * 64)

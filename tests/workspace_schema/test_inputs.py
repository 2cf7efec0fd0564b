"""Files of a campaign below its root."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from workspace_schema.inputs import store_inputs, stored_input


def test_a_file_is_kept_by_its_content(tmp_path: Path) -> None:
    source = tmp_path / "start.gsd"
    source.write_bytes(b"particles")
    digest = hashlib.sha256(b"particles").hexdigest()
    with pytest.raises(FileNotFoundError, match=digest):
        stored_input(tmp_path, digest)
    store_inputs(tmp_path, {digest: source})
    source.unlink()
    assert stored_input(tmp_path, digest) == tmp_path / "inputs" / f"{digest}.gsd"
    assert stored_input(tmp_path, digest).read_bytes() == b"particles"
    store_inputs(tmp_path, {digest: source})  # is there: the source is not needed any more
    assert len(list((tmp_path / "inputs").iterdir())) == 1


def test_a_torn_copy_is_no_input(tmp_path: Path) -> None:
    (tmp_path / "inputs").mkdir()
    (tmp_path / "inputs" / ("a" * 64 + ".gsd.17.tmp")).write_bytes(b"par")
    with pytest.raises(FileNotFoundError):
        stored_input(tmp_path, "a" * 64)


def test_a_file_that_was_changed_is_named(tmp_path: Path) -> None:
    source = tmp_path / "start.gsd"
    source.write_bytes(b"particles")
    digest = hashlib.sha256(b"particles").hexdigest()
    store_inputs(tmp_path, {digest: source})
    stored = stored_input(tmp_path, digest)
    stored.write_bytes(b"particlez")
    other = hashlib.sha256(b"particlez").hexdigest()
    with pytest.raises(ValueError, match=rf"{digest}\.gsd was changed: .* SHA-256 {other}"):
        stored_input(tmp_path, digest)
    store_inputs(tmp_path, {digest: source})  # by its name it is there
    assert stored.read_bytes() == b"particlez"


def test_a_file_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "inputs").mkdir()
    os.mkfifo(tmp_path / "inputs" / ("a" * 64 + ".gsd"))
    with pytest.raises(OSError, match="not a regular file"):
        stored_input(tmp_path, "a" * 64)
    with (tmp_path / "inputs" / ("b" * 64 + ".gsd")).open("wb") as stream:
        stream.truncate(1 << 38)
    with pytest.raises(ValueError, match="is too large"):
        stored_input(tmp_path, "b" * 64)


def test_a_file_edited_after_it_was_read_is_not_kept(tmp_path: Path) -> None:
    source = tmp_path / "start.gsd"
    source.write_bytes(b"edited")
    with pytest.raises(ValueError, match=r"start\.gsd was changed while it was read"):
        store_inputs(tmp_path, {hashlib.sha256(b"particles").hexdigest(): source})
    assert list((tmp_path / "inputs").iterdir()) == []


def test_a_copy_goes_through_no_link(tmp_path: Path) -> None:
    source, outside = tmp_path / "start.gsd", tmp_path / "outside"
    source.write_bytes(b"particles")
    outside.write_bytes(b"precious")
    digest = hashlib.sha256(b"particles").hexdigest()
    (tmp_path / "inputs").mkdir()
    (tmp_path / "inputs" / f".{digest}.gsd.tmp").symlink_to(outside)
    store_inputs(tmp_path, {digest: source})
    assert stored_input(tmp_path, digest).read_bytes() == b"particles"
    assert outside.read_bytes() == b"precious"

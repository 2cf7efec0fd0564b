"""What is written is whole, and never written through a link."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from workspace_schema.files import overwriting, replacing, write_json, write_text


def test_text_and_json(tmp_path: Path) -> None:
    write_text(tmp_path / "a", "κ")
    assert (tmp_path / "a").read_bytes() == "κ".encode()
    write_json(tmp_path / "a", {"b": [1, 2.5]})
    assert json.loads((tmp_path / "a").read_bytes()) == {"b": [1, 2.5]}
    assert os.listdir(tmp_path) == ["a"]


@pytest.mark.parametrize("name", ["a", ".a.tmp"])
@pytest.mark.parametrize("is_there", [True, False])
def test_links_are_replaced(tmp_path: Path, name: str, is_there: bool) -> None:
    folder = tmp_path / "root"
    folder.mkdir()
    outside = tmp_path / "outside"
    if is_there:
        outside.write_text("precious")
    (folder / name).symlink_to(outside)
    write_text(folder / "a", "new")
    assert os.listdir(folder) == ["a"]
    assert not (folder / "a").is_symlink()
    assert (folder / "a").read_text() == "new"
    assert outside.exists() == is_there
    assert not is_there or outside.read_text() == "precious"


@pytest.mark.parametrize("writer", [overwriting, replacing])
def test_a_failure_leaves_the_old_file(tmp_path: Path, writer: Any) -> None:
    write_text(tmp_path / "a", "old")

    def write_half() -> None:
        with writer(tmp_path / "a") as half:
            half.write_bytes(b"half") if isinstance(half, Path) else half.write(b"half")
            raise RuntimeError("disk full")

    with pytest.raises(RuntimeError, match="disk full"):
        write_half()
    assert os.listdir(tmp_path) == ["a"]
    assert (tmp_path / "a").read_text() == "old"


def test_replacing_renames_only_at_the_end(tmp_path: Path) -> None:
    target = tmp_path / "product.json"
    target.write_text("old")
    with replacing(target) as temporary:
        temporary.write_text("new")
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]

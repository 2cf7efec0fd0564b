"""Products appear whole or not at all."""

import json
from pathlib import Path

import pytest

from operations.jobs.files import append_line, read_json, readable_json, replacing, write_json


def test_replacing_renames_only_at_the_end(tmp_path: Path) -> None:
    target = tmp_path / "product.json"
    target.write_text("old")
    with replacing(target) as temporary:
        temporary.write_text("new")
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


def test_a_failure_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "product.json"
    target.write_text("old")

    def write_half() -> None:
        with replacing(target) as temporary:
            temporary.write_text("half")
            raise RuntimeError("disk full")

    with pytest.raises(RuntimeError, match="disk full"):
        write_half()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_json_refuses_numbers_that_json_does_not_have(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(tmp_path / "result.json", {"energy": float("nan")})
    assert not list(tmp_path.iterdir())


def test_append_line(tmp_path: Path) -> None:
    for k in range(3):
        append_line(tmp_path / "log", {"k": k})
    lines = (tmp_path / "log").read_text().splitlines()
    assert [json.loads(line)["k"] for line in lines] == [0, 1, 2]


def test_reading_is_strict_or_forgiving(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    assert read_json(file) == readable_json(file) == {}
    for damaged in ("{", "[1]", "\x00"):
        file.write_text(damaged)
        with pytest.raises(ValueError, match=r"a\.json is damaged"):
            read_json(file)
        assert readable_json(file) == {}
    write_json(file, {"a": 1})
    assert read_json(file) == readable_json(file) == {"a": 1}

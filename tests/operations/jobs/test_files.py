"""Products are read and written as JSON, and never through a link."""

import json
import os
from pathlib import Path

import pytest

from operations.jobs.files import (
    append_line,
    parse_json,
    read_bytes,
    read_json,
    readable_json,
    remove_leftovers,
    write_product,
)
from workspace_schema.files import touch


def test_json_refuses_numbers_that_json_does_not_have(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        write_product(tmp_path / "result.json", {"energy": float("nan")})
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
    write_product(file, {"a": 1})
    assert read_json(file) == readable_json(file) == {"a": 1}


def test_links_and_pipes_are_not_opened(tmp_path: Path) -> None:
    outside = tmp_path / "precious"
    outside.write_text('{"a": 1}')
    before = outside.stat().st_mtime_ns
    (tmp_path / "link.json").symlink_to(outside)
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "zero.json").symlink_to("/dev/zero")
    for name in ("link.json", "pipe.json", "zero.json", "."):
        file = tmp_path / name
        with pytest.raises(ValueError, match="is damaged: "):
            read_json(file)
        with pytest.raises(OSError, match=r"not followed|expected a file|directory"):
            append_line(file, {})
        with pytest.raises(OSError, match=r"not followed|expected a file|directory"):
            touch(file)
    write_product(tmp_path / "link.json", {"b": 2})  # in the place of the link
    assert outside.read_text() == '{"a": 1}'
    assert outside.stat().st_mtime_ns == before
    assert read_json(tmp_path / "link.json") == {"b": 2}


def test_a_temporary_file_that_is_a_link(tmp_path: Path) -> None:
    outside = tmp_path / "precious"
    outside.write_text("x")
    (tmp_path / f".a.{os.getpid()}.tmp.json").symlink_to(outside)
    write_product(tmp_path / "a.json", {})
    assert outside.read_text() == "x"
    assert not (tmp_path / "a.json").is_symlink()


def test_sweep_names_links(tmp_path: Path) -> None:
    (tmp_path / ".a.7.tmp.json").symlink_to("nothing")
    remove_leftovers(tmp_path)
    assert not list(tmp_path.iterdir())
    (tmp_path / "trajectory.gsd").symlink_to("nothing")
    with pytest.raises(ValueError, match=r"trajectory\.gsd is a link, .* delete it"):
        remove_leftovers(tmp_path)


def test_large_files(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.touch()
    os.truncate(file, 1 << 40)
    with pytest.raises(ValueError, match="expected at most"):
        read_json(file)
    file.write_bytes(b"0123456789")
    assert read_bytes(file, 10) == b"0123456789"
    assert read_bytes(file, 4, end=True) == b"6789"
    with pytest.raises(OSError, match="10 bytes, expected at most 9"):
        read_bytes(file, 9)


def test_what_comes_in_can_go_out() -> None:
    """Into UTF-8, a table of 64 bits, a float."""
    text = b'{"\\ud800a": ["\\udce9", "\\ud83d\\ude00", 1, -7, %d, %d, 1e999]}'
    (values,) = parse_json(text % (10**400, 2**63 - 1)).values()
    assert values[:4] == ["\ufffd", "\U0001f600", 1, -7]
    assert values[4:] == [float("inf"), 2**63 - 1, float("inf")]
    assert isinstance(values[5], int)
    assert parse_json(b"-9223372036854775809") == -(2.0**63)
    json.dumps(parse_json(text % (1, 1)), ensure_ascii=False).encode()
    for wrong in (b'"\xed\xa0\x80"', b"\xff", b"", b"["):
        with pytest.raises(ValueError):  # noqa: PT011
            parse_json(wrong)

"""A cache never gives an answer that its files no longer give."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from operations.jobs import file_cache
from operations.jobs.file_cache import FileCache, signature_of


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files count as settled at once."""
    monkeypatch.setattr(file_cache, "SETTLED", -1.0)


class Reader:
    """The content of files by way of a cache; counts what was read."""

    def __init__(self, folder: Path, about: str = "a") -> None:
        self.folder = folder
        self.cache = FileCache(folder / ".cache" / "values.jsonl", about)
        self.n_read = 0

    def __call__(self, name: str) -> list[str]:
        def read() -> list[str]:
            self.n_read += 1
            return [(self.folder / name).read_text()]

        return self.cache.get(name, [str(self.folder / name)], read)


def look(folder: Path, about: str = "a") -> tuple[dict[str, str], int]:
    """The content of all files, and how many were read, by a cache that is then saved."""
    reader = Reader(folder, about)
    found = {path.name: reader(path.name)[0] for path in sorted(folder.glob("*.txt"))}
    reader.cache.save()
    return found, reader.n_read


def test_only_what_has_changed_is_read(tmp_path: Path) -> None:
    for k in range(20):
        (tmp_path / f"{k:02}.txt").write_text(f"{k}")
    assert look(tmp_path)[1] == 20
    assert look(tmp_path)[1] == 0
    (tmp_path / "03.txt").write_text("x")
    (tmp_path / "20.txt").write_text("new")
    found, n_read = look(tmp_path)
    assert (n_read, found["03.txt"], found["20.txt"], found["04.txt"]) == (2, "x", "new", "4")
    # what is new was appended: 22 entries, a head, and a sum each time
    assert len((tmp_path / ".cache" / "values.jsonl").read_text().splitlines()) == 25


def test_same_size_and_time_another_file(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("one")
    look(tmp_path)
    before = file.stat()
    (tmp_path / "b").write_text("two")
    os.replace(tmp_path / "b", file)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert look(tmp_path)[0] == {"a.txt": "two"}


def test_what_was_just_written_is_not_trusted(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "a.txt").write_text("one")
    monkeypatch.setattr(file_cache, "SETTLED", 60.0)
    assert [look(tmp_path)[1] for _ in range(2)] == [1, 1]


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(path.read_bytes()[:-7]),
        lambda path: path.write_text("garbage\n"),
        lambda path: path.write_text('"a"\n[1]\n'),
        lambda path: path.write_text('{"a": 1}\n'),
        lambda path: path.write_text(""),
    ],
)
def test_damage_is_mended(tmp_path: Path, damage) -> None:
    for k in range(5):
        (tmp_path / f"{k}.txt").write_text(f"{k}")
    whole, _ = look(tmp_path)
    damage(tmp_path / ".cache" / "values.jsonl")
    assert look(tmp_path)[0] == whole
    assert look(tmp_path) == (whole, 0)


def test_another_code_begins_anew(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one")
    look(tmp_path)
    assert look(tmp_path, about="b")[1] == 1
    assert look(tmp_path, about="b")[1] == 0


def test_the_file_does_not_grow_for_ever(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    for k in range(120):
        file.write_text("x" * k)
        look(tmp_path)
    assert len((tmp_path / ".cache" / "values.jsonl").read_text().splitlines()) < 60


def test_a_bit_that_has_flipped_is_not_believed(tmp_path: Path) -> None:
    for k in range(5):
        (tmp_path / f"{k}.txt").write_text(f"value {k}")
        whole, _ = look(tmp_path)
    file = tmp_path / ".cache" / "values.jsonl"
    content = file.read_bytes()
    for place in range(len(content)):
        flipped = bytearray(content)
        flipped[place] ^= 1 << place % 8
        file.write_bytes(flipped)
        assert look(tmp_path)[0] == whole
        file.write_bytes(content)
    # only what was written after the last sum that is right is read again
    file.write_bytes(content[:-30] + b"x" + content[-29:])
    assert look(tmp_path)[1] == 1


def test_a_disk_that_is_full_stops_nothing(tmp_path: Path, capsys) -> None:
    (tmp_path / "a.txt").write_text("one")
    (tmp_path / ".cache").write_text("in the way")
    assert look(tmp_path)[0] == {"a.txt": "one"}
    assert "not written" in capsys.readouterr().err


def test_signature_of_files_that_are_not_there(tmp_path: Path) -> None:
    nothing, _ = signature_of([str(tmp_path / "a")])
    (tmp_path / "a").touch()
    assert signature_of([str(tmp_path / "a")])[0] != nothing

"""Table files: what is read, how it is named, how it is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from workspace_schema.potentials import Table, TableData

GOOD = "1 3\n2 2\n3 1\n4 0\n"


def test_round_trip(tmp_path: Path):
    (tmp_path / "u.txt").write_text("# comment\n" + GOOD)
    data = TableData.read(tmp_path / "u.txt")
    assert data == TableData((1.0, 2.0, 3.0, 4.0), (3.0, 2.0, 1.0, 0.0), None)
    table = Table(file="u.txt").stored(tmp_path, tmp_path / "root")
    assert table.r_cut == 4.0
    assert table.read(tmp_path / "root") == data
    assert table.stored(tmp_path, tmp_path / "root") is table


def test_a_dry_run_writes_nothing(tmp_path: Path):
    (tmp_path / "u.txt").write_text(GOOD)
    Table(file="u.txt").stored(tmp_path, None)
    assert [path.name for path in tmp_path.iterdir()] == ["u.txt"]


def test_changed_content_is_noticed(tmp_path: Path):
    (tmp_path / "u.txt").write_text(GOOD)
    table = Table(file="u.txt").stored(tmp_path, tmp_path)
    (tmp_path / "tables" / f"{table.sha256}.table").write_text(GOOD.replace("3", "5", 1))
    with pytest.raises(ValueError, match="was changed"):
        table.read(tmp_path)


def test_force_column_is_part_of_the_content(tmp_path: Path):
    (tmp_path / "u.txt").write_text("1 3 1\n2 2 1\n3 1 1\n4 0 1\n")
    data = TableData.read(tmp_path / "u.txt")
    assert data.force == (1.0, 1.0, 1.0, 1.0)
    (tmp_path / "v.txt").write_text(GOOD)
    assert data.sha256 != TableData.read(tmp_path / "v.txt").sha256


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "0 rows"),
        ("1 1\n2 2\n3 3\n", "3 rows"),
        (GOOD + "4 1\n", "u.txt:5: r = 4.0 does not increase"),
        ("0 1\n" + GOOD, "u.txt:1: r = 0.0"),
        (GOOD + "x 1\n", "u.txt:5: 'x 1' is not a row of numbers"),
        (GOOD + "5 nan\n", "u.txt:5: expected 2 finite"),
        (GOOD + "5 1 1\n", "u.txt:5: expected 2 finite"),
        ("1\n", "u.txt:1: expected 2 or 3 finite"),
    ],
)
def test_bad_files_are_named_with_their_line(tmp_path: Path, text, named):
    (tmp_path / "u.txt").write_text(text)
    with pytest.raises(ValueError, match=named):
        TableData.read(tmp_path / "u.txt")


def test_missing_and_binary_files(tmp_path: Path):
    with pytest.raises(ValueError, match="cannot be read"):
        TableData.read(tmp_path / "nothing")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match="cannot be read"):
        TableData.read(tmp_path / "binary")


@pytest.mark.parametrize("r_cut", [0.5, 4.5])
def test_cutoff_outside_of_the_table(tmp_path: Path, r_cut):
    (tmp_path / "u.txt").write_text(GOOD)
    with pytest.raises(ValueError, match=r"u.txt spans 1.0 to 4.0"):
        Table(file="u.txt", r_cut=r_cut).stored(tmp_path, None)

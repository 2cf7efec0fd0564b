"""One tidy row a job, whatever state the job is in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from operations.aggregate import lookup, tabulate


@pytest.fixture
def root(tmp_path: Path) -> Path:
    def job(name: str, r0: object, **files: object) -> None:
        folder = tmp_path / "workspace" / name
        folder.mkdir(parents=True)
        statepoint = {"potential": {"r0": r0}, "method": {"name": "forward"}, "replica": 0}
        for file, content in {"signac_statepoint": statepoint, **files}.items():
            text = content if isinstance(content, str) else json.dumps(content)
            (folder / f"{file}.json").write_text(text)

    job("a", 1.4, result={"energy_per_particle": -6.0, "engine": "lammps"}, labels={"label": "sq"})
    job("b", 1.2, failed={"reason": "hot"})
    job("c", 1.3)
    job("d", 1.5, result="garbage", labels="[]")
    job("e", 1.6, signac_statepoint="{")
    (tmp_path / "workspace" / "stray file").touch()
    return tmp_path


def test_rows(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tabulate(root, ["potential.r0"]).set_index("job_id")
    assert list(table.index) == ["b", "c", "a", "d"]
    assert list(table["status"]) == ["failed", "unfinished", "finished", "unfinished"]
    assert table.loc["a", "label"] == "sq"
    assert table.loc["a", "energy_per_particle"] == -6.0
    assert table.loc["b", "label"] is None or table["label"].isna()["b"]
    assert "e: no readable state point" in capsys.readouterr().err


def test_lookup() -> None:
    statepoint = {"method": {"kT": [1.0, 0.1], "dt": 0.005, "start": {"sha256": "ab"}}}
    assert lookup(statepoint, "method.dt") == 0.005
    assert lookup(statepoint, "method.kT") == "1→0.1"
    assert lookup(statepoint, "method.start") == '{"sha256": "ab"}'
    assert lookup(statepoint, "potential.r0.x") is None


def test_an_aggregation_that_was_killed_is_due_again(tmp_path) -> None:
    from operations import due

    assert not due.is_due(tmp_path)
    due.touch(tmp_path)
    with due.cleared(tmp_path):
        assert not due.is_due(tmp_path)
        (tmp_path / due.RUNNING).touch()
    assert due.is_due(tmp_path)
    (tmp_path / due.RUNNING).unlink()
    assert not due.is_due(tmp_path)
    for _ in range(2):  # the second time without a marker
        with pytest.raises(OSError, match="full"), due.cleared(tmp_path):
            raise OSError("full")
        assert due.is_due(tmp_path)

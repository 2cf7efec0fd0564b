"""Lines between phases in the dashboard: those of the table, over the same points."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from analysis.phase_diagram.lines import whole
from operations.monitor.dashboard.live import Live
from operations.monitor.dashboard.phase_diagram import columns
from operations.results.aggregate import make_table, write_parquet
from operations.results.stability import verdicts, with_verdicts
from tests.operations.results.test_lines import AXES, campaign


def test_the_diagram_has_the_lines_of_the_table(tmp_path: Path) -> None:
    root = campaign(tmp_path)
    (root / "results").mkdir(exist_ok=True)
    table = make_table(root, AXES)
    judged = table.assign(kT=0.1, label="square", pressure=0.1)
    table = with_verdicts(table, verdicts(root, judged))
    write_parquet(root, table)
    found = columns(Live(root).now())
    assert found["lines"] == table.attrs["lines"] != []
    assert set(found["ids"]) == set(table.loc[table["method"] == "forward", "job_id"])
    assert len(found["state"]) == len(found["ids"]) == 4
    (said, against) = found["words"]
    assert (said["text"], against["values"]) == ("by free energy", ["hexagonal"] * 4)
    assert sorted(said["values"]) == ["metastable by 1.00 ± 0.01 kT"] * 2 + ["stable"] * 2
    assert "lines: hexagonal – square by free energies" in found["caption"]


@pytest.mark.parametrize("bad", [{"lines": 3}, {"lines": [{"axes": 1}]}, {"lines": None}, {}])
def test_lines_that_are_damaged_are_none(bad: dict[str, object]) -> None:
    assert whole(bad | {"compared": []}) == {}


def test_lines_without_numbers_are_none() -> None:
    line: dict[str, Any] = {
        "axes": AXES,
        "phases": ["a", "b"],
        "curves": [[[0.0, "x"]]],
        "bands": [],
        "words": "",
    }
    assert whole({"lines": [line], "compared": []}) == {}
    line["curves"] = [[[0.0, 1.0]]]
    assert whole({"lines": [line], "compared": []})["lines"] == [line]
    for damage in ({"phases": ["a"]}, {"words": 3}, {"axes": [1, 2]}):
        assert whole({"lines": [line | damage], "compared": []}) == {}

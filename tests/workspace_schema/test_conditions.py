"""Conditions of samples from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from workspace_schema.campaign import Campaign, read_campaign
from workspace_schema.canonical import lookup
from workspace_schema.conditions import conditions_of
from workspace_schema.errors import CampaignError
from workspace_schema.job_ids import job_id
from workspace_schema.statepoint import StatePoint

FILES = ["data/gel_0.10.csv", "data/gel_0.25.csv", "data/glass_0.25.csv"]


def test_a_pattern() -> None:
    found = conditions_of("{sample}_{phi:f}.csv", FILES, Path())
    assert found[0] == {"sample": "gel", "phi": 0.1}
    assert [each["phi"] for each in found] == [0.1, 0.25, 0.25]
    assert conditions_of("data/{_}_{phi:f}.csv", FILES, Path())[2] == {"phi": 0.25}
    with pytest.raises(ValueError, match=r"which 'gel_0\.10\.csv' does not fit"):
        conditions_of("{phi:f}.csv", FILES, Path())
    with pytest.raises(ValueError, match="expected fields"):
        conditions_of("{phi:x}_{}.csv", FILES, Path())


@pytest.mark.parametrize(
    "text",
    [
        "file,volume fraction (%),salt\ngel_0.10.csv,10,low\ngel_0.25.csv,25,\n"
        "glass_0.25.csv,25,high\n",
        "\ufefffile;volume fraction;salt\ndata/gel_0.10.csv;10,0;low\ngel_0.25.csv;25;\n"
        "glass_0.25.csv;25;high\n",
    ],
)
def test_a_table(tmp_path: Path, text: str) -> None:
    (tmp_path / "table.csv").write_text(text)
    assert conditions_of("table.csv", FILES, tmp_path) == [
        {"volume_fraction": 10.0, "salt": "low"},
        {"volume_fraction": 25.0},
        {"volume_fraction": 25.0, "salt": "high"},
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("name,phi\na.csv,1\n", "no column file"),
        ("file,phi\na.csv,1\na.csv,2\n", "a.csv stands there twice"),
        ("file,phi\nb.csv,1\n", "no row for a.csv"),
        ("file,phi\na.csv,1\nc.csv,1\n", "'c.csv' is none of the files"),
        ("file,phi\na.csv,1,2\n", "has 3 cells, expected 2"),
        ("file,phi,phi\na.csv,1,2\n", "needs a name of its own"),
        ("file,phi\n", "has no rows"),
    ],
)
def test_tables_that_make_no_sense(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "table.csv").write_text(text)
    with pytest.raises(ValueError, match=reason):
        conditions_of("table.csv", ["a.csv"], tmp_path)
    with pytest.raises(ValueError, match="no table at"):
        conditions_of("other.csv", ["a.csv"], tmp_path)


def campaign(folder: Path, conditions: Any, more: str = "") -> Campaign:
    for k, name in enumerate(("a_0.1.csv", "b_0.2.csv", "c_0.2.csv")):
        (folder / name).write_text(f"x,y\n0,{min(k, 1)}\n")  # the last two are the same
    text = "name: c\nsystem: {dimensions: 2}\n"
    text += f"method: {{name: imported, files: '*.csv', conditions: {conditions}}}\n{more}"
    (folder / "campaign.yaml").write_text(text)
    return read_campaign(folder / "campaign.yaml")


def test_conditions_are_axes(tmp_path: Path) -> None:
    found = campaign(tmp_path, '"{sample}_{phi:f}.csv"')
    assert found.axes == ("conditions.phi",)
    assert [lookup(p.statepoint, "conditions.phi") for p in found.points] == [0.1, 0.2, 0.2]
    assert [p.statepoint["conditions"]["sample"] for p in found.points] == ["a", "b", "c"]
    assert "conditions" not in found.points[0].statepoint["method"]
    for point in found.points:
        again = StatePoint.read(point.statepoint).canonical()
        assert again == point.statepoint
        assert job_id(again) == point.job_id
    named = campaign(tmp_path, '"{sample}_{phi:f}.csv"', "axes: [conditions.sample]\n")
    assert named.axes == ("conditions.sample",)


def test_the_table_is_no_configuration(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("file,phi\na_0.1.csv,1\nb_0.2.csv,2\nc_0.2.csv,2\n")
    found = campaign(tmp_path, "table.csv")
    assert [p.statepoint["conditions"] for p in found.points] == [{"phi": 1.0}, {"phi": 2.0}]
    assert found.n_repeated == 1  # the same content under the same conditions


def test_one_mapping_for_all(tmp_path: Path) -> None:
    found = campaign(tmp_path, "{salt: 1}")
    assert {p.statepoint["conditions"]["salt"] for p in found.points} == {1.0}
    assert found.axes == ()


@pytest.mark.parametrize(
    ("conditions", "reason"),
    [
        ("none.csv", "method.conditions: no table at"),
        ("{salt: true}", "method.conditions.salt"),
        ("{a b: 1}", "method.conditions"),
        ("[1]", "method.conditions: got .* expected a table, a pattern or a mapping"),
    ],
)
def test_conditions_that_make_no_sense(tmp_path: Path, conditions: str, reason: str) -> None:
    with pytest.raises(CampaignError, match=reason):
        campaign(tmp_path, conditions)

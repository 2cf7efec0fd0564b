"""Three panels: what assembled, what was predicted, the verdict."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from analysis.phase_diagram import draw, interactive
from analysis.phase_diagram.overlay import ASSEMBLED, PREDICTED, VERDICT, side_by_side
from analysis.phase_diagram.table import uniform

PANELS = [ASSEMBLED, PREDICTED, VERDICT]
AXES = ["potential.r0", "potential.epsilon"]


@pytest.fixture
def table() -> pd.DataFrame:
    rows = []
    for r0 in (1.2, 1.5):
        for epsilon in (0.8, 1.8):
            common = {"potential.r0": r0, "potential.epsilon": epsilon, "status": "finished"}
            rows.append(
                common
                | {"job_id": f"f{r0}{epsilon}", "method": "forward", "label": "decagonal"}
                | {"predicted_label": "square", "verdict": "undecided"}
            )
            rows.append(
                common
                | {"job_id": f"a{r0}{epsilon}", "method": "annealing", "label": "hexagonal"}
                | {"predicted_label": "square", "verdict": None}
            )
    rows.append(rows[0] | {"job_id": "failed", "status": "failed", "label": None, "verdict": None})
    return pd.DataFrame(rows)


def test_rows_of_the_panels(table: pd.DataFrame) -> None:
    shown = side_by_side(uniform(table, AXES))
    by_panel = {name: shown[shown["method"] == name] for name in PANELS}
    assert [len(by_panel[name]) for name in PANELS] == [5, 4, 5]
    assembled, predicted, verdicts = (by_panel[name] for name in PANELS)
    assert set(assembled["label"]) == {"decagonal", ""}
    # The ground state, not what this method has found.
    assert set(predicted["label"]) == {"square"}
    assert verdicts["label"].tolist() == ["undecided"] * 4 + [""]
    assert verdicts["state"].tolist()[-1] == "failed"
    jobs = table["job_id"].to_numpy()[predicted["job"]]
    assert all(name.startswith("a") for name in jobs)


def test_without_verdicts_the_methods_stay(table: pd.DataFrame) -> None:
    jobs = uniform(table.drop(columns=["verdict", "predicted_label"]), AXES)
    assert sorted(set(side_by_side(jobs)["method"])) == ["annealing", "forward"]


def test_figure_has_three_panels(table: pd.DataFrame, tmp_path: Path) -> None:
    draw(table, AXES, tmp_path / "a.svg")
    text = (tmp_path / "a.svg").read_text()
    for name in PANELS:
        assert f"<!-- {name} -->" in text


def test_page_has_three_panels(table: pd.DataFrame, tmp_path: Path) -> None:
    import json
    import re

    interactive(table, AXES, {}, tmp_path / "a.html")
    page = (tmp_path / "a.html").read_text()
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)
    assert found is not None
    data = json.loads(found[1])["data"]
    assert [panel["title"] for panel in data["comparison"]] == PANELS
    assert [panel["methods"] for panel in data["comparison"]] == [[1], [0], [1]]
    assert data["methods"] == ["annealing", "forward"]
    verdicts = data["names"][data["comparison"][2]["column"]]
    names = [one["name"] for one in verdicts["names"]]
    assert names == ["undecided"]
    assert [verdicts["codes"][job] for job in (0, 2, 4, 6, 8)] == [0, 0, 0, 0, -1]

"""The diagram of an adaptive campaign in the dashboard."""

from __future__ import annotations

import os
from pathlib import Path

from operations.monitor.dashboard.app import CampaignDashboard
from operations.results.aggregate import make_table, write_parquet
from operations.rounds.phase_map import phase_map, write_phase_map
from operations.rounds.proceed import proceed
from tests.operations.monitor.dashboard.conftest import TOKEN, read_json
from tests.operations.rounds.laboratory import CAMPAIGN, answer, make

AXES = CAMPAIGN["axes"]


def draw(root: Path) -> None:
    write_parquet(root, make_table(root, AXES))
    write_phase_map(root, phase_map(root, AXES))


def test_the_diagram_has_the_map_and_its_rounds(tmp_path: Path) -> None:
    root = make(tmp_path)
    for _ in range(2):
        answer(root)
        proceed(root)
    draw(root)
    dashboard = CampaignDashboard(root, {"ACCESS_TOKEN": TOKEN})
    browser = dashboard.app.test_client()
    assert browser.get(f"/login?token={TOKEN}").status_code == 302
    found = read_json(browser.get("/api/diagram"))
    assert [stage["round"] for stage in found["map"]["stages"]] == [0, 1, 2]
    texts = [stage["text"] for stage in found["map"]["stages"]]
    assert texts[0].startswith("12 of 143 runs, expected agreement 0.")
    assert texts[1].startswith("19 of 143 runs, expected agreement 0.")
    rounds = next(scale["values"] for scale in found["scales"] if scale["name"] == "round")
    assert [rounds.count(k) for k in range(3)] == [12, 7, 7]
    # the jobs of a round that is newer than the table have their round, too
    answer(root)
    proceed(root)
    dashboard.live.update()
    newer = read_json(browser.get("/api/diagram"))
    rounds = next(scale["values"] for scale in newer["scales"] if scale["name"] == "round")
    assert rounds.count(3) == 7
    assert [stage["text"] for stage in newer["map"]["stages"]] == texts
    # a newer map is another version, and a damaged one is none
    draw(root)
    third = read_json(browser.get("/api/diagram"))
    assert third["version"] != newer["version"]
    assert [stage["round"] for stage in third["map"]["stages"]] == [0, 1, 2, 3]
    file = root / "results" / "phase_map.parquet"
    file.write_bytes(b"PAR1")
    assert read_json(browser.get("/api/diagram"))["map"] is None
    os.remove(file)
    file.symlink_to("/etc/passwd")
    assert read_json(browser.get("/api/diagram"))["map"] is None

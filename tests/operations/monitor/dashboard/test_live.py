"""What is shown is true while jobs appear, change and go, and no request looks at the workspace."""

from __future__ import annotations

import os
import shutil
import threading
import time
from pathlib import Path

import pytest

from tests.operations.monitor.dashboard.conftest import (
    Site,
    addresses,
    fail,
    finish,
    read_json,
    written_by,
)


def test_states_follow_the_files(site: Site) -> None:
    def states() -> dict[str, int]:
        site.update()
        answer = read_json(site.get("/api/campaign"))
        return {one["name"]: one["n"] for one in answer["states"] if one["n"]}

    assert states() == {"done": 2, "failed": 1, "waiting": 3}
    finish(site.jobs[3], "square")
    fail(site.jobs[4], "EngineError: no")
    assert states() == {"done": 3, "failed": 2, "waiting": 1}
    shutil.copytree(site.jobs[5], site.root / "workspace" / ("e" * 32))
    shutil.rmtree(site.jobs[0])
    assert states() == {"done": 2, "failed": 2, "waiting": 2}
    phases = read_json(site.get("/api/campaign"))["phases"]
    assert {one["name"]: one["n"] for one in phases} == {"square": 1, "hexagonal": 1}
    assert site.get(f"/jobs/{site.jobs[0].name}").status_code == 404
    assert site.get(f"/jobs/{'e' * 32}").status_code == 200


def test_the_table_is_read_and_what_is_newer_comes_from_the_jobs(site: Site) -> None:
    from operations.results.aggregate import tabulate

    axes = ["potential.r0", "potential.epsilon"]
    table = tabulate(site.root, axes).drop(columns="phases")
    table = table.assign(predicted_label="square", energy_above_ground_state=0.5)
    table.loc[table["job_id"] == site.jobs[0].name, "label"] = "from the table"
    results = site.root / "results"
    results.mkdir(exist_ok=True)
    table.to_parquet(results / "phase_diagram.parquet", index=False)
    hour = time.time() + 3600
    os.utime(results / "phase_diagram.parquet", (hour, hour))
    rows = site.update().rows
    assert rows[site.jobs[0].name]["label"] == "from the table"
    assert rows[site.jobs[3].name]["label"] is None
    finish(site.jobs[3], "decagonal")
    rows = site.update().rows
    assert rows[site.jobs[3].name]["label"] == "decagonal"
    assert rows[site.jobs[0].name]["label"] == "from the table"
    # labelled again, later than the table
    finish(site.jobs[0], "honeycomb")
    later = hour + 10
    os.utime(site.jobs[0] / "labels.json", (later, later))
    assert site.update().rows[site.jobs[0].name]["label"] == "honeycomb"


def test_a_snapshot_of_nothing_new_is_the_same(site: Site) -> None:
    site.update()
    for folder in site.jobs:
        os.utime(folder, (1e9, 1e9))
    site.update()
    first = site.update()
    assert site.update() is first
    answer = site.get("/api/diagram")
    tag = {"If-None-Match": answer.headers["ETag"]}
    assert site.get("/api/diagram", headers=tag).status_code == 304
    finish(site.jobs[3])
    assert site.update().version > first.version
    assert site.get("/api/diagram", headers=tag).status_code == 200


def test_no_request_for_the_whole_looks_into_the_workspace(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.update()
    workspace = str(site.root / "workspace")

    def forbid(name: str) -> None:
        real = getattr(os, name)

        def refuse(path: object = ".", *values: object, **options: object) -> object:
            text = os.fspath(path) if isinstance(path, str | Path) else ""
            assert not str(text).startswith(workspace), f"{name} {text}"
            return real(path, *values, **options)

        monkeypatch.setattr(os, name, refuse)

    for name in ("listdir", "scandir", "stat", "open", "lstat"):
        forbid(name)
    whole = ("/", "/phase-diagram", "/atlas", "/jobs", "/jobs?state=done", "/api/campaign")
    for address in (*whole, "/api/diagram", "/jobs?q=square&page=1"):
        assert site.get(address).status_code == 200, address


def test_nothing_is_written(site: Site) -> None:
    import operations.search

    site.update()
    for address in addresses(site):  # what Matplotlib and numba keep for themselves is made here
        site.get(address)
    import signac_dashboard

    assert operations.search
    package = str(Path(signac_dashboard.__file__).parent.parent)

    def look() -> None:
        from operations.monitor.dashboard.app import CampaignDashboard

        dashboard = CampaignDashboard(site.root, {"ACCESS_TOKEN": None})
        dashboard.live.update()
        browser = dashboard.app.test_client()
        for address in addresses(site):
            assert browser.get(address).status_code == 200

    seen = [path for path in written_by(look) if path.startswith((str(site.root), package))]
    assert seen == []


def test_the_thread_looks_by_itself_and_rests(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    from operations.monitor.dashboard import live

    monkeypatch.setattr(live, "PERIOD", 0.05)
    looked = []
    real = live.Live.update
    monkeypatch.setattr(live.Live, "update", lambda self: looked.append(1) or real(self))
    service = live.Live(site.root)
    service.start()
    try:
        finish(site.jobs[3])
        end = time.monotonic() + 20
        while service.now().view.total("done") < 3:
            assert time.monotonic() < end
            time.sleep(0.05)
        monkeypatch.setattr(live, "IDLE", 0.0)
        time.sleep(1.0)
        before = len(looked)
        time.sleep(0.7)
        assert len(looked) == before  # nobody asks
        service.now()
        monkeypatch.setattr(live, "IDLE", 60.0)
        time.sleep(0.7)
        assert len(looked) > before
    finally:
        service.stop()


def test_no_event_of_the_file_system_is_waited_for(site: Site) -> None:
    from operations.monitor.dashboard.app import CampaignDashboard

    before = threading.active_count()
    dashboards = [CampaignDashboard(site.root) for _ in range(3)]
    assert threading.active_count() == before
    assert len({one.config["ACCESS_TOKEN"] for one in dashboards}) == 3

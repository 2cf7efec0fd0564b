"""The page: complete, closed, and safe against what stands in files."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.phase_diagram import interactive
from analysis.phase_diagram.points import cells
from tests.analysis.phase_diagram.conftest import EPSILON, R0, MakeCampaign
from tests.analysis.phase_diagram.test_points import area
from tests.analysis.phase_diagram.test_regions import JOBS, make_map

AXES = [R0, EPSILON]
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDw"
    "ADhgGAWjR9awAAAABJRU5ErkJggg=="
)
HOSTILE = "</script><img src=x onerror=\"document.title='broken in'\">&amp;"


def block(page: str, name: str) -> Any:
    """One of the JSON blocks of a page, as a browser finds it: up to the first </script>."""
    start = page.index(f'<script type="application/json" id="{name}">')
    body = page[page.index(">", start) + 1 :]
    return json.loads(body[: body.index("</script")])


def write(tmp_path: Path, *args: Any, **kwargs: Any) -> str:
    path = tmp_path / "page.html"
    interactive(*args, path, **kwargs)
    return path.read_text(encoding="utf-8")


def test_data_of_every_job(campaign: MakeCampaign, tmp_path: Path) -> None:
    table = campaign()
    first = table["job_id"][0]
    page = write(tmp_path, table, AXES, {first: PIXEL, "someone else": PIXEL})
    content = block(page, "data")
    data = content["data"]
    assert data["ids"] == table["job_id"].tolist()
    assert data["axes"][0]["html"] == "<i>r</i><sub>0</sub>"
    np.testing.assert_allclose(data["axes"][0]["values"], table[R0], rtol=1e-5)
    label = data["names"]["label"]
    names = [label["names"][code]["name"] if code >= 0 else None for code in label["codes"]]
    assert names == [label if isinstance(label, str) else None for label in table["label"]]
    states = [data["states"][code] for code in data["state"]]
    assert states.count("failed") == (table["status"] == "failed").sum()
    seconds = [label["names"][code]["name"] if code >= 0 else "" for code in data["second"]]
    assert seconds.count("fluid") == table["phases"].fillna("").str.contains("0.2").sum()
    phases = [content["phases"]["texts"][place] for place in content["phases"]["at"]]
    assert phases[int(np.argmax(table["label"] == "hexagonal"))].startswith(
        "hexagonal 80 % (a = 1.11)"
    )
    assert any(text.endswith("fluid 20 %") for text in phases)
    assert block(page, "thumbnails") == {first: PIXEL}


def test_nothing_to_fetch(campaign: MakeCampaign, tmp_path: Path) -> None:
    page = write(tmp_path, campaign(), AXES, {})
    assert "default-src 'none'" in page
    assert not re.search(r"<(script|link|img|iframe)[^>]+(src|href)=", page.split("<script>")[0])
    assert len(page) < 6_000_000
    with pytest.raises(ValueError, match=r"thumbnail of job abc is 'https"):
        write(tmp_path, campaign(), AXES, {"abc": "https://example.org/a.png"})


def test_ten_thousand_jobs_stay_small(campaign: MakeCampaign, tmp_path: Path) -> None:
    assert len(write(tmp_path, campaign((100, 100), 1), AXES, {}).encode()) < 6_000_000


def test_text_from_files_stays_text(campaign: MakeCampaign, tmp_path: Path) -> None:
    table = campaign((2, 2), 1, methods=("forward", HOSTILE))
    table["label"], table["potential.kind"], table[HOSTILE] = HOSTILE, HOSTILE, HOSTILE
    page = write(tmp_path, table, [*AXES, "potential.kind"], {}, title=HOSTILE + "@@DATA@@")
    assert HOSTILE not in page
    content = block(page, "data")
    assert content["data"]["names"]["label"]["names"][0]["name"] == HOSTILE
    shown = content["details"] + content["parameters"] + content["data"]["axes"]
    assert all("<img" not in column["html"] for column in shown)
    assert "<img" not in content["data"]["caption"]


@pytest.mark.parametrize("axes", [AXES, [R0], []])
def test_little_or_nothing(campaign: MakeCampaign, tmp_path: Path, axes: list[str]) -> None:
    table = campaign()
    for some in (table[:0], table[:1], table.assign(status="failed", label=None)):
        data = block(write(tmp_path, some, axes, {}), "data")["data"]
        assert len(data["ids"]) == len(some)


def test_not_a_number_is_null(campaign: MakeCampaign, tmp_path: Path) -> None:
    table = campaign((2, 2), 1)
    table["energy_per_particle"] = [1.0, np.nan, np.inf, 2.0]
    data = block(write(tmp_path, table, AXES, {}), "data")["data"]
    energies = next(one for one in data["scales"] if one["name"] == "energy_per_particle")
    assert energies["values"] == [1.0, None, None, 2.0]


def test_table_without_ids(campaign: MakeCampaign, tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="job_id"):
        write(tmp_path, campaign().drop(columns="job_id"), AXES, {})


def browser() -> str | None:
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)


# Moves the mouse over a job, clicks it, changes the colours, and leaves what it saw behind.
VISIT = """
<script>
window.addEventListener("error", (event) => { document.body.dataset.error = event.message; });
setTimeout(() => {
  const plot = document.getElementById("plot");
  const glyphs = plot.data.filter((one) => one.customdata && one.hoverinfo === "none");
  const trace = glyphs[0], layout = plot._fullLayout, frame = plot.getBoundingClientRect();
  const over = new MouseEvent("mousemove", { bubbles: true, view: window,
    clientX: frame.left + layout.xaxis._offset + layout.xaxis.d2p(trace.x[0]),
    clientY: frame.top + layout.yaxis._offset + layout.yaxis.d2p(trace.y[0]) });
  plot.querySelector(".nsewdrag").dispatchEvent(over);
  setTimeout(() => {
    const seen = document.body.dataset;
    seen.card = document.getElementById("card").textContent;
    seen.pictures = document.querySelectorAll("#card img").length;
    plot.emit("plotly_click", { points: [{ customdata: trace.customdata[0] }] });
    seen.pinned = document.getElementById("pinned").textContent;
    seen.replicas = document.querySelectorAll("#pinned details").length;
    seen.points = glyphs.reduce((n, one) => n + one.x.length, 0);
    seen.regions = plot.data.some((one) => one.fillcolor?.startsWith("rgb("));
    seen.rings = plot.data.some((one) => one.fillpattern?.shape === "/");
    seen.legends = new Set(plot.data.map((one) => one.legendgroup).filter(Boolean)).size;
    document.getElementById("colour").value = "confidence";
    document.getElementById("controls").dispatchEvent(new Event("change"));
    seen.bar = plot.data.some((one) => one.marker?.showscale);
    seen.title = document.title;
  }, 500);
}, 1000);
</script>
"""


def opened(page: str, tmp_path: Path) -> dict[str, str]:
    """What a page has left in the data of its body, after some seconds in a browser."""
    visited = tmp_path / "visited.html"
    visited.write_text(page, encoding="utf-8")
    flags = "--headless --no-sandbox --disable-gpu --disable-background-networking --no-first-run"
    dom = subprocess.run(
        [
            str(browser()),
            *flags.split(),
            f"--user-data-dir={tmp_path / 'profile'}",
            "--virtual-time-budget=5000",
            "--dump-dom",
            visited.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    ).stdout
    body = re.findall(r"<body[^>]*>", dom)[-1]
    return dict(re.findall(r'data-([\w-]+)="([^"]*)"', body))


@pytest.mark.slow
@pytest.mark.skipif(browser() is None, reason="needs Chromium")
def test_regions_are_those_in_print(tmp_path: Path) -> None:
    """On a grid with a hole, along a diagonal and of scattered points."""
    grid = np.stack(np.meshgrid(np.linspace(0.1, 0.9, 5), [0.2, 0.5, 0.7]), axis=-1).reshape(-1, 2)
    line = np.linspace(0.1, 0.9, 5)
    random = np.random.default_rng(1).uniform(0.01, 0.99, (40, 2))
    cases = [np.delete(grid, 7, axis=0), np.stack([line, line], axis=1), random]
    script = (
        "<script>document.body.dataset.areas = JSON.stringify("
        + json.dumps([case.tolist() for case in cases])
        + ".map((places) => diagram.cells(places).map((cell) => Math.abs(cell.reduce("
        "(sum, [x, y], k) => { const [u, v] = cell[(k + 1) % cell.length];"
        " return sum + x * v - u * y; }, 0)) / 2)));</script>"
    )
    page = write(tmp_path, pd.DataFrame({"job_id": ["a"], "label": ["fcc"]}), [], {})
    seen = opened(page.replace("</body>", script + "</body>"), tmp_path)
    for case, areas in zip(cases, json.loads(seen["areas"].replace("&quot;", '"')), strict=True):
        polygons, _, _ = cells(case, np.zeros(2), np.ones(2))
        np.testing.assert_allclose(areas, [area(polygon) for polygon in polygons], atol=1e-9)


@pytest.mark.slow
@pytest.mark.skipif(browser() is None, reason="needs Chromium")
def test_in_a_browser(campaign: MakeCampaign, tmp_path: Path) -> None:
    table = campaign(methods=("forward", HOSTILE))
    table["label"] = table["label"].replace("hexagonal", HOSTILE)
    table["source"] = [f"sample_{k}.csv" for k in range(len(table))]
    page = write(tmp_path, table, AXES, dict.fromkeys(table["job_id"], PIXEL), title="Gauss")
    seen = opened(page.replace("</body>", VISIT + "</body>"), tmp_path)
    assert "error" not in seen
    assert "2 jobs" in seen["card"]
    assert len(re.findall(r"sample_\d+\.csv", seen["card"])) == 2  # names of files, where there are
    assert seen["pictures"] == "1"
    assert "workspace/" in seen["pinned"]
    assert seen["replicas"] == "2"  # the point opens into its replicas
    assert seen["points"] == str(2 * 42)  # one a place and method
    assert (seen["regions"], seen["rings"], seen["legends"]) == ("true", "true", "2")
    assert seen["bar"] == "true"
    assert seen["title"] == "Gauss"


# Goes back by a round, and leaves behind what is shown of it and of the last one.
ROUNDS = """
<script>
window.addEventListener("error", (event) => { document.body.dataset.error = event.message; });
setTimeout(() => {
  const plot = document.getElementById("plot"), seen = document.body.dataset;
  const note = (when) => {
    const glyphs = plot.data.filter((one) => one.customdata);
    seen[when + "Points"] = glyphs.reduce((n, one) => n + one.x.length, 0);
    seen[when + "Fills"] = plot.data.filter((one) => one.fillcolor?.startsWith("rgb(")).length;
    seen[when + "Hatched"] = plot.data.filter((one) => one.fillpattern).length;
    seen[when + "Caption"] = document.getElementById("caption").textContent;
  };
  const slider = document.querySelector("#sliders input");
  seen.name = slider.getAttribute("aria-label");
  note("last");
  slider.value = "0";
  slider.dispatchEvent(new Event("input"));
  note("first");
  seen.told = slider.getAttribute("aria-valuetext");
}, 1000);
</script>
"""


@pytest.mark.slow
@pytest.mark.skipif(browser() is None, reason="needs Chromium")
def test_rounds_are_on_a_slider(tmp_path: Path) -> None:
    jobs = JOBS.assign(round=[0, 1], why=["begin", "boundary"])
    page = write(tmp_path, jobs, AXES, {}, regions=make_map())
    seen = opened(page.replace("</body>", ROUNDS + "</body>"), tmp_path)
    assert "error" not in seen
    assert (seen["name"], seen["told"]) == ("up to round", "0")
    # two runs, two phases of which one is sure in places and not in others, and where jobs fail
    assert (seen["last-points"], seen["last-fills"], seen["last-hatched"]) == ("2", "3", "1")
    assert (seen["first-points"], seen["first-fills"], seen["first-hatched"]) == ("1", "1", "0")
    assert seen["last-caption"].endswith("2 of 6 runs, expected agreement 0.840")
    assert seen["first-caption"].endswith("1 of 6 runs, expected agreement 0.700")


def test_a_page_of_too_many_jobs_says_what_it_holds(
    campaign: MakeCampaign, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = campaign()
    module = import_module("analysis.phase_diagram.interactive")
    monkeypatch.setattr(module, "MOST_JOBS", 10)
    interactive(table, AXES, {}, tmp_path / "a.html", title="many")
    text = (tmp_path / "a.html").read_text()
    assert f"many (10 of {len(table)} jobs, chosen at random)" in text
    shown = [job_id for job_id in table["job_id"] if job_id in text]
    assert sorted(shown) == sorted(table["job_id"])[:10]

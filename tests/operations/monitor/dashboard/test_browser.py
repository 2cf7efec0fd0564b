"""The dashboard in a real browser, against a real campaign that has jobs in every state."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

import init
from operations.jobs import attempts
from tests.another_process import held
from tests.conftest import REPOSITORY

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TOKEN = "b" * 24
#: Three methods, two and three dimensions, three axes; the Gaussian core has no clusters, and its
#: basin hopping fails.
CAMPAIGN: dict[str, Any] = {
    "name": "in_a_browser",
    "system": [
        {"dimensions": 3, "particles": {"A": 64}},
        {"dimensions": 3, "boundary": "open", "particles": {"A": 7}},
    ],
    "potential": [
        {"form": "lennard_jones", "r_cut": 2.5, "epsilon": [1.0, 1.5]},
        {"form": "gaussian_core", "r_cut": 3.0},
    ],
    "method": [
        {
            "name": "forward",
            "number_density": [0.7, 0.9],
            "kT": {"ramp": [1.0, 0.5]},
            "steps": 2000,
        },
        {"name": "basin_hopping", "hops": 20},
    ],
    "zip": [["system", "method"]],
    "axes": ["potential.form", "potential.epsilon", "method.number_density"],
    "settings": {"engine": "lammps", "frames": 5},
}


@dataclass
class Visit:
    """A page in a browser, and what it complained of."""

    page: Any
    address: str
    root: Path
    complaints: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        self.page.goto(self.address + path)

    def until(self, script: str) -> None:
        """Wait until a script says yes; the page's own policy forbids Playwright to do it there."""
        end = time.monotonic() + 60
        while not self.page.evaluate(script):
            assert time.monotonic() < end, script
            self.page.wait_for_timeout(100)

    def drawn(self) -> None:
        """Wait until plotly has drawn."""
        self.page.wait_for_selector("#plot .scatterlayer .trace .point", timeout=180_000)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Finished, failed, running and waiting jobs."""
    folder = tmp_path_factory.mktemp("browser")
    (folder / "campaign.yaml").write_text(yaml.safe_dump(CAMPAIGN))
    root = folder / "root"
    assert init.main([str(folder / "campaign.yaml"), "--root", str(root)]) == 0
    waiting = [
        path.parent
        for path in sorted((root / "workspace").glob("*/.forward"))
        if "gaussian_core" in (path.parent / "signac_statepoint.json").read_text()
    ]
    for path in waiting:  # they are left alone
        (path / ".forward").rename(path / ".kept")
    command = [sys.executable, str(REPOSITORY / "project.py"), "run"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    subprocess.run(command, cwd=root, env=environment, capture_output=True, timeout=500)
    for path in waiting:
        (path / ".kept").rename(path / ".forward")
    assert len(list((root / "workspace").glob("*/labels.json"))) == 6
    assert len(list((root / "workspace").glob("*/failed.json"))) == 1
    attempts.begin(waiting[0], "forward")
    with held(waiting[0]):
        yield root


@pytest.fixture(scope="module")
def server(root: Path) -> Iterator[str]:
    """The address of `dashboard.py run`, as a user starts it, with its token."""
    with subprocess.Popen(
        [sys.executable, str(REPOSITORY / "dashboard.py"), "run", "--port", "0"],
        cwd=root / "workspace",
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        assert re.fullmatch(r"http://localhost:\d+/login\?token=[0-9a-f]{48}", line), line
        yield line
        process.kill()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser: Any, server: str, root: Path) -> Iterator[Callable[..., Visit]]:
    """Function that opens a browser window that has logged in; no page may complain or ask
    anything of another machine."""
    made: list[Visit] = []
    contexts = []

    def open_window(width: int = 1280, **options: Any) -> Visit:
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(180_000)
        found = Visit(page, server.split("/login")[0], root)
        page.on(
            "console",
            lambda said: said.type in ("error", "warning") and found.complaints.append(said.text),
        )
        page.on("pageerror", lambda error: found.complaints.append(str(error)))
        page.on("request", lambda request: found.strangers.append(request.url))
        made.append(found)
        page.goto(server)
        return found

    yield open_window
    for one in made:
        assert one.complaints == []
        foreign = [
            url
            for url in one.strangers
            if not url.startswith((f"{one.address}/", "data:", f"blob:{one.address}"))
        ]
        assert foreign == []
    for context in contexts:
        context.close()


def test_the_campaign_updates_itself(visit: Callable[..., Visit]) -> None:
    window = visit()
    page = window.page
    page.wait_for_selector("#states tbody tr")
    numbers = {
        name: page.locator(f"#figures .state-{name}")
        .locator("xpath=../..")
        .locator("dd")
        .inner_text()
        for name in ("done", "running", "failed")
    }
    assert numbers == {"done": "6", "running": "1", "failed": "1"}
    assert "attracts nowhere" in page.locator("#reasons").inner_text()
    assert page.locator("#recent img").count() == 6
    job = next(window.root.glob("workspace/*/labels.json"))
    hidden = job.with_name("kept.json")
    job.rename(hidden)
    try:
        window.until("document.querySelector('#figures dd').textContent === '5'")
    finally:
        hidden.rename(job)
    window.until("document.querySelector('#figures dd').textContent === '6'")


def test_from_a_point_of_the_diagram_to_its_job(visit: Callable[..., Visit]) -> None:
    window = visit()
    page = window.page
    window.go("/phase-diagram")
    window.drawn()
    assert page.locator('#plot [class^="x"][class$="title"]').count() >= 1
    drawn = int(page.locator("#plot").get_attribute("data-drawn") or 0)
    assert page.locator('#plot .modebar-btn[data-title*="hare"]').count() == 0
    assert page.locator("#plot .modebar-btn").count() > 2
    # one panel: the density is then on a slider
    page.select_option("#panels", "")
    slider = page.locator('#sliders input[data-axis="method.number_density"]')
    assert slider.count() == 1
    points = "() => document.querySelectorAll('#plot .scatterlayer .point').length"
    seen = set()
    for value in (-1, 0, 1):
        slider.evaluate(
            "(one, value) => { one.value = value; one.dispatchEvent(new Event('input')); }", value
        )
        window.until(f"Number(document.querySelector('#plot').dataset.drawn) > {drawn}")
        drawn = int(page.locator("#plot").get_attribute("data-drawn") or 0)
        seen.add((value, page.evaluate(points)))
    counts = dict(seen)
    assert counts[-1] >= counts[0] > 0  # one glyph a place: all densities, then one of them
    slider.evaluate("(one) => { one.value = -1; one.dispatchEvent(new Event('input')); }")
    for colour in page.locator("#colour option").all():
        page.select_option("#colour", colour.get_attribute("value"))
    page.select_option("#colour", "label")
    target = page.locator("#plot .scatterlayer .point").first
    box = target.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.wait_for_selector("#pinned code")
    page.mouse.click(x, y)
    short = page.locator("#pinned .replicas code").first.inner_text()
    page.locator("#pinned .replicas a").first.click()
    page.wait_for_url(re.compile(r"/jobs/[0-9a-f]{32}$"))
    assert page.locator("#job-id").inner_text().startswith(short)


def test_the_diagram_is_saved(visit: Callable[..., Visit], tmp_path: Path) -> None:
    window = visit()
    window.go("/phase-diagram")
    window.drawn()
    for kind, begin in (("png", b"\x89PNG"), ("svg", b"<svg")):
        with window.page.expect_download() as waiting:
            window.page.click(f'[data-save="{kind}"]')
        waiting.value.save_as(tmp_path / kind)
        assert (tmp_path / kind).read_bytes().startswith(begin)
    with window.page.expect_download() as waiting:
        window.page.click('a[href="/phase_diagram.parquet"]')
    waiting.value.save_as(tmp_path / "parquet")
    assert (tmp_path / "parquet").read_bytes().startswith(b"PAR1")


def test_a_job_turns_in_three_dimensions(visit: Callable[..., Visit]) -> None:
    window = visit()
    page = window.page
    solid = next(
        path.parent.name
        for path in window.root.glob("workspace/*/thermo.npz")
        if "lennard_jones" in (path.parent / "signac_statepoint.json").read_text()
    )
    window.go(f"/jobs/{solid}")
    page.wait_for_selector("#canvas[data-turn]")
    page.wait_for_selector("#thermo .scatterlayer path")
    page.wait_for_selector("#rdf .scatterlayer path")
    window.until("[...document.querySelectorAll('img[data-src]')].every(i => i.naturalWidth)")
    canvas = page.locator("#canvas")
    before = canvas.get_attribute("data-turn")
    canvas.focus()
    page.keyboard.press("ArrowUp")
    window.until(f"document.querySelector('#canvas').dataset.turn !== '{before}'")
    colours = page.evaluate(
        """() => { const c = document.querySelector('#canvas');
        const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
        const seen = new Set();
        for (let i = 0; i < d.length; i += 400) seen.add(d[i]);
        return seen.size; }"""
    )
    assert colours > 10  # shaded, not blank
    page.click("#turn")
    window.until("document.querySelector('#picture').naturalWidth > 0")
    assert "exec forward" in page.locator("#commands").inner_text()


def test_jobs_are_compared_and_the_atlas_links_to_them(visit: Callable[..., Visit]) -> None:
    window = visit()
    page = window.page
    window.go("/atlas")
    links = page.locator(".tile .links a").all()
    assert len(links) >= 2
    addresses = [link.get_attribute("href") for link in links[:2]]
    for address in addresses:
        window.go(address)
        page.click("[data-compare]")
    page.click("#compare-link")
    assert page.locator("#compared th[data-job]").count() == 2
    page.wait_for_selector("#rdf .scatterlayer path")


def test_keyboard_phone_and_themes(visit: Callable[..., Visit]) -> None:
    window = visit(390, color_scheme="dark", has_touch=True)
    page = window.page
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    for path in ("/", "/phase-diagram", "/atlas", "/jobs", "/compare"):
        window.go(path)
        page.wait_for_selector("h1, h1.hidden", state="attached")
        # nothing sticks out to the side
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    window.go("/jobs")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.click("#theme")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != dark
    # everything that can be operated has a name
    window.go("/phase-diagram")
    window.drawn()
    nameless = page.evaluate(
        """() => [...document.querySelectorAll('main :is(button, input, select, img, a[href])')]
        .filter(e => !(e.labels?.length || e.textContent.trim() || e.alt !== undefined
          || e.getAttribute('aria-label'))).map(e => e.outerHTML)"""
    )
    assert nameless == []


def test_without_the_token_a_browser_sees_the_login(browser: Any, server: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    answer = page.goto(server.split("login")[0] + "phase-diagram")
    assert answer.status == 401
    assert page.locator("input[name=token]").count() == 1
    page.fill("#token", server.split("=")[1])
    page.click("button[type=submit]")
    page.wait_for_selector("#states")
    context.close()

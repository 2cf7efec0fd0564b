"""The report of a real campaign, and of one whose names are hostile."""

from __future__ import annotations

import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from operations.jobs.seal import sealed
from operations.results.report import FILE, _designs, report
from workspace_schema.root import mark_outdated

AXES = ["potential.r0", "potential.epsilon"]


class Page(HTMLParser):
    """Tags and the addresses that a browser would follow, and the text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loaded: list[str] = []
        self.links: list[str] = []
        self.handlers: list[str] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name in ("src", "data", "poster", "srcset"):
                self.loaded.append(str(value))
            if name == "href":
                self.links.append(str(value))
            if name.startswith("on"):
                self.handlers.append(name)

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.fixture(scope="module")
def page(both: Path, tmp_path_factory: pytest.TempPathFactory) -> Page:
    root = tmp_path_factory.mktemp("report") / "root"
    shutil.copytree(both, root)
    report(root, "both_ways", AXES)
    return Page((root / FILE).read_text())


def test_it_needs_nothing_else_and_runs_nothing(page: Page) -> None:
    assert {"script", "iframe", "object", "link"}.isdisjoint(page.tags)
    assert all(address.startswith("data:image/png;base64,") for address in page.loaded)
    assert all(link.startswith("https://doi.org/10.") for link in page.links)
    assert page.handlers == []


def test_what_is_in_it(page: Page, both: Path) -> None:
    for folder in (both / "workspace").iterdir():
        assert folder.name in page.words
    for word in ("both_ways", "hexagonal", "square", "p6mm", "p4mm", "annealing", "forward",
                 "method.chains", "unfinished", "exploded <b>at once</b>", "lammps",
                 "M. Engel and H.-R. Trebin", "@article{engel2007,", "@article{thompson2022,",
                 "@article{kirkpatrick1983,", "@article{martyna1994,"):  # fmt: skip
        assert word in page.words, word
    assert "@article{morse1929" not in page.words  # cites what was used
    assert len(page.loaded) >= 3  # the diagram and two structures


def test_hostile_names_are_text(both: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    shutil.copytree(both, root)
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    changes = {
        "labels.json": {"label": evil},
        "result.json": {"engine_version": evil, "versions": {evil: evil}},
    }
    for name, change in changes.items():
        for file in (root / "workspace").glob(f"*/{name}"):
            content = json.loads(file.read_text()) | change
            file.write_text(json.dumps(sealed(content, file.parent, ())))
    mark_outdated(root)
    report(root, evil, AXES)
    page = Page((root / FILE).read_text())
    assert {"script"}.isdisjoint(page.tags)
    assert page.handlers == []
    assert all(address.startswith("data:image/png") for address in page.loaded)
    assert page.words.count(evil) >= 5


def test_broken_products_do_no_harm(both: Path, tmp_path: Path, capfd) -> None:
    root = tmp_path / "root"
    shutil.copytree(both, root)
    table = pd.read_parquet(root / "results" / "phase_diagram.parquet")
    shutil.rmtree(root / "workspace" / table["job_id"].iloc[0])
    for file in (root / "workspace").glob("*/final.gsd"):
        file.write_bytes(b"no GSD file")
    (root / "results" / "phase_diagram.png").unlink()
    report(root, "broken", AXES)
    words = Page((root / FILE).read_text()).words
    assert "no picture" in words
    assert "report: no picture of" in capfd.readouterr().err


@pytest.mark.slow
def test_on_request_only(both: Path, tmp_path: Path, command) -> None:
    root = tmp_path / "root"
    shutil.copytree(both, root)
    assert "report" not in command("project.py", "status", cwd=root).stdout
    done = command("project.py", "run", "-o", "report", cwd=root)
    assert done.returncode == 0, done.stderr
    made = (root / FILE).stat().st_mtime_ns
    assert re.search(r"report: 8 jobs → .*report\.html", done.stderr)
    assert command("project.py", "run", "-o", "report", cwd=root).returncode == 0
    assert (root / FILE).stat().st_mtime_ns == made  # up to date
    mark_outdated(root)
    assert command("project.py", "run", cwd=root).returncode == 0  # the two jobs that were left
    assert (root / FILE).stat().st_mtime_ns == made  # not asked for


def test_files_from_elsewhere_have_their_names() -> None:
    from operations.results.report import _failures, _job_rows

    line = {"job_id": "a" * 32, "status": "failed", "method": "imported", "label": None}
    table = pd.DataFrame([line | {"source": "runs/gel.csv"}, line | {"job_id": "b" * 32}])
    assert _job_rows(table, []).head[:2] == ("job", "file")
    assert _job_rows(table.drop(0), []).head[:2] == ("job", "method")
    assert [row[0] for row in _failures(Path("nowhere"), table).rows] == [
        f"{'a' * 32} (runs/gel.csv)",
        "b" * 32,
    ]


def test_designs_have_figures(tmp_path: Path) -> None:
    curve = {"r": [0.9, 1.0, 1.5, 2.0], "u": [2.0, 0.0, -1.0, 0.0]}
    design = {"by": "label", "target": "square", "verdict": "found", "curves": {"A-A": curve}}
    names = ("a" * 32, "b" * 32)
    for name, said in zip(names, (design | {"parameters": {"r0": 1.375}}, {"by": 3}), strict=True):
        folder = tmp_path / "workspace" / name
        folder.mkdir(parents=True)
        (folder / "result.json").write_text(json.dumps(sealed({"design": said}, folder, ())))
    table = pd.DataFrame({"job_id": names, "method": "design", "status": "finished"})
    ((words, figure),) = _designs(tmp_path, table)
    assert words == "aaaaaaaa: label, square, found, r0 = 1.375"
    assert figure.startswith(b"\x89PNG")

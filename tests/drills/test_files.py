"""Files that are empty, cut short or garbage: recovered, or one line that says what to do."""

from __future__ import annotations

import json
import random
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import project
from operations.jobs import attempts
from operations.jobs.state import FAILED
from operations.results.aggregate import aggregate, tabulate
from tests.drills.conftest import remake, work
from tests.drills.losses import NOTHING, jobs, losses


def empty(content: bytes) -> bytes:
    return b""


def truncated(content: bytes) -> bytes:
    return content[: len(content) // 2]


def garbage(content: bytes) -> bytes:
    return random.Random(1).randbytes(len(content))


def damage(file: Path, how: Callable[[bytes], bytes]) -> None:
    file.write_bytes(how(file.read_bytes()))


how = pytest.mark.parametrize("how", [empty, truncated, garbage])


@pytest.mark.parametrize("how", [empty, garbage])
@pytest.mark.parametrize(
    "name",
    [
        "checkpoint.npz",
        "checkpoint.samples",
        "trajectory.gsd",
        "attempts.jsonl",
        "signac_statepoint.json",
        "signac_job_document.json",
    ],
)
def test_between_two_tries(
    root: Path, undisturbed: Path, stopped_after: Any, name: str, how: Any, capfd: Any
) -> None:
    """The other job goes on; the line names the file; what it says to do helps."""
    hurt, other = jobs(root)
    with stopped_after(3):
        work(root)
    file = hurt / name
    if name == "signac_job_document.json":
        file.write_text(json.dumps({"extent": {}}))
    damage(file, how)
    capfd.readouterr()
    work(root)
    assert (other / "labels.json").exists()
    said = capfd.readouterr().err
    assert "Traceback" not in said
    if name == "attempts.jsonl":
        assert not (hurt / FAILED).exists()
        assert (hurt / "labels.json").exists()
    else:
        (line,) = [line for line in said.splitlines() if "failed:" in line]
        assert str(file) in line
        (doomed,) = re.findall(r"(\S*/a campaign/\S+?):? .*?delete it", line)
        Path(doomed).unlink()
        remake(root)
        work(root)
    tries = attempts.read(hurt)
    assert tries[-1]["outcome"] == "finished"
    assert losses(root, undisturbed) == NOTHING


@pytest.fixture
def finished(undisturbed: Path, tmp_path: Path) -> Path:
    """A campaign that is over."""
    shutil.copy(undisturbed.parent / "campaign.yaml", tmp_path)
    return shutil.copytree(undisturbed, tmp_path / "a campaign")


def status(table: pd.DataFrame) -> list[tuple[str, bool]]:
    return [(row.status, isinstance(row.label, str)) for row in table.itertuples()]


@how
@pytest.mark.parametrize("name", ["result.json", "labels.json", "final.gsd"])
def test_products(finished: Path, undisturbed: Path, name: str, how: Any, capfd: Any) -> None:
    """A bad product is said, keeps nothing from the other jobs, and is made again."""
    hurt, _ = jobs(finished)
    damage(hurt / name, how)
    if name == "final.gsd":
        (hurt / "labels.json").unlink()
    work(finished)
    table = tabulate(finished, [])
    said = capfd.readouterr().err
    assert "Traceback" not in said
    assert sorted(labelled for _, labelled in status(table)) == [False, True]
    (line,) = [line for line in said.splitlines() if str(hurt / name) in line]
    assert "delete" in line
    (hurt / name).unlink()
    if name == "final.gsd":
        (hurt / "result.json").unlink()
        remake(finished)
    work(finished)
    assert status(tabulate(finished, [])) == [("finished", True)] * 2
    found = losses(finished, undisturbed)
    assert (found["lost"], found["corrupted"]) == (0, 0)


@pytest.mark.parametrize("content", ['{"label": 5}', '{"label": "fluid", "confidence": [1]}'])
def test_the_diagram_is_drawn_without_what_is_damaged(
    finished: Path, content: str, capfd: Any
) -> None:
    hurt, _ = jobs(finished)
    (hurt / "labels.json").write_text(content)
    aggregate(finished, "small", [])
    assert str(hurt / "labels.json") in capfd.readouterr().err
    table = pd.read_parquet(finished / "results" / "phase_diagram.parquet")
    assert sorted(status(table)) == [("finished", False), ("finished", True)]


@how
def test_the_project_document(
    finished: Path, how: Any, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    """Nothing runs with settings that nobody asked for; init.py makes the document again."""
    file = finished / "signac_project_document.json"
    before = json.loads(file.read_text())
    damage(file, how)
    monkeypatch.chdir(finished)
    for word in ("status", "run", "submit"):
        monkeypatch.setattr(sys, "argv", ["project.py", word])
        assert project.main() == 2
        (line,) = capfd.readouterr().err.splitlines()
        assert str(file) in line
        assert "delete it" in line
    file.unlink()
    remake(finished)
    assert json.loads(file.read_text()) == before

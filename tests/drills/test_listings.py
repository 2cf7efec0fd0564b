"""Directory listings that are old, as NFS gives them: jobs and files that are there, or not."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

import init
from operations.jobs import driver
from operations.monitor.survey import Survey
from operations.results.aggregate import aggregate
from operations.slurm import submission
from tests.drills.conftest import work
from tests.drills.losses import NOTHING, jobs, losses, outcomes

SETTINGS = {"engine": "lammps", "frames": 10}


class Entries(list[SimpleNamespace]):
    """What `os.scandir` gives."""

    def __enter__(self) -> Entries:
        return self

    def __exit__(self, *_: object) -> None:
        pass


@pytest.fixture
def old(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Callable[[], None]]:
    """Function that remembers what is listed below a root, and returns one after which everybody
    sees that, for ever."""
    listdir, scandir = os.listdir, os.scandir

    def remember(root: Path, **hidden: list[str]) -> Callable[[], None]:
        folders = [root, *(path for path in root.rglob("*") if path.is_dir())]
        names = {str(folder): hidden.get(folder.name, listdir(folder)) for folder in folders}

        def entries(path: Any = ".") -> Any:
            if str(path) not in names:
                return scandir(path)
            return Entries(
                SimpleNamespace(name=name, path=os.path.join(path, name), is_dir=lambda: True)
                for name in names[str(path)]
            )

        def plain(path: Any = ".") -> list[str]:
            path = os.readlink(f"/proc/self/fd/{path}") if isinstance(path, int) else path
            return list(names[str(path)]) if str(path) in names else listdir(path)

        def freeze() -> None:
            monkeypatch.setattr(os, "listdir", plain)
            monkeypatch.setattr(os, "scandir", entries)

        return freeze

    return remember


def test_a_job_that_has_ended_meanwhile(root: Path, undisturbed: Path, old: Any) -> None:
    """It is handed over again, and nothing is done to it."""
    names = [job.name for job in jobs(root)]
    freeze = old(root)
    work(root)
    freeze()
    again = submission.due(root, names, SETTINGS)
    assert [job.job_id for job in again] == names
    for job in again:
        driver.run(root / "workspace" / job.job_id, root, SETTINGS, "forward")
    assert losses(root, undisturbed) == NOTHING


def test_a_job_that_has_failed_meanwhile(root: Path, old: Any, capfd: Any) -> None:
    job, _ = jobs(root)
    old(root)()
    (job / "failed.json").write_text("{}")
    driver.run(job, root, SETTINGS, "forward")
    assert "has failed: nothing to do" in capfd.readouterr().err
    assert outcomes(job) == []


def test_a_job_that_is_gone(root: Path, old: Any, capfd: Any) -> None:
    """Everybody else goes on."""
    gone, there = jobs(root)
    work(root)
    old(root)()
    shutil.rmtree(gone)
    (root / "results" / ".due").touch()
    names = [gone.name, there.name]
    Survey.of(root, names, SETTINGS).lines(root)
    submission.settle_lost(root, names)
    driver.run(gone, root, SETTINGS, "forward")
    aggregate(root, "small", [])
    said = capfd.readouterr().err
    assert "Traceback" not in said
    assert f"forward {gone.name}: failed: [Errno 2]" in said
    assert not gone.exists()
    table = pd.read_parquet(root / "results" / "phase_diagram.parquet")
    assert list(table["job_id"]) == [there.name]


def test_jobs_that_are_not_listed_yet(
    root: Path, undisturbed: Path, old: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """`init.py` makes them again, and takes nothing from them."""
    work(root)
    old(root, workspace=[])()
    assert init.main([str(root.parent / "campaign.yaml"), "--root", str(root)]) == 0
    assert "2 new" in capsys.readouterr().out
    monkeypatch.undo()
    work(root)
    assert losses(root, undisturbed) == NOTHING

"""Small campaigns run in this process, to be disturbed, and one that nothing happens to."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

import init
from operations.engines.lammps import Lammps
from operations.jobs import driver
from operations.jobs.deadline import Deadline
from operations.results.label import label
from tests.conftest import SMALL, merge
from tests.drills.losses import jobs

#: Six chunks a job.
CHANGES: dict[str, Any] = {"replicas": 2, "method": {"steps": 600, "kT": {"ramp": [0.6, 0.4]}}}
CHUNK = 64 * 100


@pytest.fixture(autouse=True)
def short_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of 100 steps, so that there is something to lose."""
    monkeypatch.setattr(Lammps, "chunk_particle_steps", CHUNK)


def work(root: Path) -> None:
    """What `project.py run` does, in this process, but for the diagram: simulate and label."""
    settings = json.loads((root / "signac_project_document.json").read_text())["settings"]
    for job in jobs(root):
        if not (job / "failed.json").exists() and not (job / "result.json").exists():
            driver.run(job, root, settings, "forward")
        done = (job / "result.json").exists() and not (job / "failed.json").exists()
        if done and not (job / "labels.json").exists():
            label(job, root)


def remake(root: Path) -> None:
    """`init.py` with the campaign file again, and with `--retry`."""
    file = next(p / "campaign.yaml" for p in root.parents if (p / "campaign.yaml").exists())
    assert init.main([str(file), "--root", str(root)]) == 0
    assert init.main(["--retry", "--root", str(root)]) == 0


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The campaign that nothing happens to."""
    folder = tmp_path_factory.mktemp("undisturbed")
    (folder / "campaign.yaml").write_text(yaml.safe_dump(merge(SMALL, CHANGES)))
    assert init.main([str(folder / "campaign.yaml"), "--root", str(folder / "root")]) == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Lammps, "chunk_particle_steps", CHUNK)
        work(folder / "root")
    return folder / "root"


@pytest.fixture
def root(campaign: Callable[..., Path]) -> Path:
    """A campaign to be disturbed."""
    return campaign(**CHANGES)


@pytest.fixture
def stopped_after(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Any]:
    """Context manager in which every run stops at its checkpoint after so many chunks."""

    @contextmanager
    def stop(n_chunks: int) -> Iterator[None]:
        def reason(self: Deadline, seconds: float) -> str | None:
            # the driver asks once before it begins
            left = vars(self).setdefault("left", n_chunks + 1)
            vars(self)["left"] = left - 1
            return "drill" if left <= 0 else None

        with monkeypatch.context() as patch:
            patch.setattr(Deadline, "reason_to_stop", reason)
            yield

    return stop


@pytest.fixture
def mount() -> Iterator[Callable[..., None]]:
    """Function that mounts something, until the test is over; skips where that is not allowed."""
    mounted: list[Path] = []

    def make(where: Path, *words: str) -> None:
        done = subprocess.run(
            ["mount", *words, str(where)], capture_output=True, text=True, check=False
        )
        if done.returncode:
            said = done.stderr.strip() or "no message"
            pytest.skip(f"mount is not allowed here: {said}")
        if "remount" not in "".join(words):
            mounted.append(where)

    if os.geteuid() != 0:
        pytest.skip("mount needs root")
    yield make
    for where in reversed(mounted):
        subprocess.run(["umount", "--lazy", str(where)], check=True)

"""A disk that is full or read-only: one line, nothing corrupted, and on when there is space."""

from __future__ import annotations

import hashlib
import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import init
from operations.jobs.state import FAILED
from operations.results.aggregate import aggregate
from tests.drills.conftest import CHANGES, remake, work
from tests.drills.losses import NOTHING, jobs, losses

#: Times that the disk is full.
TIMES = int(os.environ.get("CAMPAIGN_DRILLS", "8"))
#: Powers of two between which the number of free bytes is: a record, everything of the campaign.
FREE = (12, 23)


def fill(ballast: Path, free: int) -> None:
    """Leave so many bytes of the file system."""
    status = os.statvfs(ballast.parent)
    ballast.write_bytes(bytes(max(status.f_bavail * status.f_frsize - free, 0)))


def test_full(
    mount: Any, campaign: Callable[..., Path], tmp_path: Path, undisturbed: Path, capfd: Any
) -> None:
    """Full at random moments, most of them in the middle of a write."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount(disk, "-t", "tmpfs", "-o", "size=32m", "small")
    root = campaign("disk/a campaign", **CHANGES)
    draw = random.Random(int(os.environ.get("CAMPAIGN_SEED", "1")))
    wrong = 0
    for _ in range(TIMES):
        fill(disk / "ballast", int(2 ** draw.uniform(*FREE)))
        capfd.readouterr()
        work(root)
        aggregate(root, "small", [])
        said = capfd.readouterr().err
        assert "Traceback" not in said
        wrong += "No space left on device" in said
        (disk / "ballast").unlink()
        for job in jobs(root):
            if (job / FAILED).exists():  # three times in a row
                assert json.loads((job / FAILED).read_text())["retry"] != "physics"
        remake(root)
    assert wrong >= TIMES // 3
    work(root)
    aggregate(root, "small", [])
    assert losses(root, undisturbed) == NOTHING
    assert (root / "results" / "phase_diagram.png").stat().st_size > 0
    assert not (root / "results" / ".due").exists()


def contents(root: Path) -> dict[str, str]:
    """Every file and what is in it."""
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in root.rglob("*")
        if path.is_file()
    }


def test_read_only(
    mount: Any,
    root: Path,
    tmp_path: Path,
    undisturbed: Path,
    stopped_after: Any,
    command: Any,
) -> None:
    """chmod does not stop root; a read-only mount does."""
    with stopped_after(3):
        work(root)
    before = contents(root)
    seen = tmp_path / "read only"
    seen.mkdir()
    mount(seen, "--bind", str(root))
    mount(seen, "-o", "remount,ro,bind")
    for words, status in ((["status"], 0), (["run"], 1)):
        environment = {"SIGNAC_FLOW_ENVIRONMENT": "CampaignSlurm"}
        done = command("project.py", *words, cwd=seen, environment=environment)
        assert done.returncode == status, done.stderr
        assert "Traceback" not in done.stderr
        if words == ["run"]:
            lines = [line for line in done.stderr.splitlines() if "Read-only file system" in line]
            assert len(lines) == 3  # two jobs and the diagram
    assert init.main(["--retry", "--root", str(seen)]) == 0  # nothing to do
    assert contents(root) == before
    work(root)
    assert losses(root, undisturbed) == NOTHING

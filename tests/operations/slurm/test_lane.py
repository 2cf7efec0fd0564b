"""What a lane takes side by side is what it would take one by one."""

from __future__ import annotations

from pathlib import Path

import pytest

from operations.jobs import driver
from operations.jobs.side_by_side import nothing_around
from operations.slurm.lane import first_steps
from project import CampaignProject

MANY = {"engine": "batched", "device": "cpu"}


@pytest.fixture
def driven(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ids of the jobs that were driven; nothing is done."""
    ids: list[str] = []
    monkeypatch.setattr(driver, "run_together", lambda folders, *_: ids.extend(map(name, folders)))
    return ids


def name(folder: Path) -> str:
    return folder.name


def test_what_the_campaign_file_no_longer_has_is_left_out(campaign, driven: list[str]) -> None:
    campaign(method={"kT": [0.5, 1.0], "steps": 300}, settings=MANY)
    root = campaign(method={"kT": [0.5], "steps": 300}, settings=MANY)
    everything = sorted(job.name for job in (root / "workspace").iterdir())
    assert len(everything) == 2
    first_steps(root, "simulate", everything, nothing_around)
    project = CampaignProject.get_project(str(root))
    forward = project.operations["forward"]
    one_by_one = [
        job_id for job_id in everything if forward._eligible((project.open_job(id=job_id),))
    ]
    assert driven == one_by_one
    assert len(driven) == 1


def test_only_the_step_that_was_asked_for(campaign, driven: list[str]) -> None:
    root = campaign(replicas=2, settings=MANY)
    everything = sorted(job.name for job in (root / "workspace").iterdir())
    first_steps(root, "annealing", everything, nothing_around)
    assert driven == []
    first_steps(root, "forward", everything, nothing_around)
    assert driven == everything

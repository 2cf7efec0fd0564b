"""Campaigns that init.py makes in a folder whose path needs quoting."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.campaign_files import CAMPAIGN, run, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder whose path needs quoting."""
    result = tmp_path / "my campaigns"
    result.mkdir()
    return result


@pytest.fixture
def made(folder: Path) -> tuple[Path, Path]:
    """A campaign file and the root where its twelve jobs are."""
    file = write(folder / "small.yaml", CAMPAIGN)
    assert run(file, "--root", folder / "root")[0] == 0
    return file, folder / "root"

"""The campaign files in the documentation and in campaigns/ are right."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from operations.results.rows import value_at
from tests.conftest import REPOSITORY
from workspace_schema.campaign import read_campaign

PAGES = [
    REPOSITORY / "README.md",
    *(
        REPOSITORY / "docs" / name
        for name in (
            "campaigns.md",
            "structure_prediction.md",
            "building_blocks.md",
            "imported.md",
            "design.md",
            "equilibrium.md",
        )
    ),
]
SNIPPETS = [
    pytest.param(text, id=f"{page.name}: {text.split()[1]}")
    for page in PAGES
    for text in re.findall(r"```yaml\n(name:.*?)```", page.read_text(), flags=re.DOTALL)
]
JOBS = {
    "two_together": 12,
    "scattered": 64,
    "binary": 3,
    "lennard_jones_gauss_2d": 70,
    "imported_layers": 8,
}


def test_there_are_snippets() -> None:
    assert len(SNIPPETS) >= 6


@pytest.mark.parametrize("text", SNIPPETS)
def test_snippets(text: str, tmp_path: Path) -> None:
    (tmp_path / "imported_layers").symlink_to(REPOSITORY / "campaigns" / "imported_layers")
    file = tmp_path / "campaign.yaml"
    file.write_text(text)
    campaign = read_campaign(file)
    assert len(campaign.points) == JOBS.get(campaign.name, len(campaign.points)) > 0
    for axis in campaign.axes:
        assert all(value_at(point.statepoint, axis) is not None for point in campaign.points), axis


@pytest.mark.parametrize(
    "file", sorted((REPOSITORY / "campaigns").glob("*.yaml")), ids=lambda file: file.stem
)
def test_campaign_files(file: Path) -> None:
    assert read_campaign(file).name == file.stem


def test_the_tables_of_the_example_are_those_of_its_script(tmp_path: Path) -> None:
    there = REPOSITORY / "campaigns" / "imported_layers"
    subprocess.run([sys.executable, str(there / "make.py"), str(tmp_path)], check=True)
    made = {file.name: len(file.read_text().splitlines()) for file in tmp_path.iterdir()}
    assert made == {file.name: len(file.read_text().splitlines()) for file in there.glob("*.csv")}

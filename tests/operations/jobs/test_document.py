"""What the project document says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from operations.jobs.document import title_of, wrong
from tests.campaign_files import CAMPAIGN, run, write


@pytest.mark.parametrize(
    ("document", "title"),
    [
        ({"name": "lennard_jones_2d"}, "lennard jones 2d"),
        ({"name": "a", "title": "Disks at $P = 1$"}, "Disks at $P = 1$"),
        ({}, "campaign"),
    ],
)
def test_title(document: dict[str, str], title: str) -> None:
    assert title_of(document) == title


def test_the_title_of_the_file_is_in_the_document_and_goes_with_it(tmp_path: Path) -> None:
    root = tmp_path / "root"
    for content, title in ((CAMPAIGN | {"title": "Disks"}, "Disks"), (CAMPAIGN, None)):
        assert run(write(tmp_path / "a.yaml", content), "--root", root)[0] == 0
        document = json.loads((root / "signac_project_document.json").read_text())
        assert document.get("title") == title
    assert wrong(document | {"title": 3}) == "title"

"""A root is found from below, or what is wrong with it is said in a line."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import project
from operations.jobs.campaign_root import campaign_root
from operations.monitor.dashboard import app
from operations.results import archive, several_roots
from operations.results.aggregate import aggregate
from operations.results.label import relabel
from tests.campaign_files import run as init_run
from workspace_schema.errors import RootError
from workspace_schema.root import PARTS, check_links

#: What may have become of `.signac/config`.
LOST: dict[str, Callable[[Path], object]] = {
    "file": Path.unlink,
    "folder": lambda file: shutil.rmtree(file.parent),
    "empty": lambda file: file.write_text(""),
    "cut": lambda file: file.write_text("schema_ver"),
    "bytes": lambda file: file.write_bytes(b"\xff\xfe\x00"),
    "is a folder": lambda file: (file.unlink(), file.mkdir()),
}


def test_from_below(campaign: Any) -> None:
    root = campaign()
    job = next((root / "workspace").iterdir())
    assert campaign_root(job) == campaign_root(root) == root
    with pytest.raises(LookupError):
        campaign_root(root.parent)


@pytest.mark.parametrize("how", LOST)
@pytest.mark.parametrize(
    "words", [["status"], ["run"], ["submit", "--pretend"], ["watch", "--once"]]
)
def test_a_lost_configuration_is_said(
    campaign: Any, how: str, words: list[str], monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    root = campaign()
    LOST[how](root / ".signac" / "config")
    monkeypatch.chdir(root)
    monkeypatch.setattr(sys, "argv", ["project.py", *words])
    capfd.readouterr()
    assert project.main() == 2
    (line,) = capfd.readouterr().err.splitlines()
    assert line == (
        f"{root}/.signac/config is missing or damaged: init.py CAMPAIGN.yaml --root {root}"
        " makes it again"
    )
    assert app.main(["run", "--port", "0"]) == 2
    assert capfd.readouterr().err.splitlines() == [line]


@pytest.mark.parametrize("part", [part for part in PARTS if part != ".signac"])
def test_parts_that_are_elsewhere(
    campaign: Any, tmp_path: Path, part: str, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    """Every command says so, and nothing is written there."""
    root = campaign()
    outside = tmp_path / "outside"
    outside.mkdir()
    path = root / part
    if path.is_dir():
        shutil.move(path, tmp_path / "before")
    path.parent.mkdir(exist_ok=True)
    path.symlink_to(outside)
    said = f"{path} is a link out of the campaign"
    capfd.readouterr()
    for words in (["status"], ["run"], ["submit", "--pretend"], ["watch", "--once"]):
        monkeypatch.chdir(root)
        monkeypatch.setattr(sys, "argv", ["project.py", *words])
        assert project.main() == 2
        assert said in capfd.readouterr().err
    for arguments in ((root.parent / "campaign.yaml",), ("--retry",), ("--migrate",)):
        status, _, err = init_run(*arguments, "--root", root)
        assert status == 1
        assert said in err
    aggregate(root, "small", [])
    assert said in capfd.readouterr().err
    for action in (archive.archive, archive.restore, relabel):
        with pytest.raises(RootError, match="is a link out of the campaign"):
            action(root)
    with pytest.raises(RootError, match="is a link out of the campaign"):
        several_roots.gather([root], tmp_path / "all")
    assert list(outside.iterdir()) == []


def test_links_within_the_root_are_followed(campaign: Any) -> None:
    root = campaign()
    (root / "workspace").rename(root / "jobs")
    (root / "workspace").symlink_to("jobs")
    check_links(root)

"""Each job folder is looked into once, and what is not there is empty."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from operations.jobs.folders import Folders, job_ids, listed
from operations.monitor.survey import Survey
from operations.slurm.submission import due
from workspace_schema.files import check_folder

A, B, C = (letter * 32 for letter in "abc")


def test_looked_into_once(tmp_path: Path) -> None:
    for job in "ab":
        (tmp_path / "workspace" / job).mkdir(parents=True)
        (tmp_path / "workspace" / job / ".forward").touch()
    folders = Folders(tmp_path)
    assert folders.names("a") == {".forward"}
    assert folders.names("a") is folders.names("b")
    (tmp_path / "workspace" / "a" / "result.json").touch()
    assert folders.names("a") == {".forward"}
    folders.forget("a")
    assert folders.names("a") == {".forward", "result.json"}
    assert folders.names("gone") == listed(tmp_path / "gone") == frozenset()


def test_job_ids(tmp_path: Path) -> None:
    assert job_ids(tmp_path) == []
    for job in (B, C, A, "a", "A" * 32, os.fsdecode(b"\xe9" * 32)):
        (tmp_path / "workspace" / job).mkdir(parents=True)
    assert job_ids(tmp_path) == [A, B, C]


def test_a_folder_that_is_a_link_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "result.json").touch()
    (tmp_path / "job").symlink_to("elsewhere")
    assert listed(tmp_path / "elsewhere") == {"result.json"}
    assert listed(tmp_path / "job") == frozenset()
    check_folder(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="a link, which is not followed"):
        check_folder(tmp_path / "job")


def test_survey_and_submission_look_at_the_same(tmp_path: Path) -> None:
    """What has changed since is seen by neither, what nobody has asked for yet by both."""
    for job in (A, B, C):
        (tmp_path / "workspace" / job).mkdir(parents=True)
        (tmp_path / "workspace" / job / ".forward").touch()
    folders = Folders(tmp_path)
    assert folders.names(A)
    assert folders.names(B)
    for job in (A, C):
        (tmp_path / "workspace" / job / "result.json").write_text("{}")
    survey = Survey.of(tmp_path, job_ids(tmp_path), {}, folders=folders)
    assert survey.finished == [C]
    assert survey.due == {("simulate", False): [A, B], ("label", False): [C]}
    planned = due(tmp_path, job_ids(tmp_path), {}, folders=folders)
    assert [(one.job_id, one.operation) for one in planned] == [
        (A, "simulate"),
        (B, "simulate"),
        (C, "label"),
    ]

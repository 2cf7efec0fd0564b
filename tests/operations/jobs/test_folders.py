"""Each job folder is looked into once, and what is not there is empty."""

from __future__ import annotations

from pathlib import Path

from operations.jobs.folders import Folders, job_ids, listed
from operations.monitor.survey import Survey
from operations.slurm.submission import due


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
    for job in "bca":
        (tmp_path / "workspace" / job).mkdir(parents=True)
    assert job_ids(tmp_path) == ["a", "b", "c"]


def test_survey_and_submission_look_at_the_same(tmp_path: Path) -> None:
    """What has changed since is seen by neither, what nobody has asked for yet by both."""
    for job in "abc":
        (tmp_path / "workspace" / job).mkdir(parents=True)
        (tmp_path / "workspace" / job / ".forward").touch()
    folders = Folders(tmp_path)
    assert folders.names("a")
    assert folders.names("b")
    for job in "ac":
        (tmp_path / "workspace" / job / "result.json").write_text("{}")
    survey = Survey.of(tmp_path, job_ids(tmp_path), {}, folders=folders)
    assert survey.finished == ["c"]
    assert survey.due == {("simulate", False): ["a", "b"], ("label", False): ["c"]}
    planned = due(tmp_path, job_ids(tmp_path), {}, folders=folders)
    assert [(one.job_id, one.operation) for one in planned] == [
        ("a", "simulate"),
        ("b", "simulate"),
        ("c", "label"),
    ]

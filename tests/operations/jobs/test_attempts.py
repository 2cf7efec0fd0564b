"""The record of tries survives kills and garbage."""

import json
import os
import time
from pathlib import Path

import pytest

from operations.engines import EngineError, ExplodedError
from operations.jobs import attempts
from operations.jobs.state import AGAIN, CHECKPOINT, CLEARED, FAILED, RUNNING


def outcomes(folder: Path) -> list[str]:
    return [attempt["outcome"] for attempt in attempts.read(folder)]


def test_start_and_end_are_joined(tmp_path: Path) -> None:
    attempt = attempts.begin(tmp_path, "forward")
    attempts.end(tmp_path, attempt, "walltime", "deadline")
    (record,) = attempts.read(tmp_path)
    assert record["operation"] == "forward"
    assert record["outcome"] == "walltime"
    assert record["reason"] == "deadline"
    assert record["end"] >= record["start"]


def test_a_killed_try_is_lost_and_torn_lines_are_passed_over(tmp_path: Path) -> None:
    attempts.begin(tmp_path, "forward")
    with open(tmp_path / attempts.FILE, "a") as handle:
        handle.write('[1]\n"text"\n{"attempt": "x", "outco')
    (record,) = attempts.read(tmp_path)
    assert record["outcome"] == "lost"


def test_no_file_no_tries(tmp_path: Path) -> None:
    assert attempts.read(tmp_path) == []


@pytest.mark.parametrize(
    ("error", "retry"),
    [
        (ExplodedError("hot"), "physics"),
        (EngineError("no engine"), "input"),
        (ValueError("bad"), "input"),
    ],
)
def test_what_a_person_must_look_at_fails_at_once(tmp_path: Path, error, retry) -> None:
    with attempts.recorded(tmp_path, "forward"):
        raise error
    failed = json.loads((tmp_path / FAILED).read_text())
    assert failed["retry"] == retry
    assert type(error).__name__ in failed["reason"]
    assert "Traceback" in failed["traceback"]
    assert outcomes(tmp_path) == ["failed"]
    assert not (tmp_path / AGAIN).exists()
    assert not (tmp_path / RUNNING).exists()


@pytest.mark.parametrize("error", [OSError("disk"), MemoryError()])
def test_other_errors_are_tried_again_three_times(tmp_path: Path, error: Exception) -> None:
    for k in range(attempts.MAX_TRIES):
        assert not (tmp_path / FAILED).exists()
        with attempts.recorded(tmp_path, "forward"):
            raise error
        assert (tmp_path / AGAIN).exists() == (k + 1 < attempts.MAX_TRIES)
    failed = json.loads((tmp_path / FAILED).read_text())
    assert failed["retry"] == "again"
    assert outcomes(tmp_path) == ["error"] * attempts.MAX_TRIES


def lose(folder: Path, outcome: str = "lost") -> None:
    """A try that is killed, and closed by the next who looks."""
    attempts.begin(folder, "forward")
    assert (folder / RUNNING).exists()
    attempts.settle(folder, outcome)
    assert not (folder / RUNNING).exists()


def test_killed_again_and_again_is_a_failure(tmp_path: Path) -> None:
    for outcome in ("lost", "node_failed", "out_of_memory", "cancelled"):
        lose(tmp_path, outcome)
        assert (tmp_path / AGAIN).exists()
    assert not (tmp_path / FAILED).exists()
    lose(tmp_path)
    failed = json.loads((tmp_path / FAILED).read_text())
    assert failed["retry"] == "tries"
    assert failed["reason"] == "3 tries without progress: 2 lost, 1 out_of_memory"
    assert not (tmp_path / AGAIN).exists()


def test_a_cleared_failure_is_forgiven(tmp_path: Path) -> None:
    for _ in range(2):
        for _ in range(attempts.MAX_TRIES):
            assert not (tmp_path / FAILED).exists()
            lose(tmp_path)
        (tmp_path / FAILED).rename(tmp_path / CLEARED)


@pytest.mark.parametrize("outcome", ["walltime", "finished"])
def test_a_good_end_begins_the_count_anew(tmp_path: Path, outcome: str) -> None:
    for _ in range(4):
        lose(tmp_path)
        lose(tmp_path)
        attempts.end(tmp_path, attempts.begin(tmp_path, "forward"), outcome)
        assert not (tmp_path / AGAIN).exists()
    assert not (tmp_path / FAILED).exists()


def test_a_checkpoint_is_progress(tmp_path: Path) -> None:
    for _ in range(5):
        attempt = attempts.begin(tmp_path, "forward")
        assert attempt
        later = time.time() + 1
        (tmp_path / CHECKPOINT).touch()
        os.utime(tmp_path / CHECKPOINT, (later, later))
        attempts.settle(tmp_path)
    assert not (tmp_path / FAILED).exists()
    assert outcomes(tmp_path) == ["lost"] * 5


def test_the_same_scheduler_job_again_was_requeued(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("SLURM_JOB_ID", "12")
    attempts.begin(tmp_path, "forward")
    monkeypatch.setenv("SLURM_RESTART_COUNT", "1")
    with attempts.recorded(tmp_path, "forward"):
        pass
    assert outcomes(tmp_path) == ["requeued", "finished"]


def test_an_interrupt_is_recorded_and_goes_on(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), attempts.recorded(tmp_path, "forward"):
        raise KeyboardInterrupt
    assert not (tmp_path / FAILED).exists()
    assert attempts.read(tmp_path)[0]["outcome"] == "interrupted"


def test_a_disk_that_takes_nothing_is_reported(tmp_path: Path, monkeypatch, capsys) -> None:
    report = tmp_path / "report"
    monkeypatch.setenv("CAMPAIGN_FAILURES", str(report))
    with attempts.survived(tmp_path / "job", "label"):
        raise OSError(30, "Read-only file system")
    assert "label job: failed: [Errno 30]" in capsys.readouterr().err
    assert report.read_text() == '"job"\n'

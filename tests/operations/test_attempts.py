"""The record of tries survives kills and garbage."""

import json
from pathlib import Path

import pytest

from operations import attempts
from operations.engines import EngineError, ExplodedError


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
        (OSError("disk"), "again"),
        (MemoryError(), "again"),
    ],
)
def test_an_exception_becomes_failed_json(tmp_path: Path, error: Exception, retry: str) -> None:
    with attempts.recorded(tmp_path, "forward"):
        raise error
    failed = json.loads((tmp_path / attempts.FAILED).read_text())
    assert failed["retry"] == retry
    assert type(error).__name__ in failed["reason"]
    assert attempts.read(tmp_path)[0]["outcome"] == "failed"


def test_an_interrupt_is_recorded_and_goes_on(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), attempts.recorded(tmp_path, "forward"):
        raise KeyboardInterrupt
    assert not (tmp_path / attempts.FAILED).exists()
    assert attempts.read(tmp_path)[0]["outcome"] == "interrupted"

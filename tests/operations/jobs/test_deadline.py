"""Stop before the deadline, and when warned."""

import os
import signal
import time

import pytest

from operations.jobs.deadline import MARGIN, Deadline


def test_no_deadline_never_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CAMPAIGN_DEADLINE", raising=False)
    monkeypatch.delenv("SLURM_JOB_END_TIME", raising=False)
    with Deadline() as deadline:
        assert deadline.reason_to_stop(1e9) is None


def test_a_chunk_that_does_not_fit_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMPAIGN_DEADLINE", str(time.time() + MARGIN + 10.0))
    with Deadline() as deadline:
        assert deadline.reason_to_stop(1.0) is None
        assert deadline.reason_to_stop(10.0) == "deadline"


def test_the_scheduler_says_when_the_job_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CAMPAIGN_DEADLINE", raising=False)
    monkeypatch.setenv("SLURM_JOB_END_TIME", str(time.time()))
    assert Deadline().reason_to_stop(0.0) == "deadline"


def test_a_warning_signal_stops_and_handlers_come_back() -> None:
    before = signal.getsignal(signal.SIGUSR1)
    with Deadline() as deadline:
        os.kill(os.getpid(), signal.SIGUSR1)
        assert deadline.reason_to_stop(0.0) == "SIGUSR1"
    assert signal.getsignal(signal.SIGUSR1) is before


def test_garbage_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMPAIGN_DEADLINE", "tomorrow")
    with pytest.raises(ValueError, match="CAMPAIGN_DEADLINE='tomorrow'"):
        Deadline()

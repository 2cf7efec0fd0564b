"""Many things one after the other, or several at once."""

from __future__ import annotations

import os
import signal
import time
from multiprocessing.context import ForkProcess
from pathlib import Path

import pytest

from operations.jobs import turns
from operations.jobs.deadline import Deadline
from operations.jobs.turns import Tally, take_turns


@pytest.mark.parametrize("at_once", [1, 2, 5])
def test_everything_is_done_once(tmp_path: Path, at_once: int) -> None:
    def run(number: int) -> None:
        with open(tmp_path / str(number), "a") as stream:
            stream.write("done")

    assert take_turns(run, Tally([1.0] * 7, at_once), 7, at_once) == []
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {
        str(number): "done" for number in range(7)
    }


def test_groups_are_done_together_in_their_turn() -> None:
    done: list[int | list[int]] = []
    tally = Tally([1.0] * 6)
    take_turns(
        done.append, tally, 6, 1, lambda group: done.append(list(group)), [[1, 4], [2], [3, 5]]
    )
    assert done == [0, [1, 4], 2, [3, 5]]
    assert tally.n_done == 6


def test_several_are_done_at_a_time() -> None:
    begin = time.monotonic()
    take_turns(lambda _: time.sleep(1.0), Tally([1.0] * 4, 4), 4, 4)
    assert time.monotonic() - begin < 3.0


@pytest.mark.parametrize("at_once", [1, 2])
def test_an_error_ends_the_others(tmp_path: Path, at_once: int) -> None:
    def run(number: int) -> None:
        (tmp_path / str(number)).touch()
        raise ValueError(f"at {number}")

    with pytest.raises(ValueError, match="at "):
        take_turns(run, Tally([1.0] * 9, at_once), 9, at_once)
    assert len(list(tmp_path.iterdir())) <= at_once


def test_a_process_that_is_killed_stops_nobody(tmp_path: Path) -> None:
    def run(number: int) -> None:
        if number in (1, 2):
            os.kill(os.getpid(), signal.SIGKILL)
        (tmp_path / str(number)).touch()

    assert sorted(take_turns(run, Tally([1.0] * 6, 2), 6, 2)) == [1, 2]
    assert {file.name for file in tmp_path.iterdir()} == {"0", "3", "4", "5"}


@pytest.mark.parametrize("number_of_signal", [signal.SIGTERM, signal.SIGUSR1])
@pytest.mark.parametrize("at_once", [1, 2])
def test_a_warning_ends_all_at_their_checkpoints(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], at_once: int, number_of_signal: int
) -> None:
    parent = os.getpid()

    def run(number: int) -> None:
        if number == at_once - 1:
            os.kill(parent, number_of_signal)
        with Deadline() as deadline:
            for _ in range(100):
                if deadline.reason_to_stop(0.0):
                    (tmp_path / str(number)).touch()
                    return
                time.sleep(0.1)

    take_turns(run, Tally([1.0] * 6, at_once, period=0.0), 6, at_once)
    assert len(list(tmp_path.iterdir())) == at_once
    said = capsys.readouterr().err
    name = signal.Signals(number_of_signal).name
    assert said == f"{6 - at_once} of 6 not begun ({name}); run again to go on\n"


@pytest.mark.parametrize("number_of_signal", [signal.SIGTERM, signal.SIGUSR1])
def test_a_warning_to_a_process_that_does_not_listen_yet_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number_of_signal: int
) -> None:
    start = ForkProcess.start

    def start_and_warn(process: ForkProcess) -> None:
        start(process)
        assert process.pid
        os.kill(process.pid, number_of_signal)

    def run(number: int) -> None:
        with Deadline() as deadline:
            for _ in range(30):
                if deadline.reason_to_stop(0.0):
                    (tmp_path / str(number)).touch()
                    return
                time.sleep(0.1)

    monkeypatch.setattr(ForkProcess, "start", start_and_warn)
    take_turns(run, Tally([1.0] * 4, 2), 4, 2)
    assert {file.name for file in tmp_path.iterdir()} == {"0", "1", "2", "3"}


def test_how_far_it_is_of_groups(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Eight things, four at a time: as long as two, not as eight; twice as long as was guessed."""
    now = [100.0]
    monkeypatch.setattr(turns.time, "monotonic", lambda: now[0])
    groups = [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]
    tally = Tally([600.0] * 11 + [300.0], period=0.0, groups=groups)
    tally.begin()
    for group in groups[:2]:
        for number in group:
            tally.begun(number)
        now[0] += 1200.0
        for number in group:
            tally.done(number)
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "12 to do, about 30 min"
    assert said[4] == "4 of 12"
    assert said[-1] == "8 of 12, about 20 min left"


def test_how_far_it_is(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    now = [100.0]
    monkeypatch.setattr(turns.time, "monotonic", lambda: now[0])
    tally = Tally([60.0, 60.0, 60.0, 180.0, 60.0, 60.0], at_once=2, period=10.0)
    tally.begin()
    tally.begin(known=False)
    tally.begun(0)
    tally.begun(1)
    now[0] += 150.0  # both had to wait for a compilation
    tally.done(0)
    tally.begun(2)
    tally.done(1)  # nothing is said twice within the period
    tally.begun(3)
    now[0] += 30.0
    tally.done(2)  # half of what was expected: 57 s of the fourth
    tally.begun(4)
    now[0] += 30.0
    tally.done(4)
    assert capsys.readouterr().err.splitlines() == [
        "6 to do, 2 at a time, about 4 min",
        "6 to do, 2 at a time",
        "1 of 6",
        "3 of 6, about 59 s left",
        "4 of 6, about 30 s left",
    ]

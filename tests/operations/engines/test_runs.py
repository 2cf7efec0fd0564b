"""Runs that are asked for together: what becomes of them where not all can be done at once."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from operations.engines import Chunk, NotBegunError, Run, Sampling, Segment
from operations.jobs import deadline
from operations.jobs.errors import DeviceLostError

SEGMENT, SAMPLING = Segment(0, 10, (1.0, 1.0)), Sampling(5, 0, 10)


class Small:
    """An engine with room for two; one of its runs has no room at all."""

    asked: list[int]
    warned_at = -1

    def __init__(self, number: int) -> None:
        self.number = number

    @classmethod
    def run_together(cls, runs: Sequence[Run]) -> list[Chunk | Exception]:
        Small.asked.append(len(runs))
        if len(runs) > 2:
            raise MemoryError("out of it")
        if len(Small.asked) == Small.warned_at:
            deadline._warning = signal.SIGTERM  # forgotten after each test
        return [chunk(run.engine.number) for run in runs]

    def run(self, *_: Any) -> Chunk:
        Small.asked.append(1)
        if self.number == 13:
            raise DeviceLostError
        return chunk(self.number)


def chunk(number: int) -> Chunk:
    return Chunk({"number": np.asarray(number)}, np.empty(0))


@pytest.fixture(autouse=True)
def _nothing_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Small, "asked", [], raising=False)


def answers(*numbers: int) -> list[Any]:
    found = Run.answers([Run(Small(k), {}, SEGMENT, 10, SAMPLING) for k in numbers])
    return [int(one.state["number"]) if isinstance(one, Chunk) else one for one in found]


def test_what_has_no_room_goes_in_halves_and_says_why(capsys) -> None:
    assert answers(*range(7)) == list(range(7))
    assert Small.asked == [7, 3, 1, 2, 4, 2, 2]
    said = capsys.readouterr().err
    assert "7 simulations at once: MemoryError: out of it; in two halves" in said
    assert said.count("in two halves") == 3


def test_a_warning_is_heard_between_the_halves(monkeypatch) -> None:
    monkeypatch.setattr(Small, "warned_at", 4)
    found = answers(*range(7))
    assert found[:3] == [0, 1, 2]
    assert all(isinstance(one, NotBegunError) and str(one) == "SIGTERM" for one in found[3:])
    assert Small.asked == [7, 3, 1, 2]


def test_a_device_that_is_lost_ends_all() -> None:
    with pytest.raises(DeviceLostError):
        answers(13, 1, 2)

"""One truth about a job: state, word of the table and next operation from names of files."""

from __future__ import annotations

import pytest

from operations.jobs.eligibility import next_step
from operations.jobs.state import State, state_of, status_of


@pytest.mark.parametrize(
    ("names", "expected", "word", "then"),
    [
        ({".forward"}, State.WAITING, "unfinished", "forward"),
        ({".forward", "checkpoint.npz"}, State.CONTINUED, "unfinished", "forward"),
        ({".forward", ".running"}, State.RUNNING, "unfinished", "forward"),
        ({".forward", ".again"}, State.AGAIN, "unfinished", "forward"),
        ({".forward", "failed.json"}, State.FAILED, "failed", None),
        ({".forward", "result.json"}, State.UNLABELLED, "finished", "label"),
        ({".forward", "result.json", ".again"}, State.AGAIN, "finished", "label"),
        # whose label failed
        ({".forward", "result.json", "failed.json"}, State.FAILED, "failed", None),
        ({".forward", "result.json", "labels.json"}, State.DONE, "finished", None),
        # labelled again, which went wrong: the old labels hold
        ({".forward", "result.json", "labels.json", ".again"}, State.DONE, "finished", None),
        ({".forward", "labels.json"}, State.WAITING, "unfinished", "forward"),
        (set(), State.WAITING, "unfinished", None),
    ],
)
def test_what_the_names_say(names: set[str], expected: State, word: str, then: str | None) -> None:
    assert state_of(names) is expected
    assert status_of(names) == word
    step = next_step(names)
    assert (step.operation if step else None) == then


def test_a_try_that_is_open_and_nobody_works_on_goes_again() -> None:
    assert state_of({".forward", ".running"}, lambda: False) is State.AGAIN
    assert state_of({"result.json", "labels.json", ".running"}, lambda: False) is State.DONE
    assert state_of({".forward"}, lambda: pytest.fail("not asked")) is State.WAITING

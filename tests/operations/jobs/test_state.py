"""One truth about a job: state, word of the table and next operation from names of files."""

from __future__ import annotations

import pytest

from operations.jobs import state
from operations.jobs.state import State, next_operation, next_step, state_of, status_of
from workspace_schema.methods import METHODS


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


def test_every_method_has_its_operation() -> None:
    for name, facts in METHODS.items():
        step = next_step({f".{name}"})
        assert step is not None
        assert step.operation == (facts.operation or name)
        assert next_operation({f".{name}"}, {}) == ("simulate", False)
        on_gpu = next_operation({f".{name}"}, {"device": "gpu"})
        assert on_gpu == ((step.operation, True) if facts.on_gpu else ("simulate", False))
    assert next_operation({".forward", "result.json"}, {"device": "gpu"}) == ("label", False)


def test_what_waits_for_hoomd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "hoomd_installed", lambda: False)
    assert next_step({".monte_carlo", ".hoomd"}) is None
    assert next_operation({".monte_carlo", ".hoomd", "result.json"}, {}) == ("label", False)
    monkeypatch.setattr(state, "hoomd_installed", lambda: True)
    assert next_operation({".monte_carlo", ".hoomd"}, {}) == ("simulate", False)

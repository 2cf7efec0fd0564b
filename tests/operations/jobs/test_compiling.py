"""It is said once that functions are compiled."""

import pytest

from operations.jobs import compiling


def test_a_compilation_that_takes_its_time_is_announced_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from numba import njit

    compiling.announce()
    njit(lambda x: x + 1)(1)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(compiling, "PATIENCE", -1.0)
    compiling.announce()
    njit(lambda x: x + 2)(1)
    njit(lambda x: x + 3)(1)
    assert capsys.readouterr().err == (
        "compiling for this machine: a minute or two, this first time only\n"
    )

"""What the command line says of itself."""

import subprocess
import sys
from pathlib import Path

import pytest

from operations.monitor.usage import COMMANDS, USAGE, is_asked, unknown
from tests.conftest import REPOSITORY


def test_every_command_is_explained() -> None:
    assert [word for word in COMMANDS if f"\n  {word} " not in USAGE] == ["lane"]


@pytest.mark.parametrize("words", [[], ["-h"], ["--help"], ["help"]])
def test_help_is_asked_for(words: list[str]) -> None:
    assert is_asked(words)
    assert not is_asked(["run", "--help"])


def test_a_command_that_is_none() -> None:
    assert unknown(["stats"]) == "stats: no such command; did you mean status?"
    assert unknown(["run"]) == unknown(["-v", "status"]) == ""


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["--help"], 0, "watch     the same on one screen"),
        (["run", "--help"], 0, "--parallel"),
        (["watch", "--help"], 0, "--once"),
        (["run"], 2, "no campaign here or above: make one with init.py"),
        (["stats"], 2, "did you mean status?"),
    ],
)
def test_outside_of_a_root(tmp_path: Path, words: list[str], status: int, said: str) -> None:
    done = subprocess.run(
        [sys.executable, str(REPOSITORY / "project.py"), *words],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, list(tmp_path.iterdir())) == (status, [])
    assert said in done.stdout + done.stderr

"""One screen of a terminal, and the command in a real one."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console

from analysis.phase_diagram.table import TABLE_FILE
from operations.monitor.campaign_view import CampaignView, Reason
from operations.monitor.watch import Diagram, _letters, characters, screen, watch
from tests.conftest import REPOSITORY


def text(renderable, width: int = 80) -> str:
    console = Console(width=width, force_terminal=False)
    with console.capture() as capture:
        console.print(renderable)
    return capture.get()


def state(**changes) -> CampaignView:
    known = {
        "name": "a campaign",
        "time": 1e9,
        "counts": {
            "forward": {"waiting": 3, "running": 2, "failed": 4, "done": 91},
            "basin_hopping": {"queued": 5, "continued": 1, "again": 1, "done": 93},
        },
        "states": {f"{k:032x}": "done" for k in range(200)},
        "reasons": [Reason("failed", "forward: " + "far " * 40, ("ab" * 16, "cd" * 16))],
        "per_hour": 123.4,
        "hours": {"core": 12.5},
        "jobs_left": {"core": 10},
        "at_once": 4.0,
        "finish": 1e9 + 3600,
        "complete": True,
    }
    return CampaignView(**(known | changes))


def table(rows: list[tuple[float, float, str | None]]) -> pd.DataFrame:
    jobs = pd.DataFrame(rows, columns=["potential.r0", "potential.epsilon", "label"])
    return jobs.assign(job_id=[f"{k:032x}" for k in range(len(rows))], status="finished")


def test_everything_is_on_eighty_columns() -> None:
    diagram = characters(table([(1.0, 2.0, "fluid")]), ["potential.r0", "potential.epsilon"])
    shown = text(screen(state(), diagram, 40))
    assert all(len(line) <= 80 for line in shown.splitlines())
    words = ["a campaign", "200 jobs, 92% done", "basin hopping", "123 jobs an hour", "2 failed"]
    for word in [*words, "12 core-hours left in 10 jobs", "done about", "abababab"]:
        assert word in shown, word
    assert shown.count("far") < 20  # a reason is one line
    assert len(text(screen(state(), diagram, 24)).splitlines()) <= 24
    assert "fluid" not in text(screen(state(), diagram, 10))  # no room


def test_a_campaign_without_jobs() -> None:
    empty = state(counts={}, states={}, reasons=[], per_hour=None, hours={}, finish=None)
    assert "nothing runs, nothing is left" in text(screen(empty, []))


def test_the_diagram_stands_upright() -> None:
    rows = [(1.0, 0.5, "fluid"), (2.0, 0.5, "fcc"), (1.0, 1.5, "fcc"), (2.0, 1.5, None)]
    lines = [line.plain for line in characters(table(rows), ["potential.r0", "potential.epsilon"])]
    assert lines[0].split() == ["1.5", "f", "·"]
    assert lines[1].split() == ["0.5", "l", "f"]
    assert "f  fcc" in lines[-1]
    assert "l  fluid" in lines[-1]
    one = [line.plain for line in characters(table(rows), ["potential.r0"])]
    assert len(one[0].split()) == 2
    assert characters(table(rows), []) == []
    assert characters(table([(1.0, 1.0, None)]), ["potential.r0"]) == []


def test_letters_are_different() -> None:
    names = ["fcc", "fluid", "hcp", "hexagonal", "f", "unknown"]
    letters = _letters(names)
    assert len(set(letters.values())) == len(names)


def test_the_table_is_read_when_it_changes(tmp_path: Path, monkeypatch) -> None:
    diagram = Diagram(tmp_path)
    diagram.refresh()
    assert diagram.lines == []
    (tmp_path / TABLE_FILE).parent.mkdir()
    table([(1.0, 0.5, "fluid")]).to_parquet(tmp_path / TABLE_FILE)
    diagram.refresh()
    assert "fluid" in diagram.lines[-1].plain
    monkeypatch.setattr("analysis.phase_diagram.table.read_table", lambda root: 1 / 0)
    diagram.refresh()  # not read again


def test_printed_once_where_there_is_no_terminal(campaign) -> None:
    root = campaign(potential={"r0": [1.4, 1.8]})
    console = Console(width=80, force_terminal=False)
    with console.capture() as capture:
        watch(root, lambda: (set(), set()), console=console)
    assert "2 jobs, 0% done" in capture.get()
    assert "waiting" in capture.get()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # fork in a process with threads
def test_in_a_terminal(campaign) -> None:
    """It refreshes, fits the window, and the keyboard ends it without a trace."""
    root = campaign(potential={"r0": [1.4, 1.8]})
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, str(REPOSITORY / "project.py"), "watch", "--seconds", "0.3"],
        cwd=root,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=os.environ | {"COLUMNS": "80", "LINES": "24", "TERM": "xterm-256color"},
        start_new_session=True,
        # a test run in the background of a shell has it ignored, and hands that on
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    os.close(theirs)
    seen, end = b"", time.monotonic() + 120
    while seen.count(b"2 jobs, ") < 3 and time.monotonic() < end:
        if select.select([ours], [], [], 0.5)[0]:
            seen += os.read(ours, 65536)
    process.send_signal(signal.SIGINT)
    end = time.monotonic() + 60  # what it writes must be read, or it waits for that
    while time.monotonic() < end:
        try:
            if not (more := os.read(ours, 65536)):
                break
        except OSError:
            break
        seen += more
    assert process.wait(timeout=20) == 0
    os.close(ours)
    assert b"\x1b[?1049h" in seen  # a screen of its own
    assert b"\x1b[?1049l" in seen  # and the old one back
    assert b"\x1b[?25h" in seen  # the cursor, too
    assert b"Traceback" not in seen
    assert seen.count(b"2 jobs, ") >= 3
    assert b"\x1b[2J" not in seen.split(b"2 jobs, ", 2)[1]  # no clearing between two looks

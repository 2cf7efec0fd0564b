"""Every state is told from the files, a second look costs little, and the projection adds up."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from operations.jobs import attempts
from operations.jobs.files import write_product
from operations.jobs.state import State
from operations.monitor.campaign_view import Listing, view
from tests.another_process import held


def job(root: Path, number: int, *files: str, method: str = "forward") -> Path:
    """A job folder with these empty files."""
    folder = root / "workspace" / f"{number:032x}"
    folder.mkdir(parents=True)
    for name in (f".{method}", *files):
        (folder / name).touch()
    statepoint = {
        "system": {"dimensions": 2, "particles": {"A": 100}},
        "method": {"name": method, "steps": 1000},
    }
    write_product(folder / "signac_statepoint.json", statepoint)
    return folder


def finish(folder: Path, seconds: float, when: float, **more: Any) -> None:
    write_product(folder / "result.json", {"wall_seconds": seconds, "device": "cpu"} | more)
    os.utime(folder / "result.json", (when, when))
    (folder / "labels.json").touch()


def fail(folder: Path, reason: str) -> None:
    write_product(folder / "failed.json", {"operation": "forward", "reason": reason})


def looked(root: Path, **scheduler: Any) -> Any:
    listing = Listing(root)
    listing.refresh()
    return view(listing, **scheduler)


def test_every_state_is_told_from_the_files(tmp_path: Path) -> None:
    job(tmp_path, 1)
    job(tmp_path, 2)
    locked = job(tmp_path, 3)
    job(tmp_path, 4, "checkpoint.npz")
    wrong = job(tmp_path, 5)
    fail(job(tmp_path, 6), "ExplodedError: at step 17")
    job(tmp_path, 7, "result.json", method="genetic")
    job(tmp_path, 8, "result.json", "labels.json", method="genetic")
    killed = job(tmp_path, 9)
    attempts.end(wrong, attempts.begin(wrong, "forward"), "error", "OSError: no space")
    attempts.begin(locked, "forward")
    attempts.begin(killed, "forward")
    with held(locked):
        seen = looked(tmp_path, queued={f"{2:032x}"})
    told = {int(job_id, 16): state for job_id, state in seen.states.items()}
    expected = ("waiting", "queued", "running", "continued", "again", "failed")
    assert told == dict(enumerate([*expected, "unlabelled", "done", "again"], 1))
    assert set(told.values()) == set(State)
    assert seen.counts["genetic"] == {"unlabelled": 1, "done": 1}
    assert [(one.state, len(one.job_ids)) for one in seen.reasons] == [
        ("failed", 1),
        ("again", 1),
        ("again", 1),
    ]
    assert any("no space" in one.text for one in seen.reasons)
    # the scheduler sees what a lock on another node does not show
    assert looked(tmp_path, active={f"{9:032x}"}).states[f"{9:032x}"] == "running"


def test_reasons_that_differ_in_numbers_are_one(tmp_path: Path) -> None:
    for number in range(5):
        fail(job(tmp_path, number), f"ExplodedError: energy {number}.5e+10 at step {number}")
    fail(job(tmp_path, 9), "EngineError: no such pair style")
    reasons = looked(tmp_path).reasons
    assert [len(one.job_ids) for one in reasons] == [5, 1]
    assert "no such pair style" in reasons[1].text


def test_looking_again_reads_only_what_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = [job(tmp_path, number) for number in range(20)]
    for folder in folders:
        os.utime(folder, (1e9, 1e9))  # long ago
    listing = Listing(tmp_path)
    assert len(listing.refresh()) == 20
    read: list[str] = []
    listed = os.listdir

    def listing_of(path: str | int) -> list[str]:
        read.append(os.readlink(f"/proc/self/fd/{path}") if isinstance(path, int) else str(path))
        return listed(path)

    monkeypatch.setattr(os, "listdir", listing_of)
    assert listing.refresh() == set()
    assert read == [str(tmp_path / "workspace")]
    fail(folders[3], "x")
    job(tmp_path, 50)
    (folders[4] / ".forward").unlink()
    (folders[4] / "signac_statepoint.json").unlink()
    folders[4].rmdir()
    changed = listing.refresh()
    assert changed == {folders[3].name, folders[4].name, f"{50:032x}"}
    assert listing.jobs[folders[3].name].state == "failed"
    # times within the last seconds are not trusted
    read.clear()
    listing.refresh()
    assert str(folders[3]) in read


def test_a_bound_on_time_is_kept_and_everything_comes_in_the_end(tmp_path: Path) -> None:
    for number in range(400):
        job(tmp_path, number)
    listing = Listing(tmp_path)
    rounds = 0
    while not listing.complete:
        before = len(listing.jobs)
        listing.refresh(seconds=0.0)
        assert 0 < len(listing.jobs) - before <= 64
        rounds += 1
    assert len(listing.jobs) == 400
    assert rounds > 5


def test_throughput_and_projection_add_up(tmp_path: Path) -> None:
    now = time.time()
    for number in range(10):  # one after another, 60 s each
        finish(job(tmp_path, number), 60.0, now - 60.0 * (9 - number))
    for number in range(10, 15):
        job(tmp_path, number)
    seen = looked(tmp_path, now=now)
    assert seen.per_hour == pytest.approx(60.0, rel=0.01)
    assert seen.at_once == pytest.approx(1.0, rel=0.01)
    assert seen.jobs_left == {"core": 5}
    assert seen.hours["core"] == pytest.approx(5 * 60 / 3600, rel=0.01)
    assert seen.finish == pytest.approx(now + 300, abs=10)
    # nothing has ended for a while and nothing runs: nobody knows
    assert looked(tmp_path, now=now + 1000).finish is None


def test_broken_folders_do_no_harm(tmp_path: Path) -> None:
    folder = job(tmp_path, 1)
    (folder / "failed.json").write_text("{")
    (folder / "attempts.jsonl").write_bytes(b"\xff\n[]\n3\n")
    (job(tmp_path, 2) / "result.json").write_text('{"wall_seconds": "long"}')
    (tmp_path / "workspace" / "notes").mkdir()
    (tmp_path / "workspace" / ("0" * 32)).write_text("a file")
    seen = looked(tmp_path)
    assert {int(one, 16): state for one, state in seen.states.items()} == {
        1: "failed",
        2: "unlabelled",
    }
    (tmp_path / "signac_project_document.json").write_text(json.dumps({"name": "n"}))
    assert looked(tmp_path).name == "n"


def test_no_workspace_is_an_empty_campaign(tmp_path: Path) -> None:
    seen = looked(tmp_path)
    assert (seen.n_jobs, seen.per_hour, seen.finish, seen.complete) == (0, None, None, True)


def test_a_pack_that_runs_hides_nothing(tmp_path: Path) -> None:
    """Members of a running pack are failed, queued or running, as their files say."""
    names = {"a": [".forward", "failed.json"], "b": [".forward"], "c": [".forward", ".running"]}
    for digit, files in names.items():
        folder = tmp_path / "workspace" / (digit * 32)
        folder.mkdir(parents=True)
        for name in files:
            (folder / name).write_text("{}")
    listing = Listing(tmp_path)
    listing.refresh()
    seen = view(listing, active={digit * 32 for digit in names})
    assert [seen.states[digit * 32] for digit in "abc"] == ["failed", "queued", "running"]
    assert [reason.state for reason in seen.reasons] == ["failed"]
    assert view(listing).states["c" * 32] == "again"  # nobody holds its lock

"""Finished roots as one file: nothing lost at any moment, and the diagram of all as before."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from operations.results import archive, several_roots
from operations.results.aggregate import aggregate
from tests.campaign_files import CAMPAIGN, run, write
from tests.conftest import REPOSITORY
from workspace_schema.root import ARCHIVE, OUTDATED, is_archived, mark_outdated


def contents(root: Path) -> dict[str, bytes]:
    """Every file of the job folders."""
    workspace = root / "workspace"
    files = (path for path in workspace.rglob("*") if path.is_file())
    return {str(path.relative_to(workspace)): path.read_bytes() for path in files}


@pytest.fixture
def done(tmp_path: Path) -> Path:
    """A root whose jobs are labelled, or have failed, and are in its diagram."""
    root = tmp_path / "a root"
    assert run(write(tmp_path / "small.yaml", CAMPAIGN), "--root", root)[0] == 0
    for k, job in enumerate(sorted((root / "workspace").iterdir())):
        if k == 0:
            (job / "failed.json").write_text('{"reason": "exploded", "retry": "never"}')
            continue
        (job / "result.json").write_text(json.dumps({"energy_per_particle": -1.0 - k}))
        (job / "labels.json").write_text('{"label": "square", "confidence": 0.9}')
        (job / "final.gsd").write_bytes(bytes(range(256)) * k)
    document = json.loads((root / "signac_project_document.json").read_text())
    aggregate(root, document["name"], document["axes"])
    (root / OUTDATED).unlink(missing_ok=True)
    return root


def test_there_and_back(done: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = contents(done)
    assert archive.main([str(done)]) == 0
    assert capsys.readouterr().out == f"{done}: 12 jobs archived\n"
    assert not (done / "workspace").exists()
    assert archive.main([str(done)]) == 1
    assert capsys.readouterr().err == f"{done} is archived already\n"
    (done / "workspace").mkdir()  # as signac does
    assert archive.main(["--restore", str(done)]) == 0
    assert contents(done) == before
    assert not (done / ARCHIVE).exists()
    assert archive.main(["--restore", str(done)]) == 1


def test_what_is_not_done_stays(done: Path) -> None:
    before = contents(done)
    jobs = sorted((done / "workspace").iterdir())
    (jobs[3] / ".running").touch()
    with pytest.raises(ValueError, match=f"1 jobs of .* are not done, {jobs[3].name}"):
        archive.archive(done)
    (jobs[3] / ".running").unlink()
    (jobs[4] / "labels.json").rename(jobs[4] / "other.json")
    with pytest.raises(ValueError, match=f"1 jobs of .* are not done, {jobs[4].name}"):
        archive.archive(done)
    (jobs[4] / "other.json").rename(jobs[4] / "labels.json")
    mark_outdated(done)
    with pytest.raises(ValueError, match="no diagram of today's jobs"):
        archive.archive(done)
    assert contents(done) == before
    assert not (done / ARCHIVE).exists()


@pytest.mark.parametrize("command", ["archive", "restore"])
def test_killed_anywhere_it_is_finished_later(
    done: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    before = contents(done)
    if command == "restore":
        archive.archive(done)
    dying = ["rmtree", "rename", "extractall", "rmdir", "unlink", "testzip"]
    places = {"rmtree": shutil, "unlink": archive.os, "rename": Path, "rmdir": Path}
    for name in dying:

        def die(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(places.get(name, archive.zipfile.ZipFile), name, die)
            try:
                getattr(archive, command)(done)
            except KeyboardInterrupt:
                pass
            except ValueError:
                assert is_archived(done) == (command == "archive")
        if not is_archived(done):
            assert contents(done) == before
    if is_archived(done):
        archive.restore(done)
    assert contents(done) == before


def test_init_asks_to_restore_and_gather_goes_on(done: Path, tmp_path: Path) -> None:
    table = several_roots.gather([done], tmp_path / "folders")
    archive.archive(done)
    pd.testing.assert_frame_equal(several_roots.gather([done], tmp_path / "archive"), table)
    for words in ((tmp_path / "small.yaml", "--root", done), ("--root", done, "--retry")):
        code, _, said = run(*words)
        assert (code, said) == (
            1,
            f"{done} is archived; project.py archive --restore {done}\n",
        )


def test_project_asks_to_restore(done: Path) -> None:
    archive.archive(done)
    command = [sys.executable, str(REPOSITORY / "project.py"), "status"]
    result = subprocess.run(command, cwd=done, capture_output=True, text=True)
    assert (result.returncode, result.stdout) == (2, "")
    restore = f"project.py archive --restore {done}"
    assert result.stderr == f"{done} is archived; {restore}\n"


def test_a_damaged_archive_is_told(done: Path) -> None:
    archive.archive(done)
    (done / ARCHIVE).write_bytes(b"no archive")
    with pytest.raises(ValueError, match="cannot be read: File is not a zip file"):
        archive.restore(done)
    assert (done / ARCHIVE).exists()


def test_what_an_archive_cannot_keep_is_named(done: Path, tmp_path: Path) -> None:
    """Nothing is dropped in silence, nothing is changed."""
    job = sorted((done / "workspace").iterdir())[3]
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").write_text("x")

    def link_of_a_job() -> Path:
        elsewhere = shutil.move(job, outside / job.name)
        job.symlink_to(elsewhere)
        return job

    def make(path: Path, how: Callable[[Path], object]) -> Callable[[], Path]:
        return lambda: (how(path) and path) or path

    cases = [
        link_of_a_job,
        make(job / "link", lambda path: path.symlink_to(outside / "precious")),
        make(job / "dangling", lambda path: path.symlink_to("nothing")),
        make(job / "pipe", os.mkfifo),
        make(Path(os.fsdecode(bytes(job) + b"/caf\xe9")), Path.touch),
    ]
    for case in cases:
        whole = shutil.copytree(done, tmp_path / "whole")
        path = case()
        names = sorted(os.fsencode(one) for one in done.rglob("*"))
        with pytest.raises(ValueError, match=r"is a link|is no file|is no name in UTF-8|not done"):
            archive.archive(done)
        assert sorted(os.fsencode(one) for one in done.rglob("*")) == names, path
        assert not (done / ARCHIVE).exists()
        assert (outside / "precious").read_text() == "x"
        shutil.rmtree(done)
        shutil.move(whole, done)


def test_a_linked_workspace_is_refused_whole(done: Path, tmp_path: Path) -> None:
    before = contents(done)
    shutil.move(done / "workspace", tmp_path / "elsewhere")
    (done / "workspace").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ValueError, match="workspace is a link out of the campaign"):
        archive.archive(done)
    assert (done / "workspace").is_symlink()
    assert contents(done) == before


def test_empty_folders_and_folders_of_jobs_are_kept(done: Path) -> None:
    job = sorted((done / "workspace").iterdir())[2]
    (job / "notes" / "empty").mkdir(parents=True)
    (job / "notes" / "why.txt").write_text("because")
    names = sorted(str(path.relative_to(done)) for path in done.rglob("*"))
    archive.archive(done)
    archive.restore(done)
    assert sorted(str(path.relative_to(done)) for path in done.rglob("*")) == names


def test_an_archive_that_is_not_what_the_folders_are_removes_nothing(
    done: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bit lost on the way, a file that changes while it is packed, one that comes late."""
    before = contents(done)
    write = zipfile.ZipFile.write

    def worse(packed: zipfile.ZipFile, file: Path, name: str) -> None:
        if name.endswith("final.gsd"):
            packed.writestr(name, b"other")
        else:
            write(packed, file, name)

    def late(packed: zipfile.ZipFile, file: Path, name: str) -> None:
        write(packed, file, name)
        if name.endswith("result.json"):
            (Path(file).parent / "late").touch()

    for how, said in ((worse, "final.gsd has changed"), (late, "workspace has changed")):
        with monkeypatch.context() as patch:
            patch.setattr(zipfile.ZipFile, "write", how)
            with pytest.raises(OSError, match=f"{said} meanwhile; nothing was removed"):
                archive.archive(done)
        for file in done.rglob("late"):
            file.unlink()
        assert contents(done) == before
        assert not (done / ARCHIVE).exists()


def test_a_flipped_bit_of_an_archive_is_seen(done: Path) -> None:
    before = contents(done)
    archive.archive(done)
    whole = (done / ARCHIVE).read_bytes()
    draw = random.Random(5)
    seen = 0
    for _ in range(60):
        flipped = bytearray(whole)
        flipped[draw.randrange(len(whole))] ^= 1 << draw.randrange(8)
        (done / ARCHIVE).write_bytes(flipped)
        try:
            archive.restore(done)
        except ValueError:
            assert not (done / "workspace").exists()
            seen += 1
            continue
        # of no meaning: a time, a mode
        assert contents(done) == before
        shutil.rmtree(done / "workspace")
    assert seen > 40


def test_an_archive_that_unpacks_to_more_than_the_disk(done: Path, monkeypatch) -> None:
    archive.archive(done)
    monkeypatch.setattr(archive.shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
    with pytest.raises(ValueError, match="which the disk has not"):
        archive.restore(done)
    assert (done / ARCHIVE).exists()


def test_labels_without_a_result_are_not_done(done: Path) -> None:
    """As a forced run that was interrupted leaves them."""
    job = next((done / "workspace").glob("*/result.json")).parent
    (job / "result.json").unlink()
    with pytest.raises(ValueError, match=f"1 jobs of .* are not done, {job.name}"):
        archive.archive(done)
    assert (done / "workspace").is_dir()

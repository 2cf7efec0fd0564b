"""init.py as a user types it: what it imports, how long it takes, what it says."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import init
from tests.campaign_files import CAMPAIGN, grid, run, write


def command(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(init.REPOSITORY / "init.py"), *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )


def test_command_line(folder: Path) -> None:
    file = write(folder / "small.yaml", CAMPAIGN)
    root = folder / "here"
    root.mkdir()
    result = command(file, cwd=root)
    assert (result.returncode, result.stderr) == (0, "")
    assert (root / ".signac").is_dir()

    write(file, CAMPAIGN | {"replica": 2})
    result = command("small.yaml", "--root", "x", cwd=folder)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == "small.yaml:21: replica: unknown key; did you mean replicas?\n"
    assert not (folder / "x").exists()

    assert command(cwd=folder).returncode == 2
    assert command("missing.yaml", cwd=folder).stderr.startswith("missing.yaml:1: cannot be read")


def test_help_needs_no_heavy_import() -> None:
    code = "import sys, init\ntry: init.main(['--help'])\nexcept SystemExit: print(*sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=init.REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(result.stdout.split())
    assert not loaded & {"signac", "pydantic", "yaml", "numpy", "scipy", "rich"}


def test_ten_thousand_points_are_planned_in_seconds(folder: Path) -> None:
    file = write(folder / "c.yaml", grid(100, 100))
    begin = time.process_time()
    status, out, _ = run(file, "--root", folder / "root", "--dry-run")
    assert status == 0
    assert "10000 new" in out
    assert time.process_time() - begin < 20.0  # 3 s alone on a machine of 2020


def test_too_many_jobs_are_refused_at_once(tmp_path: Path) -> None:
    file = write(tmp_path / "c.yaml", grid(1000, 1001))
    begin = time.process_time()
    status, _, err = run(file, "--root", tmp_path / "root")
    assert time.process_time() - begin < 5.0
    assert status == 1
    assert "the campaign has 1001000 jobs; expected at most 1000000" in err

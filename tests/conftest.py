"""What many tests need: campaigns in an empty folder, their jobs, commands as a user types them."""

from __future__ import annotations

import contextlib
import gc
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import init
from tests import slurm as slurm_cluster

REPOSITORY = Path(__file__).resolve().parent.parent

SMALL: dict[str, Any] = {
    "name": "small",
    "system": {"dimensions": 2, "particles": {"A": 64}},
    "potential": {"form": "lennard_jones_gauss", "epsilon": 1.8, "r0": 1.8},
    "method": {
        "name": "forward",
        "number_density": 0.8,
        "kT": {"ramp": [0.6, 0.2]},
        "steps": 3000,
    },
    "settings": {"engine": "lammps", "frames": 10},
}


#: Fixtures that start other processes, and what a module imports that does.
PROCESSES = {"both", "command", "slurm"}
STARTERS = {"held", "multiprocessing", "subprocess"}
#: Test files whose time is shown at the end.
SLOWEST = 15


def pytest_configure() -> None:
    """A heap of gigabytes, of formulas and compiled functions, is not looked through so often."""
    gc.set_threshold(50_000, 20, 50)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what starts processes; skip what needs HOOMD-blue, SLURM or Chromium where it is
    missing."""
    for item in items:
        assert isinstance(item, pytest.Function)
        if vars(item.module).keys() & STARTERS or PROCESSES & set(item.fixturenames):
            item.add_marker("processes")
    hoomd = "" if importlib.util.find_spec("hoomd") else "not installed (conda-forge: hoomd)"
    chromium = "" if shutil.which("chromium") else "not installed (Debian: chromium)"
    missing = (("hoomd", hoomd), ("slurm", slurm_cluster.missing()), ("browser", chromium))
    for marker, reason in missing:
        skip = pytest.mark.skip(reason=f"{marker}: {reason}")
        for item in items if reason else []:
            if marker in item.keywords:
                item.add_marker(skip)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Seconds of the slowest test files."""
    seconds: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                seconds[report.nodeid.partition("::")[0]] += report.duration
    if len(seconds) > 1:
        whole = sum(seconds.values())
        terminalreporter.section(f"{whole:.0f} s in {len(seconds)} test files, the slowest")
        for file, took in seconds.most_common(SLOWEST):
            terminalreporter.write_line(f"{took:7.1f} s  {file}")


@pytest.fixture(scope="module")
def slurm() -> Iterator[slurm_cluster.Slurm]:
    """A real SLURM with two nodes that say they have 4 cores and 4 GPUs each."""
    with contextlib.ExitStack() as stack:
        try:
            cluster = stack.enter_context(slurm_cluster.running(cores=4))
        except OSError as error:  # no device files or no ports in a container, say
            pytest.skip(f"slurm: cannot be started here: {error}")
        yield cluster


@pytest.fixture(autouse=True)
def no_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests do not belong to the scheduler job that they may run in."""
    foreign = ("SLURM_", "SIGNAC_FLOW_", "CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES")
    for name in [name for name in os.environ if name.startswith(foreign)]:
        monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def not_warned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget a warning signal that an earlier test sent to this process."""
    from operations.jobs import deadline

    monkeypatch.setattr(deadline, "_warning", None)


def merge(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """`base` with nested `changes`: None removes a key, and a block of another `form` or `name`
    takes the place of the whole."""
    merged = dict(base)
    for key, value in changes.items():
        block = merged.get(key)
        if isinstance(value, dict) and isinstance(block, dict):
            other = any(
                word in block.keys() & value.keys() and block[word] != value[word]
                for word in ("form", "name")
            )
            value = merge({} if other else block, value)
        merged[key] = value
    return {key: value for key, value in merged.items() if value is not None}


@pytest.fixture
def campaign(tmp_path: Path) -> Callable[..., Path]:
    """Function that makes a campaign (`SMALL` with changes) and returns its root."""

    def make(root: str = "a campaign", **changes: Any) -> Path:
        file = tmp_path / "campaign.yaml"
        file.write_text(yaml.safe_dump(merge(SMALL, changes)))
        assert init.main([str(file), "--root", str(tmp_path / root)]) == 0
        return tmp_path / root

    return make


@pytest.fixture
def tasks(campaign: Callable[..., Path]) -> Callable[..., list[Any]]:
    """Function that makes a campaign and returns what the driver needs of its jobs."""

    def make(**changes: Any) -> list[Any]:
        from operations.jobs.driver import Task

        root = campaign(**changes)
        settings = json.loads((root / "signac_project_document.json").read_text())["settings"]
        folders = sorted((root / "workspace").iterdir())
        return [Task.read(folder, root, settings) for folder in folders]

    return make


@pytest.fixture
def command() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Function that runs one of the project's commands in a root."""

    def run(
        script: str, *words: str, cwd: Path, environment: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(REPOSITORY / script), *words],
            cwd=cwd,
            env=os.environ | {"OMP_NUM_THREADS": "1"} | (environment or {}),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def both(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real campaign of seconds, not to be changed: assembly and prediction of two structures,
    one job failed, one not yet run, everything else labelled and aggregated."""
    folder = tmp_path_factory.mktemp("both")
    file, root = folder / "campaign.yaml", folder / "a root"
    forward = {
        "name": "forward",
        "ensemble": "npt",
        "pressure": 0.1,
        "number_density": 0.85,
        "kT": 0.05,
        "start": "hexagonal",
        "steps": 1500,
    }
    annealing = {
        "name": "annealing",
        "dynamics": "mc",
        "pressure": 0.1,
        "kT": {"ramp": [1.0, 0.05]},
        "chains": 3,
        "sweeps": 60,
    }
    cells = [{"dimensions": 2, "particles": {"A": n}} for n in (120, 1)]
    content = {
        "name": "both_ways",
        "system": cells,
        "potential": {"form": "lennard_jones_gauss", "epsilon": [0.8, 1.8], "r0": [1.2, 1.4]},
        "method": [forward, annealing],
        "zip": [["system", "method"]],
        "axes": ["potential.r0", "potential.epsilon"],
        "settings": {"engine": "lammps", "frames": 5},
    }
    file.write_text(yaml.safe_dump(content))
    assert init.main([str(file), "--root", str(root)]) == 0
    runs = sorted(path.parent for path in (root / "workspace").glob("*/.forward"))
    (runs[0] / "failed.json").write_text(
        json.dumps({"operation": "forward", "reason": "exploded <b>at once</b>", "retry": "no"})
    )
    command = [sys.executable, str(REPOSITORY / "project.py"), "run", "-j"]
    command += [path.name for path in (root / "workspace").iterdir() if path not in runs[:2]]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    command = [sys.executable, str(REPOSITORY / "project.py"), "run", "-o", "aggregate"]
    subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    return root

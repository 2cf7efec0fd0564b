"""A root is data: whatever lies in it, no command runs it. Every trap leaves a canary if sprung."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

#: Modules that Python or a library would take from the current folder or `PYTHONPATH`.
MODULES = (
    "__future__.py",
    "pathlib.py",
    "contextlib.py",
    "argparse.py",
    "random.py",
    "json.py",
    "operations.py",
    "analysis.py",
    "project.py",
    "ipykernel_launcher.py",
    "numpy.py",
    "yaml.py",
    "flow.py",
)
TEMPLATES = ("status.jinja", "script.sh", "base_script.sh", "slurm.sh", "campaign_slurm.sh")


@pytest.fixture
def hostile(campaign: Callable[..., Path], tmp_path: Path) -> Path:
    """A root with a trap in every place that is known to have been looked into."""
    root = campaign(method={"steps": 200}, settings={"frames": 2})
    canary = tmp_path / "canary"
    code = f"open({str(canary)!r}, 'a').write(__name__ + chr(10))\n"
    for name in MODULES:
        (root / name).write_text(code)
    text = "{{ cycler.__init__.__globals__.os.system('echo template >> " + str(canary) + "') }}"
    for folder in ("templates", "elsewhere"):
        (root / folder).mkdir()
        for name in TEMPLATES:
            (root / folder / name).write_text(text)
    config = root / ".signac" / "config"
    config.write_text(config.read_text() + "template_dir = elsewhere\n")
    (root / ".numba_config.yaml").write_text(f"cache_dir: {tmp_path / 'canary'}\n")
    (root / "matplotlibrc").write_text("text.usetex: True\nfont.size: 77\n")
    (root / ".env").write_text("CANARY=1\n")
    (root / ".git").mkdir()
    (root / ".git" / "config").write_text(f"[core]\n\tfsmonitor = echo git >> {canary}\n")
    return root


@pytest.mark.parametrize(
    "words",
    [
        ["status", "-d"],
        ["watch", "--once"],
        ["run"],
        ["submit", "--pretend"],
        ["run", "-o", "report"],
        ["exec", "forward"],
    ],
    ids=" ".join,
)
def test_nothing_of_a_root_is_run(hostile: Path, tmp_path: Path, words: list[str]) -> None:
    job = next(path.name for path in (hostile / "workspace").iterdir())
    words = [*words, job] if words[0] == "exec" else words
    if words[-1] == "report":
        run(hostile, ["run"])
    done = run(hostile, words)
    sprung_nothing(tmp_path, done)


def sprung_nothing(tmp_path: Path, done: subprocess.CompletedProcess[str]) -> None:
    assert not (tmp_path / "canary").exists(), (tmp_path / "canary").read_text()
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "words",
    [["--retry"], ["--relabel"], ["--migrate"], ["../campaign.yaml"], ["c.yaml", "--root", "new"]],
    ids=" ".join,
)
def test_init_runs_nothing_of_a_root(hostile: Path, tmp_path: Path, words: list[str]) -> None:
    """Called within the root; files and roots are named from there."""
    if words == ["--relabel"]:
        run(hostile, ["run"])
    shutil.copy(hostile.parent / "campaign.yaml", hostile / "c.yaml")
    done = run(hostile, words, "init.py")
    sprung_nothing(tmp_path, done)
    assert done.returncode == 0, done.stderr
    assert (hostile / "new" / "workspace").is_dir() == ("new" in words)


def test_the_dashboard_runs_nothing_of_a_root(hostile: Path, tmp_path: Path) -> None:
    # an address that is none: it ends when everything is there to be served
    done = run(hostile, ["run", "--host", "300.0.0.1"], "dashboard.py")
    sprung_nothing(tmp_path, done)
    assert done.returncode == 2, done.stderr
    (config := hostile / ".signac" / "config").unlink()
    done = run(hostile, ["run"], "dashboard.py")
    sprung_nothing(tmp_path, done)
    assert f"{config} is missing" in done.stderr


def run(
    root: Path, words: list[str], program: str = "project.py"
) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "SIGNAC_FLOW_ENVIRONMENT": "CampaignSlurm",
        "PYTHONPATH": ":/nowhere",  # an empty entry is the current folder
    }
    environment.pop("NUMBA_CACHE_DIR", None)
    return subprocess.run(
        [sys.executable, str(REPOSITORY / program), *words],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
def test_the_worker_of_a_pack_imports_nothing_of_the_root(hostile: Path, tmp_path: Path) -> None:
    script = run(hostile, ["submit", "--pretend"]).stdout
    (line,) = [line for line in script.splitlines() if line.startswith("exec ")]
    command = f"cd '{hostile}'; export PYTHONPATH='{REPOSITORY}'; {line}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert "is no pack of simulations" in done.stderr  # pretended: never written
    assert not (tmp_path / "canary").exists(), (tmp_path / "canary").read_text()


def test_links_lead_nowhere(hostile: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("precious")
    job = next((hostile / "workspace").iterdir())
    (job / "log.txt").symlink_to(outside)
    done = subprocess.run(
        [sys.executable, str(REPOSITORY / "project.py"), "lane", "simulate"],
        cwd=hostile,
        input=f"{job.name}\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert "finished" in done.stdout
    assert outside.read_text() == "precious"

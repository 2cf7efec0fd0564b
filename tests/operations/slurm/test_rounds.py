"""An adaptive campaign on a real SLURM: `submit` is the whole loop, whoever is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from operations.rounds import ledger
from operations.rounds.propose import BUDGET
from tests.conftest import REPOSITORY
from tests.drills.losses import jobs
from tests.operations.slurm.real import begun, check, environment, wait_for
from tests.slurm import Slurm

pytestmark = [pytest.mark.slurm, pytest.mark.slow, pytest.mark.drill]

#: Five by five points, of which twelve are run in three rounds.
ADAPTIVE = {
    "potential": {"r0": [1.2, 1.35, 1.5, 1.65, 1.8], "epsilon": [0.4, 0.9, 1.4, 1.9, 2.4]},
    "method": {"steps": 3000},
    "sample": {"adaptive": 12, "begin": 6, "batch": 3, "until": 1.0},
}


def submitter(root: Path, slurm: Slurm) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(REPOSITORY / "project.py"), "submit"],
        cwd=root,
        env=environment(slurm),
        stderr=subprocess.PIPE,
        text=True,
    )


def test_two_submitters_and_kills_change_no_round(root, campaign, slurm: Slurm) -> None:
    undisturbed = campaign("undisturbed", **ADAPTIVE)
    run = [sys.executable, str(REPOSITORY / "project.py"), "run"]
    subprocess.run(run, cwd=undisturbed, check=True, capture_output=True, timeout=900)

    folder = root("cpu: {simulations_per_node: 2}\n", **ADAPTIVE)
    wounds, end = 2, time.monotonic() + 900
    while not (folder / "results" / "phase_diagram.png").exists():
        assert time.monotonic() < end
        both = [submitter(folder, slurm) for _ in range(2)]
        if wounds:
            time.sleep(2.5)  # one of the two in the middle of its work
            both[0].kill()
        said = [process.communicate(timeout=300)[1] for process in both]
        assert both[1].returncode == 0, said
        if wounds:
            (attempt, *_) = wait_for(lambda: begun(folder), 240)
            os.killpg(os.getpgid(attempt["pid"]), signal.SIGKILL)
            wounds -= 1
        slurm.wait_until_empty(300)

    assert (folder / ledger.FILE).read_bytes() == (undisturbed / ledger.FILE).read_bytes()
    assert [job.name for job in jobs(folder)] == [job.name for job in jobs(undisturbed)]
    rounds = ledger.read(folder)
    assert [len(one.chosen) for one in rounds] == [6, 3, 3, 0]
    assert rounds[-1].stop == BUDGET
    check(folder)
    table = pd.read_parquet(folder / "results" / "phase_diagram.parquet")
    assert table["label"].notna().all()
    assert len(table) == 12

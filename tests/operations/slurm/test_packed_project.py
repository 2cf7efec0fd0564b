"""Submit scripts, compared with files in `tests/submit_scripts`; no SLURM needed.

After a wanted change: `CAMPAIGN_WRITE_SCRIPTS=1 python -m pytest tests/test_environments.py`, then
read the difference.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

SCRIPTS = REPOSITORY / "tests" / "submit_scripts"
JOBS = {"potential": {"r0": [1.4, 1.5, 1.6, 1.7, 1.8]}, "method": {"steps": 10**8}}

CASES = {
    "plain": ("", "auto", []),
    "cpu": (
        """
account: abc
setup: |
  module load gcc
  source activate campaign
warning_seconds: 300
requeue: false
cpu: {partition: shared, qos: long, max_hours: 8, memory_gb: 1.5, simulations_per_node: 4,
      options: [--exclusive, --mail-type=FAIL]}
""",
        "cpu",
        [],
    ),
    "gpu": (
        """
account: abc
gpu: {partition: a100, account: abc-gpu, request: gres, type: a100, gpus_per_node: 2,
      simulations_per_gpu: 2, mps: true, cores_per_gpu: 16, memory_gb: 8}
""",
        "gpu",
        [],
    ),
    "nodes": (
        """
gpu: {constraint: "a100&nvlink", request: gpus, gpus_per_node: 2, nodes_per_job: 2}
""",
        "gpu",
        ["--job-output", "one.txt"],
    ),
    "bundle": ("launcher: mpirun\ncpu: {nodes_per_job: 2}\n", "cpu", ["--bundle", "5"]),
}


def general(text: str, root: Path) -> str:
    """A script without what differs from run to run."""
    text = text.replace(sys.executable, "PYTHON")  # it may lie in the repository
    text = text.replace(str(root), "ROOT").replace(str(REPOSITORY), "REPOSITORY")
    for k, pack in enumerate(dict.fromkeys(re.findall(r"--job-name=\S+\.(\w{10})\n", text))):
        text = text.replace(pack, f"PACK{k}")
    return text


@pytest.mark.parametrize("case", CASES)
def test_scripts(case: str, campaign, command) -> None:
    cluster, device, words = CASES[case]
    root = campaign(**JOBS, settings={"device": device, "engine": "auto"})
    (root / "cluster.yaml").write_text(cluster or "{}\n")
    environment = {"SIGNAC_FLOW_ENVIRONMENT": "CampaignSlurm", "HOME": str(root)}
    done = command("project.py", "submit", "--pretend", *words, cwd=root, environment=environment)
    assert done.returncode == 0, done.stderr
    script = general(done.stdout, root)
    file = SCRIPTS / f"{case}.sh"
    if os.environ.get("CAMPAIGN_WRITE_SCRIPTS") == "1":
        file.write_text(script)
    assert script == file.read_text()
    assert not (root / ".packs").exists()
    for part in script.split("\n# Submit command")[0].split("#!/bin/bash\n")[1:]:
        assert subprocess.run(["bash", "-n"], input=part, text=True, check=False).returncode == 0


def test_a_wrong_line_in_the_cluster_file_is_one_line(campaign, command) -> None:
    root = campaign()
    (root / "cluster.yaml").write_text("gpu:\n  gpus: 2\n")
    environment = {"SIGNAC_FLOW_ENVIRONMENT": "CampaignSlurm"}
    done = command("project.py", "submit", "--pretend", cwd=root, environment=environment)
    assert done.returncode == 2
    assert done.stderr.strip().endswith(
        "cluster.yaml:2: gpu.gpus: unknown key; did you mean gpus_per_node?"
    )

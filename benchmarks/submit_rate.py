"""Seconds in which 2000 one-minute jobs are handed to a real SLURM, against plain signac-flow.

    python -m benchmarks.submit_rate [--jobs 2000] [--turns 3]

Starts a SLURM of its own as the drills do (root, Debian's slurm-wlm and munge). Its nodes are
drained, so that nothing runs: timed is `submit`, from the shell to the prompt. Plain flow calls
sbatch once a job.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

import yaml

from benchmarks import plain_campaign
from benchmarks.campaign_scale import Cost, campaign, run
from operations.jobs.isolation import REPOSITORY
from tests import slurm
from workspace_schema.campaign import read_campaign


def main() -> None:
    """Run the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=2000)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--no-plain", action="store_true", help="plain flow takes long")
    options = parser.parse_args()
    if slurm.missing():
        raise SystemExit(slurm.missing())
    python, project = sys.executable, str(REPOSITORY / "project.py")
    script = str(REPOSITORY / "benchmarks" / "plain_campaign.py")
    sides = {"this program": ([project, "submit"], "CampaignSlurm")}
    if not options.no_plain:
        sides["plain"] = ([script, "submit"], "DefaultSlurmEnvironment")
    with (
        tempfile.TemporaryDirectory(prefix="rate-", dir="/tmp") as folder,
        slurm.running() as cluster,
    ):
        for node in cluster.nodes:
            words = ("update", f"NodeName={node}", "State=DRAIN", "Reason=timing")
            cluster.command("scontrol", *words)
        file = Path(folder) / "campaign.yaml"
        file.write_text(yaml.safe_dump(campaign(options.jobs)))
        template = json.dumps(read_campaign(file).points[0].statepoint)
        costs = {side: Cost() for side in sides}
        variables = os.environ | cluster.environment
        for _ in range(options.turns):
            for side, (words, kind) in sides.items():
                root = Path(folder) / "root"
                root.mkdir()
                (root / plain_campaign.TEMPLATE).write_text(template)
                make = [str(REPOSITORY / "init.py"), str(file), "--root", "."]
                if side == "plain":
                    make = [script, "init", str(options.jobs)]
                local = variables | {"SIGNAC_FLOW_ENVIRONMENT": kind}
                run([python, *make], root, local, Cost())
                run([python, *words], root, local, costs[side])
                n_queued = len(cluster.queue("PENDING"))
                text = costs[side].text()
                print(f"{side}: {options.jobs} jobs in {n_queued} SLURM jobs: {text}", flush=True)
                cluster.command("scancel", "--user", "root")
                cluster.wait_until_empty(120)
                shutil.rmtree(root)


if __name__ == "__main__":
    main()

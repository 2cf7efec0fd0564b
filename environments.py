"""SLURM as this program uses it; beside `templates/`, where flow looks for them from any root.

Taken where SLURM is found, or with `SIGNAC_FLOW_ENVIRONMENT=CampaignSlurm`. What the machine is
like stands in the cluster file (`operations/slurm/cluster.py`).
"""

from __future__ import annotations

from flow.environment import DefaultSlurmEnvironment

from operations.slurm import packs
from operations.slurm.cluster import Cluster, Gpu


class CampaignSlurm(DefaultSlurmEnvironment):
    """A SLURM cluster on which packs of simulations run."""

    template = "campaign_slurm.sh"


def sbatch_lines(pack: packs.Pack, cluster: Cluster, root: str) -> list[str]:
    """The options of sbatch for a pack of a campaign, in the order of the submit script."""
    part = cluster.gpu if pack.gpus else cluster.cpu
    hours, seconds = divmod(pack.walltime_seconds, 3600)
    lines = [
        f"--job-name={packs.scheduler_name(pack)}",
        f"--time={hours}:{seconds // 60:02}:00",
        f"--nodes={pack.nodes}",
        "--ntasks-per-node=1",
        f"--cpus-per-task={pack.cores}",
    ]
    if pack.memory_mb:
        lines.append(f"--mem={pack.memory_mb}M")
    if isinstance(part, Gpu):
        kind = f"{part.type}:" if part.type else ""
        lines.append(
            {
                "gres": f"--gres=gpu:{kind}{pack.gpus}",
                "gpus": f"--gpus={kind}{pack.gpus * pack.nodes}",
                "gpus-per-node": f"--gpus-per-node={kind}{pack.gpus}",
            }[part.request]
        )
    given = {
        "partition": part.partition,
        "account": part.account or cluster.account,
        "qos": part.qos,
        "constraint": part.constraint,
    }
    lines += [f"--{name}={value}" for name, value in given.items() if value]
    lines += part.options
    lines += [
        f'--chdir="{root}"',
        "--output=logs/%x.%j.txt",
        "--open-mode=append",
        "--requeue" if cluster.requeue else "--no-requeue",
        f"--signal=B:USR1@{warning(pack, cluster)}",
    ]
    return lines


def warning(pack: packs.Pack, cluster: Cluster) -> int:
    """Seconds before its end at which a pack stops taking up work: never most of its time."""
    return min(cluster.warning_seconds, pack.walltime_seconds // 4)

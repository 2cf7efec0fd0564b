"""What the machine is like: the cluster file, a short YAML file of the user.

Looked for in `CAMPAIGN_CLUSTER`, then `cluster.yaml` in the campaign root, then
`~/.config/campaigns/cluster.yaml`; without one, a plain SLURM with one GPU a job. `machine:` names
a ready file in `templates/machines/`, on top of which the user's own lines are laid.
"""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from operations.jobs.isolation import REPOSITORY
from workspace_schema.base import Model
from workspace_schema.errors import OPTION, WORD, CampaignError, did_you_mean
from workspace_schema.marked_yaml import read_yaml

MACHINES = REPOSITORY / "templates" / "machines"
NAME = "cluster.yaml"

Count = Annotated[int, Field(ge=1, le=100_000)]
Hours = Annotated[float, Field(gt=0, le=10_000)]
#: Go into lines of the submit script as they are.
Word = Annotated[str, Field(pattern=WORD)]
Option = Annotated[str, Field(pattern=OPTION)]


class Partition(Model):
    """Where jobs of one kind go, and how many simulations one of them holds.

    Attributes
    ----------
    partition, account, qos, constraint : str, optional
        As sbatch knows them; `account` overrides that of the cluster.
    max_hours : float
        Longest walltime of the partition.
    nodes_per_job : int
    memory_gb : float, optional
        Memory of one simulation, and of a process that has several at a time but for 1/32 GB for
        each further one; the partition's default where it is left out.
    options : list of str
        Further options of sbatch, such as "--exclusive".
    """

    partition: Word | None = None
    account: Word | None = None
    qos: Word | None = None
    constraint: Word | None = None
    max_hours: Hours = 10_000.0
    nodes_per_job: Count = 1
    memory_gb: Annotated[float, Field(gt=0, le=100_000)] | None = None
    options: tuple[Option, ...] = ()


class Cpu(Partition):
    """Work without GPU.

    Attributes
    ----------
    simulations_per_node : int
        Processes side by side on each node of a job.
    cores_per_simulation : int
    """

    simulations_per_node: Count = 1
    cores_per_simulation: Count = 1

    @property
    def lanes(self) -> int:
        """Simulations side by side on a node."""
        return self.simulations_per_node

    @property
    def together(self) -> int:
        """Simulations of engine `batched` that one process has at a time: one a core."""
        return self.cores_per_simulation

    def needs(self, lanes: int) -> tuple[int, int]:
        """GPUs and cores of so many simulations on a node."""
        return 0, lanes * self.cores_per_simulation


class Gpu(Partition):
    """Work on GPUs.

    Attributes
    ----------
    gpus_per_node : int
        GPUs of a node that a job takes.
    simulations_per_gpu : int
        Processes that share a GPU.
    simulations_per_launch : int
        Simulations of engine `batched` that one process has at a time, one launch for all.
    mps : bool
        Start NVIDIA's Multi-Process Service on each node for those.
    cores_per_gpu : int
    request : "gres", "gpus" or "gpus-per-node"
        The option by which this SLURM wants GPUs asked for.
    type : str, optional
        Type of the GPUs, as in `--gres=gpu:TYPE:1`.
    """

    gpus_per_node: Count = 1
    simulations_per_gpu: Count = 1
    simulations_per_launch: Annotated[int, Field(ge=1, le=500)] = 256  # each has files open
    mps: bool = False
    cores_per_gpu: Count = 1
    request: Literal["gres", "gpus", "gpus-per-node"] = "gpus-per-node"
    type: Word | None = None

    @property
    def lanes(self) -> int:
        """Simulations side by side on a node."""
        return self.gpus_per_node * self.simulations_per_gpu

    @property
    def together(self) -> int:
        """Simulations of engine `batched` that one process has at a time."""
        return self.simulations_per_launch

    def needs(self, lanes: int) -> tuple[int, int]:
        """GPUs and cores of so many simulations on a node."""
        gpus = math.ceil(lanes / self.simulations_per_gpu)
        return gpus, max(gpus * self.cores_per_gpu, lanes)

    def option(self, gpus: int, nodes: int) -> str:
        """The option of sbatch for so many GPUs on each of so many nodes."""
        kind = f"{self.type}:" if self.type else ""
        return {
            "gres": f"--gres=gpu:{kind}{gpus}",
            "gpus": f"--gpus={kind}{gpus * nodes}",
            "gpus-per-node": f"--gpus-per-node={kind}{gpus}",
        }[self.request]


class Cluster(Model):
    """The whole cluster file.

    Attributes
    ----------
    machine : str, optional
        Name of a ready file.
    account : str, optional
    setup : str
        Shell lines before work begins: modules, conda activation.
    launcher : "srun" or "mpirun"
        What starts one worker on each node, where a job has several.
    pack_hours : float
        Expected length of a job that holds many short simulations.
    warning_seconds : int
        Time between the warning signal and the end of the job, for checkpoints and products.
    requeue : bool
        Whether SLURM starts a job again whose node failed.
    cpu : Cpu
    gpu : Gpu
    """

    machine: str | None = None
    account: Word | None = None
    setup: str = ""
    launcher: Literal["srun", "mpirun"] = "srun"
    pack_hours: Hours = 1.0
    warning_seconds: Annotated[int, Field(ge=10, le=3600)] = 120
    requeue: bool = True
    cpu: Cpu = Cpu()
    gpu: Gpu = Gpu()


def find(root: Path) -> Path | None:
    """The cluster file that holds for a campaign; None if there is none.

    Raises
    ------
    CampaignError
        Where `CAMPAIGN_CLUSTER` names a file that is not there, or what has a cluster file's name
        is no file.
    """
    named = os.environ.get("CAMPAIGN_CLUSTER")
    if named:
        if not Path(named).is_file():
            raise CampaignError([f"CAMPAIGN_CLUSTER={named!r}; expected a cluster file"])
        return Path(named)
    home = Path("~/.config/campaigns").expanduser()
    file = next((f for f in (root / NAME, home / NAME) if os.path.lexists(f)), None)
    if file is not None and not file.is_file():
        raise CampaignError([f"{file} is no file; expected a cluster file, or nothing"])
    return file


def read(root: Path) -> Cluster:
    """The cluster of a campaign.

    Raises
    ------
    CampaignError
        Where the file is missing or a line of it is wrong; one line each, with file and line.
    """
    file = find(root)
    if file is None:
        return Cluster()
    data, problems = read_yaml(file)
    machine = data.get("machine")
    ready: dict[str, Any] = {}
    if machine is not None:
        names = sorted(path.stem for path in MACHINES.glob("*.yaml"))
        if machine not in names:
            problems.add(("machine",), f"got {machine!r}; {did_you_mean(str(machine), names)}")
            problems.raise_if_any()
        ready, _ = read_yaml(MACHINES / f"{machine}.yaml")
    try:
        return Cluster.model_validate(_laid_over(ready, data))
    except ValidationError as error:
        top = Cluster.model_fields
        blocks = {"cpu": Cpu.model_fields, "gpu": Gpu.model_fields, "the first column": top}
        problems.add_validation_error(error, data, top, lambda path: path, blocks)
        raise CampaignError(list(problems.messages)) from None


def _laid_over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """`below` with the values of `above`, section by section."""
    merged = below | above
    for key in below.keys() & above.keys():
        if isinstance(below[key], dict) and isinstance(above[key], dict):
            merged[key] = below[key] | above[key]
    return merged

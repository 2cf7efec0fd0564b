"""Packs: the simulations of one scheduler job.

A pack is a file, `.packs/ID.json` in the campaign root, written before the scheduler hears of it;
the scheduler job's name ends in the pack's id. So what is queued is known from `squeue` and these
files alone, whoever submitted it. On each node of a pack a worker (`worker.py`) feeds the node's
share to its lanes, longest first.
"""

from __future__ import annotations

import heapq
import math
import re
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from operations.jobs.files import readable_json, write_product
from workspace_schema.job_ids import is_job_id

if TYPE_CHECKING:
    from operations.slurm.cluster import Cluster

FOLDER = ".packs"

#: Seconds that a scheduler job takes beside its simulations: start of Python, imports.
OVERHEAD = 60.0
#: Shortest walltime asked for, in seconds.
SHORTEST = 600.0
#: Most simulations of one pack.
LARGEST = 5000
#: Memory of each further simulation that a process has at a time: a chunk of `batched`, in GB.
FURTHER_GB = 1 / 32


@dataclass(frozen=True)
class Due:
    """A job that is due for an operation.

    Attributes
    ----------
    job_id : str
    operation : str
        Operation or group, as `project.py run -o` takes it.
    gpu : bool
    seconds : float
        Expected.
    safety : float
        By which the expectation may be too small.
    memory_gb : float
        That it needs, as far as that is known to be much; 0 leaves it to the cluster file.
    together : bool
        Whether one process has several of them at a time.
    """

    job_id: str
    operation: str
    gpu: bool
    seconds: float
    safety: float
    memory_gb: float = 0.0
    together: bool = False


@dataclass(frozen=True)
class Pack:
    """Everything about one scheduler job that the submit script and the worker need.

    Attributes
    ----------
    name : str
        Of the scheduler job.
    operation : str
    members : list of str
        Ids of jobs, longest first.
    expected_seconds : float
        Of the whole, when all lanes work.
    walltime_seconds : int
    nodes : int
    lanes : int
        Processes side by side on each node.
    gpus : int
        On each node.
    cores : int
        On each node.
    memory_mb : int
        On each node; 0 leaves it to the partition.
    mps : bool
    together : int
        Simulations that a process has at a time.
    """

    name: str
    operation: str
    members: list[str]
    expected_seconds: float
    walltime_seconds: int
    nodes: int
    lanes: int
    gpus: int
    cores: int
    memory_mb: int
    mps: bool
    together: int = 1
    id: str = field(default_factory=lambda: uuid.uuid4().hex[:10])

    def write(self, root: Path) -> None:
        """Write the pack's file."""
        folder = root / FOLDER
        folder.mkdir(exist_ok=True)
        write_product(folder / f"{self.id}.json", asdict(self))

    @classmethod
    def read(cls, file: Path) -> Pack:
        """Read a pack's file.

        Raises
        ------
        ValueError
            Where it is none as `plan` makes them: its name, id and members become paths.
        """
        content = {"together": 1} | readable_json(file)  # older files have none
        if not _is_pack(content) or content["id"] != file.stem:
            raise ValueError(f"{file} is no pack of simulations")
        return cls(**content)


#: What may stand in a pack's file.
_TEXTS = {"name": r"[\w.-]+", "operation": r"\w[\w-]*", "id": r"[0-9a-f]{10}"}
_COUNTS = ("walltime_seconds", "nodes", "lanes", "gpus", "cores", "memory_mb", "together")


def _is_pack(content: dict[str, Any]) -> bool:
    """Whether the content of a file is that of a pack."""
    return (
        content.keys() == Pack.__dataclass_fields__.keys()
        and all(
            isinstance(content[key], str) and re.fullmatch(pattern, content[key])
            for key, pattern in _TEXTS.items()
        )
        and isinstance(content["members"], list)
        and all(isinstance(member, str) and is_job_id(member) for member in content["members"])
        and all(type(content[key]) is int and content[key] >= 0 for key in _COUNTS)
        and content["together"] > 0
        and type(content["expected_seconds"]) in (int, float)
        and isinstance(content["mps"], bool)
    )


@dataclass(frozen=True)
class Shape:
    """How many simulations run side by side, and in which order of magnitude of time."""

    nodes: int
    lanes: int
    seconds: float
    together: int = 1

    @classmethod
    def of(cls, cluster: Cluster, gpu: bool, together: bool = False) -> Shape:
        """The shape that the cluster file asks for, of simulations that may go together."""
        part = cluster.gpu if gpu else cluster.cpu
        at_a_time = part.together if together else 1
        return cls(part.nodes_per_job, part.lanes, cluster.pack_hours * 3600, at_a_time)


def plan(
    due: Sequence[Due],
    cluster: Cluster,
    campaign: str,
    limit_hours: float,
    bundle: int | None = None,
    parallel: bool = False,
) -> list[Pack]:
    """Spread jobs over scheduler jobs.

    Jobs of one operation and resource go together, longest first: all lanes of a pack get about
    `pack_hours` of work, and never wait for a neighbour that is much longer than themselves.

    Parameters
    ----------
    due : sequence of Due
    cluster : Cluster
    campaign : str
        Name of the campaign.
    limit_hours : float
        Longest walltime the campaign wants.
    bundle : int, optional
        Fixed number of simulations of a pack.
    parallel : bool
        With `bundle`: all at once on a node.
    """
    packs = []
    kinds: dict[tuple[str, bool, bool], list[Due]] = {}
    for job in due:
        kinds.setdefault((job.operation, job.gpu, job.together), []).append(job)
    for (_, gpu, together), jobs in kinds.items():
        jobs.sort(key=lambda job: -job.seconds)
        part = cluster.gpu if gpu else cluster.cpu
        limit = min(limit_hours, part.max_hours) * 3600
        shape = Shape.of(cluster, gpu, together)
        if bundle and parallel:
            shape = Shape(1, bundle, shape.seconds)
        for members in _filled(jobs, shape, limit, bundle):
            packs.append(_pack(members, cluster, shape, campaign, limit))
    return packs


def _filled(
    jobs: Sequence[Due], shape: Shape, limit: float, bundle: int | None
) -> list[Sequence[Due]]:
    """Members of packs: whole groups of what goes together, a group for every lane and more of them
    while there is room. A group takes as long as its longest, which is its first."""
    lanes = shape.nodes * shape.lanes
    room = lanes * min(shape.seconds, 0.8 * limit)
    packs = []
    first = 0
    while first < len(jobs):
        last = first + (bundle or min(lanes * shape.together, LARGEST))
        work = sum(job.seconds for job in jobs[first : last : shape.together])
        if not bundle:
            while (
                last < len(jobs)
                and last - first + shape.together <= LARGEST
                and work + jobs[last].seconds <= room
            ):
                work += jobs[last].seconds
                last += shape.together
        packs.append(jobs[first:last])
        first = last
    return packs


def _expected(members: Sequence[Due], nodes: int, lanes: int, together: int) -> float:
    """Seconds until the last group of the last node is done: a lane that is free takes the next."""
    longest = 0.0
    for rank in range(nodes):
        ends = [0.0] * lanes
        for job in members[rank::nodes][::together]:
            heapq.heapreplace(ends, ends[0] + job.seconds)
        longest = max(longest, *ends)
    return longest


def _pack(
    members: Sequence[Due], cluster: Cluster, shape: Shape, campaign: str, limit: float
) -> Pack:
    operation, gpu = members[0].operation, members[0].gpu
    groups = math.ceil(len(members) / shape.together)
    nodes = min(shape.nodes, math.ceil(groups / shape.lanes))
    lanes = min(shape.lanes, math.ceil(groups / nodes))
    part = cluster.gpu if gpu else cluster.cpu
    gpus, cores = part.needs(lanes)
    expected = _expected(members, nodes, lanes, shape.together)
    wanted = expected * max(job.safety for job in members) + OVERHEAD + cluster.warning_seconds
    memory_gb = max(part.memory_gb or 0.0, *(job.memory_gb for job in members))
    if memory_gb:
        memory_gb += FURTHER_GB * (shape.together - 1)
    return Pack(
        name=f"{_word(campaign)}.{operation}",
        operation=operation,
        members=[job.job_id for job in members],
        expected_seconds=round(expected, 1),
        walltime_seconds=60 * math.ceil(min(max(wanted, SHORTEST), limit) / 60),
        nodes=nodes,
        lanes=lanes,
        gpus=gpus,
        cores=cores,
        memory_mb=math.ceil(memory_gb * 1024 * lanes),
        mps=gpu and cluster.gpu.mps and lanes > gpus,
        together=shape.together,
    )


def _word(text: str) -> str:
    """A text as part of a scheduler job's name."""
    return re.sub(r"[^\w-]+", "_", text)[:40]


def scheduler_name(pack: Pack) -> str:
    """Name of the pack's scheduler job."""
    return f"{pack.name}.{pack.id}"


def known(root: Path) -> dict[str, Pack]:
    """The packs that were ever handed over and not yet forgotten, by the name of their scheduler
    job; files that cannot be read are passed over."""
    packs = {}
    for file in (root / FOLDER).glob("*.json"):
        try:
            pack = Pack.read(file)
        except ValueError:
            continue
        packs[scheduler_name(pack)] = pack
    return packs


def warned(root: Path, pack: Pack) -> Path:
    """The mark of a pack that was told to leave, by its time limit or `scancel`."""
    return root / FOLDER / f"{pack.id}.warned"


def submitted(root: Path, pack: Pack) -> Path:
    """The mark of a pack that the scheduler has taken."""
    return root / FOLDER / f"{pack.id}.submitted"


def forget(root: Path, pack: Pack) -> None:
    """Remove the files of a pack whose scheduler job is over or never was."""
    for mark in (warned(root, pack), submitted(root, pack)):
        mark.unlink(missing_ok=True)
    (root / FOLDER / f"{pack.id}.json").unlink(missing_ok=True)

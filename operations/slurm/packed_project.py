"""How a campaign is handed to SLURM: in packs, one `sbatch` each."""

from __future__ import annotations

import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, redirect_stderr
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import jinja2
from flow import FlowProject
from flow.environment import get_environment
from flow.scheduling.base import ClusterJob, JobStatus

from operations.jobs import outdated
from operations.jobs.document import project_document, settings_of
from operations.jobs.folders import Folders, job_ids
from operations.jobs.former import left_out
from operations.jobs.isolation import REPOSITORY
from operations.jobs.locks import exclusive
from operations.jobs.state import FAILED
from operations.slurm import packs, submission
from operations.slurm.scheduler import SchedulerError
from workspace_schema.errors import CampaignError
from workspace_schema.files import touch
from workspace_schema.root import OUTDATED

if TYPE_CHECKING:
    from operations.slurm.cluster import Cluster


def in_packs() -> bool:
    """Whether the scheduler here takes packs."""
    return bool(getattr(get_environment(), "in_packs", False))


def sbatch_lines(pack: packs.Pack, machine: Cluster, root: str) -> list[str]:
    """The options of sbatch for a pack of a campaign, in the order of the submit script."""
    part = machine.gpu if pack.gpus else machine.cpu
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
    if pack.gpus:
        lines.append(machine.gpu.option(pack.gpus, pack.nodes))
    given = {
        "partition": part.partition,
        "account": part.account or machine.account,
        "qos": part.qos,
        "constraint": part.constraint,
    }
    lines += [f"--{name}={value}" for name, value in given.items() if value]
    lines += part.options
    lines += [
        f'--chdir="{root}"',
        "--output=logs/%x.%j.txt",
        "--open-mode=append",
        "--requeue" if machine.requeue else "--no-requeue",
        f"--signal=B:USR1@{warning(pack, machine)}",
    ]
    return lines


def check_path(root: Path) -> None:
    """Raise CampaignError where SLURM cannot have a root's path in the name of a log."""
    wrong = [character for character in '%\\"\n' if character in str(root)]
    if wrong:
        raise CampaignError(
            [
                f"{str(root)!r} has {wrong[0]!r} in its path, which sbatch would not read as it"
                " stands: give the folder another name"
            ]
        )


def warning(pack: packs.Pack, machine: Cluster) -> int:
    """Seconds before its end at which a pack stops taking up work: never most of its time."""
    return min(machine.warning_seconds, pack.walltime_seconds // 4)


class PackedProject(FlowProject):
    """A project that goes to SLURM in packs; other schedulers get flow's own submission."""

    #: Ids of the jobs that the command line names; None where it names none.
    named_ids: ClassVar[frozenset[str] | None] = None
    _handing_over = False
    #: Members of packs that run, as far as the scheduler was asked.
    _active: frozenset[str] = frozenset()
    #: What there is to say of packs that a person must release.
    _held: Sequence[str] = ()

    def next_round(self) -> int:
        """Make the jobs of the next round where a campaign goes on in rounds; how many."""
        return 0

    @property
    def document(self) -> Any:
        """The project document; a copy, so that `status` needs no right to write.

        Flow would keep there what is queued, which packs and `squeue` know better; what it has
        left in a root of before is left out.
        """
        if get_environment().scheduler_type is None or in_packs():
            content = project_document(self.path)
            return {key: value for key, value in content.items() if key != "_status"}
        return super().document

    def _setup_template_environment(self) -> Any:
        """Flow's, with templates of this repository and of flow only: flow would look into the
        root first, and into whatever folder the root's configuration names."""
        environment = super()._setup_template_environment()
        own = jinja2.FileSystemLoader(REPOSITORY / "templates")
        environment.loader = jinja2.ChoiceLoader([own, jinja2.PackageLoader("flow", "templates")])
        return environment

    def _submit_operations(self, operations: Any, **kwargs: Any) -> Any:
        """Flow's; keeps in mind which packs the scheduler has taken."""
        status = super()._submit_operations(operations, **kwargs)
        if self._handing_over and status is not None and not kwargs.get("pretend"):
            pack = kwargs["packs"][operations[0].id]["pack"]
            touch(packs.submitted(Path(self.path), pack))
        return status

    def submit(
        self,
        bundle_size: int = 1,
        jobs: Any = None,
        names: Any = None,
        num: int | None = None,
        parallel: bool = False,
        **kwargs: Any,
    ) -> None:
        """Hand what is due to SLURM, in packs; what is queued or has failed stays where it is.

        Without names: simulations and labels, and when none of these is left, the phase diagram.
        Other schedulers get flow's own submission.
        """
        if not in_packs():
            super().submit(bundle_size, jobs, names, num, parallel, **kwargs)
            return
        from operations.slurm import cluster, confirmation

        root, pretend = Path(self.path), bool(kwargs.get("pretend"))
        check_path(root)
        machine = cluster.read(root)
        if not pretend:
            confirmation.confirm(root)
        with ExitStack() as stack:
            if not pretend:
                busy = "another submit is at work on this campaign; waiting for it"
                stack.enter_context(exclusive(root, submission.LOCK, wait=busy))
                self.next_round()
            queue = self._queue(pretend)
            queued = queue.waiting | queue.active
            chosen = job_ids(root) if jobs is None else [job.id for (job,) in jobs]
            free = [job_id for job_id in chosen if job_id not in queued]
            folders = Folders(root)
            if not pretend:
                submission.settle_lost(root, free, folders)
            how = settings_of(self.path)
            former = left_out(root, how) if self.named_ids is None else ()
            wanted = [job_id for job_id in free if job_id not in former]
            due = submission.due(root, wanted, how, self.operations_named(names), folders)
            due = due[:num]
            if not due and not queue.packs:
                due = self._aggregate_due(names, free)
            planned = packs.plan(
                due,
                machine,
                str(project_document(self.path).get("name", "campaign")),
                float(how.get("walltime_hours", 12.0)),
                bundle_size if bundle_size != 1 else None,
                parallel,
            )
            self._hand_over(planned, machine, **kwargs)
            if not pretend:
                for line in queue.held:
                    print(line, file=sys.stderr)
                n_jobs = sum(len(pack.members) for pack in planned)
                print(
                    f"{n_jobs} jobs submitted in {len(planned)} SLURM jobs; "
                    f"{len(queued)} were queued or running before",
                    file=sys.stderr,
                )

    def _queue(self, pretend: bool) -> submission.Queue:
        """The packs that are queued; submission ends here where the scheduler does not say."""
        try:
            return submission.Queue.ask(Path(self.path), forget=not pretend)
        except SchedulerError as error:
            if not pretend:
                what = f"nothing submitted, what is queued is unknown: {error}"
                raise SchedulerError(what) from None
            print(f"what is queued is unknown: {error}", file=sys.stderr)
            return submission.Queue([])

    def operations_named(self, names: Any) -> list[str] | None:
        """Operations and groups that match the names, as flow matches them."""
        if names is None:
            return None
        return [group for group in self.groups if any(re.fullmatch(name, group) for name in names)]

    def _aggregate_due(self, names: Any, free: list[str]) -> list[packs.Due]:
        anchor = project_document(self.path).get("anchor")
        wanted = names is None or "aggregate" in (self.operations_named(names) or [])
        marker = Path(self.path) / OUTDATED
        if not wanted or anchor not in free or not outdated.is_outdated(self.path):
            return []
        wrong = marker.with_name(FAILED)
        if wrong.exists() and marker.exists() and wrong.stat().st_mtime >= marker.stat().st_mtime:
            return []  # nothing has changed since it failed
        return [packs.Due(anchor, "aggregate", False, submission.AGGREGATE_SECONDS, 2.0)]

    def _hand_over(self, planned: list[packs.Pack], machine: Cluster, **kwargs: Any) -> None:
        """Submit packs: flow renders the script for the first job of each, the pack names the
        others. One call of flow's an operation, because each looks at the whole workspace."""
        root = Path(self.path)
        if planned and not kwargs.get("pretend"):
            for pack in planned:
                pack.write(root)
            (root / "logs").mkdir(exist_ok=True)
        for operation in dict.fromkeys(pack.operation for pack in planned):
            chosen = [pack for pack in planned if pack.operation == operation]
            of_flow = {
                self._flow_id(operation, pack.members[0]): {
                    "pack": pack,
                    "sbatch_lines": sbatch_lines(pack, machine, self.path),
                    "warning": warning(pack, machine),
                }
                for pack in chosen
            }
            self._handing_over = True
            try:
                with redirect_stderr(io.StringIO()):
                    super().submit(
                        jobs=[self.open_job(id=pack.members[0]) for pack in chosen],
                        names=[operation],
                        packs=of_flow,
                        setup=machine.setup.strip(),
                        launcher=machine.launcher,
                        executable=shlex.quote(sys.executable),
                        repository=str(REPOSITORY),
                        # flow would check resources that the cluster file knows better
                        **(kwargs | {"force": True}),
                    )
            finally:
                self._handing_over = False

    def _flow_id(self, operation: str, job_id: str) -> str:
        """Flow's name for the scheduler job of an operation or group on a job."""
        return str(self.groups[operation]._generate_id((self.open_job(id=job_id),)))

    def scheduler_jobs(self, scheduler: Any) -> Iterator[Any]:
        """The scheduler's jobs, one a member of a pack; none, and a warning, where it does not
        answer."""
        if self._handing_over:
            return  # submit has looked already
        try:
            if not in_packs():
                yield from super().scheduler_jobs(scheduler)
                return
            queue = submission.Queue.ask(Path(self.path))
            self._active = frozenset(queue.active)
            self._held = queue.held
            for pack, job in queue.packs:
                state = JobStatus.active if job.active else JobStatus.queued
                for member in pack.members if pack.operation in self.groups else []:
                    if not os.path.isdir(os.path.join(self.workspace, member)):
                        continue  # deleted meanwhile
                    # its own status looks for this name
                    yield ClusterJob(self._flow_id(pack.operation, member), state)
        except (SchedulerError, RuntimeError, OSError, subprocess.SubprocessError) as error:
            print(
                f"the scheduler does not answer, what is queued is unknown: {error}",
                file=sys.stderr,
            )

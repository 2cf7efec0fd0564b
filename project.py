"""When what runs: the campaign's operations, their conditions and resources.

    cd ROOT && python REPOSITORY/project.py run | status | watch | submit | exec

This file is thin: what an operation does is in `operations/`; which one a job is eligible
for, in `operations/jobs/eligibility.py`.
"""

from operations.jobs import isolation

isolation.import_nothing_from_here()  # before all other imports, that of __future__ too

import importlib
import io
import json
import os
import shlex
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

from flow.errors import SubmitError

import environments  # noqa: F401  (flow finds CampaignSlurm by its import)
from operations.jobs import conditions, eligibility, outdated, state
from operations.jobs.attempts import report_failure
from operations.jobs.campaign_root import campaign_root
from operations.jobs.conditions import has, is_anchor, names_in
from operations.jobs.deadline import Deadline
from operations.jobs.document import check_document, project_document, settings_of, title_of
from operations.jobs.folders import Folders, job_ids, listed
from operations.jobs.locks import is_worked_on
from operations.jobs.progress import say
from operations.monitor import status
from operations.monitor.selection import check_operations, nothing_matches, nothing_to_do
from operations.monitor.survey import Survey, seconds_of
from operations.monitor.usage import USAGE, is_asked, unknown
from operations.rounds import due
from operations.slurm.packed_project import PackedProject
from operations.slurm.scheduler import SchedulerError
from workspace_schema.errors import CampaignError
from workspace_schema.root import check_not_archived

#: Hours asked of the scheduler for a label or the phase diagram.
SHORT_WALLTIME = 0.5

#: Operations that run only when they are named.
ON_REQUEST = ("report", "notebooks")

#: Commands that need no campaign here: archive and gather roots, draw a configuration.
TOOLS = {
    "archive": "operations.results.archive",
    "gather": "operations.results.several_roots",
    "render": "analysis.render.__main__",
}


def ids_of(jobs: Any) -> list[str]:
    """Ids of jobs as flow hands them on: one by one, or as aggregates of one."""
    return [item[0].id if isinstance(item, tuple) else item.id for item in jobs]


class CampaignProject(PackedProject):
    """A campaign: signac data space and operations."""

    #: Operations of `ON_REQUEST` that `run` was asked for.
    requested: ClassVar[frozenset[str]] = frozenset()
    #: Operations that the last `run` began, and whether it had to end before the others.
    _n_begun, _is_warned = 0, False

    def run(self, jobs: Any = None, names: Any = None, **kwargs: Any) -> None:
        """Flow's run; of an adaptive campaign round by round. The phase diagram comes last, when
        everything it shows is there."""
        self._n_begun = 0
        asked = names
        if names is None:
            last = (*eligibility.CAMPAIGN_LEVEL, *ON_REQUEST)
            others = [name for name in self.operations if name not in last]
            super().run(jobs, others, **kwargs)
            while not kwargs.get("pretend") and self._is_everything(jobs) and self.next_round():
                super().run(None, others, **kwargs)
            names = ["aggregate"]
        named = self.operations_named(names) or ()
        CampaignProject.requested = frozenset(named) & set(ON_REQUEST)
        super().run(jobs, names, **kwargs)
        anchor = project_document(self.path).get("anchor")
        if "aggregate" in names and not (Path(self.workspace) / str(anchor)).is_dir():
            print("no phase diagram: the campaign has lost its anchor job;", file=sys.stderr)
            print("make it again with init.py and the campaign file", file=sys.stderr)
        elif not self._n_begun and not kwargs.get("pretend"):
            root = Path(self.path)
            chosen = job_ids(root) if jobs is None else ids_of(jobs)
            known = Survey.of(root, chosen, settings_of(self.path))
            say(nothing_to_do(known, asked, not outdated.is_outdated(self.path)))

    def _select_jobs_from_args(self, args: Any) -> Any:
        """Flow's; a filter that no job matches is an error, and so is an unknown operation."""
        for name in ("operation", "operation_name"):
            names = getattr(args, name, None)
            check_operations(names if isinstance(names, list) else [], self.groups)
        found = super()._select_jobs_from_args(args)
        if getattr(args, "job_id", None):
            CampaignProject.named_ids = frozenset(ids_of(found))
        if getattr(args, "filter", None) and not len(found):
            axes = project_document(self.path).get("axes", [])
            raise LookupError(nothing_matches(args.filter, axes))
        return found

    def _run_operations(
        self,
        operations: Any,
        pretend: bool = False,
        np: int | None = None,
        timeout: float | None = None,
        progress: bool = False,
    ) -> None:
        """Flow's, in the place of its pool: says how far it is, ends at checkpoints when warned."""
        operations = list(operations)
        if pretend or not operations:
            super()._run_operations(operations, pretend)
            return
        if self._is_warned:
            return  # said already
        self._n_begun += len(operations)
        from operations.jobs.compiling import announce
        from operations.jobs.turns import PERIOD, Tally, take_turns

        announce()
        at_once = min(
            (os.cpu_count() or 1) if np is not None and np < 0 else np or 1, len(operations)
        )
        named = [(operation.name, operation._jobs[0].id) for operation in operations]
        seconds, known = seconds_of(Path(self.path), named)
        groups = self._several_at_a_time(named) if at_once == 1 and timeout is None else []
        tally = Tally(seconds, at_once, 0.0 if progress else PERIOD, groups)
        if len(operations) > 1 and any(name != "label" for name, _ in named):
            tally.begin(known)
        for number in take_turns(
            lambda number: self._execute_operation(operations[number], timeout),
            tally,
            len(operations),
            at_once,
            lambda group: self._run_together([named[number] for number in group]),
            groups,
        ):
            operation, job_id = named[number]
            say(f"{operation} {job_id}: its process was killed, as happens where memory is short")
            report_failure(job_id)
        self._is_warned = Deadline().reason_to_stop(0.0) is not None

    def _several_at_a_time(self, named: list[tuple[str, str]]) -> list[list[int]]:
        """Numbers of operations, given with the ids of jobs, that one process takes side by
        side."""
        settings, kinds = settings_of(self.path), dict[str, list[int]]()
        if settings.get("engine") != "batched":
            return []
        for number, (name, job_id) in enumerate(named):
            step = eligibility.OPERATIONS.get(name)
            folder = Path(self.workspace) / job_id
            if step is not None and eligibility.goes_together(
                step, folder, listed(folder), settings
            ):
                kinds.setdefault(name, []).append(number)
        from operations.search.relax import cores
        from operations.slurm.cluster import Gpu

        size = Gpu().together if settings.get("device") == "gpu" else cores()
        return [some[k : k + size] for some in kinds.values() for k in range(0, len(some), size)]

    def _run_together(self, named: list[tuple[str, str]]) -> None:
        """Take a step, given with the ids of jobs, side by side."""
        from operations.jobs.driver import run_together

        steps = [eligibility.OPERATIONS[name] for name, _ in named]
        run_together(
            [Path(self.workspace) / job_id for _, job_id in named],
            Path(self.path),
            settings_of(self.path),
            [step.needs.removeprefix(".") for step in steps],
        )

    def _is_everything(self, jobs: Any) -> bool:
        """Whether no jobs were selected on the command line."""
        return jobs is None or len(jobs) == len(self)

    def next_round(self) -> int:
        """Make the jobs of the next round of an adaptive campaign; how many."""
        if not due.is_due(Path(self.path)):
            return 0
        from operations.rounds.proceed import proceed

        return proceed(Path(self.path))

    def print_status(self, jobs: Any = None, parameters: Any = None, **kwargs: Any) -> Any:
        """Flow's status, and below it what failed or was killed and why, and what is left.

        A bare `-p` shows the campaign's axes by their dotted names: flow's own choice of varying
        parameters cannot handle state points nested as deep as ours.
        """
        if parameters is self.PRINT_STATUS_ALL_VARYING_PARAMETERS:
            axes = project_document(self.path).get("axes", [])
            parameters = [*axes, "method.name", "replica"]
        if parameters:
            jobs = status.readable(self if jobs is None else jobs)
        root, folders = Path(self.path), Folders(Path(self.path))
        conditions.Seen.folders = folders
        try:
            if not (kwargs.get("operation") or kwargs.get("all_ops") or kwargs.get("dump_json")):
                unused = {*status.unused_operations(root, folders), *ON_REQUEST}
                kwargs["operation"] = [group for group in self.groups if group not in unused]
            result = super().print_status(jobs, parameters=parameters, **kwargs)
            if not kwargs.get("dump_json"):
                lines = status.below(root, folders, self._active, self._held)
                if kwargs.get("detailed"):
                    chosen = job_ids(root) if jobs is None else ids_of(jobs)
                    axes = project_document(self.path).get("axes", [])
                    lines = status.in_rows(root, folders, chosen, axes) + lines
                for line in lines:
                    print(line, file=kwargs.get("file") or sys.stdout)
        finally:
            conditions.Seen.folders = None
        return result


simulate = CampaignProject.make_group(eligibility.SIMULATE)


def show(word: state.State) -> None:
    """Let `status` show a state of jobs as a label of flow's."""

    def label(job: Any) -> bool:
        alive = partial(is_worked_on, Path(job.path), getattr(job.project, "_active", ()))
        return state.state_of(names_in(job), alive) is word

    label.__name__ = str(word)
    CampaignProject.label(label)


for word in state.State:
    if word not in (state.State.WAITING, state.State.QUEUED):  # flow's table has these
        show(word)


@CampaignProject.label
def waiting_for_hoomd(job: Any) -> bool:
    """Only HOOMD-blue can run it, which is not installed here."""
    return conditions.waits_for_hoomd(job)


@CampaignProject.label
def waiting_for_design(job: Any) -> bool:
    """It uses what a design finds, which has found nothing yet."""
    return conditions.waits_for_design(job)


def is_left_out(job: Any) -> bool:
    """The campaign file no longer has it, and nobody has named it."""
    named = CampaignProject.named_ids
    return (named is None or job.id not in named) and conditions.is_left_out(job)


def walltime(job: Any) -> float:
    """Hours asked of the scheduler."""
    return float(settings_of(job.project.path).get("walltime_hours", 12.0))


def gpus(step: eligibility.Step) -> Callable[[Any], int]:
    """GPUs of a step of a job: one where the campaign asks for it and the job can use it."""

    def of_job(job: Any) -> int:
        names = [name for name in (state.CPU_ONLY, state.GPU_TOO) if job.isfile(name)]
        return int(eligibility.runs_on_gpu(step, names, settings_of(job.project.path)))

    return of_job


def run_step(job: Any, step: eligibility.Step) -> None:
    """Do what a step is: a method by the driver, or the label."""
    folder, root = Path(job.path), Path(job.project.path)
    if step.operation == "label":
        from operations.results.label import label

        label(folder, root)
    else:
        from operations.jobs.driver import run

        run(folder, root, settings_of(job.project.path), step.needs.removeprefix("."))


def add(step: eligibility.Step) -> None:
    """Add the operation of a step, due as `eligibility.next_step` says."""

    def operation(job: Any) -> None:
        run_step(job, step)

    operation.__name__, operation.__doc__ = step.operation, step.summary
    directives: dict[str, Any] = {"walltime": SHORT_WALLTIME}
    if step.makes == state.RESULT:
        directives = {"walltime": walltime, "ngpu": gpus(step)}
    decorated = CampaignProject.operation(name=step.operation, directives=directives)(operation)
    decorated = CampaignProject.post(has(step.makes))(decorated)
    decorated = CampaignProject.pre.not_(has(state.FAILED))(decorated)
    decorated = CampaignProject.pre.not_(is_left_out)(decorated)
    if step.makes == state.RESULT:
        decorated = CampaignProject.pre.not_(waiting_for_hoomd)(decorated)
        decorated = CampaignProject.pre.not_(waiting_for_design)(decorated)
    simulate(CampaignProject.pre(has(step.needs))(decorated))


for each in eligibility.STEPS:
    add(each)


def campaign_of(job: Any) -> tuple[Path, str, list[str]]:
    """Root, title and axes of a job's campaign."""
    document = project_document(job.project.path)
    return Path(job.project.path), title_of(document), list(document.get("axes", []))


def round_due(job: Any) -> bool:
    """Whether an adaptive campaign has jobs to make, or a round to propose."""
    return due.is_due(Path(job.project.path))


@CampaignProject.pre(is_anchor)
@CampaignProject.pre(round_due)
@CampaignProject.post(lambda job: is_anchor(job) and not round_due(job))
@CampaignProject.operation(directives={"walltime": SHORT_WALLTIME})
def propose(job: Any) -> None:
    """Next round of an adaptive campaign; runs on its anchor job."""
    from operations.rounds.proceed import proceed

    proceed(Path(job.project.path))


def requested(operation: str) -> conditions.Condition:
    """The condition that an operation was named on the command line of `run`."""
    return lambda job: operation in CampaignProject.requested


@CampaignProject.pre(is_anchor)
@CampaignProject.pre(conditions.results_outdated)
@CampaignProject.post(conditions.results_made)
@CampaignProject.operation(directives={"walltime": SHORT_WALLTIME})
def aggregate(job: Any) -> None:
    """Phase diagram of the whole campaign; runs on its anchor job."""
    from operations.results.aggregate import aggregate as aggregate_campaign

    aggregate_campaign(*campaign_of(job))


@CampaignProject.pre(is_anchor)
@CampaignProject.pre(requested("report"))
@CampaignProject.post(conditions.results_made)
@CampaignProject.post(conditions.newer_than_results("report.html"))
@CampaignProject.operation(directives={"walltime": SHORT_WALLTIME})
def report(job: Any) -> None:
    """One page of the whole campaign, to be attached to a paper: run -o report."""
    from operations.results.report import report as report_campaign

    report_campaign(*campaign_of(job))


@CampaignProject.pre(is_anchor)
@CampaignProject.pre(requested("notebooks"))
@CampaignProject.post(conditions.results_made)
@CampaignProject.post(conditions.newer_than_results("notebooks/structure_prediction.html"))
@CampaignProject.operation(directives={"walltime": SHORT_WALLTIME})
def notebooks(job: Any) -> None:
    """The notebooks, executed, with their pages: run -o notebooks."""
    from operations.results.notebooks import run_notebooks

    run_notebooks(*campaign_of(job))


def campaign_here(entrypoint: dict[str, str]) -> CampaignProject:
    """The campaign of this folder or one above.

    Raises
    ------
    LookupError
        Where there is none.
    ValueError
        Where its project document is damaged: without it nobody knows how to run; where signac's
        configuration is lost, parts of it are links, or its jobs are archived.
    """
    root = campaign_root(Path(isolation.current_root()))
    campaign = CampaignProject.get_project(str(root), entrypoint=entrypoint)
    check_document(root)
    check_not_archived(Path(campaign.path))
    isolation.leave(campaign.path)
    return campaign


def command(words: list[str], entrypoint: dict[str, str]) -> int | None:
    """Run a command that is not flow's; None where it is."""
    if words[:1] == ["lane"] and len(words) == 2:
        from operations.slurm.lane import lane

        lane(campaign_here(entrypoint), words[1])
        return 0
    if words and words[0] in TOOLS:
        isolation.stay()
        tool = importlib.import_module(TOOLS[words[0]])
        return int(tool.main(words[1:]))
    if words[:1] == ["watch"]:
        from operations.monitor.watch import command

        command(words[1:], lambda: campaign_here(entrypoint))
        return 0
    return None


def main() -> int:
    """Entry point; the exit status is not 0 if anything failed."""
    entrypoint = {
        "executable": shlex.quote(sys.executable),
        "path": shlex.quote(str(isolation.REPOSITORY / "project.py")),
    }
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that has no such letter
    if is_asked(sys.argv[1:]):
        print(USAGE, end="")
        return 0
    if wrong := unknown(sys.argv[1:]):
        print(wrong, file=sys.stderr)
        return 2
    try:
        Deadline()
        done = command(sys.argv[1:], entrypoint)
        if done is not None:
            return done
        campaign = campaign_here(entrypoint)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    except LookupError:
        if {"-h", "--help"} & set(sys.argv[2:]):
            with TemporaryDirectory() as folder:
                CampaignProject.init_project(path=folder).main()  # flow's help of a command
        print(
            "no campaign here or above: make one with init.py CAMPAIGN.yaml --root DIR, then"
            " change into that folder",
            file=sys.stderr,
        )
        return 2
    # Operations, in whatever process, name in a file what failed: in memory, as disks may be full.
    failures_file = f"/proc/{os.getpid()}/fd/{os.memfd_create('campaign-failures')}"
    os.environ["CAMPAIGN_FAILURES"] = failures_file
    try:
        campaign.main()
    except KeyboardInterrupt:
        print("\ninterrupted: run again to go on from the last checkpoints", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for the last flush
        return 141
    except (LookupError, OSError, SchedulerError, SubmitError, CampaignError) as error:
        # An unknown job id; a scheduler that is not there; a wrong line in the cluster file.
        print(error, file=sys.stderr)
        return 2
    failures = [json.loads(line) for line in Path(failures_file).read_text().splitlines()]
    if failures:
        shown = ", ".join(failures[:3]) + (" …" if len(failures) > 3 else "")
        print(f"{len(failures)} job(s) failed: {shown}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

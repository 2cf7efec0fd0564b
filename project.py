"""When what runs: the campaign's operations, their conditions and resources.

    cd ROOT && python REPOSITORY/project.py run | status | watch | submit | exec

This file is thin: what an operation does is in `operations/`. Conditions and labels look at the
existence of files only, because they are evaluated for every job at every start.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

from flow.environment import get_environment
from flow.errors import SubmitError
from signac.errors import JobsCorruptedError

from environments import REPOSITORY, CampaignSlurm, PackedProject
from operations.jobs import attempts
from operations.jobs import due as due_marker
from operations.jobs.deadline import Deadline
from operations.jobs.document import project_document, settings_of
from operations.jobs.driver import METHODS
from operations.jobs.folders import Folders, job_ids
from operations.jobs.locks import is_locked
from operations.monitor.survey import Survey, failure
from operations.slurm import submission
from operations.slurm.scheduler import SchedulerError
from workspace_schema.errors import CampaignError
from workspace_schema.migrations import read_project_document
from workspace_schema.root import check_not_archived

#: Hours asked of the scheduler for a label or the phase diagram.
SHORT_WALLTIME = 0.5

#: Operations that run only when they are named.
ON_REQUEST = ("report", "notebooks")


def needs_hoomd(job: Any) -> bool:
    """Whether only HOOMD-blue can go on with a job."""
    return holds(job, submission.HOOMD_ONLY) and not holds(job, "result.json")


def holds(job: Any, name: str) -> bool:
    """Whether a file exists in the job folder: now, or, within `status`, when it looked."""
    folders = Campaign.folders
    return bool(job.isfile(name)) if folders is None else name in folders.names(job.id)


def has(name: str) -> Any:
    """The condition that a file exists in the job folder."""

    def condition(job: Any) -> bool:
        return holds(job, name)

    return condition


def is_anchor(job: Any) -> bool:
    """Whether the campaign-level operation runs on this job."""
    return job.id == project_document(job.project.path).get("anchor")


def results_due(job: Any) -> bool:
    """Whether a result has changed since the last aggregation."""
    return due_marker.is_due(job.project.path)


def results_made(job: Any) -> bool:
    """Whether this is the anchor and the results are up to date."""
    return is_anchor(job) and not results_due(job)


def requested(operation: str) -> Any:
    """The condition that an operation was named on the command line of `run`."""

    def condition(job: Any) -> bool:
        return operation in Campaign.requested

    return condition


def newer_than_results(name: str) -> Any:
    """The condition, on the anchor, that a file in `results/` is not older than the table there."""

    def condition(job: Any) -> bool:
        if not is_anchor(job):
            return False
        results = os.path.join(job.project.path, "results")
        try:
            made = os.stat(os.path.join(results, name)).st_mtime
            return made >= os.stat(os.path.join(results, "phase_diagram.parquet")).st_mtime
        except OSError:
            return False

    return condition


def settings(job: Any) -> dict[str, Any]:
    """The settings of a job's campaign."""
    return settings_of(job.project.path)


def walltime(job: Any) -> float:
    """Hours asked of the scheduler."""
    return float(settings(job).get("walltime_hours", 12.0))


def gpus(job: Any) -> int:
    """GPUs of a simulation: one where the campaign asks for it."""
    return int(settings(job).get("device") == "gpu")


class Campaign(PackedProject):
    """A campaign: signac data space and operations."""

    #: Operations of `ON_REQUEST` that `run` was asked for.
    requested: ClassVar[frozenset[str]] = frozenset()
    #: What `status` has seen, which asks many conditions of every job; None at other times.
    folders: ClassVar[Folders | None] = None

    def run(self, jobs: Any = None, names: Any = None, **kwargs: Any) -> None:
        """Flow's run; the phase diagram comes last, when everything it shows is there."""
        if names is None:
            others = [name for name in self.operations if name not in ("aggregate", *ON_REQUEST)]
            super().run(jobs, others, **kwargs)
            names = ["aggregate"]
        Campaign.requested = frozenset(self.operations_named(names) or ()) & set(ON_REQUEST)
        super().run(jobs, names, **kwargs)
        anchor = project_document(self.path).get("anchor")
        if "aggregate" in names and not (Path(self.workspace) / str(anchor)).is_dir():
            print("no phase diagram: the campaign has lost its anchor job;", file=sys.stderr)
            print("make it again with init.py and the campaign file", file=sys.stderr)

    def print_status(self, jobs: Any = None, parameters: Any = None, **kwargs: Any) -> Any:
        """Flow's status, and below it what failed or was killed and why, and what is left.

        A bare `-p` shows the campaign's axes by their dotted names: flow's own choice of varying
        parameters cannot handle state points nested as deep as ours.
        """
        document = project_document(self.path)
        if parameters is self.PRINT_STATUS_ALL_VARYING_PARAMETERS:
            parameters = [*document.get("axes", []), "method.name", "replica"]
        if parameters:
            jobs = self._with_statepoint(self if jobs is None else jobs)
        Campaign.folders = Folders(Path(self.path))
        try:
            if not (kwargs.get("operation") or kwargs.get("all_ops") or kwargs.get("dump_json")):
                kwargs["operation"] = self._used_operations(Campaign.folders)
            result = super().print_status(jobs, parameters=parameters, **kwargs)
            if not kwargs.get("dump_json"):
                self._print_survey(Campaign.folders, kwargs.get("file") or sys.stdout)
        finally:
            Campaign.folders = None
        return result

    def _used_operations(self, folders: Folders) -> list[str]:
        """Operations and groups that a job of this campaign may be due for; flow asks every one of
        them of every job."""
        root = Path(self.path)
        seen = {
            name for names in {folders.names(job_id) for job_id in job_ids(root)} for name in names
        }
        unused = [
            submission.OPERATIONS.get(method, method)
            for method in METHODS
            if f".{method}" not in seen
        ]
        return [group for group in self.groups if group not in (*unused, *ON_REQUEST)]

    @staticmethod
    def _with_statepoint(jobs: Any) -> list[Any]:
        readable = []
        for item in jobs:
            (job,) = item if isinstance(item, tuple) else (item,)
            try:
                job.cached_statepoint  # noqa: B018
            except (JobsCorruptedError, KeyError, OSError):
                print(f"left out {job.id}: its state point cannot be read", file=sys.stderr)
                continue
            readable.append(job)
        return readable

    def _print_survey(self, folders: Folders, file: Any) -> None:
        root = Path(self.path)
        known = Survey.of(root, job_ids(root), settings_of(self.path), self._active, folders)
        lines = [*self._held, *known.lines(root)]
        if (root / "results" / "failed.json").exists():
            lines.insert(0, f"failed results  {failure(root / 'results')}")
        for line in lines:
            print(line, file=file)
        if any(line.startswith("failed") for line in lines):
            print(
                "Clear and try again with: init.py --retry [JOB_ID …]; an ExplodedError comes again"
                " until dt, density or potential change in the campaign file",
                file=file,
            )


def run_method(job: Any, operation: str) -> None:
    """Hand a job to the driver."""
    from operations.jobs.driver import run

    run(Path(job.path), Path(job.project.path), settings(job), operation)


simulate = Campaign.make_group("simulate")


@Campaign.label
def finished(job: Any) -> bool:
    """The method is done."""
    return holds(job, "result.json")


@Campaign.label
def failed(job: Any) -> bool:
    """A person must look: see failed.json."""
    return holds(job, "failed.json")


@Campaign.label
def running(job: Any) -> bool:
    """Being worked on, as its lock says."""
    return holds(job, attempts.RUNNING) and is_locked(Path(job.path))


@Campaign.label
def again(job: Any) -> bool:
    """The last try went wrong or was killed, and may be repeated."""
    return holds(job, attempts.AGAIN) or (
        holds(job, attempts.RUNNING) and not is_locked(Path(job.path))
    )


@Campaign.label
def continued(job: Any) -> bool:
    """Stopped at a checkpoint, goes on when run again."""
    return holds(job, attempts.CHECKPOINT) and not holds(job, "result.json")


@Campaign.label
def labelled(job: Any) -> bool:
    """What formed is known."""
    return holds(job, "labels.json")


@Campaign.label
def waiting_for_hoomd(job: Any) -> bool:
    """Only HOOMD-blue can run it, which is not installed here."""
    return not submission.hoomd_installed() and needs_hoomd(job)


def method_operation(method: str, text: str, name: str = "", **directives: Any) -> None:
    """Add the operation of a method: due where `init.py` has left its mark, until it has a result.

    Parameters
    ----------
    method : str
        A key of `operations.jobs.driver.METHODS`.
    text : str
        What it does, in a sentence.
    name : str
        Of the operation, where it is not that of the method.
    **directives
        Resources, for flow.
    """

    def operation(job: Any) -> None:
        run_method(job, method)

    operation.__name__, operation.__doc__ = name or method, text
    decorate = Campaign.operation(name=name or method, directives=directives)
    operation = Campaign.post(has("result.json"))(decorate(operation))
    operation = Campaign.pre.not_(has("failed.json"))(operation)
    operation = Campaign.pre.not_(waiting_for_hoomd)(operation)
    simulate(Campaign.pre(has(f".{method}"))(operation))


method_operation("annealing", "Simulated annealing.", walltime=walltime, ngpu=gpus)
method_operation("forward", "Forward simulation.", walltime=walltime, ngpu=gpus)
method_operation("basin_hopping", "Lowest minima, by basin hopping.", walltime=walltime)
method_operation("genetic", "Crystals, by a genetic algorithm.", walltime=walltime)
method_operation("monte_carlo", "Monte Carlo of hard particles.", walltime=walltime, ngpu=gpus)
method_operation("imported", "Bring a configuration into the campaign.", name="import")


@simulate
@Campaign.pre(has("result.json"))
@Campaign.pre.not_(has("failed.json"))
@Campaign.post(has("labels.json"))
@Campaign.operation(directives={"walltime": SHORT_WALLTIME})
def label(job: Any) -> None:
    """Label what formed."""
    from operations.results.label import label as label_job

    label_job(Path(job.path), Path(job.project.path))


def campaign_of(job: Any) -> tuple[Path, str, list[str]]:
    """Root, name and axes of a job's campaign."""
    document = project_document(job.project.path)
    name, axes = str(document.get("name", "campaign")), list(document.get("axes", []))
    return Path(job.project.path), name, axes


@Campaign.pre(is_anchor)
@Campaign.pre(results_due)
@Campaign.post(results_made)
@Campaign.operation(directives={"walltime": SHORT_WALLTIME})
def aggregate(job: Any) -> None:
    """Phase diagram of the whole campaign; runs on its anchor job."""
    from operations.results.aggregate import aggregate as aggregate_campaign

    aggregate_campaign(*campaign_of(job))


@Campaign.pre(is_anchor)
@Campaign.pre(requested("report"))
@Campaign.post(results_made)
@Campaign.post(newer_than_results("report.html"))
@Campaign.operation(directives={"walltime": SHORT_WALLTIME})
def report(job: Any) -> None:
    """One page of the whole campaign, to be attached to a paper: run -o report."""
    from operations.results.report import report as report_campaign

    report_campaign(*campaign_of(job))


@Campaign.pre(is_anchor)
@Campaign.pre(requested("notebooks"))
@Campaign.post(results_made)
@Campaign.post(newer_than_results("notebooks/structure_prediction.html"))
@Campaign.operation(directives={"walltime": SHORT_WALLTIME})
def notebooks(job: Any) -> None:
    """The notebooks, executed, with their pages: run -o notebooks."""
    from operations.results.notebooks import run_notebooks

    run_notebooks(*campaign_of(job))


def campaign_here(entrypoint: dict[str, str]) -> Campaign:
    """The campaign of this folder or one above.

    Raises
    ------
    LookupError
        Where there is none.
    ValueError
        Where its project document is damaged: without it nobody knows how to run; or where its
        jobs are archived.
    """
    campaign = Campaign.get_project(entrypoint=entrypoint)
    read_project_document(Path(campaign.path))
    check_not_archived(Path(campaign.path))
    return campaign


def lane(operation: str, entrypoint: dict[str, str]) -> int:
    """Run an operation on the jobs that come in on standard input; see operations/slurm/lane.py."""
    from operations.slurm.lane import serve

    campaign = campaign_here(entrypoint)
    serve(
        Path(campaign.workspace),
        lambda job_id: campaign.run(jobs=[campaign.open_job(id=job_id)], names=[operation]),
    )
    return 0


def watch(words: list[str], entrypoint: dict[str, str]) -> int:
    """Show the campaign on one screen until the keyboard interrupts."""
    from argparse import ArgumentParser

    from operations.monitor.watch import watch as watch_campaign

    parser = ArgumentParser("project.py watch", description=watch.__doc__)
    parser.add_argument("--seconds", type=float, default=2.0, help="between two looks")
    parser.add_argument("--once", action="store_true", help="print it and return")
    told = parser.parse_args(words)
    campaign = campaign_here(entrypoint)

    def queue() -> tuple[set[str], set[str]]:
        if not issubclass(get_environment(), CampaignSlurm):
            return set(), set()
        try:
            packs_now = submission.Queue.ask(Path(campaign.path), forget=False).packs
        except (SchedulerError, RuntimeError, OSError, subprocess.SubprocessError):
            return set(), set()
        waiting = {member for pack, job in packs_now if not job.active for member in pack.members}
        return waiting, {member for pack, job in packs_now if job.active for member in pack.members}

    with suppress(KeyboardInterrupt):
        watch_campaign(Path(campaign.path), queue, max(told.seconds, 0.2), once=told.once)
    return 0


def main() -> int:
    """Entry point; the exit status is not 0 if anything failed."""
    entrypoint = {
        "executable": shlex.quote(sys.executable),
        "path": shlex.quote(str(REPOSITORY / "project.py")),
    }
    try:
        Deadline()
        if sys.argv[1:2] == ["lane"] and len(sys.argv) == 3:
            return lane(sys.argv[2], entrypoint)
        if sys.argv[1:2] == ["watch"]:
            return watch(sys.argv[2:], entrypoint)
        campaign = campaign_here(entrypoint)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    except LookupError:
        print(
            "no campaign here or above: make one with init.py CAMPAIGN.yaml --root DIR, then"
            " change into that folder",
            file=sys.stderr,
        )
        return 2
    with tempfile.NamedTemporaryFile(prefix="campaign-failures-") as report:
        # Operations, in whatever process, name here what failed.
        os.environ["CAMPAIGN_FAILURES"] = report.name
        try:
            campaign.main()
        except KeyboardInterrupt:
            print("\ninterrupted: run again to go on from the last checkpoints", file=sys.stderr)
            return 130
        except (LookupError, OSError, SchedulerError, SubmitError, CampaignError) as error:
            # An unknown job id; a scheduler that is not there; a wrong line in the cluster file.
            print(error, file=sys.stderr)
            return 2
        failures = [json.loads(line) for line in Path(report.name).read_text().splitlines()]
    if failures:
        shown = ", ".join(failures[:3]) + (" …" if len(failures) > 3 else "")
        print(f"{len(failures)} job(s) failed: {shown}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

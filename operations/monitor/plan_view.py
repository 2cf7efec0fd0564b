"""What `init.py` prints: the jobs of a campaign, what a plan changes, what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from workspace_schema.root import PRUNED

if TYPE_CHECKING:
    from operations.monitor.outlook import Outlook
    from workspace_schema.campaign import Campaign
    from workspace_schema.plan import Plan
    from workspace_schema.points import Point

#: Jobs that a file no longer has, and lines of what changed in it, that are printed; jobs of each
#: kind that are compared to see in what they differ.
OTHERS_SHOWN, LINES_SHOWN, COMPARED = 10, 20, 200


def show(campaign: Campaign, plan: Plan) -> None:
    """Print the first jobs of a campaign as a table."""
    from rich.console import Console
    from rich.table import Table

    from workspace_schema.canonical import lookup

    longer = {point.job_id for point in plan.longer}
    table = Table(title=f"{campaign.name}: {campaign.n_points} jobs")
    table.add_column("job", no_wrap=True)
    for name in ("method", *campaign.axes, "replica", "is"):
        table.add_column(name)

    def value(point: Point, path: str) -> str:
        try:
            found = lookup(point.statepoint, path)
        except KeyError:
            return ""
        return f"{found:g}" if isinstance(found, float) else str(found)

    for point, state in plan.first:
        table.add_row(
            point.job_id[:12],
            value(point, "method.name"),
            *(value(point, axis) for axis in campaign.axes),
            value(point, "replica"),
            "longer" if point.job_id in longer else state,
        )
    console = Console()
    console.print(table)
    if campaign.n_points > len(plan.first):
        console.print(f"… and {campaign.n_points - len(plan.first)} more")


def list_jobs(root: Path, job_ids: Sequence[str], most: int) -> None:
    """Print jobs, each with what it says in which jobs of the root differ."""
    from operations.jobs.files import readable_json
    from operations.results.protocol import differences, flat
    from workspace_schema.root import existing_jobs, in_job

    def said(job_id: str) -> dict[str, object]:
        return flat(readable_json(in_job(root, job_id, "signac_statepoint.json")))

    shown = job_ids[:most]
    others = sorted(existing_jobs(root) - set(job_ids))[:COMPARED]
    keys = differences([said(job_id) for job_id in [*job_ids[:COMPARED], *others]])
    for job_id in shown:
        values = said(job_id)
        print("  " + "  ".join([job_id, *(f"{key}={values.get(key, '-')}" for key in keys)]))
    if len(job_ids) > len(shown):
        print(f"  … and {len(job_ids) - len(shown)} more")


def keep_file(root: Path, campaign_file: Path) -> None:
    """Keep the campaign file in the root, and print what changed in it."""
    from workspace_schema.history import keep

    name, lines = keep(root, campaign_file)
    if lines:
        print(f"{name} in {root} keeps this file; changed since the one before:")
        print("\n".join(f"  {line}" for line in lines[:LINES_SHOWN]))
        if len(lines) > LINES_SHOWN:
            print(f"  … {len(lines) - LINES_SHOWN} more lines in {name.replace('.yaml', '.diff')}")


def foresee(campaign: Campaign, outlook: Outlook) -> None:
    """Print what a dry run shows of the physics, and how long it would take."""
    for line in outlook.energies(campaign.axes, campaign.inputs):
        print(line)
    for text in (
        outlook.densities(),
        outlook.cost(campaign.settings.device == "gpu") if outlook.n_new else "",
    ):
        if text:
            print(text)


def advise(campaign: Campaign, outlook: Outlook, roots: Sequence[Path], here: Path | None) -> None:
    """Print how long the new jobs will take, and the command that runs them."""
    from operations.monitor.outlook import next_command

    if outlook.n_new:
        print(outlook.cost(campaign.settings.device == "gpu"))
    if roots:
        print(next_command(roots[0], here or Path.cwd()))
    if len(roots) > 1:
        print(f"      and so in each of the {len(roots)} roots")


def report(campaign: Campaign, plan: Plan, root: Path, dry_run: bool) -> None:
    """Print what a plan does to a root, or would do."""
    counts = [f"{plan.n_new} new, {plan.n_points - plan.n_new} there before"]
    if plan.n_back:
        counts.append(f"{plan.n_back} of the new come back from {PRUNED}/")
    if plan.longer:
        counts.append(f"{len(plan.longer)} go on for longer")
    if plan.document_changes and not plan.n_new:
        counts.append("axes or settings changed")
    if plan.config_is_lost and plan.n_points > plan.n_new:
        counts.append(".signac/config was lost and is made again")
    if not plan.changes:
        counts = ["no change: all are there"]
    print(f"{campaign.name}: {plan.n_points} jobs in {root} ({', '.join(counts)})")
    if campaign.n_repeated:
        print(f"{campaign.n_repeated} points repeat the physics of another one and make no job")
    if plan.n_shorter:
        print(f"{plan.n_shorter} jobs are longer than the campaign asks; they stay as they are")
    if plan.others:
        shown = campaign.settings.former_jobs == "show"
        where = "and are shown" if shown else "out of table and diagram"
        print(f"{len(plan.others)} other jobs of {root} are not in this file; they stay, {where}:")
        list_jobs(root, plan.others, OTHERS_SHOWN)
        print("  init.py --prune moves them away, settings: {former_jobs: show} shows them")
    if dry_run:
        print("dry run: nothing was written")

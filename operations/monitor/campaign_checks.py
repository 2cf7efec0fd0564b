"""What `init.py` refuses before anything is written, beyond what a campaign file says by itself."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from operations.monitor.inventories import Inventories
    from workspace_schema.campaign import Campaign


def check_labels(name: Path, campaign: Campaign, jobs: Inventories, root: Path) -> None:
    """Look at what labels the jobs, and at what that is learnt from.

    Parameters
    ----------
    name : Path
        What messages call the campaign file.
    campaign : Campaign
    jobs : Inventories
        That have seen all points of the campaign.
    root : Path

    Raises
    ------
    CampaignError
        If it does not go with the jobs, or has no class for what a design shall form.
    ValueError
        If there is no such labeller.
    """
    from workspace_schema.errors import MAX_PROBLEMS, CampaignError

    asked = campaign.labels
    model, train = (asked.model, asked.train) if asked else (campaign.settings.labeller, None)
    if model is not None:
        from analysis.labelling.labellers import check_labeller

        check_labeller(asked.model_dump() if asked else model)
    problems = []
    if train and jobs.dimensions:
        from analysis.learning.own_classes import check_examples

        problems = check_examples(train, campaign.inputs, jobs.dimensions)
        problems += [
            f"method.target: got {target}; labels.train, by which it is judged, has the classes"
            f" {', '.join(train)}"
            for target in sorted(jobs.judged - set(train))
        ]
    if problems:
        raise CampaignError([f"{name}: {problem}" for problem in problems[:MAX_PROBLEMS]])


def check_phases(name: Path, jobs: Inventories, root: Path) -> None:
    """Look whether the crystals by label or job that jobs ask of are some, and are filled.

    Raises
    ------
    CampaignError
        If one is not.
    """
    from workspace_schema.errors import MAX_PROBLEMS, CampaignError

    if not jobs.crystals:
        return
    from operations.equilibrium.phases import check_phases as check

    problems, warnings = check(jobs.crystals.values(), root)
    for warning in dict.fromkeys(warnings):
        print(f"warning: {name}: {warning}", file=sys.stderr)
    if problems:
        shown = list(dict.fromkeys(problems))[:MAX_PROBLEMS]
        raise CampaignError([f"{name}: {problem}" for problem in shown])


def check_designs(name: Path, jobs: Inventories, root: Path) -> None:
    """Look at what designs of the root have found of the building blocks of new jobs.

    Raises
    ------
    CampaignError
        If it is something else than what is free there.
    """
    from workspace_schema.building_blocks import BUILDING_BLOCKS
    from workspace_schema.building_blocks.adjustable_body import adjustable_body
    from workspace_schema.design_files import table_file
    from workspace_schema.errors import MAX_PROBLEMS, CampaignError

    problems = []
    for (type_name, _), block in jobs.designed.items():
        if not table_file(root, block["design"]).exists():
            continue
        try:
            adjustable_body(block, BUILDING_BLOCKS).found(root)
        except ValueError as error:
            key = f"system.building_blocks.{type_name}.design"
            problems.append(f"{name}: {key}: got {block['design']}; {error}")
    if problems:
        raise CampaignError(problems[:MAX_PROBLEMS])


def check_files(name: Path, campaign: Campaign) -> None:
    """Read the files that new jobs import or start from; what was decided in reading is printed.

    Raises
    ------
    CampaignError
        If one cannot be read, or not as the campaign means.
    """
    from workspace_schema.errors import MAX_PROBLEMS, CampaignError

    if not campaign.inputs:
        return
    from operations.design.distributions import check_distributions
    from operations.design.trajectories import check_trajectories
    from operations.methods.imported import check_files as check_imported
    from operations.methods.start_file import check_starts

    problems, notes = check_imported(campaign.points, campaign.inputs)
    shown = [f"{name}: method.files: {problem}" for problem in problems]
    for check in (check_starts, check_trajectories, check_distributions):
        shown += [f"{name}: {problem}" for problem in check(campaign.points, campaign.inputs)]
    if shown:
        rest = len(shown) - MAX_PROBLEMS
        raise CampaignError(shown[:MAX_PROBLEMS] + [f"… and {rest} more files"] * (rest > 0))
    for note in notes[:MAX_PROBLEMS]:
        print(f"note: {note}", file=sys.stderr)

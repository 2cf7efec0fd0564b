"""What a campaign changes in a root, decided before anything is written."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workspace_schema.campaign import Campaign
from workspace_schema.canonical import extent_defaults
from workspace_schema.errors import RootError
from workspace_schema.expansion import Point
from workspace_schema.inputs import store_input
from workspace_schema.methods import METHODS, only_hoomd
from workspace_schema.root import existing_jobs, in_job, make_folder, mark_due, set_aside
from workspace_schema.versions import SCHEMA_VERSION


@dataclass(frozen=True)
class Plan:
    """What a campaign changes in a root.

    Attributes
    ----------
    new : list of Point
        Jobs to make.
    longer : list of Point
        Jobs that are there and go on for longer.
    n_shorter : int
        Jobs the campaign wants shorter than they are; they stay as they are.
    n_others : int
        Jobs of the root that the campaign does not have.
    document : dict
        Project document to be.
    document_changes : bool
    """

    new: list[Point]
    longer: list[Point]
    n_shorter: int
    n_others: int
    document: dict[str, Any]
    document_changes: bool


def plan_of(campaign: Campaign, root: Path, document: dict[str, Any]) -> Plan:
    """What a campaign changes in a root with this project document; nothing is written.

    Raises
    ------
    RootError
        If the document of a job that is there cannot be read.
    """
    there = existing_jobs(root)
    new: list[Point] = []
    longer: list[Point] = []
    n_shorter = 0
    for point in campaign.points:
        # the markers are written last: without them the job is not complete
        if point.job_id not in there or not all(map(os.path.isfile, _markers(root, point))):
            new.append(point)
            continue
        have, want = _extents(root, point)
        longer += [point] if any(want[name] > have.get(name, 0) for name in want) else []
        n_shorter += any(want.get(name, 0) < have[name] for name in have)
    first = campaign.points[0].job_id
    updated = document | {
        "schema_version": SCHEMA_VERSION,
        "name": campaign.name,
        "axes": list(campaign.axes),
        "anchor": anchor if (anchor := document.get("anchor")) in there else first,
        "settings": campaign.settings.model_dump(exclude_none=True),
    }
    n_others = len(there) - (len(campaign.points) - len(new))
    return Plan(new, longer, n_shorter, n_others, updated, updated != document)


def _extents(root: Path, point: Point) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return how long a job that is there goes on, and how long the campaign wants it."""
    defaults = extent_defaults(METHODS[point.statepoint["method"]["name"]])
    file = in_job(root, point.job_id, "signac_job_document.json")
    stored: dict[str, Any] = {}
    if os.path.isfile(file):
        try:
            stored = json.loads(Path(file).read_bytes()).get("extent", {})
        except ValueError as error:
            raise RootError(f"{file} is not JSON: {error}") from None
    if stored:
        # A run that ended while it was being lengthened says how far it went.
        try:
            done = json.loads(Path(in_job(root, point.job_id, "result.json")).read_bytes())
            stored |= done.get("extent", {})
        except (OSError, ValueError):
            pass
    return defaults | stored, defaults | point.extent


def apply(campaign: Campaign, plan: Plan, root: Path) -> None:
    """Write what has been planned; killed anywhere and done again it comes to the same.

    Raises
    ------
    RootError, OSError
        If signac cannot open the root, or files cannot be written.
    """
    if not (plan.new or plan.longer or plan.document_changes):
        return
    import signac

    root.mkdir(parents=True, exist_ok=True)
    try:
        project = signac.init_project(path=str(root))
    except signac.errors.Error as error:
        raise RootError(f"{root} is no project that signac can open: {error}") from None
    for sha256, source in campaign.inputs.items():
        store_input(root, sha256, source)
    for interactions in campaign.tables:
        interactions.stored(campaign.folder, root)
    mark_due(root)
    project.document.reset(plan.document)
    for point in _with_progress(plan.new):
        make_folder(root, point)
        notes = {"extent": point.extent, "source": point.source}
        if any(notes.values()):
            document = project.open_job(point.statepoint).document
            document.update({name: note for name, note in notes.items() if note})
        for marker in _markers(root, point):
            os.close(os.open(marker, os.O_CREAT | os.O_WRONLY, 0o644))
    for point in _with_progress(plan.longer):
        job = project.open_job(point.statepoint)
        have, want = _extents(root, point)
        # first due again, then longer: a kill in between costs a repetition, not the extension
        for product in ("labels", "result"):
            set_aside(root, point.job_id, product)
        job.document["extent"] = {
            name: max(want.get(name, 0), have.get(name, 0)) for name in have | want
        }
    mark_due(root)  # again, because an aggregate may have run meanwhile


def _markers(root: Path, point: Point) -> list[str]:
    """Return the files by whose names conditions know the method of a job and what it needs."""
    names = [".hoomd"] if only_hoomd(point.statepoint) else []
    names.append(f".{point.statepoint['method']['name']}")
    return [in_job(root, point.job_id, name) for name in names]


def _with_progress(points: Sequence[Point]) -> Iterable[Point]:
    if len(points) < 500:
        return points
    from rich.console import Console
    from rich.progress import track

    return track(points, "jobs", console=Console(stderr=True), transient=True)

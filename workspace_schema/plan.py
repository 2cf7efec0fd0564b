"""What a campaign changes in a root, decided before anything is written."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from workspace_schema.campaign import Campaign
from workspace_schema.canonical import extent_defaults, known_extents
from workspace_schema.design_files import (
    CRYSTAL,
    FOLDER,
    NEEDS,
    crystal_of,
    designs_of,
    table_file,
)
from workspace_schema.errors import MigrationError, RootError
from workspace_schema.files import touch, write_json
from workspace_schema.history import former_jobs, write_former_jobs
from workspace_schema.inputs import store_inputs
from workspace_schema.methods.facts import METHODS
from workspace_schema.methods.registry import method_class, on_gpu, only_hoomd
from workspace_schema.migrations import read_object
from workspace_schema.points import Point
from workspace_schema.root import (
    existing_jobs,
    has_config,
    in_job,
    make_folder,
    mark_outdated,
    pruned_jobs,
    set_aside,
    write_config,
)
from workspace_schema.versions import SCHEMA_VERSION


@dataclass(frozen=True)
class Plan:
    """What a campaign changes in a root.

    Attributes
    ----------
    n_points, n_new, n_back : int
        Jobs that the campaign has there, those of them to make, and those of these that were moved
        away before and come back.
    new : list of Point
        Jobs to make; none in a dry run.
    first : list of (Point, str)
        The first jobs of the campaign, with "new", "back" or "there".
    longer : list of Point
        Jobs that are there and go on for longer.
    n_shorter : int
        Jobs the campaign wants shorter than they are; they stay as they are.
    others : tuple of str
        Ids of the jobs of the root that the campaign does not have.
    others_change : bool
        Whether they are others than of the file before.
    document : dict
        Project document to be.
    document_changes : bool
    config_is_lost : bool
        Whether what signac knows a root by has to be made again.
    """

    n_points: int
    n_new: int
    n_back: int
    new: list[Point]
    first: list[tuple[Point, str]]
    longer: list[Point]
    n_shorter: int
    others: tuple[str, ...]
    others_change: bool
    document: dict[str, Any]
    document_changes: bool
    config_is_lost: bool

    @property
    def changes(self) -> bool:
        """Whether there is anything to do."""
        return bool(
            self.n_new
            or self.longer
            or self.document_changes
            or self.config_is_lost
            or self.others_change
        )


class Inventory:
    """Looks at the points of a campaign, one by one, and at what is there of them in a root.

    Parameters
    ----------
    root : Path
    keep : int, optional
        Keep so many points to be shown, and none to be made: for a dry run.

    Raises
    ------
    RootError
        If the jobs of the root are in its archive.
    """

    def __init__(self, root: Path, keep: int | None = None) -> None:
        self.root = root
        self.n_points = self.n_new = self.n_back = 0
        self.new: list[Point] = []
        self._known: list[Point] = []
        self._there = existing_jobs(root)
        self._pruned = pruned_jobs(root).keys()
        self._others = set(self._there)
        self._keep = keep
        self._first: str | None = None
        self._shown: list[tuple[Point, str]] = []

    def add(self, point: Point) -> None:
        """Look at a point.

        Raises
        ------
        RootError
            Where the file stood for another job until now.
        """
        self._first = self._first or point.job_id
        self.n_points += 1
        is_there = point.job_id in self._there
        self._others.discard(point.job_id)
        # the markers are written last: without them the job is not complete
        is_known = is_there and all(map(os.path.isfile, _markers(self.root, point)))
        is_back = not is_there and point.job_id in self._pruned
        self.n_back += is_back
        if self._keep is not None and len(self._shown) < self._keep:
            self._shown.append((point, "there" if is_known else "back" if is_back else "new"))
        if is_known:
            self._known.append(point)
            return
        if not is_there and point.former in self._there:
            raise RootError(
                f"{self.root} has jobs of this file with the cut-off that potentials had by default"
                " until now; system.boundary: open has none any more: say potential.r_cut, the"
                " number to go on with them, or none to have others"
            )
        self.n_new += 1
        if self._keep is None:
            self.new.append(point)

    @property
    def is_empty(self) -> bool:
        """Whether there are no jobs, and the campaign has none here."""
        return not self.n_points and not self._there

    @property
    def is_foreign(self) -> bool:
        """Whether there are jobs, and none of them is one of the campaign."""
        return bool(self._there) and len(self._others) == len(self._there)

    def plan(self, campaign: Campaign, document: dict[str, Any]) -> Plan:
        """What the campaign changes, all its points seen, in a root with this project document.

        Raises
        ------
        RootError
            If the document of a job that is there cannot be read.
        """
        longer: list[Point] = []
        n_shorter = 0
        for point in self._known:
            extent = campaign.longer.get(point.job_id, point.extent)
            have, want = _extents(self.root, replace(point, extent=extent))
            if any(want[name] > have.get(name, 0) for name in want):
                longer.append(replace(point, extent=extent))
            n_shorter += any(want.get(name, 0) < have[name] for name in have)
        others = self._others - campaign.also
        anchor = document.get("anchor")
        updated = document | {
            "schema_version": SCHEMA_VERSION,
            "name": campaign.name,
            "axes": list(campaign.axes),
            "anchor": anchor if anchor in self._there else self._first,
            "settings": campaign.settings.model_dump(exclude_none=True),
        }
        if campaign.labels is not None:
            updated["settings"]["labels"] = campaign.labels.model_dump(exclude_none=True)
        updated.pop("title", None)
        if campaign.title:
            updated["title"] = campaign.title
        return Plan(
            n_points=self.n_points,
            n_new=self.n_new,
            n_back=self.n_back,
            new=self.new,
            first=self._shown,
            longer=longer,
            n_shorter=n_shorter,
            others=tuple(sorted(others)),
            others_change=others != former_jobs(self.root),
            document=updated,
            document_changes=updated != document,
            config_is_lost=not has_config(self.root),
        )


def _extents(root: Path, point: Point) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return how long a job that is there goes on, and how long the campaign wants it."""
    method = method_class(point.statepoint["method"])
    defaults = extent_defaults(method)
    stored = known_extents(method, read_object(_document(root, point)))
    if stored:
        # A run that ended while it was being lengthened says how far it went.
        with suppress(OSError, MigrationError):
            stored |= known_extents(method, read_object(in_job(root, point.job_id, "result.json")))
    return defaults | stored, defaults | point.extent


def apply(campaign: Campaign, plan: Plan, root: Path) -> None:
    """Write what has been planned; killed anywhere and done again it comes to the same.

    Raises
    ------
    RootError, OSError
        If signac cannot open the root, or files cannot be written.
    """
    _copy_files(campaign, root)  # also where nothing changes: a copy may have been lost
    if not plan.changes:
        return
    import signac

    root.mkdir(parents=True, exist_ok=True)
    if plan.config_is_lost:
        write_config(root)
    try:
        project = signac.init_project(path=str(root))
    except signac.errors.Error as error:
        raise RootError(f"{root} is no project that signac can open: {error}") from None
    mark_outdated(root)
    project.document.reset(plan.document)
    write_former_jobs(root, plan.others)
    crystals = {crystal_of(point.statepoint) for point in plan.new} - {None}
    if crystals or any(point.statepoint["method"]["name"] == "design" for point in plan.new):
        (root / FOLDER).mkdir(exist_ok=True)
    for crystal in crystals:
        touch(root / FOLDER / f"{crystal}{CRYSTAL}")
    for point in _with_progress(plan.new):
        make_folder(root, point)
        notes = {"extent": point.extent, "source": point.source}
        if any(notes.values()):
            _note(root, point, {name: note for name, note in notes.items() if note})
        for marker in _markers(root, point):
            touch(marker)
    for point in _with_progress(plan.longer):
        have, want = _extents(root, point)
        # first due again, then longer: a kill in between costs a repetition, not the extension
        for product in ("labels", "result"):
            set_aside(root, point.job_id, product)
        if point.statepoint["method"]["name"] == "design":  # its runs wait for what it finds now
            table_file(root, point.job_id).unlink(missing_ok=True)
        extent = {name: max(want.get(name, 0), have.get(name, 0)) for name in have | want}
        _note(root, point, {"extent": extent})
    mark_outdated(root)  # again, because an aggregate may have run meanwhile


def _copy_files(campaign: Campaign, root: Path) -> None:
    """Keep the files that the campaign refers to below its root."""
    store_inputs(root, campaign.inputs)
    for interactions in campaign.tables:
        interactions.stored(campaign.folder, root)


def _document(root: Path, point: Point) -> str:
    return in_job(root, point.job_id, "signac_job_document.json")


def _note(root: Path, point: Point, notes: dict[str, Any]) -> None:
    """Write into the document of a job, as signac keeps it."""
    file = _document(root, point)
    write_json(file, read_object(file) | notes)


def _markers(root: Path, point: Point) -> list[str]:
    """Return the files by whose names conditions know the method of a job and what it needs."""
    names = [".hoomd"] if only_hoomd(point.statepoint) else []
    usually = METHODS[point.statepoint["method"]["name"]].on_gpu
    if on_gpu(point.statepoint) != usually:
        names.append(".cpu" if usually else ".gpu")
    crystal = crystal_of(point.statepoint)
    needed = (*designs_of(point.statepoint), *([crystal] if crystal else []))
    names += [f"{NEEDS}{one}" for one in needed]
    names.append(f".{point.statepoint['method']['name']}")
    return [in_job(root, point.job_id, name) for name in names]


def _with_progress(points: Sequence[Point]) -> Iterable[Point]:
    if len(points) < 500:
        return points
    from rich.console import Console
    from rich.progress import track

    return track(points, "jobs", console=Console(stderr=True), transient=True)

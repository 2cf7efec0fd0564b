"""The campaign as it is now, kept up to date by one thread while somebody looks.

No request waits for the workspace: it gets the last snapshot. The thread looks at the times of the
job folders (events of a file system do not come over a network), for half a second at most at a
time, reads the tidy table when it has changed, and the few jobs that are newer than the table.
"""

from __future__ import annotations

import contextlib
import json
import logging
import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analysis.phase_diagram.lines import whole
from analysis.phase_diagram.table import TABLE_FILE
from operations.jobs.document import read_document
from operations.jobs.files import check_file
from operations.monitor.campaign_view import CampaignView, JobState, Listing, view
from operations.results.rows import checked, row
from operations.slurm.scheduler import SchedulerError
from operations.slurm.submission import Queue

#: Seconds between two looks, after which nobody is taken to be looking, between two questions to
#: the scheduler, between two views of a campaign in which nothing has changed.
PERIOD, IDLE, ASK, VIEW = 2.0, 90.0, 60.0, 10.0
#: Seconds of looking into folders, or of reading rows, at a time: before everything has been seen
#: once, and after.
FIRST_LOOK, LOOK = 3.0, 0.5
#: Rows of the table that are read.
MOST_ROWS = 2_000_000
#: A job that has finished so many seconds before the table was written may not be in it.
MARGIN = 60.0
#: What the table says of a job and its files do not.
KEPT = ("predicted_label",)


@dataclass(frozen=True)
class Snapshot:
    """What is shown.

    Attributes
    ----------
    view : CampaignView
    jobs : dict
        Job id to `JobState`.
    rows : dict
        Job id to its row of the tidy table, newer where the job is newer than the table.
    axes : list of str
        Dotted names of the campaign's axes.
    arrangement : dict
        How the table is drawn, as `operations.results.protocol.arrange` says; empty where it does
        not.
    lines : dict
        What the table says of lines over the diagram, as `analysis.phase_diagram.lines.keep` has
        written it.
    version : int
        Another one where `jobs` or `rows` are others.
    pending : int
        Jobs of which the row has not been read yet.
    """

    view: CampaignView
    jobs: dict[str, JobState]
    rows: dict[str, dict[str, Any]]
    axes: list[str]
    arrangement: dict[str, Any]
    lines: dict[str, Any]
    version: int
    pending: int


@dataclass
class _Table:
    """The tidy table in memory, and what is newer than it."""

    root: Path
    axes: list[str] = field(default_factory=list)
    arrangement: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, Any] = field(default_factory=dict)
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    _read: dict[str, float] = field(default_factory=dict)
    _stale: set[str] = field(default_factory=set)
    _stamp: int = -1
    _texts: set[str] = field(default_factory=set)

    @property
    def pending(self) -> int:
        return len(self._stale)

    def update(
        self, jobs: Mapping[str, JobState], changed: set[str], axes: list[str], seconds: float
    ) -> bool:
        """Take in what has changed, reading for so many seconds; whether anything has."""
        candidates: set[str] = changed
        loaded = self._load() if axes == self.axes else True
        if axes != self.axes:
            self.axes, self._stamp = axes, -1
            self.rows, self._read = {}, {}
            self._load()
        if loaded:
            candidates = set(jobs)
        for job_id in candidates:
            job = jobs.get(job_id)
            if job is None:
                self.rows.pop(job_id, None)
                self._stale.discard(job_id)
            elif self._is_stale(job_id, job):
                self._stale.add(job_id)
        for job_id in self.rows.keys() - jobs.keys() if loaded else ():
            if jobs:
                del self.rows[job_id]
        return self._read_stale(jobs, seconds) or loaded or bool(changed)

    def _is_stale(self, job_id: str, job: JobState) -> bool:
        known = self.rows.get(job_id)
        return (
            known is None
            or known.get("status") != job.status
            or job.written > self._read.get(job_id, 0.0)
        )

    def _load(self) -> bool:
        """Read the table where it is another one than before; whether it is."""
        path = self.root / TABLE_FILE
        try:
            status = path.stat()
        except OSError:
            return False
        if status.st_mtime_ns == self._stamp:
            return False
        self._stamp = status.st_mtime_ns
        import pyarrow as pa
        import pyarrow.parquet as parquet

        try:
            check_file(path)
            n_rows = parquet.read_metadata(path).num_rows
            if n_rows > MOST_ROWS:
                raise ValueError(f"{n_rows} rows, expected at most {MOST_ROWS}")
            table = parquet.read_table(path, page_checksum_verification=True)
            rows = table.to_pylist()
            self.arrangement = whole_arrangement(table.schema, self.axes)
            self.lines = whole(_attributes(table.schema))
        except Exception as error:  # whatever the file may hold
            logging.getLogger(__name__).warning("%s cannot be read: %s", path, error)
            return False
        self._texts = {
            field.name
            for field in table.schema
            if pa.types.is_string(field.type) or pa.types.is_large_string(field.type)
        }
        for line in rows:
            job_id = str(line.get("job_id"))
            if self._read.get(job_id, 0.0) < status.st_mtime - MARGIN:
                self._read[job_id] = status.st_mtime - MARGIN
            self.rows[job_id] = checked(line)
        return True

    def _read_stale(self, jobs: Mapping[str, JobState], seconds: float) -> bool:
        """Read rows from job folders, for a time at most; whether there were any."""
        end = time.monotonic() + seconds
        done = set()
        added = self.arrangement.get("added", ())
        for job_id in self._stale:
            line = row(self.root / "workspace" / job_id, [*self.axes, *added])
            if line is not None:
                for name in self._texts & {*self.axes, *added}:
                    if isinstance(line[name], int | float):
                        line[name] = f"{line[name]:g}"  # as in the table
                old = self.rows.get(job_id, {})
                kept = {name: old[name] for name in KEPT if name in old}
                self.rows[job_id] = kept | line
            self._read[job_id] = jobs[job_id].written
            done.add(job_id)
            if time.monotonic() > end:
                break
        self._stale -= done
        return bool(done)


def whole_arrangement(schema: Any, axes: list[str]) -> dict[str, Any]:
    """What the table of a campaign with these axes says of how it is drawn; empty where that is
    damaged, or names columns that are not there."""
    try:
        found = _attributes(schema).get("diagram", {})
        lists = [found[key] for key in ("axes", "added", "panels", "follows")]
        conditions = found["conditions"]
        named = {name for one in lists for name in one}
    except (ValueError, TypeError, KeyError, AttributeError):
        return {}
    known = named <= {*schema.names, *axes} and all(isinstance(one, list) for one in lists)
    kinds = isinstance(conditions, dict) and all(isinstance(v, dict) for v in conditions.values())
    return found if known and kinds else {}


def _attributes(schema: Any) -> dict[str, Any]:
    """What a table says beside its columns; {} where that cannot be read."""
    try:
        found = json.loads((schema.metadata or {}).get(b"PANDAS_ATTRS", b"{}"))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


class Live:
    """The last snapshot of a campaign, and the thread that makes the next one.

    Parameters
    ----------
    root : Path
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        #: Called once after the first look: what is slow the first time.
        self.prepare: list[Callable[[], object]] = []
        self._listing = Listing(root)
        self._table = _Table(root)
        self._snapshot: Snapshot | None = None
        self._lock = threading.Lock()
        self._asked = time.monotonic()
        self._wake = threading.Event()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._cost = 0.0  # seconds that the last view took
        self._scheduler: tuple[float, set[str], set[str]] = (-ASK, set(), set())

    @property
    def name(self) -> str:
        """Of the campaign."""
        return self._snapshot.view.name if self._snapshot else "campaign"

    def now(self) -> Snapshot:
        """The last snapshot; the first one is made here."""
        if time.monotonic() - self._asked > IDLE:
            self._wake.set()
        self._asked = time.monotonic()
        return self._snapshot or self.update()

    def update(self) -> Snapshot:
        """Look at the campaign, and make a snapshot where it has changed."""
        with self._lock:
            known = self._listing.complete and not self._table.pending
            seconds = LOOK if known else FIRST_LOOK
            changed = self._listing.refresh(seconds)
            axes = list(read_document(self.root).get("axes", []))
            other = self._table.update(self._listing.jobs, changed, axes, seconds)
            old = self._snapshot
            queued, active = self._ask()
            running = any(job.state == "running" for job in self._listing.jobs.values())
            age = time.time() - old.view.time if old is not None else math.inf
            if old is not None and not other and not running and age < VIEW:
                return old
            busy = bool(self._table.pending) or not self._listing.complete
            if old is None or not busy or age > 5.0 * self._cost + PERIOD:
                begin = time.monotonic()
                seen = view(self._listing, queued, active)
                self._cost = time.monotonic() - begin
            else:
                seen = old.view
            self._snapshot = Snapshot(
                view=seen,
                jobs=dict(self._listing.jobs) if other or old is None else old.jobs,
                rows=dict(self._table.rows) if other or old is None else old.rows,
                axes=axes,
                arrangement=self._table.arrangement,
                lines=self._table.lines,
                version=(old.version if old else 0) + other,
                pending=self._table.pending,
            )
            return self._snapshot

    def _ask(self) -> tuple[set[str], set[str]]:
        """Jobs that are queued and that run, as SLURM says, where there are packs."""
        when, queued, active = self._scheduler
        if time.monotonic() - when < ASK:
            return queued, active
        with contextlib.suppress(SchedulerError, OSError):
            queue = Queue.ask(self.root)
            queued, active = queue.waiting, queue.active
        self._scheduler = (time.monotonic(), queued, active)
        return queued, active

    def start(self) -> None:
        """Begin to look."""
        self._thread = threading.Thread(target=self._run, name="live", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End it."""
        self._ended.set()
        self._wake.set()

    def _run(self) -> None:
        todo = [self.update, *self.prepare]
        while not self._ended.is_set():
            begin = time.monotonic()
            try:
                (todo.pop(0) if todo else self.update)()
            except Exception:
                logging.getLogger(__name__).exception("the campaign could not be looked at")
            took = time.monotonic() - begin
            if time.monotonic() - self._asked > IDLE:
                self._wake.wait()
            self._wake.clear()
            busy = (
                todo
                or self._snapshot is None
                or self._snapshot.pending
                or not self._listing.complete
            )
            # as long a rest as the look took, and more, once everything is known
            self._ended.wait(0.2 if busy else max(took, PERIOD))

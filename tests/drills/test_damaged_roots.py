"""Roots damaged at random, or made by a stranger: nothing outside them is touched, nothing changes
without a word, and the other jobs have their table, diagram, page, atlas, report and dashboard.

`CAMPAIGN_DRILLS` roots (a few in the fast tests, 500 in `make drills`) from `CAMPAIGN_SEED`.
"""

from __future__ import annotations

import json
import math
import os
import random
import shutil
import signal
import sys
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import project
from operations.jobs import driver
from operations.jobs.eligibility import next_step
from operations.jobs.folders import listed
from operations.jobs.seal import FILES, JOB, SEAL
from operations.monitor.dashboard.app import CampaignDashboard
from operations.results import report
from operations.results.aggregate import aggregate
from operations.results.label import label
from workspace_schema.errors import RootError

AXES = ["potential.r0", "potential.epsilon"]
PRODUCTS = ("phase_diagram.parquet", "phase_diagram.png", "phase_diagram.html", "atlas.json")
#: What may not change without a word.
VALUES = ("label", "confidence", "energy_per_particle", "number_density", "pressure", *AXES)
#: Seconds after which a case hangs.
PATIENCE = 120

#: Text of JSON values that no product of ours has.
HOSTILE = (
    "1" + "0" * 400,
    "-" + "9" * 5000,
    '"\\ud800"',
    '"\\udce9.gsd"',
    "NaN",
    "-Infinity",
    "1e308",
    "true",
    "null",
    "{}",
    "[[1, [2]]]",
    '"$\\\\frac{1}"',
    '"<script>alert(1)</script>"',
    '"\\u001b[2J\\u0000\\r\\n"',
    '"' + "x" * 100_000 + '"',
    "[" * 20_000 + "]" * 20_000,
)


class Case:
    """One root to be damaged, and what lies outside it."""

    def __init__(self, root: Path, draw: random.Random) -> None:
        self.root, self.draw = root, draw
        self.outside = root.parent / "outside"
        self.outside.mkdir()
        for name in ("precious", "result.json", "labels.json", "final.gsd"):
            (self.outside / name).write_text("do not touch")
        self.jobs = sorted((root / "workspace").iterdir())
        self.done: list[str] = []
        #: Jobs whose values are what somebody has written, without a seal.
        self.rewritten: set[str] = set()

    def canaries(self) -> list[tuple[str, bytes, int]]:
        """All that is outside, with times."""
        return [
            (path.name, path.read_bytes(), path.stat().st_mtime_ns)
            for path in sorted(self.outside.iterdir())
        ]

    def file(self) -> Path:
        """A file of a job, of the results, or of the root."""
        where = self.draw.random()
        if where < 0.75:
            job = self.draw.choice([job for job in self.jobs if job.is_dir()])
            files = [path for path in job.iterdir() if path.is_file()]
            return self.draw.choice(sorted(files) or [job / "result.json"])
        if where < 0.95:
            files = [path for path in (self.root / "results").rglob("*") if path.is_file()]
            return self.draw.choice(sorted(files) or [self.root / "results" / "atlas.json"])
        return self.root / "signac_project_document.json"

    def damage(self) -> None:
        """Do one thing to the root."""
        kind = self.draw.choice(DAMAGES)
        path = self.file()
        self.done.append(f"{kind.__name__} {path.relative_to(self.root)}")
        kind(self, path)


def content(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


def replace(path: Path, new: bytes | None) -> None:
    """Put something in the place of a file; None: nothing."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    if new is not None:
        path.write_bytes(new)


def truncated(case: Case, path: Path) -> None:
    whole = content(path)
    replace(path, whole[: case.draw.randrange(len(whole) + 1)])


def flipped(case: Case, path: Path) -> None:
    whole = bytearray(content(path))
    for _ in range(case.draw.choice((1, 1, 3, 20)) if whole else 0):
        whole[case.draw.randrange(len(whole))] ^= 1 << case.draw.randrange(8)
    replace(path, bytes(whole))


def swapped(case: Case, path: Path) -> None:
    other = case.draw.choice(case.jobs) / path.name
    mine, theirs = content(path), content(other)
    if theirs and other != path:
        replace(path, theirs)
        replace(other, mine)


def copied_from_a_sister(case: Case, path: Path) -> None:
    """All products of another job at once."""
    one, other = case.draw.sample(case.jobs, 2)
    for name in case.draw.choice((["final.gsd"], ["result.json", "final.gsd", "labels.json"])):
        if (other / name).is_file():
            replace(one / name, content(other / name))


def deleted(case: Case, path: Path) -> None:
    replace(path, None)


def link(case: Case, path: Path) -> None:
    """To a file outside, to a folder, to nothing."""
    replace(path, None)
    path.symlink_to(case.outside / case.draw.choice(("precious", "nothing", ".")))


def marker(case: Case, path: Path) -> None:
    """A link or a pipe where a lock or a mark is written."""
    folder = case.draw.choice([*case.jobs, case.root / "results"])
    name = (".lock", ".running", ".again", "attempts.jsonl", ".due", "failed.json")
    path = folder / case.draw.choice(name)
    replace(path, None)
    if case.draw.random() < 0.7:
        path.symlink_to(case.outside / case.draw.choice(("precious", "nothing")))
    else:
        os.mkfifo(path)


def special(case: Case, path: Path) -> None:
    """A pipe, a folder, /dev/zero, a file of holes."""
    replace(path, None)
    what = case.draw.randrange(4)
    if what == 0:
        os.mkfifo(path)
    elif what == 1:
        path.mkdir()
    elif what == 2:
        path.symlink_to("/dev/zero")
    else:
        path.touch()
        os.truncate(path, 1 << 40)


def garbage(case: Case, path: Path) -> None:
    replace(path, case.draw.randbytes(case.draw.choice((0, 1, 100, 10_000))))


def bomb(case: Case, path: Path) -> None:
    """An archive that unpacks to gigabytes, or says it has more than it has."""
    job = case.draw.choice(case.jobs)
    path = job / case.draw.choice(("labels.npz", "thermo.npz", "checkpoint.npz"))
    replace(path, None)
    size = case.draw.choice((3 << 30, 1 << 40)) if case.draw.random() < 0.1 else 1 << 40
    head = f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({size // 8},), }}"
    head = head.ljust(117) + "\n"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name in ("per_particle", "probabilities", "step", "positions"):
            with archive.open(f"{name}.npy", "w", force_zip64=True) as stream:
                stream.write(b"\x93NUMPY\x01\x00v\x00" + head.encode())
                for _ in range(size >> 24 if size < 1 << 32 else 1):
                    stream.write(bytes(1 << 20))


def crowded(case: Case, path: Path) -> None:
    """A configuration that says it has more particles than bytes."""
    import gsd.fl
    import numpy as np

    job = case.draw.choice(case.jobs)
    replace(job / "final.gsd", None)
    with gsd.fl.open(str(job / "final.gsd"), "w", "x", "hoomd", [1, 4]) as file:
        file.write_chunk("particles/N", np.array([4 * 10**9], dtype=np.uint32))
        file.end_frame()


def hostile_value(case: Case, path: Path) -> None:
    """A value that no product has, in one that is sealed, or in one that has no seal."""
    job = case.draw.choice(case.jobs)
    names = ("result.json", "labels.json", "signac_statepoint.json", "failed.json")
    documents = [job / name for name in (*names, "signac_job_document.json")]
    path = case.draw.choice([*documents, case.root / "signac_project_document.json"])
    try:
        known = json.loads(content(path) or b'{"reason": "hot", "operation": "forward"}')
    except ValueError:
        return
    if not isinstance(known, dict) or not known:
        return
    if case.draw.random() < 0.7:
        known = {key: value for key, value in known.items() if key not in (JOB, FILES, SEAL)}
        case.rewritten.add(job.name)
    parts, key = known, case.draw.choice(list(known))
    while isinstance(parts[key], dict) and parts[key] and case.draw.random() < 0.8:
        parts = parts[key]
        key = case.draw.choice(list(parts))
    parts[key] = "@@"
    replace(path, json.dumps(known).replace('"@@"', case.draw.choice(HOSTILE)).encode())


def strange_names(case: Case, path: Path) -> None:
    """Names that are no text, and what is no job beside jobs."""
    job = case.draw.choice(case.jobs)
    for folder in (job, case.root / "workspace", case.root / "results", case.root):
        (folder / os.fsdecode(b"caf\xe9.gsd")).write_bytes(b"x")
    replace(case.root / "workspace" / ("f" * 32), None)
    (case.root / "workspace" / ("f" * 32)).symlink_to(case.outside)
    (case.root / "workspace" / ("e" * 32)).mkdir(exist_ok=True)


def part_elsewhere(case: Case, path: Path) -> None:
    """A part of the root that is a link out of it: nothing is done at all."""
    part = case.root / case.draw.choice(("results", "workspace", "results/.cache"))
    replace(part, None)
    part.symlink_to(case.outside)


def lost_configuration(case: Case, path: Path) -> None:
    replace(case.root / ".signac" / "config", case.draw.choice((None, b"", b"\xff{", b"[")))


DAMAGES: list[Callable[[Case, Path], None]] = [
    truncated,
    flipped,
    flipped,
    flipped,
    swapped,
    copied_from_a_sister,
    deleted,
    link,
    marker,
    special,
    garbage,
    bomb,
    crowded,
    hostile_value,
    hostile_value,
    strange_names,
]
#: Of the root as a whole: one case in ten.
OF_THE_ROOT: list[Callable[[Case, Path], None]] = [part_elsewhere, lost_configuration]


@contextmanager
def at_most(seconds: int) -> Iterator[None]:
    def late(*_: object) -> None:
        raise TimeoutError(f"it hangs: {seconds} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def operate(case: Case) -> None:
    """What `run` does to the jobs that are due, in this process."""
    settings = {"engine": "lammps", "device": "auto", "frames": 5, "log_period": 100}
    for job in case.jobs:
        step = next_step(listed(job))
        if step is None:
            continue
        if step.operation == "label":
            label(job, case.root)
        else:
            driver.run(job, case.root, settings, step.needs.removeprefix("."))


def look(case: Case) -> None:
    """Every page of the dashboard, and of two jobs."""
    dashboard = CampaignDashboard(case.root, {"ACCESS_TOKEN": None})
    browser = dashboard.app.test_client()
    pages = ["/", "/phase-diagram", "/atlas", "/jobs", "/compare", "/api/campaign", "/api/diagram"]
    names = ("", "/picture.png?size=160", "/particles.json", "/thermo.json", "/rdf.json")
    inside = [f"/jobs/{job.name}{name}" for job in case.jobs[:2] for name in names]
    pages += [f"/jobs/{job.name}" for job in case.jobs[2:]]
    for page in [*pages, *inside]:
        answer = browser.get(page)
        assert answer.status_code in ((200, 404, 422) if page.startswith("/jobs/") else (200,)), (
            page,
            answer.text[:2000],
        )


def status(case: Case, monkeypatch: pytest.MonkeyPatch) -> int:
    """`project.py status -d` in this process."""
    with monkeypatch.context() as patch:
        patch.chdir(case.root)
        patch.delenv("CAMPAIGN_ROOT", raising=False)
        patch.setattr(sys, "argv", ["project.py", "status", "-d"])
        try:
            return project.main()
        finally:
            patch.setenv("CAMPAIGN_ROOT", "")


def rows(root: Path) -> dict[str, dict[str, Any]]:
    table = pd.read_parquet(root / "results" / "phase_diagram.parquet")
    return {str(line["job_id"]): line for line in table.to_dict("records")}


def missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def changed(found: dict[str, Any], expected: dict[str, Any]) -> list[str]:
    """Values that are others than they were, and not missing."""
    return [
        name
        for name in VALUES
        if not missing(found[name]) and not missing(expected[name])
        if found[name] != expected[name]
    ]


def drill(number: int, both: Path, folder: Path, patch: pytest.MonkeyPatch, capfd: Any) -> str:
    """One root; returns what is wrong, "" where all is well."""
    draw = random.Random(number)
    shutil.copytree(both, folder / "root")
    case = Case(folder / "root", draw)
    whole = draw.random() < 0.1
    if whole:
        kind = draw.choice(OF_THE_ROOT)
        case.done.append(kind.__name__)
        kind(case, case.root)
    else:
        for _ in range(draw.choice((1, 1, 2, 4))):
            case.damage()
    before, expected = case.canaries(), rows(both)
    capfd.readouterr()
    said = ""
    try:
        with at_most(PATIENCE):
            if whole:
                return refused(case, patch, capfd, before)
            (case.root / "results").mkdir(exist_ok=True)
            due = case.root / "results" / ".due"
            if not due.is_symlink() and not due.exists():
                due.touch()
            aggregate(case.root, "both_ways", AXES)
            table = case.root / "results" / "phase_diagram.parquet"
            said = capfd.readouterr().err
            stuck = "aggregate results: failed: [Errno" in said  # the lock or record is a link
            if not stuck:
                # a folder in the place of a product is named, and stays
                missed = [name for name in PRODUCTS if not (table.parent / name).exists()]
                if missed:
                    return f"not made: {missed}: {case.done}: {said[-500:]}"
            if not stuck and table.is_file():
                found = rows(case.root)
                silent = {
                    job_id: changed(found[job_id], expected[job_id])
                    for job_id in found.keys() & expected.keys() - case.rewritten
                }
                silent = {job_id: names for job_id, names in silent.items() if names}
                if silent:
                    return f"changed without a word: {silent}"
                lost = [
                    job_id
                    for job_id, line in expected.items()
                    if not missing(line["label"])
                    and missing(found.get(job_id, {}).get("label"))
                    and job_id not in said
                    and (case.root / "workspace" / job_id / "labels.json").exists()
                    and (case.root / "workspace" / job_id / "result.json").exists()
                ]
                if lost:
                    return f"left out without a word: {lost}"
                report.report(case.root, "both_ways", AXES)
                if not (case.root / report.FILE).is_file():
                    return "no report"
            status(case, patch)
            look(case)
            operate(case)
            aggregate(case.root, "both_ways", AXES)
    except Exception as error:
        import traceback

        return f"{type(error).__name__}: {case.done}: {error}\n{traceback.format_exc()[-3000:]}"
    said += capfd.readouterr().err
    if "Traceback" in said:
        return f"a traceback: {said[said.index('Traceback') :][:3000]}"
    return "" if case.canaries() == before else "touched what is outside"


def refused(case: Case, patch: pytest.MonkeyPatch, capfd: Any, before: Any) -> str:
    """A root that is refused as a whole: in a line, with nothing done."""
    if status(case, patch) != 2:
        return "not refused"
    lines = capfd.readouterr().err.splitlines()
    if len(lines) != 1 or str(case.root) not in lines[0]:
        return f"not one line: {lines}"
    with pytest.raises(RootError):
        CampaignDashboard(case.root, {"ACCESS_TOKEN": None})
    if "part" in case.done[0]:
        aggregate(case.root, "both_ways", AXES)
        if "is a link out of the campaign" not in capfd.readouterr().err:
            return "aggregate does not refuse"
    return "" if case.canaries() == before else "touched what is outside"


def many(
    count: int, both: Path, tmp_path: Path, patch: pytest.MonkeyPatch, capfd: Any
) -> dict[int, str]:
    """What is wrong, by the number of the drill."""
    first = int(os.environ.get("CAMPAIGN_SEED", "1")) * 100_000
    wrong = {}
    for number in range(first, first + count):
        folder = tmp_path / str(number)
        folder.mkdir()
        what = drill(number, both, folder, patch, capfd)
        if what:
            wrong[number] = what
            with capfd.disabled():
                print(f"\ndrill {number}: {what}", flush=True)
        shutil.rmtree(folder)
    kinds = Counter(what.split(":")[0] for what in wrong.values())
    with capfd.disabled():
        print(f"\n{count} damaged roots from {first}: {dict(kinds) or 'all well'}", flush=True)
    return wrong


def test_some(both: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any) -> None:
    assert many(3, both, tmp_path, monkeypatch, capfd) == {}


@pytest.mark.drill
@pytest.mark.slow
def test_many(both: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any) -> None:
    count = int(os.environ.get("CAMPAIGN_DRILLS", "500"))
    assert many(count, both, tmp_path, monkeypatch, capfd) == {}

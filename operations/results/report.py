"""Gather what the report of a campaign shows: results/report.html, from the table and products."""

from __future__ import annotations

import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.atlas import Entry, read_atlas
from analysis.ground_states import UNKNOWN
from analysis.notation import format_value, is_missing
from analysis.phase_diagram.table import read_table
from analysis.references import (
    ALWAYS,
    ENGINES,
    LABELS,
    STRUCTURES,
    cited,
    of_method,
    of_potential,
    of_system,
)
from analysis.report import Report, Rows, Tile, write
from operations.jobs.attempts import recorded, survived
from operations.jobs.files import read_bytes, readable_json, replacing
from operations.jobs.locks import exclusive
from operations.jobs.progress import say
from operations.jobs.state import FINAL, RESULT, STATEPOINT
from operations.monitor.survey import failure
from operations.results.aggregate import bring_up_to_date
from operations.results.atlas import portrait
from operations.results.configurations import in_a_line, read_configuration
from operations.results.rows import is_number, product
from operations.rounds.summary import summary as rounds_of
from workspace_schema.root import check_links

if TYPE_CHECKING:
    import pandas as pd

FILE = Path("results") / "report.html"

#: Figures beside the diagram, by their files, and what they show.
FIGURES = {
    "coexistence.png": "Coexistence",
    "equation_of_state.png": "Equations of state",
    "free_energy_profiles.png": "Free energy along collective variables",
    "heat_capacities.png": "Along the temperature",
}
#: Structures with a picture, about 20 kB each; the others are in the atlas without one.
MOST_PICTURES = 200
#: Bytes of the diagram.
MOST_DIAGRAM = 100_000_000
#: Designs with a figure, about 60 kB each.
MOST_DESIGNS = 100
#: Failed jobs whose reason is shown.
MOST_FAILURES = 200

_JOB_COLUMNS = {
    "source": "file",
    "method": "method",
    "replica": "replica",
    "status": "status",
    "label": "label",
    "confidence": "confidence",
    "predicted_label": "predicted",
    "verdict": "verdict",
    "stability": "by free energy",
    "energy_per_particle": "U/N",
    "enthalpy_per_particle": "H/N",
    "number_density": "density",
    "wall_seconds": "wall time (s)",
}


def report(root: Path, name: str, axes: list[str]) -> None:
    """Write results/report.html of the campaign at `root`; results out of date are made first."""
    results = root / "results"
    with ExitStack() as stack:
        stack.enter_context(survived(results, "report"))
        check_links(root)
        results.mkdir(exist_ok=True)
        bring_up_to_date(root, name, axes)
        busy = "another process makes the results; waiting for it"
        stack.enter_context(exclusive(results, wait=busy))
        stack.enter_context(recorded(results, "report", tries=1))
        content = contents(root, name, axes)
        with replacing(root / FILE) as temporary:
            write(content, temporary)
        print(f"report: {dict(content.summary)['jobs']} jobs → {root / FILE}", file=sys.stderr)


def contents(root: Path, name: str, axes: list[str]) -> Report:
    """What the report of the campaign shows."""
    table = read_table(root)
    once = table.drop_duplicates("job_id")  # several rows of one job are one job here
    entries = _atlas(root)
    jobs = list(_jobs(root, once))
    finished = [result for _, result in jobs if result]
    hours = sum(_number(one.get("wall_seconds")) for one in finished) / 3600
    status = once["status"].value_counts()
    summary = [("jobs", str(len(once)))]
    summary += [(str(word), str(count)) for word, count in status.items()]
    named = {entry.name for entry in entries if not entry.name.startswith(UNKNOWN)}
    summary += [("structures", str(len(entries))), ("with a name", str(len(named)))]
    summary.append(("wall hours", f"{hours:.3g}"))
    return Report(
        title=name,
        made=time.strftime("Made on %d %B %Y from the results of the campaign."),
        summary=summary,
        diagram=_diagram(root / "results" / "phase_diagram.png"),
        figures=list(_figures(root / "results")),
        rounds=rounds.lines() if (rounds := rounds_of(root)) else [],
        atlas=[
            Tile(entry, _picture(root, entry.jobs[0]) if k < MOST_PICTURES else None)
            for k, entry in enumerate(entries)
        ],
        designs=list(_designs(root, table)),
        methods=_methods([statepoint for statepoint, _ in jobs], axes),
        axes=Rows(("axis", "values"), [(axis, _values(table[axis])) for axis in axes]),
        versions=_versions(finished, once),
        cost=_cost(jobs),
        jobs=_job_rows(table, axes),
        failures=_failures(root, once),
        references=cited(_keys(jobs)),
    )


def _jobs(root: Path, table: pd.DataFrame) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """State point and result of every job of the table."""
    for job_id in table["job_id"]:
        folder = root / "workspace" / str(job_id)
        statepoint = readable_json(folder / STATEPOINT)
        yield statepoint, product(folder, RESULT, files=False)


def _designs(root: Path, table: pd.DataFrame) -> Iterator[tuple[str, bytes]]:
    """In words, and as a figure, what the designs came to."""
    from analysis.design_figure import MOST_CRYSTALS, design_figure

    finished = table[(table["method"] == "design") & (table["status"] == "finished")]
    for job_id in finished["job_id"].head(MOST_DESIGNS):
        folder = root / "workspace" / str(job_id)
        result = product(folder, RESULT, files=False)
        try:
            design = result["design"]
            found = design.get("parameters") or {}
            words = [design.get(name) for name in ("by", "target", "verdict", "reason")]
            words += [f"{name} = {value:.4g}" for name, value in found.items()]
            crystals = [
                read_configuration(folder / FINAL, k)
                for k in range(min(len(result.get("structures") or ()), MOST_CRYSTALS))
            ]
            figure = design_figure(result, crystals)
        except Exception as error:  # whatever a file may hold, the others have their figures
            say(f"report: no figure of {job_id}: {in_a_line(error)}")
            continue
        yield f"{job_id[:8]}: {', '.join(str(word) for word in words if word)}", figure


def _number(value: Any) -> float:
    """A number of a result; 0 where there is none."""
    return float(value) if is_number(value) else 0.0


def _method(statepoint: Mapping[str, Any]) -> dict[str, Any]:
    """The method of a state point; empty where there is none."""
    method = statepoint.get("method")
    return method if isinstance(method, dict) else {}


def _diagram(file: Path) -> bytes | None:
    try:
        return read_bytes(file, MOST_DIAGRAM)
    except OSError as error:
        say(f"report: no diagram: {error}")
        return None


def _figures(results: Path) -> Iterator[tuple[str, bytes]]:
    """The other figures that `aggregate` has drawn, each with what it shows."""
    for name, words in FIGURES.items():
        if (results / name).is_file() and (figure := _diagram(results / name)):
            yield words, figure


def _atlas(root: Path) -> list[Entry]:
    try:
        return read_atlas(root)
    except Exception as error:
        say(f"report: no atlas: {in_a_line(error)}")
        return []


def _picture(root: Path, job_id: str) -> bytes | None:
    try:
        return portrait(root / "workspace" / job_id)
    except Exception as error:  # whatever a file may hold, the others have their pictures
        say(f"report: no picture of {job_id}: {in_a_line(error)}")
        return None


def _flat(value: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted names and values of a state point."""
    for key, one in value.items():
        if isinstance(one, Mapping):
            yield from _flat(one, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", one


def _methods(statepoints: list[dict[str, Any]], axes: list[str]) -> list[tuple[str, Rows]]:
    """Parameters of each method's jobs: the value all have, or how many values there are."""
    seen: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for statepoint in statepoints:
        method = str(_method(statepoint).get("name", "?"))
        for key, value in _flat(statepoint):
            if key not in (*axes, "method.name", "replica"):
                seen[method][key][format_value(value)] += 1
    tables = []
    for method, parameters in sorted(seen.items()):
        rows = [
            (key, next(iter(values)) if len(values) == 1 else _listed(values))
            for key, values in parameters.items()
        ]
        tables.append((method.replace("_", " "), Rows(("parameter", "value"), rows)))
    return tables


def _listed(values: Counter[str]) -> str:
    shown = ", ".join(list(values)[:8])
    return shown if len(values) <= 8 else f"{shown}, … ({len(values)} values)"


def _values(column: pd.Series) -> str:
    values = [format_value(value) for value in column.dropna().drop_duplicates()]
    return _listed(Counter(values)) if len(values) <= 40 else f"{len(values)} values"


def _versions(finished: list[dict[str, Any]], table: pd.DataFrame) -> Rows:
    engines = Counter(
        f"{one.get('engine')} {one.get('engine_version') or ''} ({one.get('device')})"
        for one in finished
    )
    rows = [("engine", text, f"{count} jobs") for text, count in sorted(engines.items())]
    models = Counter(str(model) for model in table["model"] if not is_missing(model))
    rows += [("labels", model, f"{count} jobs") for model, count in sorted(models.items())]
    packages: dict[str, Counter[str]] = defaultdict(Counter)
    for one in finished:
        known = one.get("versions")
        for package, version in known.items() if isinstance(known, dict) else ():
            packages[str(package)][str(version)] += 1
    rows += [
        (package, version, f"{count} jobs")
        for package, versions in sorted(packages.items())
        for version, count in sorted(versions.items())
    ]
    return Rows(("what", "version", "in"), rows)


def _cost(jobs: list[tuple[dict[str, Any], dict[str, Any]]]) -> Rows:
    kinds: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for statepoint, result in jobs:
        if result:
            method = str(_method(statepoint).get("name", "?"))
            kinds[method, str(result.get("device"))].append(result)
    rows = []
    for (method, device), results in sorted(kinds.items()):
        seconds = [_number(one.get("wall_seconds")) for one in results]
        evaluations = sum(_number(one.get("energy_evaluations")) for one in results)
        rows.append(
            (
                method.replace("_", " "),
                device,
                str(len(results)),
                f"{sum(seconds) / 3600:.3g}",
                f"{sum(seconds) / len(seconds):.3g}",
                f"{max(seconds):.3g}",
                f"{evaluations:.3g}" if evaluations else "–",
            )
        )
    head = ("method", "device", "finished", "wall hours", "mean (s)", "longest (s)", "evaluations")
    return Rows(head, rows)


def _job_rows(table: pd.DataFrame, axes: list[str]) -> Rows:
    columns = {
        name: head
        for name, head in _JOB_COLUMNS.items()
        if name in table.columns and (name != "source" or table[name].notna().any())
    }
    shown = table[["job_id", *axes, *columns]]
    rows = [tuple(format_value(value) for value in row) for row in shown.itertuples(index=False)]
    return Rows(("job", *axes, *columns.values()), rows)


def _failures(root: Path, table: pd.DataFrame) -> Rows:
    failed = [str(job_id) for job_id in table.loc[table["status"] == "failed", "job_id"]]
    sources = table.set_index("job_id")["source"].dropna()
    rows = [
        (
            f"{job_id} ({sources[job_id]})" if job_id in sources else job_id,
            failure(root / "workspace" / job_id),
        )
        for job_id in failed[:MOST_FAILURES]
    ]
    if len(failed) > MOST_FAILURES:
        rows.append(("…", f"and {len(failed) - MOST_FAILURES} more"))
    return Rows(("job", "reason"), rows)


def _keys(jobs: list[tuple[dict[str, Any], dict[str, Any]]]) -> list[str]:
    """Keys of the references: potentials and building blocks first, then methods and programs."""
    potentials: list[str] = []
    methods: list[str] = []
    engines: list[str] = []
    labels: list[str] = []
    for statepoint, result in jobs:
        system = statepoint.get("system")
        dimensions = system.get("dimensions") if isinstance(system, dict) else None
        try:
            potentials += of_potential(statepoint.get("potential"))
            potentials += of_system(system)
            methods += of_method(_method(statepoint))
            engines += ENGINES.get(str(result.get("engine")), ())
            labels += LABELS.get(dimensions or 0, ()) if result else ()
        except (AttributeError, TypeError):
            continue  # a state point of a stranger
    return list(dict.fromkeys([*potentials, *methods, *engines, *labels, *STRUCTURES, *ALWAYS]))

"""Gather the jobs of a campaign into one tidy table and draw its phase diagram.

The files in the job folders are the only truth. A job that failed or has not finished is a row
too; a file that cannot be read is as good as absent (`rows.py`), so that one bad job never blocks
the diagram. Rows and pictures of jobs whose files are as they were come from `results/.cache`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.labelling.labellers import family
from analysis.phase_diagram.lines import keep
from analysis.phase_diagram.table import TABLE_FILE, read_table
from operations.jobs import outdated, seal, state
from operations.jobs.attempts import recorded, survived
from operations.jobs.document import settings_of
from operations.jobs.file_cache import CACHE, FileCache, sources
from operations.jobs.files import replacing
from operations.jobs.folders import job_ids
from operations.jobs.former import left_out
from operations.jobs.locks import exclusive
from operations.jobs.progress import say
from operations.jobs.state import FAILED, FINAL, LABELS, LABELS_OF_PARTICLES
from operations.results import protocol, rows
from operations.results.atlas import write_atlas
from operations.results.coexistence import write_coexistence
from operations.results.configurations import in_a_line, read_configuration
from operations.results.designs import designability
from operations.results.equation_of_state import write_equation_of_state
from operations.results.heat_capacities import write_heat_capacities
from operations.results.lines import compared, lines
from operations.results.overlay import overlay
from operations.results.profiles import write_profiles
from operations.results.protocol import arrange, drawn_axes, said_by_files
from operations.results.rows import ROW_FILES, columns, rows_of
from operations.results.stability import verdicts, with_verdicts, write_stability
from operations.rounds.phase_map import phase_map, with_rounds, write_phase_map
from workspace_schema.root import check_links

if TYPE_CHECKING:
    import pandas as pd

#: Jobs with a picture in the interactive diagram, about 3 kB each.
MOST_THUMBNAILS = 3000

#: What a picture is made of.
PICTURE_FILES = (LABELS, LABELS_OF_PARTICLES, FINAL)


def _values(folder: str, axes: list[str]) -> list[list[Any]] | None:
    """The rows of a job in the order of `columns`."""
    lines, names = rows_of(folder, axes), columns(axes)
    return None if lines is None else [[line[name] for name in names] for line in lines]


def row_cache(root: Path, axes: list[str]) -> FileCache:
    """The rows that are known from earlier aggregations."""
    code = sources(*(str(module.__file__) for module in (rows, protocol, seal, state)))
    return FileCache(root / CACHE / "rows.jsonl", json.dumps([code, axes]))


def shown_jobs(root: Path) -> list[str]:
    """Ids of the jobs of the diagram: without those that the campaign file no longer has."""
    former = left_out(root, settings_of(str(root)))
    return [name for name in job_ids(root) if name not in former]


def tabulate(root: Path, axes: list[str], known: FileCache | None = None) -> pd.DataFrame:
    """The tidy table of every job of the campaign at `root`, ordered by axes and replica.

    Parameters
    ----------
    root : Path
    axes : list of str
    known : FileCache, optional
        Rows of files that have not changed; without it every file is read.
    """
    import pandas as pd

    lines, workspace = [], os.path.join(root, "workspace")
    for name in shown_jobs(root):
        folder = f"{workspace}/{name}"
        read = partial(_values, folder, axes)
        if known is None:
            found = read()
        else:
            found = known.get(name, [f"{folder}/{file}" for file in ROW_FILES], read)
        if found is None:
            say(f"aggregate: {name}: no readable state point; left out")
            continue
        lines.extend(found)
    table = pd.DataFrame(lines, columns=columns(axes))
    for axis in axes:
        # A column that mixes numbers and text (a ramp beside constants) is text throughout.
        if table[axis].map(lambda v: isinstance(v, str)).any():
            table[axis] = table[axis].map(lambda v: v if isinstance(v, str | None) else f"{v:g}")
    return table.sort_values([*axes, "method", "replica"], ignore_index=True, key=_sortable)


def _sortable(column: pd.Series) -> pd.Series:
    return column.astype(str) if column.dtype == object else column


def thumbnails(root: Path, table: pd.DataFrame) -> dict[str, str]:
    """A small picture of every labelled job as a data URI, by job id.

    Of more than `MOST_THUMBNAILS` jobs those with the smallest ids, which are random: the page
    stays openable, and a new job changes one picture at most.
    """
    import analysis.colours
    import analysis.render
    import analysis.thumbnails

    drawing = Path(analysis.render.__file__).parent.glob("*.py")
    code = sources(analysis.colours.__file__, analysis.thumbnails.__file__, *sorted(drawing))
    known = FileCache(root / CACHE / "thumbnails.jsonl", code)
    pictures, workspace = {}, os.path.join(root, "workspace")
    for job_id in sorted(table.loc[table["label"].notna(), "job_id"])[:MOST_THUMBNAILS]:
        folder = f"{workspace}/{job_id}"
        files = [f"{folder}/{name}" for name in PICTURE_FILES]
        address, problem = known.get(job_id, files, partial(_thumbnail, folder))
        if problem:
            say(f"aggregate: no picture of {job_id}: {problem}")
        else:
            pictures[job_id] = address
    known.save()
    return pictures


def _thumbnail(folder: str) -> tuple[str, str]:
    """The address of a picture, and what is wrong with it."""
    from analysis.labelling import Labels
    from analysis.thumbnails import data_uri

    try:
        configuration = read_configuration(Path(folder, FINAL))
        labels = Labels.load(folder, configuration.n_particles)
        phases = [labels.phase_names[k] for k in labels.per_particle]
        return data_uri(configuration, phases), ""
    except Exception as error:  # whatever a file may hold, the others have their pictures
        return "", in_a_line(error)


def warn_of_models(table: pd.DataFrame) -> None:
    """Say that labels of one diagram were made by several labellers: they may mean other things."""
    counts = table["model"].dropna().astype(str).map(family).value_counts()
    if len(counts) > 1:
        say(
            "aggregate: labels are of several models ("
            + ", ".join(f"{count} {name}" for name, count in counts.items())
            + "); init.py --relabel labels all by one"
        )


def make_table(root: Path, axes: list[str]) -> pd.DataFrame:
    """The tidy table with its verdicts, arranged for the diagram; what is read anew is kept for the
    next time."""
    known = row_cache(root, axes)
    table = tabulate(root, axes, known)
    known.save()
    table = designability(root, with_rounds(root, overlay(root, table)))
    table = arrange(table, axes, said_by_files(root, table, axes))
    keep(table, lines(root, table, drawn_axes(table, axes)), compared(root, table))
    return table


def write_parquet(root: Path, table: pd.DataFrame) -> None:
    """Write results/phase_diagram.parquet."""
    whole = table.assign(phases=[v if isinstance(v, str) else json.dumps(v) for v in table.phases])
    with replacing(root / TABLE_FILE) as temporary:
        whole.to_parquet(temporary, index=False, write_page_checksum=True)


def aggregate(root: Path, name: str, axes: list[str]) -> None:
    """Write results/phase_diagram.parquet, .png, .html and atlas.json of the campaign at `root`.

    Each is made even if another cannot be. Tries and failures are recorded in results/, not in the
    anchor job, which may be healthy.
    """
    results = root / "results"
    with ExitStack() as stack:
        stack.enter_context(survived(results, "aggregate"))
        check_links(root)
        results.mkdir(exist_ok=True)
        busy = "another process draws the phase diagram; waiting for it"
        stack.enter_context(exclusive(results, wait=busy))
        stack.enter_context(recorded(results, "aggregate", tries=1))
        with outdated.claimed(root):
            table = make_table(root, axes)
            stability = verdicts(root, table)
            table = with_verdicts(table, stability)
            warn_of_models(table)
            regions = phase_map(root, axes)
            makers: dict[str, Callable[[], Any]] = {
                "phase_diagram.parquet": partial(write_parquet, root, table),
                "phase_map.parquet": partial(write_phase_map, root, regions),
                "phase_diagram.png": partial(write_diagram, root, table, axes, name, regions),
                "atlas.json": partial(write_atlas, root, table),
                "coexistence.parquet": partial(write_coexistence, root, table, axes),
                "equation_of_state.parquet": partial(write_equation_of_state, root, table, axes),
                "free_energy_profiles.png": partial(write_profiles, root, table, axes),
                "heat_capacities.png": partial(write_heat_capacities, root, table, axes),
                "stability.parquet": partial(write_stability, root, stability),
                "phase_diagram.html": partial(write_page, root, table, axes, name, regions=regions),
            }
            make_all(makers)
        (results / FAILED).unlink(missing_ok=True)
        counts = table.drop_duplicates("job_id")["status"].value_counts()
        say(
            f"aggregate: {counts.sum()} jobs ("
            + ", ".join(f"{count} {status}" for status, count in counts.items())
            + f") → {results / 'phase_diagram.png'}"
        )


def bring_up_to_date(root: Path, name: str, axes: list[str]) -> None:
    """Make the results of the campaign at `root` where they are out of date, or cannot be read."""
    if not outdated.is_outdated(root):
        with suppress(Exception):  # whatever the file may hold
            read_table(root)
            return
    aggregate(root, name, axes)


def make_all(makers: Mapping[str, Callable[[], Any]]) -> None:
    """Make products, each even if another cannot be.

    Raises
    ------
    OSError
        The first one: of a disk, which is full for all of them.
    RuntimeError
        Which could not be made, and why.
    """
    failures: dict[str, Exception] = {}
    for product, make in makers.items():
        try:
            make()
        except Exception as error:
            failures[product] = error
    for failure in failures.values():
        if isinstance(failure, OSError):
            raise failure
    if failures:
        what = "; ".join(f"{product}: {in_a_line(why)}" for product, why in failures.items())
        raise RuntimeError(f"not made: {what}") from next(iter(failures.values()))


def write_diagram(
    root: Path,
    table: pd.DataFrame,
    axes: list[str],
    title: str,
    regions: pd.DataFrame | None = None,
) -> None:
    """Write results/phase_diagram.png, with the regions of a map where there is one."""
    from analysis.phase_diagram import draw

    with replacing(root / "results" / "phase_diagram.png") as temporary:
        draw(table, drawn_axes(table, axes), temporary, title=title, regions=regions)


def write_page(
    root: Path,
    table: pd.DataFrame,
    axes: list[str],
    title: str,
    pictures: Mapping[str, str] | None = None,
    regions: pd.DataFrame | None = None,
) -> None:
    """Write results/phase_diagram.html, with pictures of jobs by id, else those of the root, and
    the regions of a map where there is one."""
    from analysis.phase_diagram import interactive

    known = thumbnails(root, table) if pictures is None else pictures
    with replacing(root / "results" / "phase_diagram.html") as temporary:
        interactive(table, drawn_axes(table, axes), known, temporary, title, regions)

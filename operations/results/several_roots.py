"""One phase diagram of several roots: `project.py gather ROOT ... [--into DIR]`.

A campaign too large for one folder lies in several, which `init.py --shards` or several campaign
files have made. Each keeps its own table; here they are put below each other and drawn once. What
a root has not aggregated yet is aggregated first.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.phase_diagram.table import TABLE_FILE, read_table
from operations.jobs import outdated
from operations.jobs.campaign_root import PROJECT_DOCUMENT
from operations.jobs.document import check_document, title_of
from operations.jobs.files import read_json
from operations.jobs.state import FAILED
from operations.results.aggregate import (
    MOST_THUMBNAILS,
    bring_up_to_date,
    make_all,
    thumbnails,
    write_diagram,
    write_page,
    write_parquet,
)
from operations.results.overlay import COLUMNS as VERDICTS
from operations.results.protocol import arrange, said_by_table
from workspace_schema.root import check_links, check_not_archived, is_archived

if TYPE_CHECKING:
    import pandas as pd

#: Column of the root that a job is in.
ROOT = "root"


def gather(roots: Sequence[Path], into: Path) -> pd.DataFrame:
    """Write `into`/results/phase_diagram.parquet, .png and .html of the jobs of several roots.

    Verdicts are left out: they compare jobs on the same physics, which may lie in different roots.

    Parameters
    ----------
    roots : sequence of Path
        Roots of campaigns with the same axes.
    into : Path

    Returns
    -------
    DataFrame
        The tables of the roots, with a column `root`.

    Raises
    ------
    ValueError
        Where a root holds no campaign or its axes differ from those of the first.
    RuntimeError
        Where one of the products cannot be made; the others are.
    """
    import pandas as pd

    for root in (*roots, into):
        check_links(root)
    for root in roots:
        check_document(root)
    documents = [read_json(root / PROJECT_DOCUMENT) for root in roots]
    for root, document in zip(roots, documents, strict=True):
        if "axes" not in document:
            raise ValueError(f"{root} holds no campaign")
        if document["axes"] != documents[0]["axes"]:
            raise ValueError(
                f"{root} has the axes {document['axes']}; expected those of {roots[0]},"
                f" {documents[0]['axes']}"
            )
    axes, name = documents[0]["axes"], title_of(documents[0])
    tables: list[pd.DataFrame] = []
    said: list[dict[str, Any]] = []
    for root, document in zip(roots, documents, strict=True):
        if not (root / TABLE_FILE).exists():
            check_not_archived(root)
        bring_up_to_date(root, title_of(document), axes)
        if outdated.is_outdated(root) and not is_archived(root):
            raise RuntimeError(f"{root} could not be aggregated: see results/{FAILED} there")
        table = read_table(root)
        table, jobs = said_by_table(table)
        said += jobs
        tables.append(table.drop(columns=[c for c in VERDICTS if c in table]))
        tables[-1].insert(1, ROOT, root.name)
    table = pd.concat(tables, ignore_index=True)
    for axis in axes:  # numbers in one root, ramps in another
        if table[axis].dtype == object:
            table[axis] = table[axis].map(lambda v: f"{v:g}" if isinstance(v, int | float) else v)
    table = arrange(table, axes, said)
    pictured = set(table.loc[table["label"].notna(), "job_id"].sort_values()[:MOST_THUMBNAILS])
    pictures: dict[str, str] = {}
    for root, part in zip(roots, tables, strict=True):
        if is_archived(root):
            continue
        pictures |= thumbnails(root, part[part["job_id"].isin(pictured)])
    results = into / "results"
    results.mkdir(parents=True, exist_ok=True)
    make_all(
        {
            "phase_diagram.parquet": partial(write_parquet, into, table),
            "phase_diagram.png": partial(write_diagram, into, table, axes, name),
            "phase_diagram.html": partial(write_page, into, table, axes, name, pictures),
        }
    )
    return table


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser("project.py gather", description="Several roots, one diagram.")
    parser.add_argument("roots", nargs="+", type=Path, metavar="ROOT")
    parser.add_argument("--into", type=Path, default=Path(), help="default: current folder")
    options = parser.parse_args(argv)
    try:
        table = gather(options.roots, options.into)
    except (ValueError, OSError, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 1
    counts = json.dumps({str(k): int(v) for k, v in table["status"].value_counts().items()})
    print(f"{len(table)} jobs of {len(options.roots)} roots {counts} → {options.into / TABLE_FILE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""project.py render ROOT -o FILE …: the phase diagram of a campaign, for print.

From results/phase_diagram.parquet; several files (.png, .pdf, .svg) at once.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from analysis.notation import format_value, is_missing
from workspace_schema.bounded import MOST_JSON, read_bounded

if TYPE_CHECKING:
    import pandas as pd


def main(words: Sequence[str]) -> None:
    """Draw what the command line says.

    Raises
    ------
    ValueError, OSError, KeyError
        Where it cannot be drawn, or not so.
    """
    import json

    from analysis.phase_diagram.figure import draw
    from analysis.phase_diagram.levels import draw_levels
    from analysis.phase_diagram.look import Look
    from analysis.phase_diagram.regions import read_regions

    parser = argparse.ArgumentParser("project.py render", description=__doc__)
    parser.add_argument(
        "file", type=Path, metavar="ROOT", help="of a campaign, or its parquet file"
    )
    parser.add_argument("-o", "--out", type=Path, nargs="+", required=True, metavar="FILE")
    parser.add_argument("--axes", nargs="+", metavar="NAME", help="dotted names; x, y, panels …")
    parser.add_argument(
        "-f", "--filter", nargs="+", default=[], metavar="NAME VALUE", help="only these jobs"
    )
    parser.add_argument("--title", help="above the panels; may contain mathtext")
    parser.add_argument("--width", type=float, help="inches")
    parser.add_argument("--height", type=float, help="inches")
    parser.add_argument(
        "--order", nargs="+", default=[], metavar="NAME", help="phases and methods, the first first"
    )
    parser.add_argument(
        "--colours", nargs="+", default=[], metavar="PHASE=#RRGGBB", help="in place of its own"
    )
    parser.add_argument(
        "--quantity", metavar="COLUMN", help="level sets of it over two axes, in place of phases"
    )
    parser.add_argument(
        "--levels", nargs="+", type=float, default=[], metavar="VALUE", help="of the quantity"
    )
    told = parser.parse_args(list(words))
    for name in told.out:
        if name.suffix.lower() not in (".png", ".pdf", ".svg"):
            raise ValueError(f"{name}: expected a name ending in .png, .pdf or .svg")
    for side in (told.width, told.height):
        if side is not None and not 0.5 <= side <= 100.0:
            raise ValueError(f"--width, --height: got {side:g}, expected 0.5 to 100 inches")
    table = _table(told.file)
    title = told.title
    if title is None:
        document = told.file / "signac_project_document.json"
        try:
            found = json.loads(read_bounded(document, MOST_JSON))
            title = str(found.get("title") or found["name"].replace("_", " "))
        except (OSError, ValueError, KeyError, AttributeError):
            title = ""
    look = Look(told.width, told.height, tuple(told.order), dict(map(_colour, told.colours)))
    if told.levels and not told.quantity:
        raise ValueError("--levels are those of a --quantity")
    try:
        jobs = filtered(table, told.filter)
        if told.quantity:
            draw_levels(jobs, told.quantity, told.out, told.axes, told.levels, title, look)
            return
        regions = read_regions(told.file)
        if regions is not None and told.filter:
            regions = (
                filtered(regions, told.filter) if set(told.filter[::2]) <= set(regions) else None
            )
        draw(jobs, told.axes, told.out, title, look, regions)
    except KeyError as error:
        raise ValueError(str(error.args[0])) from None


def _table(path: Path) -> pd.DataFrame:
    import pandas as pd

    from analysis.phase_diagram.table import read_table

    if path.is_dir():
        return read_table(path)
    return pd.read_parquet(path, page_checksum_verification=True)


def _colour(text: str) -> tuple[str, str]:
    phase, _, colour = text.rpartition("=")
    if not phase or not re.fullmatch(r"#[0-9A-Fa-f]{6}", colour):
        raise ValueError(f"--colours: got {text!r}, expected PHASE=#RRGGBB")
    return phase, colour


def filtered(table: pd.DataFrame, words: Sequence[str]) -> pd.DataFrame:
    """The jobs whose columns have the values: name value name value …

    Raises
    ------
    ValueError
        For a column that is not there, or where no job is left.
    """
    if len(words) % 2:
        raise ValueError(f"--filter: got {' '.join(words)!r}, expected pairs of a name and a value")
    for name, value in zip(words[::2], words[1::2], strict=True):
        if name not in table:
            known = ", ".join(str(column) for column in table.columns if "." in str(column))
            raise ValueError(f"--filter: the table has no column {name}; it has {known}, method, …")
        table = table[[_is(known, value) for known in table[name]]]
    if words and table.empty:
        raise ValueError(f"--filter: no job has {' '.join(words)}")
    return table


def _is(known: object, value: str) -> bool:
    if is_missing(known):
        return False
    if isinstance(known, int | float | np.number) and not isinstance(known, bool):
        try:
            return bool(np.isclose(float(known), float(value), rtol=1e-9, atol=0.0))
        except ValueError:
            return False
    return value in (str(known), format_value(known))

"""The table of a campaign: one row a job, made uniform for drawing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.notation import format_value, is_missing
from workspace_schema.properties import COLUMNS as MEASURED

if TYPE_CHECKING:
    import pandas as pd

TABLE_FILE = Path("results") / "phase_diagram.parquet"

# Confidence of a label that came without one: neither trusted nor distrusted.
UNSTATED_CONFIDENCE = 0.5
# A second phase is shown above this fraction of the particles,
COEXISTENCE_FRACTION = 0.15
#: the void beside a solid above this part of the box, and beside a fluid above one that no gas
#: reaches alone: points at random in the plane have 0.38, in space none.
VOID_FRACTION, VOID_FRACTION_OF_FLUIDS = 0.15, 0.5
#: Vacuum, or a gas too thin to have particles: it coexists as a phase does.
VOID = "void"

#: What is drawn against an axis where there is only one: the first in which jobs differ. Of hard
#: particles, whose energy is zero, that is the pressure or, where it is given, the density.
QUANTITIES = {
    "energy_per_particle": "energy per particle",
    "pressure": "pressure",
    "number_density": "number density",
    **MEASURED,
}

LABELLED, UNFINISHED, FAILED = "labelled", "unfinished", "failed"
#: Finished without a label: not looked at yet, or a point of which no configuration is kept.
UNLABELLED = "not labelled"
#: States without a label, as they are drawn.
WITHOUT = (UNLABELLED, UNFINISHED, FAILED)
#: The state of what is no job, but a point of a map of what is probable (`phase_map.py`).
MAPPED = "mapped"


def read_table(root: str | Path) -> pd.DataFrame:
    """Read the table of the campaign in `root`.

    Raises
    ------
    FileNotFoundError
        If the campaign has not been aggregated yet.
    """
    import pandas as pd

    path = Path(root) / TABLE_FILE
    if not path.is_file():
        raise FileNotFoundError(f"{path} does not exist: aggregate the campaign first")
    return pd.read_parquet(path, page_checksum_verification=True)


def campaign_axes(table: pd.DataFrame) -> list[str]:
    """The axes that are drawn; of a table that does not say, the columns with a dotted name."""
    known = arrangement(table).get("axes")
    dotted = [str(column) for column in table.columns if "." in str(column)]
    return dotted if known is None else list(known)


def arrangement(table: pd.DataFrame) -> dict[str, Any]:
    """What `operations.results.protocol.arrange` has written into a table; empty where nothing."""
    found = table.attrs.get("diagram")
    return found if isinstance(found, dict) else {}


def uniform(table: pd.DataFrame, axes: Sequence[str]) -> pd.DataFrame:
    """The same jobs with every column that drawing needs.

    Parameters
    ----------
    table : DataFrame
        One row a job; only the columns in `axes` must exist.
    axes : sequence of str

    Returns
    -------
    DataFrame
        A copy, index 0 … n-1, in which `state` is "labelled" or one of `WITHOUT`; `label`
        is a str, empty unless labelled;
        `confidence` a float in 0 … 1; `second` the second phase of a coexistence or "";
        `method` a str; `point` the number of the place on the axes; the
        `QUANTITIES` and their errors (`*_error`) floats, NaN where unknown.

    Raises
    ------
    KeyError
        If an axis is not a column.
    """
    import pandas as pd

    missing = [axis for axis in axes if axis not in table.columns]
    if missing:
        raise KeyError(f"axes {missing} are not columns of the table: {list(table.columns)}")
    jobs = table.reset_index(drop=True).copy()

    def column(name: str, default: object) -> list[object]:
        values = jobs[name].tolist() if name in jobs else [default] * len(jobs)
        return [default if is_missing(value) else value for value in values]

    labels = [str(label) for label in column("label", "")]
    states = {FAILED: FAILED, "finished": UNLABELLED}
    without = np.array([states.get(str(status), UNFINISHED) for status in column("status", "")])
    state = np.where((without != FAILED) & (np.array(labels) != ""), LABELLED, without)
    jobs["state"] = pd.Series(state, dtype=object)
    jobs["label"] = pd.Series(np.where(state == LABELLED, labels, ""), dtype=object)
    for name, default in (
        ("confidence", UNSTATED_CONFIDENCE),
        ("void_fraction", 0.0),
        *((name, np.nan) for name in QUANTITIES),
        *((f"{name}_error", np.nan) for name in QUANTITIES),
    ):
        numbers = pd.to_numeric(pd.Series(column(name, default), dtype=object), errors="coerce")
        jobs[name] = numbers.astype(float).fillna(default)
    jobs["confidence"] = jobs["confidence"].clip(0.0, 1.0)
    jobs["method"] = pd.Series([str(method) for method in column("method", "")], dtype=object)
    jobs["phases"] = pd.Series([phase_list(value) for value in column("phases", "")], dtype=object)
    if "coexisting" in table:
        known = zip(column("coexisting", ""), state, strict=True)
        second = [str(name) if at == LABELLED else "" for name, at in known]
    else:
        second = list(map(second_phase, jobs["label"], jobs["phases"], jobs["void_fraction"]))
    jobs["second"] = pd.Series(second, dtype=object)
    places = [jobs[axis].map(str) for axis in axes]
    jobs["point"] = jobs.groupby(places, sort=False).ngroup() if places and len(jobs) else 0
    return jobs


def quantities(jobs: pd.DataFrame, axes: Sequence[str]) -> list[str]:
    """Those of the `QUANTITIES` in which jobs differ and which the axes do not impose."""
    imposed = {axis.rpartition(".")[2] for axis in axes}
    return [
        name
        for name in QUANTITIES
        if name not in imposed and len(set(jobs[name][np.isfinite(jobs[name])])) > 1
    ]


def phase_list(value: Any) -> list[dict[str, Any]]:
    """The `phases` of a job, kept as a list of dicts, an array of them, or JSON text."""
    if isinstance(value, str):
        try:
            value = json.loads(value) if value else []
        except ValueError:
            return []
    if not isinstance(value, (list, tuple, np.ndarray)):
        return []
    return [one for one in value if isinstance(one, dict) and "phase" in one]


def second_phase(label: str, phases: Sequence[dict[str, Any]], void: float = 0.0) -> str:
    """The largest phase beside `label` above `COEXISTENCE_FRACTION`, the void being one, or "".

    Parameters
    ----------
    label : str
    phases : sequence of dict
        {"phase", "fraction"}, fractions of the particles.
    void : float
        Part of the area (volume) that is empty.
    """
    from analysis.ground_states import DISORDERED

    if not label:
        return ""
    others = [
        (float(one.get("fraction") or 0.0), str(one["phase"]))
        for one in phases
        if str(one["phase"]) != label
    ]
    if void > (VOID_FRACTION_OF_FLUIDS if label in DISORDERED else VOID_FRACTION):
        others.append((void, VOID))
    fraction, name = max(others, default=(0.0, ""))
    return name if fraction > COEXISTENCE_FRACTION else ""


@dataclass(frozen=True)
class Scale:
    """The scale of one axis of the diagram, and where each job lies on it.

    Attributes
    ----------
    name : str
        Dotted name.
    kind : str
        "linear", "log" or "category".
    coordinates : ndarray of float64, shape (n_jobs,)
        The value, its decadic logarithm, or the number of its category; NaN where the job
        has no value.
    categories : tuple of str
        Texts of the categories, empty for numbers.
    """

    name: str
    kind: str
    coordinates: np.ndarray
    categories: tuple[str, ...] = ()

    @classmethod
    def of(cls, values: Sequence[Any], name: str) -> Scale:
        """The scale of the given values: numbers if all are, otherwise categories."""
        present = [value for value in values if not is_missing(value)]
        if all(_is_number(value) for value in present):
            numbers = np.array([np.nan if is_missing(v) else float(v) for v in values], dtype=float)
            numbers[~np.isfinite(numbers)] = np.nan
            if logarithmically_spaced(numbers):
                return cls(name, "log", np.log10(numbers))
            return cls(name, "linear", numbers)
        keys = {format_value(value): _category_order(value) for value in present}
        categories = tuple(sorted(keys, key=keys.__getitem__))
        place = {category: float(index) for index, category in enumerate(categories)}
        coordinates = [np.nan if is_missing(v) else place[format_value(v)] for v in values]
        return cls(name, "category", np.array(coordinates, dtype=float), categories)

    def margins(self) -> tuple[float, float]:
        """Ends of the scale: half a cell beyond the outermost values.

        For scattered values the typical distance between neighbours stands for the cell.
        """
        values = np.unique(self.coordinates[np.isfinite(self.coordinates)])
        if len(values) == 0:
            return 0.0, 1.0
        if len(values) == 1:
            # One value has no scale of its own; a tenth of it keeps tick labels sensible.
            half = 0.5 if self.kind == "category" else max(abs(values[0]) * 0.1, 0.05)
            return float(values[0] - half), float(values[0] + half)
        gaps = np.diff(values)
        low, high = (gaps[0], gaps[-1]) if len(values) <= 30 else (np.median(gaps),) * 2
        return float(values[0] - low / 2), float(values[-1] + high / 2)


def logarithmically_spaced(values: np.ndarray) -> bool:
    """Whether numbers spread more evenly in the logarithm than as they are.

    Even means close to a straight line of value against rank; this works for a logspace,
    for 1, 2, 5, 10, and for samples drawn uniformly in the logarithm.
    """
    values = np.unique(values[np.isfinite(values)])
    if len(values) < 3 or values[0] <= 0 or values[-1] / values[0] < 8:
        return False

    def unevenness(numbers: np.ndarray) -> float:
        ranks = np.linspace(0.0, 1.0, len(numbers))
        spread = (numbers - numbers[0]) / (numbers[-1] - numbers[0])
        return float(np.abs(spread - ranks).max())

    return unevenness(np.log(values)) < 0.5 * unevenness(values)


def _is_number(value: Any) -> bool:
    numeric = isinstance(value, (int, float, np.integer, np.floating))
    return numeric and not isinstance(value, (bool, np.bool_))


def _category_order(value: Any) -> tuple[int, tuple[float, ...], str]:
    """Numbers and ramps by their knots, also when written as text; then words by alphabet."""
    text = format_value(value)
    try:
        knots = tuple(float(knot.replace("−", "-")) for knot in text.split("→"))
    except ValueError:
        return 1, (), text
    return 0, (float(len(knots) > 1), *knots), text

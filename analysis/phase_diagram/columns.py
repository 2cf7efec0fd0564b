"""What the interactive diagram is drawn from, column by column; the same for page and dashboard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.colours import FAILED_COLOUR, UNLABELLED_COLOUR, phase_styles
from analysis.notation import format_value, html, is_missing, unicode
from analysis.phase_diagram.caption import caption
from analysis.phase_diagram.lines import in_words, lines_of
from analysis.phase_diagram.overlay import has_verdicts
from analysis.phase_diagram.regions import SURE, over, stages_of
from analysis.phase_diagram.table import FAILED, LABELLED, UNLABELLED, Scale, arrangement, uniform
from workspace_schema.methods.facts import PREDICTION
from workspace_schema.properties import COLUMNS as MEASURED

if TYPE_CHECKING:
    import pandas as pd

#: What colour may mean beside a name, by column.
SCALES = {
    "confidence": "confidence",
    "void_fraction": "void fraction",
    "energy_above_ground_state": "energy above ground state",
    "free_energy_above": "free energy above the best other phase",
    "energy_per_particle": "energy per particle",
    "enthalpy_per_particle": "enthalpy per particle",
    "number_density": "number density",
    "pressure": "pressure",
    **MEASURED,
    "wall_seconds": "cost (s)",
    "round": "round",
}
#: Code of a place where jobs fail.
HATCHED = -2
#: What is said of a job and is no colour.
WORDS = {"stability": "by free energy", "stability_against": "against"}
#: Columns of names.
NAMES = {
    "label": "label",
    "predicted_label": "predicted ground state",
    "verdict": "verdict",
    "why": "why it was chosen",
}


def columns(
    table: pd.DataFrame,
    axes: Sequence[str],
    states: Sequence[str] | None = None,
    regions: pd.DataFrame | None = None,
) -> dict[str, Any]:
    """Axes, names, numbers and states of every job, as JSON types.

    Parameters
    ----------
    table : DataFrame
        One row a job, with `job_id`; of an arranged one the keys in which jobs differ are axes
        that are never put together.
    axes : sequence of str
        That are drawn; columns of the table.
    states : sequence of str, optional
        State of each job in words; without them done, unlabelled, unfinished and failed.
    regions : DataFrame, optional
        A map of what is probable everywhere, as `figure.draw` takes it.
    """
    protocol = [key for key in arrangement(table).get("panels", ()) if key in table]
    names = list(dict.fromkeys([*axes, *protocol]))
    jobs = uniform(table, names)
    if states is None:
        done = {LABELLED: "done", UNLABELLED: "unlabelled"}
        states = [done.get(state, state) for state in jobs["state"]]
    kinds = {state: k for k, state in enumerate(sorted(set(states)))}
    regions = None if has_verdicts(jobs) else over(regions, names)
    beyond = [] if regions is None else [regions[name].tolist() for name in names]
    scales = [
        Scale.of([*jobs[name].tolist(), *(beyond[k] if beyond else [])], name)
        for k, name in enumerate(names)
    ]
    files = _files(jobs) if not axes else None
    methods = sorted(set(jobs["method"]))
    place = {method: k for k, method in enumerate(methods)}
    lines = lines_of(table, axes)
    found = {column: text for column, text in NAMES.items() if column in jobs}
    return {
        "ids": jobs["job_id"].astype(str).tolist(),
        "axes": [_axis(scale, scale.name in protocol, len(jobs)) for scale in scales]
        + ([_axis(files, False, len(jobs))] if files else []),
        "map": None if regions is None else _map(scales, regions, _label_names(jobs), len(jobs)),
        "lines": [asdict(line) for line in lines],
        "names": {
            column: content
            for column, text in found.items()
            if (content := _names(jobs, column, text))["names"] or column == "label"
        },
        "words": [
            {"text": text, "values": ["" if is_missing(v) else str(v) for v in jobs[column]]}
            for column, text in WORDS.items()
            if column in jobs
        ],
        "second": _codes(jobs["second"], _label_names(jobs)),
        "scales": [
            {"name": column, "text": text, "html": text, "values": _numbers(jobs[column])}
            for column, text in SCALES.items()
            if column in table and any(value is not None for value in _numbers(table[column]))
        ],
        "methods": methods,
        "method": [place[method] for method in jobs["method"]],
        "comparison": _comparison(jobs, methods),
        "states": list(kinds),
        "state": [kinds[state] for state in states],
        "replica": [
            int(one) if isinstance(one, int | float) and one == one else 0
            for one in (jobs["replica"].tolist() if "replica" in jobs else [0] * len(jobs))
        ],
        "caption": ". ".join(
            filter(None, [caption(table, markup=True), escape(in_words(lines), quote=False)])
        ),
        "colours": {"failed": FAILED_COLOUR, "unlabelled": UNLABELLED_COLOUR},
    }


def _files(jobs: pd.DataFrame) -> Scale | None:
    """Names of files, which stand for an axis where there is none."""
    if "source" not in jobs or jobs["source"].nunique() < 2:
        return None
    return Scale.of([None if is_missing(v) else str(v) for v in jobs["source"]], "file")


def _map(
    scales: Sequence[Scale], regions: pd.DataFrame, names: Sequence[str], n_jobs: int
) -> dict[str, Any]:
    """The most probable phase of every point (`HATCHED` where jobs fail), and whether it is sure,
    by the axes that vary; as it was known after each round."""
    varying = [scale for scale in scales if len(np.unique(scale.coordinates)) > 1]
    stages = []
    for stage in stages_of(regions):
        label, confidence = stage.columns
        known = _codes(regions[label], names)
        failing = (regions[label] == FAILED).tolist()
        stages.append(
            {
                "round": stage.round,
                "text": stage.in_words(len(regions)),
                "codes": [HATCHED if bad else k for k, bad in zip(known, failing, strict=True)],
                "sure": [int(value >= SURE) for value in regions[confidence]],
            }
        )
    return {
        "axes": [scale.name for scale in varying],
        "values": [_numbers(scale.coordinates[n_jobs:]) for scale in varying],
        "stages": stages,
    }


def _axis(scale: Scale, protocol: bool, n_jobs: int) -> dict[str, Any]:
    values = _numbers(scale.coordinates)
    known = sorted({value for value in values if value is not None})
    return {
        "name": scale.name,
        "html": html(scale.name),
        "text": unicode(scale.name),
        "kind": scale.kind,
        "categories": list(scale.categories),
        "values": values[:n_jobs],
        "ticks": [{"value": v, "text": _text(scale.kind, scale.categories, v)} for v in known],
        "range": list(scale.margins()),
        "protocol": protocol,
    }


@lru_cache(maxsize=100_000)
def _text(kind: str, categories: tuple[str, ...], value: float) -> str:
    if kind == "category":
        return categories[int(value)]
    return format_value(float(f"{10**value:.6g}") if kind == "log" else value)


def _label_names(jobs: pd.DataFrame) -> list[str]:
    """Labels, the most frequent first, then what only coexists."""
    counts = Counter(str(name) for name in jobs["label"] if name)
    names = [name for name, _ in counts.most_common()]
    return names + sorted(set(jobs["second"]) - {"", *names})


def _names(jobs: pd.DataFrame, column: str, text: str) -> dict[str, Any]:
    values = ["" if is_missing(value) else str(value) for value in jobs[column]]
    names = [name for name, _ in Counter(value for value in values if value).most_common()]
    if column == "label":
        names = _label_names(jobs)
    styles = phase_styles(names)
    looks = [{"name": n, "colour": styles[n].colour, "symbol": styles[n].symbol} for n in names]
    return {"text": text, "names": looks, "codes": _codes(values, names)}


def _codes(values: Sequence[str] | pd.Series, names: Sequence[str]) -> list[int]:
    index = {name: k for k, name in enumerate(names)}
    return [index.get(value, -1) for value in values]


def _comparison(jobs: pd.DataFrame, methods: Sequence[str]) -> list[dict[str, Any]]:
    """Panels of what assembled, the predicted ground state and the verdict, where there are any."""
    if not has_verdicts(jobs):
        return []
    predict = [k for k, method in enumerate(methods) if method in PREDICTION]
    assemble = [k for k in range(len(methods)) if k not in predict]
    whose = {k: f": {methods[k]}" if len(assemble) > 1 else "" for k in assemble}
    panels: list[dict[str, Any]] = [
        {"title": f"assembled{whose[k]}", "column": "label", "methods": [k]} for k in assemble
    ]
    panels.append(
        {"title": "predicted ground state", "column": "predicted_label", "methods": predict}
    )
    return panels + [
        {"title": f"verdict{whose[k]}", "column": "verdict", "methods": [k]} for k in assemble
    ]


def _numbers(values: Any) -> list[float | None]:
    """Six significant digits are more than a screen shows; JSON knows no NaN."""
    import pandas as pd

    numbers = pd.to_numeric(pd.Series(values), errors="coerce").to_numpy(dtype=float)
    return [float(f"{v:.6g}") if np.isfinite(v) else None for v in numbers.tolist()]

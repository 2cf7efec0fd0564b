"""The page *Phase diagram*: what formed where, over any two axes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from flask import Response, abort, send_file

from analysis.colours import FAILED_COLOUR, UNLABELLED_COLOUR, phase_styles
from analysis.notation import format_value, html, unicode
from analysis.phase_diagram.table import TABLE_FILE, Scale
from operations.monitor.dashboard.assets import encoded, json_response
from operations.monitor.dashboard.live import Snapshot
from operations.monitor.dashboard.page import Page

#: What colour may mean beside a name, by column.
SCALES = {
    "confidence": "confidence",
    "energy_above_ground_state": "energy above ground state",
    "energy_per_particle": "energy per particle",
    "enthalpy_per_particle": "enthalpy per particle",
    "number_density": "number density",
    "wall_seconds": "cost (s)",
    "round": "round",
}
#: Columns of names.
NAMES = {
    "label": "label",
    "predicted_label": "predicted ground state",
    "verdict": "verdict",
    "why": "why it was chosen",
}

#: One symbol a method, where there are several; with one, the symbol says the phase.
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "pentagon", "star", "hexagram")


class PhaseDiagram(Page):
    """The diagram, its data, and the table as a file."""

    title = "Phase diagram"
    address = "/phase-diagram"
    file = "phase_diagram.html"

    def register(self, dashboard: Any) -> None:
        """Add the page, its data and the table."""
        super().register(dashboard)
        app = dashboard.app
        app.add_url_rule("/api/diagram", "api_diagram", self.data)
        app.add_url_rule("/phase_diagram.parquet", "parquet", self.parquet)
        self._encoded: tuple[int, bytes] = (-1, b"")

    def data(self) -> Response:
        """Every job, column by column."""
        now = self.now
        if self._encoded[0] != now.version:
            self._encoded = (now.version, encoded(columns(now)))
        return json_response(self._encoded[1], str(now.version))

    def parquet(self) -> Response:
        """The tidy table."""
        path = self.dashboard.live.root / TABLE_FILE
        if path.is_symlink() or not path.is_file():
            abort(404, "There is no table yet: python project.py run -o aggregate makes it.")
        return send_file(path, mimetype="application/octet-stream", as_attachment=True, max_age=0)


def columns(now: Snapshot) -> dict[str, Any]:
    """What the diagram's script needs, column by column."""
    ids = sorted(now.jobs)
    lines = [now.rows.get(job_id, {}) for job_id in ids]
    axes = [Scale.of([line.get(name) for line in lines], name) for name in now.axes]
    names = {}
    for column, text in NAMES.items():
        found = Counter(str(line[column]) for line in lines if line.get(column))
        if not found and column != "label":
            continue
        order = [name for name, _ in found.most_common()]
        styles = phase_styles(order)
        code = {name: k for k, name in enumerate(order)}
        names[column] = {
            "text": text,
            "names": [
                {"name": name, "colour": styles[name].colour, "symbol": styles[name].symbol}
                for name in order
            ],
            "codes": [code.get(line.get(column) or "", -1) for line in lines],
        }
    methods = sorted({now.jobs[job_id].method for job_id in ids})
    states = [now.view.states.get(job_id, now.jobs[job_id].state) for job_id in ids]
    kinds = {state: k for k, state in enumerate(sorted(set(states)))}
    place = {method: k for k, method in enumerate(methods)}
    return {
        "version": now.version,
        "ids": ids,
        "axes": [
            {
                "name": axis.name,
                "html": html(axis.name),
                "text": unicode(axis.name),
                "kind": axis.kind,
                "categories": list(axis.categories),
                "values": _numbers(axis.coordinates.tolist()),
                "ticks": _ticks(axis),
            }
            for axis in axes
        ],
        "names": names,
        "scales": [
            {"name": column, "text": text, "values": values}
            for column, text in SCALES.items()
            if (values := _column(lines, column)) and any(value is not None for value in values)
        ],
        "methods": [
            {"name": name, "symbol": SYMBOLS[k % len(SYMBOLS)]} for k, name in enumerate(methods)
        ],
        "method": [place[now.jobs[job_id].method] for job_id in ids],
        "states": list(kinds),
        "state": [kinds[state] for state in states],
        "replica": [line.get("replica") or 0 for line in lines],
        "colours": {"failed": FAILED_COLOUR, "unlabelled": UNLABELLED_COLOUR},
    }


def _column(lines: Sequence[dict[str, Any]], name: str) -> list[float | None]:
    values = (line.get(name) for line in lines)
    numbers = [float(v) if isinstance(v, int | float) else None for v in values]
    return _numbers(numbers)


def _numbers(values: Sequence[float | None]) -> list[float | None]:
    """Six significant digits are more than a screen shows; JSON knows no NaN."""
    return [float(f"{v:.6g}") if v is not None and abs(v) < float("inf") else None for v in values]


def _ticks(axis: Scale) -> list[dict[str, Any]]:
    """The values of an axis with their texts, for a slider or panels."""
    known = sorted({value for value in _numbers(axis.coordinates.tolist()) if value is not None})
    return [{"value": value, "text": _text(axis.kind, axis.categories, value)} for value in known]


@lru_cache(maxsize=100_000)
def _text(kind: str, categories: tuple[str, ...], value: float) -> str:
    if kind == "category":
        return categories[int(value)]
    return format_value(float(f"{10**value:.6g}") if kind == "log" else value)

"""The page *Phase diagram*: what formed where, over any two axes."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask import Response, abort, send_file

from analysis.phase_diagram.columns import columns as diagram_columns
from analysis.phase_diagram.table import TABLE_FILE
from operations.jobs.document import read_document
from operations.jobs.former import left_out
from operations.monitor.dashboard.assets import encoded, json_response
from operations.monitor.dashboard.live import Snapshot
from operations.monitor.dashboard.page import Page


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
            root = self.dashboard.live.root
            former = left_out(root, read_document(root).get("settings", {}))
            self._encoded = (now.version, encoded(columns(now, former)))
        return json_response(self._encoded[1], str(now.version))

    def parquet(self) -> Response:
        """The tidy table."""
        path = self.dashboard.live.root / TABLE_FILE
        if path.is_symlink() or not path.is_file():
            abort(404, "There is no table yet: python project.py run -o aggregate makes it.")
        return send_file(path, mimetype="application/octet-stream", as_attachment=True, max_age=0)


def columns(now: Snapshot, former: Collection[str] = ()) -> dict[str, Any]:
    """What the diagram's script needs, without jobs that the campaign file no longer has."""
    import pandas as pd

    ids = [job_id for job_id in sorted(now.jobs) if job_id not in former]
    lines = [
        {"method": now.jobs[one].method, **now.rows.get(one, {}), "job_id": one} for one in ids
    ]
    axes = now.arrangement["axes"] if now.arrangement else now.axes
    names = dict.fromkeys(["job_id", "method", *axes, *now.arrangement.get("panels", ())])
    table = pd.DataFrame.from_records(lines, columns=None if lines else list(names))
    table = table.assign(**{name: None for name in names if name not in table})
    table.attrs["diagram"] = now.arrangement
    states = [str(now.view.states.get(one, now.jobs[one].state)) for one in ids]
    found = diagram_columns(table, axes, states)
    sources = [str(line.get("source") or "") for line in lines]
    if any(sources):
        found["sources"] = sources
    return {"version": now.version, "former": len(now.jobs) - len(ids), **found}

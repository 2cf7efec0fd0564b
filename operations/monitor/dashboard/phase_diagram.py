"""The page *Phase diagram*: what formed where, over any two axes."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Response, abort, send_file

from analysis.phase_diagram.columns import columns as diagram_columns
from analysis.phase_diagram.lines import under_lines
from analysis.phase_diagram.regions import MAP_FILE
from analysis.phase_diagram.table import TABLE_FILE
from operations.jobs.document import read_document
from operations.jobs.former import left_out
from operations.monitor.dashboard.assets import encoded, json_response
from operations.monitor.dashboard.live import Snapshot
from operations.monitor.dashboard.page import Page
from operations.rounds.phase_map import last_map, with_rounds

if TYPE_CHECKING:
    import pandas as pd


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
        self._encoded: tuple[str, bytes] = ("", b"")
        self._map: tuple[int, pd.DataFrame | None] = (0, None)

    def data(self) -> Response:
        """Every job, column by column."""
        now, root = self.now, self.dashboard.live.root
        stamp, regions = self._regions()
        version = f"{now.version}-{stamp}"
        if self._encoded[0] != version:
            former = left_out(root, read_document(root).get("settings", {}))
            found = columns(now, former, root, regions)
            self._encoded = (version, encoded({"version": version, **found}))
        return json_response(self._encoded[1], version)

    def _regions(self) -> tuple[int, pd.DataFrame | None]:
        """The map of an adaptive campaign, read where it is another one, and what tells it."""
        root = self.dashboard.live.root
        try:
            stamp = (root / MAP_FILE).stat().st_mtime_ns
        except OSError:
            stamp = 0
        if stamp != self._map[0]:
            self._map = (stamp, last_map(root))
        return self._map

    def parquet(self) -> Response:
        """The tidy table."""
        path = self.dashboard.live.root / TABLE_FILE
        if path.is_symlink() or not path.is_file():
            abort(404, "There is no table yet: python project.py run -o aggregate makes it.")
        return send_file(path, mimetype="application/octet-stream", as_attachment=True, max_age=0)


def columns(
    now: Snapshot,
    former: Collection[str] = (),
    root: Path | None = None,
    regions: pd.DataFrame | None = None,
) -> dict[str, Any]:
    """What the diagram's script needs, without jobs that the campaign file no longer has; with the
    rounds of a root, and the map of an adaptive campaign."""
    import pandas as pd

    ids = [job_id for job_id in sorted(now.jobs) if job_id not in former]
    lines = [
        {"method": now.jobs[one].method, **now.rows.get(one, {}), "job_id": one} for one in ids
    ]
    axes = now.arrangement["axes"] if now.arrangement else now.axes
    names = dict.fromkeys(["job_id", "method", *axes, *now.arrangement.get("panels", ())])
    table = pd.DataFrame.from_records(lines, columns=None if lines else list(names))
    table = table.assign(**{name: None for name in names if name not in table})
    table.attrs |= {"diagram": now.arrangement, **now.lines}
    if root is not None:
        with suppress(ValueError):  # a damaged ledger; status says so
            table = with_rounds(root, table)
    table = under_lines(table)
    shown = table["job_id"].tolist()
    states = [str(now.view.states.get(one, now.jobs[one].state)) for one in shown]
    found = diagram_columns(table, axes, states, regions)
    sources = [str(now.rows.get(one, {}).get("source") or "") for one in shown]
    if any(sources):
        found["sources"] = sources
    return {"former": len(now.jobs) - len(ids), **found}

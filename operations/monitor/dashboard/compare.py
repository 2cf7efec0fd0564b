"""The page *Compare*: two to six jobs side by side."""

from __future__ import annotations

from typing import Any

from flask import request
from markupsafe import Markup

from analysis.colours import phase_styles
from analysis.notation import format_value, html
from operations.monitor.dashboard.job import QUANTITIES
from operations.monitor.dashboard.page import Page
from operations.monitor.dashboard.products import THERMO
from operations.results.rows import named
from workspace_schema.job_ids import is_job_id

MOST = 6


class Compare(Page):
    """Jobs in columns; what differs is marked."""

    title = "Compare"
    address = "/compare"
    file = "compare.html"

    def content(self, **values: Any) -> dict[str, Any]:
        """The jobs, and a table of their values."""
        now = self.now
        asked = dict.fromkeys(request.args.getlist("job"))
        ids = [one for one in asked if is_job_id(one) and one in now.jobs][:MOST]
        lines = [now.rows.get(job_id, {}) for job_id in ids]
        labels = [str(line.get("label") or "") for line in lines]
        styles = phase_styles(label for label in labels if label)
        rows = [("method", [now.jobs[job_id].method.replace("_", " ") for job_id in ids])]
        rows += [
            (Markup(html(axis)), [format_value(line.get(axis)) for line in lines])
            for axis in now.axes
        ]
        rows += [
            (text, [format_value(line.get(name)) for line in lines])
            for name, text in (
                ("source", "file"),
                ("confidence", "confidence"),
                ("predicted_label", "predicted ground state"),
                ("verdict", "verdict"),
                ("stability", "by free energy"),
                ("stability_against", "against"),
                ("energy_above_ground_state", "energy above ground state"),
                *QUANTITIES.items(),
            )
            if any(line.get(name) not in (None, "") for line in lines)
        ]
        return {
            "jobs": [
                {
                    "id": job_id,
                    "label": named(line),
                    "colour": styles[label].colour if label else None,
                    "state": now.view.states.get(job_id, ""),
                    "seen": bool(now.jobs[job_id].finished),
                    "thermo": (self.dashboard.live.root / "workspace" / job_id / THERMO).is_file(),
                }
                for job_id, label, line in zip(ids, labels, lines, strict=True)
            ],
            "rows": [(name, texts, len(set(texts)) > 1) for name, texts in rows],
            "most": MOST,
        }

"""The page *Jobs*: find jobs by state, method, label, id, or a value of an axis."""

from __future__ import annotations

from typing import Any

from flask import request
from markupsafe import Markup

from analysis.colours import phase_styles
from analysis.notation import format_value, html
from operations.jobs.state import State
from operations.monitor.dashboard.live import Snapshot
from operations.monitor.dashboard.page import Page, number
from operations.results.rows import named

PER_PAGE = 50


class JobList(Page):
    """A list that never looks at the workspace."""

    title = "Jobs"
    address = "/jobs"
    file = "jobs.html"

    def __init__(self) -> None:
        super().__init__()
        self._sorted: tuple[int, list[str]] = (-1, [])

    def content(self, **values: Any) -> dict[str, Any]:
        """One page of the jobs that are asked for."""
        now = self.now
        query = request.args.get("q", "")[:200].strip()
        state = request.args.get("state", "")
        method = request.args.get("method", "")
        if self._sorted[0] != now.version:
            ids = sorted(now.jobs, key=lambda job_id: (_order(now, job_id), job_id))
            self._sorted = (now.version, ids)
        found = [
            job_id
            for job_id in self._sorted[1]
            if (not state or now.view.states.get(job_id) == state)
            and (not method or now.jobs[job_id].method == method)
            and matches(now, job_id, query)
        ]
        n_pages = max(-(-len(found) // PER_PAGE), 1)
        at = min(max(number("page", 1), 1), n_pages)
        shown = found[(at - 1) * PER_PAGE : at * PER_PAGE]
        styles = phase_styles(
            str(label) for job_id in shown if (label := now.rows.get(job_id, {}).get("label"))
        )
        return {
            "query": query,
            "state": state,
            "method": method,
            "states": list(State),
            "methods": sorted({job.method for job in now.jobs.values()}),
            "axes": [Markup(html(axis)) for axis in now.axes],
            "n_found": len(found),
            "number": at,
            "n_pages": n_pages,
            "lines": [
                {
                    "id": job_id,
                    "state": now.view.states.get(job_id, ""),
                    "method": now.jobs[job_id].method,
                    "reason": now.jobs[job_id].reason,
                    "label": (label := now.rows.get(job_id, {}).get("label")),
                    "colour": styles[str(label)].colour if label else None,
                    "coexisting": now.rows.get(job_id, {}).get("coexisting"),
                    "values": [
                        format_value(now.rows.get(job_id, {}).get(axis)) for axis in now.axes
                    ],
                    "energy": format_value(now.rows.get(job_id, {}).get("energy_per_particle")),
                    "source": now.rows.get(job_id, {}).get("source"),
                }
                for job_id in shown
            ],
        }


def matches(now: Snapshot, job_id: str, query: str) -> bool:
    """Whether every word of a query is met: the beginning of the id, a label, a file, a
    reason, or axis=value."""
    if not query:
        return True
    line, job = now.rows.get(job_id, {}), now.jobs[job_id]
    for word in query.split():
        name, equals, value = word.partition("=")
        if equals:
            columns = [one for one in line if one == name or one.endswith(f".{name}")]
            if not any(_equal(line[one], value) for one in columns):
                return False
        elif not (
            job_id.startswith(word.lower())
            or word.lower() in (named(line) or "").lower()
            or word.lower() in str(line.get("source") or "").lower()
            or word.lower() in job.reason.lower()
        ):
            return False
    return True


def _equal(known: Any, wanted: str) -> bool:
    if isinstance(known, int | float):
        try:
            return abs(float(wanted) - known) <= 1e-9 * max(abs(known), 1.0)
        except ValueError:
            return False
    return str(known) == wanted


def _order(now: Snapshot, job_id: str) -> list[tuple[int, float, str]]:
    """By the axes, numbers before words."""
    line = now.rows.get(job_id, {})
    values = [line.get(axis) for axis in now.axes]
    return [
        (0, float(value), "") if isinstance(value, int | float) else (1, 0.0, str(value))
        for value in values
    ]

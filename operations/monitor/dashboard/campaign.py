"""The page *Campaign*: what is running, what failed and why, how much is left."""

from __future__ import annotations

from collections import Counter
from typing import Any

from flask import Response

from analysis.colours import phase_styles
from analysis.notation import format_value, unicode
from operations.jobs.state import State
from operations.monitor.dashboard.assets import encoded, json_response
from operations.monitor.dashboard.live import Snapshot
from operations.monitor.dashboard.page import Page
from operations.results.rows import named

#: Jobs of one kind that are listed.
SHOWN = 8
#: Bars of the chart of finished jobs.
BARS = 48


class Campaign(Page):
    """The first page; it updates itself."""

    title = "Campaign"
    address = "/"
    file = "campaign.html"

    def register(self, dashboard: Any) -> None:
        """Add the page and its numbers."""
        super().register(dashboard)
        self._encoded: tuple[str, bytes] = ("", b"")
        dashboard.app.add_url_rule("/api/campaign", "api_campaign", self.numbers)

    def content(self, **values: Any) -> dict[str, Any]:
        """The states, for the template's legend."""
        return {"states": list(State)}

    def numbers(self) -> Response:
        """What the page shows."""
        now = self.now
        version = f"{now.version}-{now.view.time:.3f}"
        if self._encoded[0] != version:
            self._encoded = (version, encoded(summary(now)))
        return json_response(self._encoded[1], version)


def summary(now: Snapshot) -> dict[str, Any]:
    """The campaign at a glance, as JSON types."""
    view = now.view
    finished = sorted((job.finished, job_id) for job_id, job in now.jobs.items() if job.finished)
    running = [
        job_id for job_id, state in view.states.items() if state == "running" and job_id in now.jobs
    ]
    running.sort(key=lambda job_id: now.jobs[job_id].started)
    return {
        "name": view.name,
        "time": view.time,
        "version": now.version,
        "n_jobs": view.n_jobs,
        "complete": view.complete and not now.pending,
        "states": [{"name": state, "n": view.total(state)} for state in State],
        "methods": [{"name": name, "counts": counts} for name, counts in view.counts.items()],
        "reasons": [
            {
                "state": reason.state,
                "text": reason.text,
                "n": len(reason.job_ids),
                "jobs": reason.job_ids[:SHOWN],
            }
            for reason in view.reasons[:20]
        ],
        "per_hour": view.per_hour,
        "hours": view.hours,
        "jobs_left": view.jobs_left,
        "at_once": view.at_once,
        "finish": view.finish,
        "rounds": list(view.rounds),
        "phases": _phases(now),
        "running": [_line(now, job_id) for job_id in running[:SHOWN]],
        "recent": [_line(now, job_id) for _, job_id in finished[: -SHOWN - 1 : -1]],
        "history": _history([when for when, _ in finished], view.time),
    }


def _phases(now: Snapshot) -> list[dict[str, Any]]:
    found = [(named(line), str(line["label"])) for line in now.rows.values() if line.get("label")]
    styles = phase_styles({label for _, label in found})
    return [
        {"name": name, "n": n, "colour": styles[label].colour}
        for (name, label), n in Counter(found).most_common()
    ]


def _line(now: Snapshot, job_id: str) -> dict[str, Any]:
    """One job in a list."""
    job, line = now.jobs[job_id], now.rows.get(job_id, {})
    label = line.get("label")
    return {
        "id": job_id,
        "method": job.method,
        "started": job.started or None,
        "finished": job.finished or None,
        "label": named(line),
        "colour": phase_styles([label])[label].colour if label else None,
        "at": at(line, now.axes),
    }


def at(line: dict[str, Any], axes: list[str]) -> str:
    """Where a job is in the space of the campaign: r₀ = 1.2, ε = 0.8."""
    shown = [(axis, line.get(axis)) for axis in axes]
    return ", ".join(
        f"{unicode(axis)} = {format_value(value)}" for axis, value in shown if value is not None
    )


def _history(times: list[float], now: float) -> dict[str, Any]:
    """How many jobs finished when, in equal intervals up to now."""
    if not times:
        return {"start": now, "width": 0.0, "counts": []}
    start = times[0]
    width = max((now - start) / BARS, 1.0)
    counts = [0] * BARS
    for when in times:
        counts[min(int((when - start) / width), BARS - 1)] += 1
    return {"start": start, "width": width, "counts": counts}

"""The page *Atlas*: a tile for every distinct structure that the campaign has found."""

from __future__ import annotations

import re
from typing import Any

from markupsafe import Markup, escape

from analysis.atlas import ATLAS_FILE
from analysis.colours import phase_styles
from analysis.notation import format_value
from operations.jobs.files import parse_json, read_bytes
from operations.monitor.dashboard.live import Snapshot
from operations.monitor.dashboard.page import Page
from operations.results.rows import is_number
from workspace_schema.job_ids import is_job_id

MOST_READ = 50_000_000
#: Tiles of a page, and jobs of a tile that are linked.
MOST, SHOWN = 120, 6


class Atlas(Page):
    """Tiles, those with most jobs first."""

    title = "Atlas"
    address = "/atlas"
    file = "atlas.html"

    def register(self, dashboard: Any) -> None:
        """Add the page."""
        super().register(dashboard)
        self._read: tuple[int, list[dict[str, Any]]] = (-1, [])

    def content(self, **values: Any) -> dict[str, Any]:
        """The structures."""
        now = self.now
        entries = self._entries()
        known = {job_id for entry in entries for job_id in entry["jobs"]}
        newer = {
            job_id: str(line["label"])
            for job_id, line in now.rows.items()
            if line.get("label") and job_id not in known and job_id in now.jobs
        }
        tiles = [tile(entry, now) for entry in [*entries, *by_label(newer, now)]]
        tiles = [one for one in tiles if one["n"]]
        tiles.sort(key=lambda one: -one["n"])
        return {"tiles": tiles[:MOST], "n": len(tiles), "newer": len(newer) if entries else 0}

    def _entries(self) -> list[dict[str, Any]]:
        """What aggregation has found; nothing where it has not, or the file is damaged."""
        path = self.dashboard.live.root / ATLAS_FILE
        try:
            status = path.stat()
            if status.st_mtime_ns == self._read[0] or status.st_size > MOST_READ:
                return self._read[1]
            entries = [_checked(one) for one in parse_json(read_bytes(path, MOST_READ))]
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return []
        self._read = (status.st_mtime_ns, entries)
        return entries


def _checked(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry of `analysis.atlas` of which every part has its type."""
    return {
        "name": str(entry["name"]),
        "label": str(entry["label"]),
        "space_group": str(entry.get("space_group") or ""),
        "jobs": [one for one in entry["jobs"] if isinstance(one, str) and is_job_id(one)],
        "lowest": entry.get("lowest") if is_number(entry.get("lowest")) else None,
        "highest": entry.get("highest") if is_number(entry.get("highest")) else None,
    }


def space_group_html(symbol: str) -> Markup:
    """A Hermann-Mauguin symbol with its screw axes below and its inversions barred."""
    text = re.sub(r"_(\d)", r"<sub>\1</sub>", str(escape(symbol)))
    return Markup(re.sub(r"-(\d)", r'<span class="barred">\1</span>', text))


def group_kind(symbol: str) -> str:
    """Symbols of plane groups begin with a small letter, those of space groups with a capital."""
    return "plane group" if symbol[:1].islower() else "space group"


def by_label(labels: dict[str, str], now: Snapshot) -> list[dict[str, Any]]:
    """Structures told apart by their label only: jobs that aggregation has not seen yet."""
    groups: dict[str, list[str]] = {}
    for job_id in sorted(labels, key=lambda one: -float(now.rows[one].get("confidence") or 0.0)):
        groups.setdefault(labels[job_id], []).append(job_id)
    entries = []
    for label, ids in groups.items():
        energies = [now.rows[one].get("energy_per_particle") for one in ids]
        known = [float(energy) for energy in energies if isinstance(energy, int | float)]
        entries.append(
            {
                "name": label,
                "label": label,
                "space_group": "",
                "jobs": ids,
                "lowest": min(known, default=None),
                "highest": max(known, default=None),
            }
        )
    return entries


def tile(entry: dict[str, Any], now: Snapshot) -> dict[str, Any]:
    """A structure as the template shows it."""
    ids = [job_id for job_id in entry["jobs"] if job_id in now.jobs]
    low, high = format_value(entry["lowest"]), format_value(entry["highest"])
    methods = sorted({now.jobs[job_id].method for job_id in ids})
    return {
        "name": entry["name"].replace("_", " "),
        "colour": phase_styles([entry["label"]])[entry["label"]].colour,
        "label": entry["label"],
        "space_group": space_group_html(entry["space_group"]),
        "kind_of_group": group_kind(entry["space_group"]),
        "n": len(ids),
        "picture": ids[0] if ids else None,
        "jobs": ids[:SHOWN],
        "energies": low if low == high else f"{low} … {high}",
        "methods": ", ".join(method.replace("_", " ") for method in methods),
    }

"""The page *Neighbourhoods*: some particles of every job on one map, alike ones near each other."""

from __future__ import annotations

import math
import threading
from io import BytesIO
from typing import Any

from flask import Response, abort

from analysis.colours import phase_styles
from operations.monitor.dashboard.assets import encoded, json_response
from operations.monitor.dashboard.configuration import Unseen, phases, read
from operations.monitor.dashboard.page import Page, number
from operations.results.rows import is_number

#: Jobs on the map, particles of each of them and of all, at most.
MOST_JOBS, MOST_EACH, MOST = 150, 20_000, 200_000
#: Points of a job, and of the map.
POINTS, MOST_POINTS = 40, 4000


class Neighbourhoods(Page):
    """The map, coloured by label or axis, and what stands behind a point."""

    title = "Neighbourhoods"
    address = "/neighbourhoods"
    file = "neighbourhoods.html"

    def register(self, dashboard: Any) -> None:
        """Add the page, its data and the pictures of neighbourhoods."""
        super().register(dashboard)
        app = dashboard.app
        app.add_url_rule("/api/neighbourhoods", "api_neighbourhoods", self.data)
        app.add_url_rule("/jobs/<job_id>/neighbourhood.png", "neighbourhood", self.picture)
        self._kept: tuple[str, bytes] = ("", b"")
        self._lock = threading.Lock()

    def data(self) -> Response:
        """Every point, column by column."""
        now = self.now
        # ids are hashes: the first of them are a sample, which stays when jobs are added
        chosen = sorted(j for j, line in now.rows.items() if line.get("label") and j in now.jobs)
        left_out, chosen = len(chosen[MOST_JOBS:]), chosen[:MOST_JOBS]
        version = f"{hash(tuple((j, now.jobs[j].written) for j in chosen)):x}"
        with self._lock:  # one core has to be left for the rest
            if self._kept[0] != version:
                self._kept = version, encoded(self._columns(chosen, left_out))
            return json_response(self._kept[1], version)

    def _columns(self, chosen: list[str], left_out: int) -> dict[str, Any]:
        import operations.search  # noqa: F401  where compiled functions are kept
        from analysis.learning.neighbourhood_map import neighbourhood_map

        now, known, total = self.now, [], 0
        for job_id in chosen:
            folder = self.dashboard.live.root / "workspace" / job_id
            try:
                configuration = read(folder, 0, min(MOST_EACH, MOST - total))
            except Unseen:
                continue
            if (names := phases(folder, configuration)) is not None:
                known.append((job_id, configuration, names))
                total += configuration.n_particles
        dimensions = [each.dimensions for _, each, _ in known]
        most = max(set(dimensions), key=lambda n: (dimensions.count(n), n), default=0)
        shown = [one for one in known if one[1].dimensions == most]
        found: dict[str, Any] = {"jobs": [one[0] for one in shown], "axes": [], "names": []}
        found["left_out"] = left_out + len(chosen) - len(shown)
        if not shown:
            return found
        each = max(1, min(POINTS, MOST_POINTS // len(shown)))
        mapped = neighbourhood_map([one[1] for one in shown], each)
        labels = [
            shown[k][2][i] for k, i in zip(mapped.configuration, mapped.particle, strict=True)
        ]
        styles = phase_styles(labels)
        order = sorted(styles, key=lambda name: -labels.count(name))
        for axis in now.axes:
            values = [now.rows[job_id].get(axis) for job_id in found["jobs"]]
            if all(is_number(one) for one in values) and len(set(values)) > 1:
                found["axes"].append({"name": axis, "values": values})
        return found | {
            "explained": round(mapped.explained, 3) if math.isfinite(mapped.explained) else None,
            "dimensions": most,
            "x": mapped.points[:, 0].round(3).tolist(),
            "y": mapped.points[:, 1].round(3).tolist(),
            "job": mapped.configuration.tolist(),
            "particle": mapped.particle.tolist(),
            "code": [order.index(name) for name in labels],
            "names": [{"name": name, "colour": styles[name].colour} for name in order],
        }

    def picture(self, job_id: str) -> Response:
        """The neighbourhood of a particle, in the colour of its phase."""
        import operations.search  # noqa: F401  where compiled functions are kept
        from analysis.learning.neighbourhood_map import neighbourhood_picture

        self.job(job_id)  # 404 where there is none
        folder = self.dashboard.live.root / "workspace" / job_id
        particle = number("particle", 0)
        try:
            configuration = read(folder, 0, MOST_EACH)
        except Unseen as unseen:
            abort(404, str(unseen))
        if particle >= configuration.n_particles:
            abort(404, "There is no such particle.")
        names = phases(folder, configuration) or ["unknown"] * configuration.n_particles
        target = BytesIO()
        colour = phase_styles([names[particle]])[names[particle]].colour
        with self._lock:
            neighbourhood_picture(configuration, particle, colour, target)
        response = Response(target.getvalue(), mimetype="image/png")
        response.headers["Cache-Control"] = "private, max-age=10"
        return response

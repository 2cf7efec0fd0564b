"""The page of one job: what it looks like, what it measured, how it came about."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from flask import Response, abort, request, send_file
from markupsafe import Markup

from analysis.colours import phase_styles
from analysis.notation import format_value, html
from operations.jobs.isolation import REPOSITORY
from operations.jobs.state import FAILED, LABELS, RESULT, STATEPOINT
from operations.monitor.dashboard import configuration, job_files, products
from operations.monitor.dashboard.assets import encoded, json_response
from operations.monitor.dashboard.atlas import space_group_html
from operations.monitor.dashboard.page import Page, number
from operations.monitor.dashboard.products import Products
from operations.results.configurations import in_a_line
from operations.results.rows import coexisting, whole_phases
from workspace_schema.methods.facts import METHODS
from workspace_schema.properties import COLUMNS as MEASURED

#: Widths of pictures that are made; others are rounded up.
SIZES = (160, 320, 640, 960)

#: What a result says that is shown first, with its name.
QUANTITIES = {
    "energy_per_particle": "energy per particle",
    "enthalpy_per_particle": "enthalpy per particle",
    "number_density": "number density",
    "pressure": "pressure",
    "kT": "temperature",
    "n_particles": "particles",
    "wall_seconds": "cost (s)",
    "energy_evaluations": "energy evaluations",
}
#: What is told of a design, with its name.
DESIGN = {
    "by": "by",
    "target": "target",
    "verdict": "verdict",
    "reason": "why",
    "ground_state": "ground state",
    "assembled": "assembled",
    "gap": "gap in enthalpy",
    "f_fit": "agreement of g(r)",
    "undetermined": "undetermined directions",
    "updates": "updates",
}
PROVENANCE = ("engine", "engine_version", "device", "seed", "source")


class Job(Page):
    """One job, and everything of it that is served."""

    title = "Job"
    address = "/jobs/<job_id>"
    file = "job.html"
    in_menu = False

    def register(self, dashboard: Any) -> None:
        """Add the page, its pictures, curves and files."""
        super().register(dashboard)
        self._products = Products()
        for name, answer in {
            "picture.png": self.picture,
            "bond_order.png": self.bond_order,
            "diffraction.png": self.diffraction,
            "particles.json": self.particles,
            "thermo.json": self.thermo,
            "rdf.json": self.rdf,
            "movie.gif": lambda job_id: self.movie(job_id, "gif"),
            "movie.mp4": lambda job_id: self.movie(job_id, "mp4"),
            "fractions.png": self.fractions,
            "design.png": self.design,
            "curves.png": self.curves,
            "files/<path:name>": self.file_of,
        }.items():
            endpoint = "job_" + name.split("/")[0].replace(".", "_")
            dashboard.app.add_url_rule(f"/jobs/<job_id>/{name}", endpoint, answer)

    def folder(self, job_id: str) -> Path:
        """Folder of a job; 404 where there is no such job."""
        self.job(job_id)
        folder = Path(self.dashboard.live.root) / "workspace" / job_id
        if folder.is_symlink() or not folder.is_dir():
            abort(404, "This job is no longer there.")
        return folder

    def content(self, **values: Any) -> dict[str, Any]:
        """What the page says in words."""
        job_id = values.get("job_id", "")
        now, job, folder = self.now, self.job(job_id), self.folder(job_id)
        line = now.rows.get(job_id, {})
        result = job_files.small_json(folder / RESULT)
        statepoint = job_files.small_json(folder / STATEPOINT)
        labels = job_files.small_json(folder / LABELS) if result else {}
        labels |= {"phases": whole_phases(labels.get("phases"))}
        label = labels.get("label") if isinstance(labels.get("label"), str) else None
        system = statepoint.get("system")
        dimensions = system.get("dimensions") if isinstance(system, dict) else None
        failed = job_files.small_json(folder / FAILED)
        return {
            "job_id": job_id,
            "job": job,
            "state": now.view.states.get(job_id, job.state),
            "label": label,
            "colour": phase_styles([label])[label].colour if label else None,
            "labels": labels,
            "coexisting": coexisting(labels, result),
            "crystal": _crystal(labels.get("crystal")),
            "source": line.get("source"),
            "parameters": [
                (Markup(html(axis)), format_value(line.get(axis)))
                for axis in now.axes
                if line.get(axis) is not None
            ],
            "curves": bool(products.curves_of(folder)),
            "quantities": [
                (text, format_value(result[name]))
                for name, text in QUANTITIES.items()
                if isinstance(result.get(name), int | float)
            ]
            + [
                (text, format_value(line[name]))
                for name, text in MEASURED.items()
                if line.get(name) is not None
            ],
            "overlay": [
                (text, format_value(line[name]))
                for name, text in (
                    ("predicted_label", "predicted ground state"),
                    ("energy_above_ground_state", "energy above it"),
                    ("verdict", "verdict"),
                    ("stability", "by free energy"),
                    ("stability_against", "against"),
                )
                if line.get(name) not in (None, "")
            ],
            "has_thermo": any(
                (folder / name).is_file() for name in (products.THERMO, products.SAMPLES)
            ),
            "structures": _structures(result),
            "design": _design(result),
            "frames": configuration.n_frames(folder),
            "moments": configuration.frames_in(folder / configuration.TRAJECTORY),
            "has_mp4": configuration.has_mp4(),
            "dimensions": dimensions,
            "failed": failed.get("reason") if failed else None,
            "reason": job.reason,
            "tries": [_try(one) for one in job_files.tries(folder)],
            "logs": job_files.logs(Path(self.dashboard.live.root), folder),
            "files": job_files.listing(folder),
            "statepoint": json.dumps(statepoint, indent=2, ensure_ascii=False)[:20_000],
            "provenance": _provenance(result, labels),
            "commands": self.commands(job_id, job.method, job.state),
            "running": job.state == "running",
        }

    def commands(self, job_id: str, method: str, state: str) -> list[tuple[str, str]]:
        """What it is for, and what to type."""
        root = shlex.quote(str(Path(self.dashboard.live.root).resolve()))
        root = os.fsencode(root).decode(errors="replace")
        python = shlex.quote(sys.executable)
        project, init = (shlex.quote(str(REPOSITORY / name)) for name in ("project.py", "init.py"))
        facts = METHODS.get(method)
        operation = facts.operation or method if facts else method
        lines = [("", f"cd {root}")]
        if state == "failed":
            lines.append(("let it be tried again", f"{python} {init} --retry {job_id}"))
        if state not in ("done", "failed"):
            lines.append(("go on with it", f"{python} {project} run -j {job_id}"))
        lines.append(
            (
                "compute it again from the start",
                f"CAMPAIGN_FORCE=1 {python} {project} exec {operation} {job_id}",
            )
        )
        return lines

    # -- pictures and curves ---------------------------------------------------------------------

    def _made(self, job_id: str, kind: tuple[Any, ...], make: Callable[[Path], bytes]) -> bytes:
        folder = self.folder(job_id)
        try:
            return self._products.get(folder, kind, lambda: make(folder))
        except configuration.Unseen as error:
            abort(422, str(error))
        except MemoryError:
            abort(422, "this needs more memory than there is")
        except Exception as error:  # whatever a file may hold
            abort(422, f"this cannot be shown: {in_a_line(error)}")

    def _png(self, job_id: str, kind: tuple[Any, ...], make: Callable[[Path], bytes]) -> Response:
        response = Response(self._made(job_id, kind, make), mimetype="image/png")
        response.headers["Cache-Control"] = "private, max-age=10"
        response.headers["Vary"] = "Cookie"
        return response

    def picture(self, job_id: str) -> Response:
        """The configuration."""
        asked, (frame, way) = number("size", 320), _moment()
        size = next((one for one in SIZES if one >= asked), SIZES[-1])
        paper = configuration.PAPER[request.cookies.get("theme") == "dark"]
        kind = ("picture", size, frame, way, paper)
        return self._png(
            job_id, kind, lambda at: configuration.picture(at, size, frame, way, paper)
        )

    def movie(self, job_id: str, kind: str) -> Response:
        """The way there as a movie, to be looked at or kept."""
        made = self._made(job_id, ("movie", kind), lambda at: configuration.movie(at, kind))
        mimetype = {"gif": "image/gif", "mp4": "video/mp4"}[kind]
        return send_file(
            BytesIO(made), mimetype=mimetype, download_name=f"{job_id[:8]}.{kind}", max_age=10
        )

    def bond_order(self, job_id: str) -> Response:
        """The bond-orientational order diagram."""
        frame = number("frame", 0)
        return self._png(job_id, ("bonds", frame), lambda at: products.bond_order(at, frame))

    def diffraction(self, job_id: str) -> Response:
        """The diffraction pattern."""
        axis, frame = min(number("axis", 2), 2), number("frame", 0)
        kind = ("diffraction", axis, frame)
        return self._png(job_id, kind, lambda at: products.diffraction(at, axis, frame))

    def particles(self, job_id: str) -> Response:
        """The configuration for the browser to turn."""
        frame, way = _moment()
        kind = ("particles", frame, way)
        made = self._made(job_id, kind, lambda at: encoded(configuration.particles(at, frame, way)))
        return json_response(made)

    def thermo(self, job_id: str) -> Response:
        """Thermodynamics against time."""
        return json_response(
            self._made(job_id, ("thermo",), lambda at: encoded(products.thermo(at)))
        )

    def rdf(self, job_id: str) -> Response:
        """The radial distribution function."""
        frame = number("frame", 0)
        made = self._made(job_id, ("rdf", frame), lambda at: encoded(products.radial(at, frame)))
        return json_response(made)

    def design(self, job_id: str) -> Response:
        """What a design has found, and how."""
        return self._png(job_id, ("design",), products.design)

    def curves(self, job_id: str) -> Response:
        """Curves of what was measured."""
        return self._png(job_id, ("curves",), products.curves)

    def fractions(self, job_id: str) -> Response:
        """Phases against time, where every frame of a movie is labelled."""
        path = job_files.safe(self.folder(job_id), "labels_trajectory.png")
        if path is None:
            abort(404, "The frames of this job are not labelled.")
        return send_file(path, mimetype="image/png", max_age=10)

    def file_of(self, job_id: str, name: str) -> Response:
        """A file of the job, to be saved: never shown as a page."""
        path = job_files.safe(self.folder(job_id), name)
        if path is None:
            abort(404, "There is no such file in this job.")
        return send_file(
            path,
            mimetype="application/octet-stream",
            as_attachment=True,
            download_name=f"{job_id[:8]}_{path.name}",
            max_age=0,
        )


def _moment() -> tuple[int, bool]:
    """Which frame is asked for, and whether of the trajectory."""
    moment = number("moment", -1)
    return (moment, True) if moment >= 0 else (number("frame", 0), False)


def _try(one: dict[str, Any]) -> dict[str, str]:
    """A try in words."""
    start, end = one.get("start"), one.get("end")
    took = ""
    if isinstance(start, int | float) and isinstance(end, int | float):
        took = f"{end - start:.0f} s"
    begin = ""
    if isinstance(start, int | float) and 0 <= start < 1e11:
        begin = datetime.fromtimestamp(start, UTC).strftime("%Y-%m-%d %H:%M:%S")
    return {
        "operation": str(one.get("operation", "")),
        "start": begin,
        "took": took,
        "host": str(one.get("host", "")),
        "scheduler_job": str(one.get("scheduler_job") or ""),
        "outcome": str(one["outcome"]) if "end" in one else "running or lost",
        "reason": str(one.get("reason", "")),
    }


def _design(result: dict[str, Any]) -> list[tuple[str, str]]:
    """What a design came to, in words and numbers."""
    design = result.get("design")
    if not isinstance(design, dict):
        return []
    rows = [(text, design.get(name)) for name, text in DESIGN.items()]
    parameters = design.get("parameters")
    rows += list(parameters.items()) if isinstance(parameters, dict) else []
    return [
        (str(name), format_value(value))
        for name, value in rows
        if isinstance(value, int | float | str) and value != ""
    ]


def _structures(result: dict[str, Any]) -> list[dict[str, str]]:
    """The structures that a search has found, best first."""
    listed = result.get("structures") or result.get("minima") or []
    rows = []
    for one in listed[:20] if isinstance(listed, list) else []:
        if not isinstance(one, dict):
            continue
        energy = one.get("enthalpy_per_particle", one.get("energy_per_particle", one.get("energy")))
        rows.append(
            {
                "energy": format_value(energy),
                "space_group": space_group_html(str(one.get("space_group") or "")),
                "prototype": str(one.get("prototype") or ""),
                "times": str(one.get("times", one.get("visits", ""))),
            }
        )
    return rows


def _crystal(found: Any) -> list[tuple[str, str]]:
    """What labels say of a crystal that was named by its unit cell; they may be damaged."""
    if not isinstance(found, dict):
        return []

    def several(name: str) -> str:
        values = found.get(name)
        return ", ".join(map(str, values[:20])) if isinstance(values, list) else ""

    nearest = found.get("nearest")
    words = [
        ("space group", str(found.get("space_group") or "")),
        ("Wyckoff positions", several("wyckoff")),
        ("as published", several("alike")),
        ("nearest published", f"{nearest}, {found.get('apart')} apart" if nearest else ""),
    ]
    return [(name, text[:500]) for name, text in words if text]


def _provenance(result: dict[str, Any], labels: dict[str, Any]) -> list[tuple[str, str]]:
    """Which programs made it."""
    known = [(name.replace("_", " "), result.get(name)) for name in PROVENANCE]
    known += [("label model", labels.get("model")), ("its hash", labels.get("model_hash"))]
    versions = result.get("versions")
    if isinstance(versions, dict):
        known += [(str(name), version) for name, version in versions.items()]
    return [(name, format_value(value)) for name, value in known if value is not None]

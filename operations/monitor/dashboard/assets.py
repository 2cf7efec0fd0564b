"""Scripts and styles, served from this machine's files: ours, and plotly's from its package."""

from __future__ import annotations

import gzip
import hashlib
import json
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from flask import Flask, Response, request, send_file

from analysis import phase_diagram

STATIC = Path(__file__).parent / "static"
#: What draws the diagram, on the page of results too.
DIAGRAM = Path(phase_diagram.__file__).parent / "diagram.js"
_FOR_EVER = "public, max-age=31536000, immutable"


@lru_cache
def address(name: str) -> str:
    """Address of a static file, which changes with its content."""
    if name == "plotly":
        from plotly import __version__

        return f"/plotly-{__version__}.min.js"
    if name == DIAGRAM.name:
        return f"/{name}?{_hash(DIAGRAM)}"
    return f"/static/{name}?{_hash(STATIC / name)}"


def _hash(file: Path) -> str:
    return hashlib.blake2b(file.read_bytes(), digest_size=6).hexdigest()


@lru_cache
def _plotly() -> bytes:
    script = files("plotly").joinpath("package_data/plotly.min.js").read_bytes()
    return gzip.compress(script, 6)


def prepare() -> None:
    """Compress plotly's script, which takes a second."""
    _plotly()


def register(app: Flask) -> None:
    """Add the routes of plotly's script and of the diagram's; Flask has that of the others."""

    @app.route(f"/{DIAGRAM.name}")
    def diagram() -> Response:
        return send_file(DIAGRAM, mimetype="text/javascript")

    @app.route("/plotly-<version>.min.js")
    def plotly(version: str) -> Response:
        response = Response(_plotly(), mimetype="text/javascript")
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            response.headers["Content-Encoding"] = "gzip"
        else:
            response.set_data(gzip.decompress(_plotly()))
        response.headers["Cache-Control"] = _FOR_EVER
        return response

    @app.after_request
    def keep(response: Response) -> Response:
        if (
            request.endpoint in ("static", "diagram")
            and request.query_string
            and response.status_code == 200
        ):
            response.headers["Cache-Control"] = _FOR_EVER
        return response


def json_response(content: Any, version: str = "") -> Response:
    """JSON, compressed where that pays; with a version, only where the browser has another one.

    Parameters
    ----------
    content
        To be encoded, or its text as bytes.
    version : str
        Says whether the content is the same as before.
    """
    tag = f'"{version}"'
    if version and request.headers.get("If-None-Match") == tag:
        return Response(status=304, headers={"ETag": tag, "Cache-Control": "no-cache"})
    text = content if isinstance(content, bytes) else encoded(content)
    response = Response(text, mimetype="application/json")
    if len(text) > 4096 and "gzip" in request.headers.get("Accept-Encoding", ""):
        response.set_data(gzip.compress(text, 1))
        response.headers["Content-Encoding"] = "gzip"
    if version:
        response.headers["ETag"], response.headers["Cache-Control"] = tag, "no-cache"
    return response


def encoded(content: Any) -> bytes:
    """JSON; a number that is not finite is null."""
    try:
        return json.dumps(content, allow_nan=False, separators=(",", ":")).encode()
    except ValueError:
        return json.dumps(_finite(content), separators=(",", ":")).encode()


def _finite(content: Any) -> Any:
    if isinstance(content, dict):
        return {key: _finite(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_finite(value) for value in content]
    if isinstance(content, float) and not abs(content) < float("inf"):
        return None
    return content

"""What the project document of a campaign says, without signac."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from operations.jobs.campaign_root import PROJECT_DOCUMENT
from operations.jobs.files import read_json, readable_json
from workspace_schema.errors import RootError

#: What may stand in the document; `workspace_schema.settings` says it exactly.
KINDS = {"name": str, "title": str, "anchor": str, "axes": list, "settings": dict}
_SETTINGS = {"walltime_hours": (0.0, 10_000.0), "frames": (0, 10**6), "log_period": (1, 10**12)}


@lru_cache
def project_document(root: str) -> dict[str, Any]:
    """The project document, read once; empty if it is missing or damaged."""
    return read_document(Path(root))


def read_document(root: Path) -> dict[str, Any]:
    """The project document; empty if it is missing or damaged."""
    content = readable_json(root / PROJECT_DOCUMENT)
    return {} if wrong(content) else content


def settings_of(root: str) -> dict[str, Any]:
    """How the campaign runs: engine, device, walltime."""
    return project_document(root).get("settings", {})


def labeller_of(settings: dict[str, Any]) -> str | dict[str, Any]:
    """Who labels, as `analysis.labelling.labellers` is asked for it."""
    return settings.get("labels") or settings.get("labeller") or "production"


def title_of(document: dict[str, Any]) -> str:
    """What figures and pages of a campaign are called: its title, else its name in words."""
    return str(document.get("title") or document.get("name", "campaign").replace("_", " "))


def wrong(content: dict[str, Any]) -> str:
    """The first key of a project document whose value cannot be one; "" where all are sound."""
    for key, kind in KINDS.items():
        if not isinstance(content.get(key, kind()), kind):
            return key
    if not all(isinstance(axis, str) for axis in content.get("axes", [])):
        return "axes"
    settings = content.get("settings", {})
    for key, (least, most) in _SETTINGS.items():
        value = settings.get(key, least)
        # a comparison with nan is false
        if not isinstance(value, int | float) or not least <= value <= most:
            return f"settings.{key}"
    if not isinstance(settings.get("labels", {}), dict):
        return "settings.labels"
    for key in ("engine", "device", "labeller", "former_jobs"):
        if not isinstance(settings.get(key, ""), str):
            return f"settings.{key}"
    measured = settings.get("properties") or []
    if not isinstance(measured, list) or not all(isinstance(name, str) for name in measured):
        return "settings.properties"
    return ""


def check_document(root: Path) -> None:
    """Raise `RootError`, which says what to do, where the project document is damaged."""
    try:
        key = wrong(read_json(root / PROJECT_DOCUMENT))
    except ValueError as error:
        raise RootError(f"{error}; {_AGAIN}") from None
    if key:
        raise RootError(f"{root / PROJECT_DOCUMENT} is damaged: {key}; {_AGAIN}")


_AGAIN = "delete it, then init.py with the campaign file makes it again"

"""What the project document of a campaign says, without signac."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from operations.jobs.files import readable_json


@lru_cache
def project_document(root: str) -> dict[str, Any]:
    """The project document, read once; empty if it is missing or damaged."""
    return readable_json(Path(root) / "signac_project_document.json")


def settings_of(root: str) -> dict[str, Any]:
    """How the campaign runs: engine, device, walltime."""
    return project_document(root).get("settings", {})

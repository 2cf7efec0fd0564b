"""Find the root of a campaign, and say in one line what is wrong with it."""

from __future__ import annotations

from pathlib import Path

from workspace_schema.errors import RootError
from workspace_schema.root import CONFIG, check_links, has_config

PROJECT_DOCUMENT = "signac_project_document.json"


def campaign_root(start: Path) -> Path:
    """The root of the campaign that a folder is in.

    Raises
    ------
    LookupError
        Where there is none here or above.
    RootError
        Where there is one that signac cannot read, or parts of it are links.
    """
    start = start.absolute()
    for folder in (start, *start.parents):
        if (folder / CONFIG.parent).is_dir() or (folder / PROJECT_DOCUMENT).exists():
            check_config(folder)
            check_links(folder)
            return folder
    raise LookupError(f"no campaign in {start} or above")


def check_config(root: Path) -> None:
    """Raise `RootError`, which says what to do, where signac does not know a root as one."""
    if not has_config(root):
        again = f"init.py CAMPAIGN.yaml --root {root} makes it again"
        raise RootError(f"{root / CONFIG} is missing or damaged: {again}")

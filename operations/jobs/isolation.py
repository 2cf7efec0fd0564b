"""A root is data: nothing in it is imported, configures a library or is rendered.

Libraries look into the current folder: Python for modules where `PYTHONPATH` has an empty entry,
numba for `.numba_config.yaml` (which can name a folder of compiled code), matplotlib for
`matplotlibrc`, Flask for `.env`. So programs leave the root before these are imported.
"""

import os
import sys


def import_nothing_from_here() -> None:
    """Take the current folder out of the places where modules are looked for."""
    here = os.path.realpath(os.curdir)
    if here != os.path.realpath(os.path.join(os.path.dirname(__file__), "..", "..")):
        sys.path[:] = [place for place in sys.path if os.path.realpath(place or ".") != here]


import_nothing_from_here()  # the next line would, too

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]

#: Files of the current folder by which libraries are configured.
CONFIGURATION = (".numba_config.yaml", "matplotlibrc")

#: Tells processes that are started from here which root they are for.
ROOT = "CAMPAIGN_ROOT"


def leave(root: str | Path | None = None) -> None:
    """Make the repository the current folder.

    Parameters
    ----------
    root : str or Path, optional
        What started processes find as their root in `current_root`.
    """
    if root is not None:
        os.environ[ROOT] = str(root)
    os.chdir(REPOSITORY)


def stay() -> None:
    """Go on in the current folder, where files that a user names are.

    Raises
    ------
    ValueError
        If it holds a file that would configure a library.
    """
    for name in CONFIGURATION:
        if os.path.lexists(name):
            raise ValueError(
                f"{name} in the current folder would configure a library: call it elsewhere"
            )


def current_root() -> str:
    """The folder in which, or above which, the campaign is."""
    return os.environ.get(ROOT) or os.getcwd()

"""Keep libraries from taking orders from the campaign's folder.

numba and matplotlib read a file of the current folder; numba's says where compiled code is loaded
from. The current folder of an operation is the campaign, which may come from a stranger.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

NUMBA, MATPLOTLIB = ".numba_config.yaml", "matplotlibrc"


def ignore_local_configuration() -> None:
    """Import those libraries from elsewhere, where such a file is in the current folder."""
    if os.path.lexists(NUMBA):
        with contextlib.chdir(Path(__file__).parent):
            import numba.core.config as config
        # it is read again whenever something is compiled
        config._config_fname = str(Path(__file__).parent / NUMBA)
    if os.path.lexists(MATPLOTLIB):
        with contextlib.chdir(Path(__file__).parent):
            import matplotlib  # noqa: F401

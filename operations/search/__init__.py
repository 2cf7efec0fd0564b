"""Structure search: compiled energies, minimisers, moves, fingerprints.

Numba keeps compiled functions on disk, but notices only changes of the file that a function stands
in. They call each other across files, so what is kept is kept by a hash of all files here.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path


def _keep_compiled_functions() -> None:
    import numba

    here = Path(__file__).parent
    digest = hashlib.sha256(numba.__version__.encode())
    for source in sorted(here.glob("*.py")):
        digest.update(source.read_bytes())
    place = here / "__pycache__"
    if "NUMBA_CACHE_DIR" in os.environ:
        place = Path(os.environ["NUMBA_CACHE_DIR"])
    elif not os.access(here, os.W_OK):
        place = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        place /= "structure_search"
    name = digest.hexdigest()[:16]
    place = place if place.name == name else place / name  # of a process that started this one
    # Numba reads the variable again whenever the environment has changed.
    os.environ["NUMBA_CACHE_DIR"] = numba.config.CACHE_DIR = str(place)  # type: ignore[attr-defined]


_keep_compiled_functions()
# spglib raises where it finds nothing, instead of warning that it will.
os.environ.setdefault("SPGLIB_OLD_ERROR_HANDLING", "0")

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

    if "NUMBA_CACHE_DIR" in os.environ:
        return
    here = Path(__file__).parent
    digest = hashlib.sha256(numba.__version__.encode())
    for source in sorted(here.glob("*.py")):
        digest.update(source.read_bytes())
    if not os.access(here, os.W_OK):
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        here = cache / "structure_search"
    numba.config.CACHE_DIR = str(  # type: ignore[attr-defined]
        here / "__pycache__" / digest.hexdigest()[:16]
    )


_keep_compiled_functions()
# spglib raises where it finds nothing, instead of warning that it will.
os.environ.setdefault("SPGLIB_OLD_ERROR_HANDLING", "0")

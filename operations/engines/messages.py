"""What an engine's own error message means: an explosion, an input it cannot take, too little
memory.

Engines raise one plain exception for everything; only its text tells. A text that nobody knows is
no explosion: it stays an error that may be tried again.
"""

from __future__ import annotations

import re

from operations.jobs.errors import EngineError, ExplodedError

_MOTION = "dt too large, or the start too dense"
_BOX = "dt or a barostat_time too small for it, or a pressure far from that of the start"

#: Pattern of a text, exception, and what it says; the first that fits.
_MEANINGS: tuple[tuple[str, type[Exception], str], ...] = (
    (
        "Neighbor list overflow|Cannot use neighbor bins|box is too small|searching beyond",
        EngineError,
        "too many neighbours within r_cut = {r_cut:g}, or a box too small for it, {when}: expected"
        " a smaller r_cut or density, or more particles",
    ),
    (
        "too small for GPU accelerated HPMC",
        EngineError,
        "the box has become too narrow for a GPU {when}: take more particles, or device: cpu",
    ),
    (
        "allocat|out of memory|bad_alloc",
        MemoryError,
        "not enough memory for this number of particles and r_cut = {r_cut:g} {when}",
    ),
    (
        "restart file|Unexpected end of file",
        EngineError,
        "the checkpoint is no state that this version of the engine can read {when}",
    ),
    (
        "tilted box too far|Invalid box boundaries|Box bounds are invalid|neighbor bins",
        ExplodedError,
        f"the box has no finite shape any more {{when}} ({_BOX})",
    ),
    (
        "Lost atoms|no longer in the simulation box|out of bounds",
        ExplodedError,
        f"particles overlap or are lost {{when}} ({_MOTION})",
    ),
    ("table inner cutoff|overlap", ExplodedError, f"particles overlap {{when}} ({_MOTION})"),
    (
        "Non-numeric|simulation unstable|\\bNaN\\b|\\binf\\b",
        ExplodedError,
        f"numbers are no longer finite {{when}} ({_MOTION})",
    ),
)


def meaning(engine: str, message: str, when: str, r_cut: float) -> Exception:
    """The exception that an engine's message stands for.

    Parameters
    ----------
    engine : str
        Its name, for people.
    message : str
        Its own words; they stay at the end.
    when : str
        Where in the run, such as "before step 200".
    r_cut : float
        The longest range of a pair.

    Returns
    -------
    Exception
        ExplodedError, EngineError, MemoryError, or, where the message is not known, RuntimeError.
    """
    said = f"{engine} says: {' '.join(message.split())}"
    for pattern, kind, text in _MEANINGS:
        if re.search(pattern, message, re.IGNORECASE):
            return kind(f"{text.format(r_cut=r_cut, when=when)}; {said}")
    return RuntimeError(f"{when} {said}")

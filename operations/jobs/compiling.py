"""Say why nothing seems to happen while numba compiles, which it does once on a machine."""

from __future__ import annotations

import time
from multiprocessing import get_context
from typing import Any

from operations.jobs.progress import say

#: Seconds of compilation after which it is said.
PATIENCE = 2.0

_said: Any = None


def announce() -> None:
    """Let this process, and those that are forked from it, say once that functions are compiled.

    Relies on `numba.core.event`, the documented events of numba: `numba:compile` begins where a
    function is not found on disk.
    """
    global _said
    if _said is not None:
        return
    _said = get_context("fork").Value("b", 0)

    from numba.core import event

    class Listener(event.Listener):
        """Adds up the time that goes by in compilation."""

        def __init__(self) -> None:
            self._depth, self._begin, self._spent = 0, 0.0, 0.0

        def on_start(self, _: Any) -> None:
            now = time.monotonic()
            if self._depth == 0:
                self._begin = now
            self._depth += 1
            if self._spent + now - self._begin > PATIENCE:
                _say()

        def on_end(self, _: Any) -> None:
            self._depth -= 1
            if self._depth == 0:
                self._spent += time.monotonic() - self._begin

    event.register("numba:compile", Listener())


def _say() -> None:
    with _said.get_lock():
        if not _said.value:
            _said.value = 1
            say("compiling for this machine: a minute or two, this first time only")

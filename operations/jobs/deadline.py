"""When to stop: a deadline from the environment, or a warning signal.

`CAMPAIGN_DEADLINE` is the time (seconds since the epoch) by which the process must have left;
inside a SLURM job its own end time is taken where the former is not set. SIGTERM and SIGUSR1 ask
to stop at the next checkpoint; a process once warned begins no more methods. The clock of the day
is asked once, when a process first sees its deadline: it may be set while the process runs.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from functools import cache
from types import FrameType

#: Left for writing products after the last chunk, in seconds.
MARGIN = 5.0

#: Signals that ask to stop at the next checkpoint.
WARNINGS = (signal.SIGTERM, signal.SIGUSR1)

_warning: int | None = None


@cache
def _monotonic(text: str) -> float:
    """Seconds since the epoch as `time.monotonic` counts; the first answer holds."""
    return float(text) - time.time() + time.monotonic()


class Deadline:
    """Context manager that listens for warning signals and knows the time left.

    Parameters
    ----------
    warn : callable, optional
        Called when a signal comes.
    """

    def __init__(self, warn: Callable[[], None] | None = None) -> None:
        text = os.environ.get("CAMPAIGN_DEADLINE") or os.environ.get("SLURM_JOB_END_TIME")
        try:
            self._end = _monotonic(text) if text else float("inf")
        except ValueError:
            raise ValueError(
                f"CAMPAIGN_DEADLINE={text!r}; expected seconds since the epoch"
            ) from None
        self._previous: dict[int, object] = {}
        self._warn = warn

    def __enter__(self) -> Deadline:
        # Only the main thread may set handlers; elsewhere the clock alone decides.
        if threading.current_thread() is threading.main_thread():
            for number in WARNINGS:
                self._previous[number] = signal.signal(number, self._warned)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _warned(self, number: int, _: FrameType | None) -> None:
        global _warning
        _warning = number
        if self._warn is not None:
            self._warn()

    def reason_to_stop(self, next_chunk_seconds: float) -> str | None:
        """Why not to begin a chunk that takes this long; None if there is time."""
        if _warning is not None:
            return signal.Signals(_warning).name
        if time.monotonic() + 1.5 * next_chunk_seconds + MARGIN > self._end:
            return "deadline"
        return None

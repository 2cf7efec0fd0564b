"""One line of progress on stderr: a live line on a terminal, now and then a line in a log file."""

from __future__ import annotations

import sys
import time
from contextlib import suppress


def say(text: str) -> None:
    """Print a line on stderr; nothing happens where it cannot be written, on a full disk say."""
    with suppress(OSError):
        print(text, file=sys.stderr, flush=True)


def clock(seconds: float) -> str:
    """Seconds as h:mm:ss."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}"


def about(seconds: float) -> str:
    """Seconds in the unit in which one says them: 40 s, 4 min, 3 h, 2 days."""
    for unit, size, most in (("s", 1.0, 90.0), ("min", 60.0, 90.0), ("h", 3600.0, 36.0)):
        if seconds < most * size:
            value = max(seconds / size, 1.0)
            return f"{value:.1f} {unit}" if unit == "h" and value < 10.0 else f"{value:.0f} {unit}"
    return f"{seconds / 86400.0:.0f} days"


class Progress:
    """Shows how far a job is, its speed, and the time left.

    Parameters
    ----------
    name : str
        Method and job, at the start of the line.
    unit : str
        Unit of the rate.
    """

    def __init__(self, name: str, unit: str) -> None:
        self._name, self._unit = name, unit
        self._begin = self._shown = time.monotonic()
        self._first: float | None = None
        self._live = sys.stderr.isatty()
        self._period = 0.5 if self._live else 60.0

    def update(self, done: float, total: float, work_per_unit: float, detail: str = "") -> None:
        """Show `done` of `total`; the rate is in units of `work_per_unit` per second."""
        now = time.monotonic()
        if self._first is None:
            self._first, self._begin = done, now
            return
        if now - self._shown < self._period:
            return
        self._shown = now
        speed = (done - self._first) / max(now - self._begin, 1e-9)
        left = clock((total - done) / speed) if speed > 0 else "?"
        line = (
            f"{self._name}  {done / max(total, 1):4.0%}  {speed * work_per_unit:.2g} {self._unit}/s"
            f"  {left} left  {detail}"
        )
        with suppress(OSError):  # a pipe that nobody reads any more, a full disk
            print(line, end="\033[K\r" if self._live else "\n", file=sys.stderr, flush=True)

    def close(self, message: str) -> None:
        """Replace the live line by a last one."""
        say(f"{chr(27) + '[K' if self._live else ''}{self._name}  {message}")

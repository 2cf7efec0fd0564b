"""What goes wrong in a job with a reason of its own."""

from __future__ import annotations


class EngineError(Exception):
    """The engine cannot do what was asked, or is not there. Nothing has run."""


class ExplodedError(Exception):
    """The integration diverged: lost particles, overlaps, non-finite numbers."""


class NotBegunError(Exception):
    """A chunk was not begun: a signal or the deadline says stop. What was before it holds."""


class DeviceLostError(BaseException):
    """The GPU answers this process no more, which is as good as killed."""

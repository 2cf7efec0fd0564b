"""Whether the campaign's results are older than its jobs: a marker file in `results/`.

Whatever changes a result touches the marker; aggregation removes it before it begins to read, so
that nothing which changes meanwhile is missed.
"""

from __future__ import annotations

from pathlib import Path

MARKER = Path("results") / ".due"

#: The mark of a try that runs, as `operations.attempts` leaves it; of one that was killed, too.
RUNNING = Path("results") / ".running"


def is_due(root: Path) -> bool:
    """Whether something has changed, or the last aggregation did not come to its end."""
    return (root / MARKER).exists() or (root / RUNNING).exists()


def touch(root: Path) -> None:
    """Say that the results are out of date."""
    marker = root / MARKER
    marker.parent.mkdir(exist_ok=True)
    marker.touch()


def clear(root: Path) -> None:
    """Say that the results are about to be made from what is there now."""
    (root / MARKER).unlink(missing_ok=True)

"""Whether the campaign's results are older than its jobs: a marker file in `results/`.

Whatever changes a result touches the marker; aggregation takes it away before it begins to read, so
that nothing which changes meanwhile is missed, and puts it back if it fails.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

MARKER = Path("results") / ".due"

#: The marker while the results are made.
TAKEN = Path("results") / ".due.taken"

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


@contextmanager
def cleared(root: Path) -> Iterator[None]:
    """The results are made in this block from what is there now.

    The marker is renamed meanwhile, because making it anew fails on a full disk.
    """
    taken = root / TAKEN
    with suppress(FileNotFoundError):
        os.replace(root / MARKER, taken)
    try:
        yield
    except BaseException:
        if taken.exists():
            os.replace(taken, root / MARKER)
        else:
            touch(root)
        raise
    taken.unlink(missing_ok=True)

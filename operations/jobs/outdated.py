"""Whether the campaign's results are older than its jobs: a marker file in `results/`.

Whatever changes a result touches the marker. Aggregation takes it away before it begins to read, so
that nothing which changes meanwhile is missed; it is gone for good when the results are made.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from operations.jobs.locks import is_locked
from workspace_schema.files import touch
from workspace_schema.root import OUTDATED

#: The marker while results are made; without a process that holds their lock they never were.
TAKEN = Path("results") / ".due.taken"


def is_outdated(root: Path | str) -> bool:
    """Whether something has changed, or the last aggregation did not come to its end.

    Asked for every job by conditions: paths are text here.
    """
    if os.path.exists(os.path.join(root, OUTDATED)):
        return True
    return os.path.exists(os.path.join(root, TAKEN)) and not is_locked(Path(root) / "results")


@contextmanager
def claimed(root: Path) -> Iterator[None]:
    """Make the results inside, from what is there when it begins; the caller holds their lock.

    What changes meanwhile, an exception or the death of the process leaves them outdated. The
    marker is renamed, because making one anew fails on a full disk.
    """
    marker, taken = root / OUTDATED, root / TAKEN
    if marker.exists():
        marker.replace(taken)
    else:
        touch(taken)
    try:
        yield
    except BaseException:
        taken.replace(marker)
        raise
    taken.unlink()

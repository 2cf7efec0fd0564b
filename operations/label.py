"""Label what formed: `final.gsd` to `labels.json` and `labels.npz`."""

from __future__ import annotations

import sys
from pathlib import Path

from analysis.configuration import Configuration
from operations import due
from operations.attempts import recorded, survived
from operations.locks import BusyError, exclusive

FILE = "labels.json"


def label(folder: Path, root: Path) -> None:
    """Label the best configuration of a finished job."""
    from analysis.labelling import label_configuration

    try:
        with survived(folder, "label"), exclusive(folder), recorded(folder, "label"):
            labels = label_configuration(Configuration.read(folder / "final.gsd"))
            due.touch(root)
            labels.save(folder)
            print(
                f"label {folder.name[:8]}  {labels.label} ({labels.confidence:.2f})",
                file=sys.stderr,
            )
        due.touch(root)
    except BusyError:
        print(f"label {folder.name[:8]}  is being worked on by another process", file=sys.stderr)

"""Label what formed: `final.gsd` to `labels.json` and `labels.npz`."""

from __future__ import annotations

import sys
from pathlib import Path

from analysis.configuration import Configuration
from operations import due
from operations.attempts import recorded

FILE = "labels.json"


def label(folder: Path, root: Path) -> None:
    """Label the best configuration of a finished job."""
    from analysis.labelling import label_configuration

    with recorded(folder, "label"):
        labels = label_configuration(Configuration.read(folder / "final.gsd"))
        due.touch(root)
        labels.save(folder)
        print(f"label {folder.name[:8]}  {labels.label} ({labels.confidence:.2f})", file=sys.stderr)
    due.touch(root)

"""Whether the user stands by what a cluster file that lies in a root would run in their name.

`setup` is shell by design, and an option of sbatch can name programs, too. A root may come from
somebody else; its lines are shown and confirmed once, and known by their hash from then on. A file
that the user names in `CAMPAIGN_CLUSTER`, or keeps in their home, needs no such question.
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

from operations.slurm import cluster
from workspace_schema.errors import CampaignError
from workspace_schema.marked_yaml import read_yaml

#: Hashes of what was confirmed, one a line.
CONFIRMED = Path("~/.config/campaigns/confirmed")


def lines_of(file: Path) -> list[str]:
    """What of a sound cluster file is not only a choice among given ones."""
    data, _ = read_yaml(file)
    parts = (data.get("cpu") or {}, data.get("gpu") or {})
    options = [f"#SBATCH {option}" for part in parts for option in part.get("options") or ()]
    return [*str(data.get("setup") or "").strip().splitlines(), *options]


def confirm(root: Path) -> None:
    """Ask about lines that a cluster file in the root has and nobody has confirmed yet.

    Raises
    ------
    CampaignError
        Where the answer is no, or there is nobody to ask.
    """
    file = cluster.find(root)
    if os.environ.get("CAMPAIGN_CLUSTER") or file is None or file.parent != root:
        return
    lines = lines_of(file)
    if not lines:
        return
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    known = CONFIRMED.expanduser()
    if known.is_file() and digest in known.read_text().split():
        return
    print(f"{file} has lines that run in your name:", *lines, sep="\n  ", file=sys.stderr)
    if not sys.stdin.isatty():
        raise CampaignError(
            [
                f"nothing submitted: read these lines and confirm them once by submit in a"
                f" terminal, or name the file: CAMPAIGN_CLUSTER={file}"
            ]
        )
    print("Run them? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise CampaignError(["nothing submitted"])
    known.parent.mkdir(parents=True, exist_ok=True)
    with open(known, "a") as store:
        store.write(f"{digest}\n")

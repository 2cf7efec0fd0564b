"""A campaign beside the SLURM that the tests start."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.slurm import Slurm


@pytest.fixture
def root(campaign: Callable[..., Path], slurm: Slurm) -> Iterator[Callable[..., Path]]:
    """Function that makes a campaign and its cluster file."""

    def make(cluster: str = "", **changes: Any) -> Path:
        folder = campaign(**changes)
        (folder / "cluster.yaml").write_text(cluster or "{}\n")
        return folder

    yield make
    slurm.command("scancel", "--full", "-u", "root", check=False)
    for node in slurm.nodes:
        if node not in slurm.processes:
            slurm.start_node(node)
        slurm.command("scontrol", "update", f"nodename={node}", "state=resume", check=False)
    slurm.wait_until_empty(60)

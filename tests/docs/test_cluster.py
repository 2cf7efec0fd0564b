"""The cluster file in the documentation is right."""

from __future__ import annotations

import re
from pathlib import Path

from operations.slurm import cluster
from tests.conftest import REPOSITORY


def test_snippet(tmp_path: Path) -> None:
    page = (REPOSITORY / "docs" / "cluster.md").read_text()
    (text,) = re.findall(r"```yaml\n(.*?)```", page, flags=re.DOTALL)
    (tmp_path / cluster.NAME).write_text(text)
    found = cluster.read(tmp_path)
    assert found.gpu.simulations_per_gpu == 4
    assert found.setup.splitlines() == ["module load cuda", "source activate campaign"]

"""Campaigns of jobs that could only fail: the error names the key, and nothing is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.campaign_files import CAMPAIGN, FORWARD, run, write
from tests.conftest import merge

HARD: dict[str, Any] = {
    "name": "hard",
    "system": {
        "dimensions": 3,
        "particles": {"A": 64},
        "building_blocks": {"A": {"form": "hard_sphere"}},
    },
    "method": {"name": "monte_carlo", "number_density": 0.2, "steps": 100},
}
SPHERES = {"start": "fcc", "number_density": 1.0}


def refused(folder: Path, data: dict[str, Any]) -> str:
    """What init.py says of a campaign that it refuses: ``LINE: KEY: …``, one line a problem."""
    file = write(folder / "campaign.yaml", data)
    status, out, err = run(file, "--root", folder / "root")
    assert (status, out) == (1, "")
    assert not (folder / "root").exists()
    assert {path.name for path in folder.iterdir()} == {"campaign.yaml"}
    lines = err.strip().split("\n")
    assert all(line.startswith(f"{file}:") for line in lines)
    return "\n".join(line.removeprefix(f"{file}:") for line in lines)


def made(folder: Path, data: dict[str, Any]) -> None:
    file = write(folder / "campaign.yaml", data)
    status, _, err = run(file, "--root", folder / "root")
    assert status == 0, err


def test_particles_that_do_not_fill_a_lattice(tmp_path: Path) -> None:
    spheres = merge(HARD, {"system": {"particles": {"A": 250}}, "method": SPHERES})
    assert refused(tmp_path, spheres) == (
        "13: method.start: fcc has 256 sites in a box for 250 particles; expected a number that"
        " fills it, such as 108, 256 or 500"
    )
    made(tmp_path, merge(spheres, {"system": {"particles": {"A": 256}}}))


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        (FORWARD | {"start": "hexagonal"}, "hexagonal has 16 sites in a box for 15 particles"),
        (
            {"name": "annealing", "start": "square", "number_density": 1.0},
            "square has 16 sites in a box for 15 particles; expected a number that fills it, such"
            " as 9, 16 or 25",
        ),
    ],
)
def test_lattices_of_other_methods(tmp_path: Path, method: dict[str, Any], expected: str) -> None:
    system = {"dimensions": 2, "particles": {"A": 10, "B": 5}}
    found = refused(tmp_path, CAMPAIGN | {"system": system, "method": method})
    assert f"method.start: {expected}" in found
    assert len(found.split("\n")) == 1


def test_a_cluster_need_not_fill_a_lattice(tmp_path: Path) -> None:
    system = {"dimensions": 3, "boundary": "open", "particles": {"A": 13}}
    made(tmp_path, CAMPAIGN | {"system": system, "method": FORWARD | {"start": "fcc"}})


def test_axes_are_named_with_the_point(tmp_path: Path) -> None:
    axes = {"start": ["random", "sc", "fcc"], "number_density": [0.5, 1.0]}
    assert "method.start[2]: fcc has 72 sites in a box for 64 particles" in refused(
        tmp_path, merge(HARD, {"method": axes})
    )
    counts = merge(HARD, {"system": {"particles": {"A": [256, 500, 400, 250]}}, "method": SPHERES})
    assert "method.start: fcc has 256 sites in a box for 250" in refused(tmp_path, counts)

"""Walls that a campaign cannot have: init.py names the line and the key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.campaign_files import CAMPAIGN, FORWARD, run
from tests.conftest import merge
from tests.init.test_impossible import HARD, made, refused

SLIT = merge(HARD, {"system": {"walls": {"separation": 3.0}}})
SOFT = merge(CAMPAIGN, {"system": {"walls": {"separation": 3.0}}})
ELLIPSOID = {"system": {"building_blocks": {"A": {"form": "hard_ellipsoid", "aspect": 2.0}}}}
ROD = {"system": {"building_blocks": {"A": {"form": "hard_spherocylinder", "elongation": 9.0}}}}
CELLS = {"name": "annealing", "dynamics": "mc", "pressure": 1.0, "chains": 1, "sweeps": 10}


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (merge(SLIT, {"system": {"walls": {"epsilon": 2.0}}}), "system.walls.epsilon: has no mean"),
        (merge(SLIT, {"system": {"walls": {"separation": 0}}}), "system.walls.separation: got 0"),
        (merge(SLIT, {"system": {"walls": {"height": 2}}}), "system.walls.height: unknown key"),
        (
            merge(SLIT, {"system": {"walls": {"separation": [3.0, 1.0]}}}),
            "is no room for A, which is 1 long",
        ),
        (merge(SLIT, ROD), "is no room for A, which is 5.088 long"),
        (merge(SLIT, ELLIPSOID), "system.walls: method monte_carlo has none for hard_ellipsoid"),
        (merge(SLIT, {"method": {"start": "fcc"}}), "method.start: got 'fcc'; between walls"),
        (
            merge(SLIT, {"method": {"ensemble": "npt", "pressure": 1.0}}),
            "method.ensemble: npt: between walls the area is fixed",
        ),
        (merge(SLIT, {"settings": {"device": "gpu"}}), "HOOMD-blue has walls on the CPU only"),
        (
            merge(SOFT, {"system": {"walls": {"separation": 1.5}}}),
            "system.walls.separation: got 1.5; expected at least 1.8",
        ),
        (merge(SOFT, {"settings": {"properties": ["structure"]}}), "settings.properties: are of"),
        (merge(SOFT, {"system": {"boundary": "open"}}), "system.walls: a slit is periodic along"),
        (merge(SOFT, {"method": {"ensemble": "npt", "pressure": 1.0}}), "method.ensemble: npt"),
        (merge(SOFT, {"settings": {"engine": "batched"}}), "settings.engine: got 'batched', which"),
        (SOFT | {"method": CELLS}, "system.walls: method annealing has none; expected forward or"),
    ],
)
def test_walls_that_are_refused(tmp_path: Path, data: dict[str, Any], found: str) -> None:
    line, _, said = refused(tmp_path, data).partition(": ")
    assert line.isdigit()
    assert found in said


def test_walls_of_points_say_what_they_are(tmp_path: Path) -> None:
    made(tmp_path, merge(SOFT, {"method": FORWARD, "system": {"walls": {"separation": [3, 4]}}}))
    points = list((tmp_path / "root" / "workspace").glob("*/signac_statepoint.json"))
    said = {path.read_text().partition('"walls": ')[2].partition("}")[0] for path in points}
    assert len(said) == 2
    assert all('"epsilon": 1.0, "sigma": 1.0, "r_cut": 1.122' in text for text in said)
    file, root = tmp_path / "campaign.yaml", tmp_path / "another"
    said_of_boxes = run(file, "--root", root, "--dry-run")[1]
    assert "start: 0.8 (box 5 long), 0.8 (box 6.67 long)" in said_of_boxes  # 16 disks
    assert not any(path.with_name(".gpu").exists() for path in points)

"""Depletants that a campaign cannot have: init.py names the line and the key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.campaign_files import CAMPAIGN
from tests.conftest import merge
from tests.init.test_impossible import HARD, made, refused

SMALL = {"system": {"depletants": {"diameter": 0.1, "packing_fraction": [0.1, 0.2]}}}
CUBE = {"form": "hard_polyhedron", "name": "cube"}
CRYSTAL = {"name": "free_energy", "phase": "fluid", "number_density": 0.5}


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (merge(HARD, {"system": {"depletants": {"diameter": 0.1}}}), "depletants.packing_fraction"),
        (
            merge(merge(HARD, SMALL), {"system": {"depletants": {"diameter": 0.2}}}),
            "system.depletants.diameter: got 0.2; expected at most 0.1547",
        ),
        (
            merge(HARD, SMALL | {"system": SMALL["system"] | {"building_blocks": {"A": CUBE}}}),
            "system.depletants: expected hard_sphere for every type",
        ),
        (merge(CAMPAIGN, SMALL), "system.depletants: expected hard_sphere for every type"),
        (
            merge(HARD, SMALL) | {"method": CRYSTAL},
            "system.depletants: method free_energy has none; expected monte_carlo",
        ),
        (
            merge(merge(HARD, SMALL), {"settings": {"device": "gpu"}}),
            "HOOMD-blue has depletants on the CPU only",
        ),
    ],
)
def test_depletants_that_are_refused(tmp_path: Path, data: dict[str, Any], found: str) -> None:
    line, _, said = refused(tmp_path, data).partition(": ")
    assert line.isdigit()
    assert found in said


def test_depletants_may_be_an_axis(tmp_path: Path) -> None:
    made(tmp_path, merge(HARD, SMALL))
    assert len(list((tmp_path / "root" / "workspace").iterdir())) == 2

"""Quantities that follow from a state point."""

from __future__ import annotations

from math import pi
from pathlib import Path
from typing import Any

import pytest

from tests.campaign_files import CAMPAIGN, run, write
from workspace_schema.derived import derived

MIXTURE = {"system": {"dimensions": 3, "particles": {"A": 6, "B": 2}}}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("system.composition.B", 0.25),
        ("system.ratio.B-A", 1 / 3),
        ("system.n_particles", 8),
        ("system.composition.C", None),
        ("system.particles.A", None),
        ("method.kT", None),
    ],
)
def test_of_a_mixture(path: str, value: float | None) -> None:
    assert derived(MIXTURE, path) == (None if value is None else pytest.approx(value))


def test_packing_fraction_of_hard_bodies() -> None:
    """Spheres of diameter 1 and 2: π/6 (6 + 2·8) / 8 times the density."""
    blocks = {"A": {"form": "hard_sphere"}, "B": {"form": "hard_sphere", "diameter": 2.0}}
    statepoint: dict[str, Any] = {"system": MIXTURE["system"] | {"building_blocks": blocks}}
    statepoint["method"] = {"number_density": 0.1, "ensemble": "nvt"}
    fraction = derived(statepoint, "system.packing_fraction")
    assert fraction == pytest.approx(0.1 * pi / 6 * (6 + 16) / 8)
    statepoint["method"]["ensemble"] = "npt"  # the density is that of the start
    assert derived(statepoint, "system.packing_fraction") is None
    points = {**MIXTURE, "method": {"number_density": 0.1}}
    assert derived(points, "system.packing_fraction") is None


def test_they_may_be_axes_of_a_campaign(tmp_path: Path) -> None:
    system = {"dimensions": 2, "particles": {"A": [12, 8], "B": [4, 8]}}
    content = CAMPAIGN | {"system": system, "zip": [["system.particles.A", "system.particles.B"]]}
    file = write(tmp_path / "a.yaml", content | {"axes": ["system.composition.B"]})
    assert run(file, "--root", tmp_path / "root")[0] == 0
    file = write(tmp_path / "b.yaml", content | {"axes": ["system.composition.C"]})
    status, _, err = run(file, "--root", tmp_path / "other")
    assert status == 1
    assert "system.composition.C" in err

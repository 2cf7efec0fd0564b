"""Hard particles: what a campaign file may say of cluster moves."""

from __future__ import annotations

from typing import Any

import pytest

from workspace_schema.statepoint import StatePoint

SPHERE: dict[str, Any] = {"form": "hard_sphere"}
ROD: dict[str, Any] = {"form": "hard_spherocylinder", "elongation": 3}
SQUARE: dict[str, Any] = {"form": "hard_polygon", "sides": 4}
FREE = {"ensemble": "npt", "pressure": 1, "cell": "flexible", "number_density": None}


def point(block: dict[str, Any], walls: float | None = None, **method: Any) -> StatePoint:
    system: dict[str, Any] = {
        "dimensions": 2 if block is SQUARE else 3,
        "particles": {"A": 64},
        "building_blocks": {"A": block},
    }
    if walls is not None:
        system["walls"] = {"separation": walls}
    asked = {"name": "monte_carlo", "number_density": 0.1, "steps": 10} | method
    asked = {key: value for key, value in asked.items() if value is not None}
    return StatePoint.read({"system": system, "method": asked})


def test_cluster_moves_stand_in_the_state_point_only_where_there_are_some() -> None:
    assert "cluster_period" not in point(SPHERE).canonical()["method"]
    assert point(ROD, cluster_period=5).canonical()["method"]["cluster_period"] == 5
    for block in (SPHERE, SQUARE):  # reflections in a point: any box
        point(block, cluster_period=1, **FREE)


@pytest.mark.parametrize(
    ("block", "changes", "message"),
    [
        (SPHERE, {"walls": 5.0}, "cluster_period: .*walls"),
        (ROD, FREE, "cluster_period: .*right angles"),
        (SPHERE, {"cluster_period": 0}, "cluster_period"),
    ],
)
def test_what_a_reflection_would_change_is_refused(block, changes, message) -> None:
    with pytest.raises(ValueError, match=message):
        point(block, **({"cluster_period": 1} | changes))

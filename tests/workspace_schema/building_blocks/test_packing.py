"""Densities that hard bodies cannot have."""

from __future__ import annotations

import math
from typing import Any

import pytest
from pydantic import ValidationError

from workspace_schema.statepoint import StatePoint

SPHERE = {"form": "hard_sphere"}
TWO = {"form": "sphere_union", "centers": [[0, 0, 0], [1, 0, 0]]}


def point(blocks: dict[str, Any], density: float, d: int = 3, **counts: int) -> StatePoint:
    return StatePoint.read(
        {
            "system": {
                "dimensions": d,
                "particles": dict.fromkeys(blocks, 10) | counts,
                "building_blocks": blocks,
            },
            "method": {"name": "monte_carlo", "number_density": density, "steps": 10},
        }
    )


#: Blocks, dimensions, the largest number density, particles.
BOUNDS: dict[str, Any] = {
    "spheres": ({"A": SPHERE}, 3, math.sqrt(2.0), {}),
    "disks": ({"A": SPHERE | {"diameter": 2.0}}, 2, 1.0 / math.sqrt(12.0), {}),
    "patchy": (
        {"A": {"form": "kern_frenkel", "patches": {"X": {"half_angle": 0.5}}}},
        3,
        math.sqrt(2.0),
        {},
    ),
    "spheres of two sizes": (
        {"A": SPHERE, "B": SPHERE | {"diameter": 0.5}},
        3,
        6.0 / math.pi / (0.75 + 0.25 / 8.0),
        {"A": 30, "B": 10},
    ),
    "squares": ({"A": {"form": "hard_polygon", "sides": 4, "area": 2.0}}, 2, 0.5, {}),
    "cubes": ({"A": {"form": "hard_polyhedron", "name": "cube"}}, 3, 1.0, {}),
    "unions": ({"A": TWO}, 3, 6.0 / math.pi, {}),
}


@pytest.mark.parametrize("name", BOUNDS)
def test_denser_than_possible_is_refused(name):
    blocks, d, most, counts = BOUNDS[name]
    assert point(blocks, most, d, **counts).method.number_density == most
    with pytest.raises(ValidationError, match=f"expected at most {most:.5g}"):
        point(blocks, 1.001 * most, d, **counts)

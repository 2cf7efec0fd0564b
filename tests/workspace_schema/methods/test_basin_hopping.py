"""Basin hopping of building blocks: what fits together."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from workspace_schema.methods.basin_hopping import allowed_strategies
from workspace_schema.methods.registry import on_gpu
from workspace_schema.statepoint import StatePoint

PATCHY: dict[str, Any] = {"form": "patchy_lennard_jones", "directions": "triangle", "width": 0.3}
UNION: dict[str, Any] = {"form": "sphere_union", "centers": [[0, 0, 0], [1, 0, 0]]}
LENNARD_JONES = {"form": "lennard_jones"}


def point(
    blocks: dict[str, Any], potential: Any = None, boundary: str = "open", **method: Any
) -> StatePoint:
    names = sorted({"A", *blocks})
    return StatePoint.read(
        {
            "system": {
                "dimensions": 3,
                "boundary": boundary,
                "particles": dict.fromkeys(names, 2),
                "building_blocks": blocks,
            },
            **({"potential": potential} if potential else {}),
            "method": {"name": "basin_hopping"} | method,
        }
    )


def test_bodies_fit() -> None:
    for fits in (
        point({"A": PATCHY}),
        point({"A": PATCHY, "B": {**PATCHY, "directions": [[0, 0, 2]]}}),
        point({"A": UNION}, LENNARD_JONES),
        point({"B": UNION}, LENNARD_JONES),
    ):
        assert StatePoint.read(fits.canonical()).canonical() == fits.canonical()
        assert allowed_strategies(fits.system) == ("displacement",)


@pytest.mark.parametrize(
    ("blocks", "changes", "message"),
    [
        ({"A": PATCHY}, {"potential": LENNARD_JONES}, "potential: has no meaning"),
        ({"A": UNION}, {}, "potential is missing"),
        ({"A": PATCHY}, {"boundary": "periodic", "pressure": 1.0}, "needs system.boundary: open"),
        ({"A": PATCHY}, {"strategies": ["symmetry"]}, "symmetry is for clusters of points"),
        (
            {"A": UNION, "B": PATCHY},
            {"potential": LENNARD_JONES},
            "no energy between patchy_lennard_jones and sphere_union",
        ),
        ({"B": PATCHY}, {"potential": LENNARD_JONES}, "and point"),
        ({"A": {"form": "hard_sphere"}}, {}, "basin_hopping cannot treat hard_sphere"),
        ({"A": {**PATCHY, "directions": [[0, 0, 0]]}}, {}, "points nowhere"),
        ({"A": {**PATCHY, "width": 0}}, {}, "greater than 0"),
    ],
)
def test_what_does_not_fit_is_said(
    blocks: dict[str, Any], changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        point(blocks, **changes)


def test_monte_carlo_does_not_claim_smooth_particles() -> None:
    system = {"dimensions": 3, "particles": {"A": 8}, "building_blocks": {"A": PATCHY}}
    method = {"name": "monte_carlo", "number_density": 0.1, "steps": 10}
    with pytest.raises(ValidationError, match="cannot treat patchy_lennard_jones; expected basin"):
        StatePoint.read({"system": system, "method": method})


@pytest.mark.parametrize(
    ("particles", "method", "expected"),
    [
        (152, {}, True),
        (153, {}, False),  # no room in the shared memory of a warp
        (38, {"walkers": 511}, False),
        (38, {"strategies": None}, False),
        (38, {"compression": 10.0}, False),
    ],
)
def test_many_walkers_that_displace_are_sent_to_a_gpu(particles, method, expected) -> None:
    block = {"name": "basin_hopping", "walkers": 512, "strategies": ["displacement"], **method}
    system = {"dimensions": 3, "boundary": "open", "particles": {"A": particles}}
    read = StatePoint.read({"system": system, "potential": LENNARD_JONES, "method": block})
    assert on_gpu(read.canonical()) == expected
    cell = {"system": {"dimensions": 3, "particles": {"A": particles}}}
    plain = {key: block[key] for key in ("name", "walkers")}
    read = StatePoint.read(
        cell | {"potential": LENNARD_JONES, "method": plain | {"number_density": 1.0}}
    )
    assert on_gpu(read.canonical()) == (particles <= 117 and block["walkers"] >= 512)


def test_walkers_have_an_end() -> None:
    method = {"name": "basin_hopping", "walkers": 16384}
    system = {"dimensions": 3, "boundary": "open", "particles": {"A": 153}}
    many = {"system": system, "potential": LENNARD_JONES, "method": method}
    with pytest.raises(ValueError, match="walkers: 16384 of 153 particles; expected at most"):
        StatePoint.read(many)
    paved = {"system": system | {"particles": {"A": 13}}, "potential": LENNARD_JONES}
    StatePoint.read(paved | {"method": method | {"walkers": 7000, "paving": 0.1}})
    with pytest.raises(ValueError, match="of 13 particles, and visits of the paving"):
        StatePoint.read(paved | {"method": method | {"paving": 0.1}})


def test_compression_is_of_clusters_of_points_and_absent_at_its_default() -> None:
    cluster = {
        "system": {"dimensions": 3, "boundary": "open", "particles": {"A": 13}},
        "potential": LENNARD_JONES,
    }
    old, same, new = (
        StatePoint.read(cluster | {"method": {"name": "basin_hopping", **more}}).canonical()
        for more in ({}, {"compression": 0}, {"compression": 10})
    )
    assert old == same
    assert "compression" not in old["method"]
    assert new["method"] == old["method"] | {"compression": 10.0}
    cell = {"system": {"dimensions": 3, "particles": {"A": 4}}, "potential": LENNARD_JONES}
    method = {"name": "basin_hopping", "number_density": 1.0, "compression": 10.0}
    with pytest.raises(ValueError, match="compression is for clusters of points"):
        StatePoint.read(cell | {"method": method})

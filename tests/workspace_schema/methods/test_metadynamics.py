"""What state points of method metadynamics may say, and variables of neighbours."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from workspace_schema.statepoint import StatePoint

HILLS = {"name": "metadynamics", "low": 0.1, "high": 0.5, "number_density": 0.8}
BONDS = {"variable": {"steinhardt": 1.4}}


def point(words, boundary="periodic"):
    system = {"dimensions": 3, "particles": {"A": 31, "B": 1}, "boundary": boundary}
    potential = {"form": "lennard_jones"}
    return StatePoint.model_validate({"system": system, "potential": potential, "method": words})


def test_the_length_is_no_part_of_the_state_point():
    one, other = point(HILLS | BONDS), point(HILLS | BONDS | {"steps": 500_000})
    assert one.canonical() == other.canonical()
    assert one.canonical()["method"]["variable"] == {"steinhardt": 1.4, "degree": 6, "soft": 0.2}
    assert other.extents() == {"steps": 500_000}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (BONDS, ""),
        ({"variable": {"coordination": "A-B", "within": 1.5}}, ""),
        ({"variable": {"distance": "A-B"}}, ""),
        ({"variable": {"density_wave": 3}}, ""),
        ({"variable": {"crystalline_cluster": 1.4}}, "low: got 0.1; expected 0"),
        ({"variable": {"crystalline_cluster": 1.4}, "low": 0, "high": 9}, ""),
        ({"variable": "potential_energy", "low": -6, "high": -5}, ""),
        ({"variable": "potential_energy", "segment": 30}, "stride: got 200.*of segment = 30"),
        ({"variable": "number_density"}, "pressure: expected one"),
        (BONDS | {"pressure": 1}, "pressure: the bias acts at every step here"),
        (BONDS | {"low": -0.1}, "low: got -0.1; expected 0 or more"),
        ({"variable": {"coordination": "A-B"}}, "within"),
        ({"variable": {"coordination": "B-B", "within": 1.5}}, "not as many particles of type B"),
        (
            {"variable": {"coordination": "A-B", "within": 1.8}},
            "variable.within.*half the short",
        ),
        ({"variable": {"steinhardt": 1.8}}, "variable.steinhardt.*take more particles"),
        ({"variable": {"steinhardt": 1.4, "degree": 5}}, "degree"),
        (BONDS | {"high": 0.1}, "expected more than low = 0.1"),
        (BONDS | {"width": 0.1}, "width: got 0.1; expected at most 0.08"),
        (BONDS | {"stride": 30}, "stride"),
        (BONDS | {"filling_steps": 100}, "filling_steps: got 100; expected at least stride = 200"),
        (BONDS | {"bias_factor": 1}, "bias_factor"),
    ],
)
def test_hills(words, message):
    if not message:
        point(HILLS | words)
        point(HILLS | words | {"name": "umbrella"})
        return
    with pytest.raises(ValidationError, match=message):
        point(HILLS | words)


def test_a_cluster_has_no_box():
    with pytest.raises(ValidationError, match="metadynamics needs a periodic box"):
        point(HILLS | BONDS, "open")


@pytest.mark.parametrize("name", ["umbrella", "metadynamics"])
@pytest.mark.parametrize(
    ("high", "message"),
    [
        # eight spheres in a box of edge 2.5
        (0.51, ""),
        (0.52, r"high: got 0.52, where the shortest edge of the box is 2.487.*at least 2.5"),
    ],
)
def test_hard_spheres_are_not_sought_in_boxes_too_narrow_for_their_walk(name, high, message):
    method = {"name": name, "variable": "number_density", "low": 0.1, "high": high}
    words = {
        "system": {
            "dimensions": 3,
            "particles": {"A": 8},
            "building_blocks": {"A": {"form": "hard_sphere"}},
        },
        "potential": None,
        "method": method | {"number_density": 0.2, "pressure": 1.0},
    }
    if not message:
        StatePoint.model_validate(words)
        return
    with pytest.raises(ValidationError, match=message):
        StatePoint.model_validate(words)

"""What state points of methods replica_exchange and umbrella may say."""

from __future__ import annotations

import pytest
import yaml
from pydantic import ValidationError

import init
from workspace_schema.statepoint import StatePoint

LADDER = {"name": "replica_exchange", "coldest": 0.2, "hottest": 1.0, "steps": 10_000}
PROFILE = {"name": "umbrella", "low": 1.0, "high": 2.0, "number_density": 0.1}
DISTANCE, WAVE = {"distance": "A-B"}, {"density_wave": 4}


def point(words, boundary="periodic"):
    system = {"dimensions": 3, "particles": {"A": 31, "B": 1}, "boundary": boundary}
    potential = {"form": "lennard_jones"}
    return StatePoint.model_validate({"system": system, "potential": potential, "method": words})


def test_the_length_is_no_part_of_the_state_point():
    for words in (LADDER | {"number_density": 0.5}, PROFILE | {"variable": WAVE}):
        one, other = point(words), point(words | {"steps": 50_000})
        assert one.canonical() == other.canonical()
        assert other.extents() == {"steps": 50_000}


@pytest.mark.parametrize(
    ("boundary", "words", "message"),
    [
        ("periodic", {}, "number_density is missing"),
        ("periodic", {"radius": 2.0, "number_density": 0.5}, "radius: has no meaning"),
        ("periodic", {"hottest": 0.1, "number_density": 0.5}, "expected more than coldest = 0.2"),
        ("periodic", {"number_density": 0.5, "steps": 9900}, "steps: got 9900; expected 9901"),
        (
            "periodic",
            {"number_density": 0.5, "equilibration_steps": 3000},
            "expected 0, or 3901 at least",
        ),
        ("periodic", {"number_density": 0.5, "equilibration_steps": 0}, ""),
        ("periodic", {"start": "fcc", "number_density": 0.5}, ""),
        ("periodic", {"start": "bcc", "number_density": 0.5}, "number that fills it"),
        ("open", {}, "radius is missing"),
        ("open", {"radius": 2.0, "dt": 0.01}, "dt: has no meaning"),
        ("open", {"radius": 2.0, "start": "fcc"}, "start: fcc is for a periodic box"),
        ("open", {"radius": 2.0}, ""),
    ],
)
def test_a_ladder(boundary, words, message):
    if not message:
        point(LADDER | words, boundary)
        return
    with pytest.raises(ValidationError, match=message):
        point(LADDER | words, boundary)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"variable": DISTANCE}, ""),
        ({"variable": WAVE}, ""),
        ({"variable": {"distance": "B-B"}}, "not as many particles of type B"),
        ({"variable": {"distance": "A-C"}}, "not as many particles of type C"),
        ({"variable": {"distance": "A"}}, "variable.*distance"),
        ({"variable": {"volume": 1}}, "variable"),
        ({"variable": "distance"}, "variable"),
        ({"variable": DISTANCE, "high": 4.0}, "half the shortest edge of the box"),
        ({"variable": DISTANCE, "high": 0.5}, "expected more than low = 1"),
        ({"variable": DISTANCE, "start": "bcc"}, "number that fills it"),
    ],
)
def test_a_profile(words, message):
    if not message:
        point(PROFILE | words)
        return
    with pytest.raises(ValidationError, match=message):
        point(PROFILE | words)


@pytest.mark.parametrize(("method", "exit_status"), [(LADDER | {"radius": 2.0}, 0), (None, 1)])
def test_the_temperature_of_the_rows_may_be_an_axis(tmp_path, method, exit_status):
    """Though no state point has it."""
    content = {
        "name": "ladder",
        "system": {"dimensions": 3, "particles": {"A": 4}, "boundary": "open"},
        "potential": {"form": "lennard_jones"},
        "method": method or {"name": "basin_hopping", "hops": 5},
        "axes": ["method.kT" if method else "method.coldest"],
    }
    file = tmp_path / "ladder.yaml"
    file.write_text(yaml.safe_dump(content))
    assert init.main([str(file), "--root", str(tmp_path / "root")]) == exit_status


CLUSTER = {"crystalline_cluster": 1.4}
SPHERES = {"name": "umbrella", "variable": CLUSTER, "low": 0, "high": 40, "number_density": 0.9}


def spheres(words, particles=500, dimensions=3):
    system = {
        "dimensions": dimensions,
        "particles": {"A": particles},
        "building_blocks": {"A": {"form": "hard_sphere"}},
    }
    return StatePoint.model_validate({"system": system, "method": words})


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({}, ""),
        ({"pressure": 17}, ""),
        ({"pressure": -1}, "pressure"),
        ({"segment": 0}, "segment"),
        ({"low": 5}, "low: got 5; expected 0"),
        ({"high": 500}, "high: got 500; expected less than 500, the number of particles"),
        ({"variable": {"crystalline_cluster": 5.0}}, "half the shortest edge of the box"),
        ({"variable": CLUSTER | {"aligned": 1.5}}, "aligned"),
        ({"variable": CLUSTER | {"bonds": 0}}, "bonds"),
        ({"number_density": 1.1}, "expected at most 1.031 at random"),
        ({"number_density": 1.45, "start": "fcc"}, "expected at most 1.414 on fcc"),
    ],
)
def test_crystalline_clusters(words, message):
    if not message:
        spheres(SPHERES | words)
        return
    with pytest.raises(ValidationError, match=message):
        spheres(SPHERES | words)


def test_boxes_of_spheres_are_wide_enough_for_what_they_become():
    wave = SPHERES | {"variable": {"density_wave": 1}, "high": 2}
    spheres(wave, 16)
    with pytest.raises(ValidationError, match=r"box is 2\.231; expected an edge of at least 2\.5"):
        spheres(wave, 10)
    few = SPHERES | {"high": 20}
    spheres(few, 30)
    with pytest.raises(ValidationError, match=r"less than 1\.3841, .* where it is densest"):
        spheres(few | {"pressure": 17}, 30)


def test_clusters_are_of_three_dimensions():
    with pytest.raises(ValidationError, match="is of three dimensions"):
        spheres(SPHERES | {"number_density": 0.7}, dimensions=2)


def test_a_pressure_needs_segments():
    with pytest.raises(ValidationError, match="pressure: the bias acts at every step"):
        point(PROFILE | {"variable": DISTANCE, "pressure": 1.0})


def test_what_means_nothing_makes_no_other_job():
    """A job that was made before there were segments stays the same job."""
    plain = point(PROFILE | {"variable": DISTANCE}).canonical()
    assert plain == point(PROFILE | {"variable": DISTANCE, "segment": 5}).canonical()
    assert not {"segment", "pressure"} & set(plain["method"])
    assert "dt" not in spheres(SPHERES).canonical()["method"]

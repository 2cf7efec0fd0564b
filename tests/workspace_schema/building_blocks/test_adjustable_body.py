"""Building blocks with free numbers: canonical, and refused where that means nothing."""

from __future__ import annotations

import os

import pytest
import yaml

import init
from workspace_schema.building_blocks import BUILDING_BLOCKS, AdjustableBody
from workspace_schema.campaign import read_campaign
from workspace_schema.canonical import canonical
from workspace_schema.design_files import designs_of, read_numbers, table_file, write_numbers
from workspace_schema.errors import CampaignError
from workspace_schema.statepoint import StatePoint
from workspace_schema.system import System

CUBES = {"form": "hard_polyhedron", "family": "truncated_cube", "truncation": {"free": [0, 0.4]}}
PATCHY = {
    "form": "kern_frenkel",
    "patches": {"X": {"directions": "poles", "half_angle": {"free": [0.3, 0.9]}, "range": 1.2}},
}
DESIGN = {"name": "design", "by": "alchemy", "target": "sc", "kT": 1.0, "number_density": 0.5}
ANNEALING = {"name": "annealing", "dynamics": "mc", "pressure": 1, "kT": {"ramp": [1, 0.1]}}
RUN = {"name": "monte_carlo", "number_density": 0.5, "steps": 100}


@pytest.mark.parametrize("block", [CUBES, PATCHY])
def test_a_state_point_reads_as_it_was_written(block):
    system = System.model_validate(
        {"dimensions": 3, "particles": {"A": 8}, "building_blocks": {"A": block}}
    )
    plain = canonical(system)
    assert System.model_validate(plain) == system
    assert plain == canonical(System.model_validate(plain))
    body = system.adjustable["A"]
    ((name, (low, high)),) = body.free.items()
    assert canonical(body.at({name: low})) == body.block
    assert canonical(body.middle) == canonical(body.at({name: 0.5 * (low + high)}))
    assert body.middle.form == body.form


def test_a_body_without_ranges_is_what_it_was():
    block = CUBES | {"truncation": 0.2}
    system = System.model_validate(
        {"dimensions": 3, "particles": {"A": 8}, "building_blocks": {"A": block}}
    )
    assert type(system.building_blocks["A"]) is BUILDING_BLOCKS["hard_polyhedron"]
    assert not system.adjustable


def test_free_numbers_stand_in_the_state_point_in_full(read):
    (point,) = read(CUBES).points
    block = point.statepoint["system"]["building_blocks"]["A"]
    assert block["truncation"] == {"free": [0.0, 0.4]}
    assert block["volume"] == 1.0
    assert "potential" not in point.statepoint


@pytest.fixture
def read(tmp_path):
    """Function that reads a campaign of bodies."""

    def make(block, method=DESIGN, **system):
        content = {
            "name": "bodies",
            "system": {"dimensions": 3, "particles": {"A": 64}} | system,
            "method": method,
        }
        blocks = content["system"].get("building_blocks", {})
        content["system"]["building_blocks"] = {"A": block} | blocks
        file = tmp_path / "campaign.yaml"
        file.write_text(yaml.safe_dump(content, sort_keys=False))
        return read_campaign(file)

    return make


def refused(read, block, method):
    with pytest.raises(CampaignError) as caught:
        read(block, method)
    return str(caught.value)


@pytest.mark.parametrize(
    ("block", "method", "where"),
    [
        (CUBES | {"truncation": {"free": [0.4, 0.1]}}, {}, ":10: {}truncation: got {{'free': [0.4"),
        (CUBES | {"truncation": {"free": [-0.1, 1]}}, {}, ":10: {}truncation: got -0.1; expected"),
        (CUBES | {"truncation": {"free": "wide"}}, {}, ":10: {}truncation: got 'wide'; expected 2"),
        (CUBES | {"truncation": {"fre": [0, 1]}}, {}, "{}truncation: unknown key fre"),
        (CUBES | {"truncation": 0.1}, {}, "system.building_blocks.A: nothing is free"),
        (CUBES | {"truncaton": 0.1}, {}, "{}truncaton: unknown key; did you mean truncation"),
        (CUBES, RUN, "{}truncation: is free, and no method design here has this system"),
        (CUBES, ANNEALING, "{}truncation: is free, which method annealing cannot treat"),
        (CUBES | {"design": "ab" * 16}, {}, "{}design: has no meaning in method design"),
        (CUBES | {"design": "no"}, RUN, "{}design: got 'no'"),
        (CUBES, {"number_density": 1.2}, "method.number_density: got 1.2; expected at most 1"),
        (CUBES, {"target": "square"}, "method.target: square is a crystal in 2 dimensions"),
        (
            {"form": "hard_polyhedron", "family": "prism", "sides": {"free": [3, 9]}},
            {},
            "{}sides: got 5.29",
        ),
        (
            PATCHY | {"patches": {"X": {"half_angle": {"free": [0.3, 4.0]}}}},
            {},
            "{}patches.X.half_angle: got 4.0; expected radians",
        ),
        ({"form": "gay_berne", "length": {"free": [2, 4]}}, {}, "cannot treat gay_berne"),
    ],
)
def test_bad_ranges_are_refused_where_they_stand(read, block, method, where):
    method = method if "name" in method else DESIGN | method
    assert where.format("system.building_blocks.A.") in refused(read, block, method)


def test_a_run_carries_the_id_of_its_design(read):
    points = read(CUBES, [DESIGN, RUN]).points
    (design,) = [p for p in points if p.statepoint["method"]["name"] == "design"]
    (run,) = [p for p in points if p.statepoint["method"]["name"] == "monte_carlo"]
    block = run.statepoint["system"]["building_blocks"]["A"]
    assert block["design"] == design.job_id
    assert block["truncation"] == {"free": [0.0, 0.4]}
    assert designs_of(run.statepoint) == (design.job_id,)
    assert designs_of(design.statepoint) == ()
    assert "no method design here" in refused(read, PATCHY, [DESIGN, RUN | {"kT": 0.5}])


def test_what_means_nothing_is_no_part_of_the_state_point(read):
    (design,) = read(CUBES, DESIGN | {"dt": 0.001, "kT": [0.5, 1.0]}).points
    assert not {"dt", "kT"} & design.statepoint["method"].keys()
    told = {key: value for key, value in DESIGN.items() if key != "kT"}
    assert [point.job_id for point in read(CUBES, told).points] == [design.job_id]
    point = StatePoint.read(design.statepoint)
    assert point.canonical() == design.statepoint
    assert point.method.kT == 1.0
    used, *others = {
        point.statepoint["system"]["building_blocks"]["A"].get("design")
        for point in read(CUBES, [DESIGN, RUN | {"kT": [0.5, 1.0]}]).points[1:]
    }
    assert (used, others) == (design.job_id, [])
    (design,) = read(PATCHY, DESIGN).points
    assert design.statepoint["method"]["kT"] == 1.0
    assert "dt" not in design.statepoint["method"]
    assert "method: kT: is missing" in refused(read, PATCHY, told)


def test_what_was_found_is_the_body(tmp_path):
    design = "ab" * 16
    system = System.model_validate(
        {
            "dimensions": 3,
            "particles": {"A": 8},
            "building_blocks": {"A": CUBES | {"design": design}},
        }
    )
    with pytest.raises(ValueError, match="has found nothing"):
        system.found(tmp_path)
    write_numbers(tmp_path, design, {"truncation": 0.25})
    assert system.found(tmp_path).building_blocks["A"].truncation == 0.25
    write_numbers(tmp_path, design, {"truncation": 0.4 + 1e-15})
    assert system.found(tmp_path).building_blocks["A"].truncation == 0.4
    for numbers, wrong in (
        ({}, "has nothing; expected what is free: truncation"),
        ({"volume": 5.0}, "has volume; expected what is free: truncation"),
        ({"truncation": 0.2, "volume": 5.0}, "has truncation, volume; expected what is free"),
        ({"truncation": 0.9}, "truncation: got 0.9; expected 0 to 0.4, its bounds"),
        ({"truncation": float("nan")}, "truncation: got nan; expected 0 to 0.4"),
    ):
        write_numbers(tmp_path, design, numbers)
        with pytest.raises(ValueError, match=wrong):
            system.found(tmp_path)


HUGE = '{"truncation": 1' + 400 * "0" + "}"


@pytest.mark.parametrize("text", ["[1]", "{", '{"a": null}', HUGE, 50_000 * "[", 100_001 * " "])
def test_no_file_of_numbers_does_more_than_say_so(tmp_path, text):
    design = "ab" * 16
    write_numbers(tmp_path, design, {})
    table_file(tmp_path, design).write_text(text)
    with pytest.raises(ValueError, match="expected numbers by name"):
        read_numbers(tmp_path, design)
    table_file(tmp_path, design).unlink()
    os.mkfifo(table_file(tmp_path, design))
    with pytest.raises(ValueError, match="not a regular file; expected numbers by name"):
        read_numbers(tmp_path, design)


def test_a_design_named_by_hand_has_found_what_is_free(tmp_path, capsys):
    design = "ab" * 16
    content = {
        "name": "bodies",
        "system": {
            "dimensions": 3,
            "particles": {"A": 64},
            "building_blocks": {"A": CUBES | {"design": design}},
        },
        "method": RUN,
    }
    file, root = tmp_path / "campaign.yaml", tmp_path / "root"
    file.write_text(yaml.safe_dump(content))
    (root / "designs").mkdir(parents=True)
    write_numbers(root, design, {"volume": 5.0})
    assert init.main([str(file), "--root", str(root)]) == 1
    said = capsys.readouterr().err
    assert "system.building_blocks.A.design: got abab" in said
    assert "campaign.yaml" in said
    assert "has volume; expected what is free: truncation" in said
    write_numbers(root, design, {"truncation": 0.2})
    assert init.main([str(file), "--root", str(root)]) == 0


def test_mixtures_have_no_free_numbers(read):
    with pytest.raises(CampaignError, match="by: alchemy takes one type of particle"):
        read(CUBES, particles={"A": 8, "B": 8}, building_blocks={"B": CUBES})


def test_what_a_system_asks_is_that_of_the_middle():
    body = System.model_validate(
        {"dimensions": 3, "particles": {"A": 8}, "building_blocks": {"A": PATCHY}}
    ).adjustable["A"]
    assert isinstance(body, AdjustableBody)
    assert body.lives_in == (2, 3)
    assert body.in_plane == {"patches.X.directions": [(0.0, 0.0, 1.0), (0.0, 0.0, -1.0)]}

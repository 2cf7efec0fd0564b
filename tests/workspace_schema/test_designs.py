"""Which design a job uses, and what a campaign with designs refuses."""

from __future__ import annotations

import json

import pytest
import yaml

from workspace_schema.campaign import read_campaign
from workspace_schema.errors import CampaignError

POTENTIAL = {"form": "designed", "r_cut": 2.4, "shape": "convex"}
DESIGN = {
    "name": "design",
    "by": "ground_state",
    "target": "square",
    "number_density": 1.0,
    "cells": [4, 2],
}
FORWARD = {"name": "forward", "number_density": 1.0, "kT": 0.1, "steps": 100}


@pytest.fixture
def read(tmp_path):
    """Function that reads a campaign: potential, methods, other blocks."""

    def make(*methods, potential=None, **others):
        content = {
            "name": "designs",
            "system": {"dimensions": 2, "particles": {"A": 64}},
            "potential": potential or POTENTIAL,
            "method": list(methods) if len(methods) > 1 else methods[0],
        } | others
        file = tmp_path / "campaign.yaml"
        file.write_text(yaml.safe_dump(content, sort_keys=False))
        return read_campaign(file)

    return make


def refused(read, *methods, **others):
    with pytest.raises(CampaignError) as caught:
        read(*methods, **others)
    return str(caught.value)


def test_jobs_carry_the_id_of_their_design(read):
    points = read(FORWARD, DESIGN | {"target": ["square", "honeycomb"]}, replicas=2).points
    designs = [p for p in points if p.statepoint["method"]["name"] == "design"]
    users = [p for p in points if p.statepoint["method"]["name"] == "forward"]
    assert len(designs) == 2
    assert len(users) == 4
    assert points[:2] == designs
    assert "design" not in designs[0].statepoint["potential"]
    used = [p.statepoint["potential"]["design"] for p in users]
    assert used == [designs[0].job_id] * 2 + [designs[1].job_id] * 2
    assert designs[0].statepoint["method"]["cells"] == [2, 4]


def test_jobs_share_the_density_of_their_design(read):
    densities = {"number_density": [0.9, 1.0]}
    points = read(DESIGN | densities, FORWARD | densities).points
    by_id = {p.job_id: p.statepoint for p in points}
    for point in points:
        design = point.statepoint["potential"].get("design")
        if design:
            both = point.statepoint["method"], by_id[design]["method"]
            assert both[0]["number_density"] == both[1]["number_density"]
    assert len(points) == 4


def test_a_ramp_of_temperatures_meets_a_design_at_one(read):
    design = {"name": "design", "by": "relative_entropy", "target": "square"}
    design |= {"kT": 1.0, "number_density": 1.0}
    points = read(design, FORWARD | {"kT": {"ramp": [4.0, 0.5]}}).points
    assert points[1].statepoint["potential"]["design"] == points[0].job_id
    assert "no method design here" in refused(read, design, FORWARD | {"kT": 0.1})


def test_a_search_of_few_particles_uses_it_too(read):
    systems = [{"dimensions": 2, "particles": {"A": n}} for n in (64, 4)]
    search = {"name": "genetic", "pressure": 5.0}
    points = read(DESIGN, search, system=systems, zip=[["system", "method"]]).points
    assert points[1].statepoint["potential"]["design"] == points[0].job_id


def test_the_design_of_another_campaign(read):
    given = POTENTIAL | {"design": "ab" * 16}
    (point,) = read(FORWARD, potential=given).points
    assert point.statepoint["potential"]["design"] == "ab" * 16


def test_the_id_is_no_axis_of_the_diagram(read):
    targets = DESIGN | {"target": ["square", "honeycomb"]}
    assert read(targets, FORWARD).axes == ("method.target",)


def test_mixtures_carry_it_in_every_pair(read):
    others = {"system": {"dimensions": 2, "particles": {"A": 8, "B": 8}}}
    given = {"form": "wca", "pairs": {"A-B": POTENTIAL | {"design": "ab" * 16}}}
    (point,) = read(FORWARD, potential=given, **others).points
    assert point.statepoint["potential"]["pairs"]["A-B"]["design"] == "ab" * 16


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"target": "sqare"}, ":13: method.target: got 'sqare'; did you mean square?"),
        ({"target": "diamond"}, "target: diamond is a crystal in 3 dimensions"),
        ({"by": "magic"}, "method: by: got 'magic'; expected one of"),
        ({"by": None}, "by is missing; expected one of"),
        ({"cells": []}, "method.cells"),
        ({"cells": [0, 2]}, "method.cells"),
        ({"cells": [400]}, "method.cells"),
        ({"number_density": -1}, "method.number_density: got -1"),
        ({"number_density": 0.1}, "potential.r_cut: got 2.4; expected more than 3.162"),
        ({"kT": 1.0}, "method.kT: unknown key"),
    ],
)
def test_bad_designs_are_refused_where_they_stand(read, changes, where):
    method = {key: value for key, value in (DESIGN | changes).items() if value is not None}
    assert where in refused(read, method)


def test_what_needs_a_design_is_refused_without_one(read):
    assert "potential.form: got 'designed', and no method design here" in refused(read, FORWARD)
    other = FORWARD | {"number_density": 0.8}
    assert "potential.form: got 'designed'" in refused(read, DESIGN, other)


def test_a_design_needs_something_to_design(read):
    text = refused(read, DESIGN, potential={"form": "wca"})
    assert "potential.form: got 'wca'; method design needs designed" in text
    text = refused(read, DESIGN, potential=POTENTIAL | {"design": "ab" * 16})
    assert "potential.design: has no meaning in method design" in text


GAUSS = {"form": "lennard_jones_gauss", "r0": {"free": [1.1, 1.9]}, "r_cut": 2.5}
LABEL = {
    "name": "design",
    "by": "label",
    "target": "square",
    "number_density": 0.9,
    "kT": {"ramp": [1.0, 0.1]},
    "steps": 1000,
}


GRADIENT = LABEL | {"by": "gradient"}
ALCHEMY = {"name": "design", "by": "alchemy", "target": "square", "kT": 0.1, "number_density": 0.9}


#: No potential in the middle of its bounds.
POLE = {
    "form": "expression",
    "formula": "1 / (a - 1.5)**2 / r**12",
    "parameters": {"a": {"free": [1, 2]}},
    "r0": None,
    "r_cut": 2.5,
}


def test_free_parameters_are_a_design(read):
    forward = FORWARD | {"number_density": 0.9}
    points = read(LABEL, forward, potential=GAUSS | {"sigma2": [0.02, 0.03]}).points
    designs = [p for p in points if p.statepoint["method"]["name"] == "design"]
    users = [p for p in points if p.statepoint["method"]["name"] == "forward"]
    assert [p.statepoint["potential"]["sigma2"] for p in designs] == [0.02, 0.03]
    used = [p.statepoint["potential"]["design"] for p in users]
    assert used == [p.job_id for p in designs]
    assert designs[0].statepoint["potential"]["r0"] == {"free": [1.1, 1.9]}


@pytest.mark.parametrize(
    ("method", "potential", "where"),
    [
        (LABEL, {"r0": {"free": [1.9, 1.1]}}, ":8: potential.r0: got {'free': [1.9, 1.1]}"),
        (LABEL, {"r0": {"free": [-1.0, 1.1]}}, ":8: potential.r0: got -1.0 as a bound"),
        (LABEL, {"r0": {"free": "wide"}}, ":8: potential.r0: got 'wide'; expected 2 finite"),
        (LABEL, {"r0": {"fre": 1.0}}, "potential.r0: unknown key fre; did you mean free?"),
        (LABEL, {"r_cut": {"free": [1.9, 2.1]}}, "potential.r_cut: only numbers of the formula"),
        (LABEL, {"r0": 1.5}, "potential.form: got 'lennard_jones_gauss'; method design needs"),
        (FORWARD, {}, "potential.r0: is free, and no method design here"),
        (DESIGN, {}, "'lennard_jones_gauss' with free parameters; by: ground_state needs designed"),
        (LABEL | {"kT": 0}, {}, "method.kT: got 0; expected numbers greater than 0"),
        (LABEL | {"target": "sqare"}, {}, "method.target: got 'sqare'; did you mean square?"),
        (LABEL | {"target": "icosahedral"}, {}, "method.target: got 'icosahedral'"),
        (LABEL | {"target": "plastic square"}, {}, "has orientations; expected system.building"),
        (ALCHEMY, {"r_cut": 6.1}, "potential.r_cut: got 6.1; expected less than"),
        (ALCHEMY, {"form": "designed", "r0": None}, "by: alchemy needs a parameter with {free"),
        (ALCHEMY | {"target": "honeycomb"}, {}, None),
        (ALCHEMY | {"target": "kagome"}, {}, "method.target: kagome has 6 particles in a rect"),
        (LABEL | {"population": 2}, {}, "method.population: got 2"),
        (GRADIENT, {}, None),
        (GRADIENT, POLE | {"parameters": {"a": {"free": [1, 3]}}}, None),
        (GRADIENT, POLE, ":11: potential.parameters.a: in the middle of the bounds, a = 1.5, u(r)"),
        (ALCHEMY, POLE, "potential.parameters.a: in the middle of the bounds, a = 1.5, u(r)"),
        (GRADIENT, {"r_cut": 6.1}, "potential.r_cut: got 6.1; expected less than"),
        (GRADIENT, {"r0": 1.5}, "needs a parameter with {free: [low, high]} or des"),
        (GRADIENT | {"target": "kagome"}, {}, "method.target: kagome has 6 particles in a rect"),
        (GRADIENT | {"target": "dodecagonal"}, {}, "method.target: got 'dodecagonal'"),
        (GRADIENT | {"target": "fluid"}, {}, "method.target: got 'fluid'"),
        (GRADIENT | {"spread": 0.5}, {}, "method.spread: got 0.5"),
        (GRADIENT | {"window": 1}, {}, "method.window: got 1"),
        (GRADIENT | {"window": 12}, {}, "method.window: got 12; expected a multiple of 5"),
        (GRADIENT | {"rate": 0}, {}, "method.rate: got 0"),
        (GRADIENT | {"kT": 0}, {}, "method.kT: got 0; expected numbers greater than 0"),
    ],
)
def test_bad_ranges_and_targets_are_refused_where_they_stand(read, method, potential, where):
    potential = {key: value for key, value in (GAUSS | potential).items() if value is not None}
    if where is None:
        read(method, potential=potential)
    else:
        assert where in refused(read, method, potential=potential)


def test_jobs_that_would_use_a_design_do_not_save_it(read):
    asked = {key: value for key, value in (GAUSS | POLE).items() if value is not None}
    forward = FORWARD | {"number_density": 0.9}
    assert "a: in the middle" in refused(read, GRADIENT, forward, potential=asked)


@pytest.mark.parametrize(
    ("method", "n", "where"),
    [
        (GRADIENT, 102, "potential.r_cut: got 4.5; expected less than 3, half the smallest edge"),
        (ALCHEMY, 102, "potential.r_cut: got 4.5; expected less than 3, half the smallest edge"),
        (GRADIENT, 100, None),
        (ALCHEMY | {"target": "fluid"}, 102, None),
        (GRADIENT, 16, "method.target: the box of 16 particles of square is 4 wide; expected at"),
        (GRADIENT, 10_000, "method: systems: 4 times 10000 particles squared have 800000000 dist"),
    ],
)
def test_what_does_not_fit_the_box_of_a_target_is_refused(read, method, n, where):
    """102 squares are 6 x 17."""
    asked = {"potential": GAUSS | {"r_cut": 4.5}}
    asked |= {"system": {"dimensions": 2, "particles": {"A": n}}}
    method = method | {"number_density": 1.0}
    if where is None:
        read(method, **asked)
    else:
        assert where in refused(read, method, **asked)


@pytest.mark.parametrize("method", [ALCHEMY, GRADIENT | {"number_density": 1.0}])
def test_a_design_is_lengthened_to_the_updates_of_its_own_way(campaign, method):
    system, potential = {"particles": {"A": 64}}, {"epsilon": None} | GAUSS
    for updates in (100, None):
        asked = {"steps": 3000} | method | {"production_steps": None, "updates": updates}
        root = campaign(system=system, potential=potential, method=asked)
    (document,) = root.glob("workspace/*/signac_job_document.json")
    expected = {"alchemy": 1000, "gradient": 300}[method["by"]]
    assert json.loads(document.read_text())["extent"] == {"updates": expected}


def test_mixtures_and_clusters_are_no_targets_yet(read):
    binary = {"dimensions": 2, "particles": {"A": 8, "B": 8}}
    assert "square is a crystal of one type" in refused(read, DESIGN, system=binary)
    text = refused(read, GRADIENT | {"number_density": 0.2}, system=binary)
    assert "by: gradient takes one type of particle" in text
    cluster = {"dimensions": 2, "boundary": "open", "particles": {"A": 8}}
    assert "needs a periodic cell" in refused(read, DESIGN, system=cluster)

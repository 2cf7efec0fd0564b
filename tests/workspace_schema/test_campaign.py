"""Campaign files: from text to state points."""

from __future__ import annotations

import hashlib
import itertools
from pathlib import Path
from typing import Any

import pytest
import yaml

from workspace_schema.axes import GSD_MAGIC
from workspace_schema.campaign import Campaign, read_campaign
from workspace_schema.canonical import lookup
from workspace_schema.errors import CampaignError

LJ = {"form": "lennard_jones"}
FORWARD: dict[str, Any] = {"name": "forward", "kT": 0.5, "number_density": 0.8, "steps": 1000}
BASE: dict[str, Any] = {
    "name": "test",
    "system": {"dimensions": 2, "particles": {"A": 16}},
    "potential": LJ,
    "method": FORWARD,
}


@pytest.fixture
def expand(tmp_path: Path) -> Any:
    def function(**changes: Any) -> Campaign:
        file = tmp_path / "c.yaml"
        data = {key: value for key, value in (BASE | changes).items() if value is not None}
        file.write_text(yaml.safe_dump(data, sort_keys=False))
        return read_campaign(file)

    return function


def values(campaign: Campaign, *paths: str) -> list[tuple[Any, ...]]:
    return [tuple(lookup(p.statepoint, path) for path in paths) for p in campaign.points]


def test_the_example_of_the_repository() -> None:
    repository = Path(__file__).parents[2]
    campaign = read_campaign(repository / "campaigns" / "lennard_jones_gauss_2d.yaml")
    assert len(campaign.points) == 7 * 5 * 2
    assert campaign.axes == ("potential.r0", "potential.epsilon")
    # ids are a contract: a change here makes every campaign there is another one
    assert campaign.points[0].job_id == "79ee2ea853b9083fb289bcf2a6fab80c"
    assert campaign.points[0].statepoint == {
        "system": {"dimensions": 2, "boundary": "periodic", "particles": {"A": 576}},
        "potential": {
            "form": "lennard_jones_gauss",
            "epsilon": 0.2,
            "r0": 1.2,
            "sigma2": 0.02,
            "r_cut": 2.5,
            "truncation": "cut",
        },
        "method": {
            "name": "forward",
            "ensemble": "nvt",
            "thermostat": "bussi",
            "thermostat_time": 0.5,
            "kT": [1.0, 0.1],
            "number_density": 0.85,
            "start": "random",
            "dt": 0.005,
            "equilibration_steps": 0,
            "steps": 200000,
        },
        "replica": 0,
    }


def test_one_physics_has_one_id_however_it_is_written(tmp_path: Path) -> None:
    texts = [
        "name: a\nsystem: {dimensions: 2, particles: {B: 8, A: 8}}\n"
        "potential: {form: lennard_jones, epsilon: 1, pairs: {A-B: {epsilon: 2}}}\n"
        "method: {name: forward, kT: 1, number_density: 1e0, steps: 1000}\n",
        "name: another\nmethod: {steps: 1e3, kT: {ramp: [1, 1.0]}, number_density: 1.0, dt: 5e-3,"
        " name: forward, ensemble: nvt, thermostat: bussi, production_steps: 5}\nreplicas: 1\n"
        "potential: {pairs: {B-A: {epsilon: 2.0}}, epsilon: 1.0, form: lennard_jones}\n"
        "system: {boundary: periodic, particles: {A: 8.0, B: 8}, dimensions: 2}\n"
        "settings: {engine: hoomd}\n",
    ]
    ids = set()
    for number, text in enumerate(texts):
        file = tmp_path / f"{number}.yaml"
        file.write_text(text)
        ids |= {point.job_id for point in read_campaign(file).points}
    assert len(ids) == 1


def test_axes_are_multiplied_in_the_order_of_the_file(expand: Any) -> None:
    campaign = expand(
        potential=LJ | {"epsilon": [1, 2], "sigma": {"linspace": [1, 1.2, 3]}},
        method=FORWARD | {"kT": [{"ramp": [1, 0.1]}, 0.5]},
        replicas=2,
    )
    expected = itertools.product([1.0, 2.0], [1.0, 1.1, 1.2], [[1.0, 0.1], 0.5], [0, 1])
    paths = ("potential.epsilon", "potential.sigma", "method.kT", "replica")
    assert values(campaign, *paths) == list(expected)
    assert campaign.axes == paths[:3]


def test_zip(expand: Any) -> None:
    campaign = expand(
        system={"dimensions": 2, "particles": {"A": [10, 20], "B": [20, 10]}},
        potential=LJ | {"epsilon": [1, 2, 3]},
        zip=[["system.particles.A", "system.particles.B"]],
    )
    pairs = set(values(campaign, "system.particles.A", "system.particles.B"))
    assert pairs == {(10, 20), (20, 10)}
    assert len(campaign.points) == 6


def test_zip_pairs_blocks(expand: Any) -> None:
    """The number of particles of an assembly is not that of a unit cell."""
    campaign = expand(
        system=[BASE["system"], {"dimensions": 2, "particles": {"A": [1, 2]}}],
        potential=LJ | {"epsilon": [1, 2]},
        method=[FORWARD, {"name": "annealing", "dynamics": "mc"}],
        zip=[["system", "method"]],
        axes=["potential.epsilon"],
    )
    found = values(campaign, "method.name", "system.particles.A")
    assert sorted(found) == sorted([("forward", 16), ("annealing", 1), ("annealing", 2)] * 2)


@pytest.mark.parametrize(
    ("zipped", "expected"),
    [
        (["system", "method"], "expected equal lengths; system has 1, method has 2"),
        (["system", "potential.epsilon"], "expected blocks"),
    ],
)
def test_zip_of_blocks_refused(expand: Any, zipped: list[str], expected: str) -> None:
    with pytest.raises(CampaignError) as caught:
        expand(
            potential=LJ | {"epsilon": [1, 2]},
            method=[FORWARD, FORWARD | {"ensemble": "nve"}],
            zip=[zipped],
        )
    assert any(expected in problem for problem in caught.value.problems), caught.value


def test_alternatives_of_blocks(expand: Any) -> None:
    campaign = expand(
        potential=[LJ, {"form": "morse"}],
        method=[FORWARD | {"kT": [0.1, 0.2]}, FORWARD | {"ensemble": "nve"}],
    )
    found = set(values(campaign, "potential.form", "method.ensemble", "method.kT"))
    assert found == {
        (form, *rest)
        for form in ("lennard_jones", "morse")
        for rest in (("nvt", 0.1), ("nvt", 0.2), ("nve", 0.5))
    }
    assert campaign.axes == ("method.kT", "potential.form", "method.ensemble")


def test_pair_axes_have_the_name_they_have_in_state_points(expand: Any) -> None:
    campaign = expand(
        system={"dimensions": 2, "particles": {"A": 10, "B": 10}},
        potential=LJ | {"pairs": {"B-A": {"epsilon": [0.5, 2.0]}}},
    )
    assert campaign.axes == ("potential.pairs.A-B.epsilon",)
    assert values(campaign, *campaign.axes) == [(0.5,), (2.0,)]


def test_samples_fill_the_intervals_evenly_and_do_not_change(expand: Any) -> None:
    potential = LJ | {"epsilon": {"between": [1, 3]}, "sigma": {"between": [-5, -4]}}
    potential["sigma"] = {"between": [0.5, 1.5]}
    paths = ("potential.epsilon", "potential.sigma")
    campaign = expand(potential=potential, sample={"latin_hypercube": 10, "seed": 3})
    epsilon, sigma = zip(*values(campaign, *paths), strict=True)
    # a Latin hypercube has exactly one point in each tenth of each interval
    assert sorted(int((e - 1) / 0.2) for e in epsilon) == list(range(10))
    assert sorted(int((s - 0.5) / 0.1) for s in sigma) == list(range(10))
    again = expand(potential=potential, sample={"latin_hypercube": 10, "seed": 3})
    assert [p.job_id for p in again.points] == [p.job_id for p in campaign.points]
    other = expand(potential=potential, sample={"latin_hypercube": 10, "seed": 4})
    assert not {p.job_id for p in other.points} & {p.job_id for p in campaign.points}

    few = expand(potential=potential, sample={"sobol": 8})
    many = expand(potential=potential, sample={"sobol": 16})
    assert [p.job_id for p in many.points[:8]] == [p.job_id for p in few.points]
    cells = {(int((e - 1) / 0.5), int((s - 0.5) / 0.25)) for e, s in values(many, *paths)}
    assert len(cells) == 16  # 16 points of a Sobol sequence: one in each cell of 4 x 4


def test_imported_files(expand: Any, tmp_path: Path) -> None:
    for name in ("b", "a", "c"):
        (tmp_path / f"{name}.gsd").write_bytes(GSD_MAGIC + name.encode())
    campaign = expand(
        system={"dimensions": 3},
        potential=None,
        method={"name": "imported", "files": ["c.gsd", "[ab].gsd"]},
        replicas=4,
    )
    assert [point.source for point in campaign.points] == ["c.gsd", "a.gsd", "b.gsd"]
    digest = hashlib.sha256(GSD_MAGIC + b"c").hexdigest()
    assert campaign.points[0].statepoint["method"] == {"name": "imported", "sha256": digest}
    assert campaign.inputs[digest] == tmp_path / "c.gsd"
    assert campaign.axes == ()


def test_a_file_that_is_no_gsd_is_one_problem(expand: Any, tmp_path: Path) -> None:
    (tmp_path / "a.gsd").write_text("no configuration")
    imported = {"name": "imported", "files": ["a.gsd"]}
    with pytest.raises(CampaignError) as caught:
        expand(system={"dimensions": 3}, potential=None, method=imported)
    (problem,) = caught.value.problems
    assert "method.files[0]: got 'a.gsd'; expected a GSD file" in problem


def test_imported_files_may_have_other_formats(expand: Any, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,y\n0,1\n")
    imported = {"name": "imported", "files": ["a.csv"]}
    (point,) = expand(system={"dimensions": 2}, potential=None, method=imported).points
    assert point.source == "a.csv"


def test_start_files_are_known_by_content(expand: Any, tmp_path: Path) -> None:
    (tmp_path / "start.gsd").write_bytes(GSD_MAGIC)
    method = {key: FORWARD[key] for key in FORWARD if key != "number_density"}
    campaign = expand(method=method | {"start": {"file": "start.gsd"}})
    digest = hashlib.sha256(GSD_MAGIC).hexdigest()
    assert values(campaign, "method.start") == [({"sha256": digest},)]
    assert list(campaign.inputs) == [digest]
    assert expand(method=FORWARD | {"start": ["random", {"file": "start.gsd"}]}).inputs


def test_axes_may_be_named_also_where_they_do_not_vary(expand: Any) -> None:
    assert expand(axes=["method.kT", "replica"]).axes == ("method.kT", "replica")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"name": "a b"}, "1: name: got 'a b'; expected letters, digits"),
        ({"name": None}, "1: name: missing; this key is required"),
        ({"method": None}, "method: missing"),
        ({"replicas": 0}, "replicas: got 0; expected greater than or equal to 1"),
        ({"replicas": True}, "replicas: True is a boolean"),
        ({"system": 3}, "system: got 3; expected a mapping"),
        ({"system": {}}, "system.dimensions: missing"),
        ({"system": []}, "system: an empty list"),
        (
            {"system": {"dimensions": 2, "particles": 64}},
            "system.particles: got 64; expected a number for each type, {A: 64}",
        ),
        ({"system": {"dimensions": 2}}, "particles are missing"),
        ({"potential": None}, "potential is missing; method forward needs one"),
        (
            {"potential": LJ | {"epsilon": {"linsapce": [1, 2, 3]}}},
            "potential.epsilon: unknown key linsapce; did you mean linspace?",
        ),
        (
            {"method": FORWARD | {"kT": {"rmap": [1, 2]}}},
            "method.kT: unknown key rmap; did you mean ramp?",
        ),
        ({"potential": {}}, "potential.form: got nothing; expected one of"),
        ({"potential": {"form": "lenard_jones"}}, "did you mean lennard_jones?"),
        ({"potential": LJ | {"epsilom": 1}}, "epsilom: unknown key; did you mean epsilon?"),
        ({"potential": LJ | {"sigma": ["x", 1]}}, "9: potential.sigma[0]: got 'x'; expected a"),
        ({"potential": LJ | {"types": {"D": {"sigma": 2}}}}, "potential.types.D: expected one"),
        ({"potential": LJ | {"epsilon": {"between": [1, 2]}}}, "needs sample"),
        ({"sample": {"sobol": 4}}, "nothing to draw"),
        ({"sample": {"sobol": 4, "latin": 4}}, "sample.latin: unknown key"),
        ({"method": {"name": "magic"}}, "got 'magic'; expected one of "),
        ({"method": FORWARD | {"kT": [1, 0]}}, "method.kT[1]: got 0; expected numbers greater"),
        ({"method": FORWARD | {"start": "bcc"}}, "method.start: 'bcc' is a lattice in 3"),
        ({"method": {"name": "imported"}}, "method.files: got nothing; expected a list"),
        ({"method": {"name": "imported", "files": ["*.gsd"]}}, "files[0]: got '*.gsd'"),
        ({"method": {"name": "imported", "files": [], "sha256": "a"}}, "files: got []"),
        ({"axes": "method.kT"}, "axes: got 'method.kT'; expected a list, [a, b, …]"),
        ({"axes": ["potential.epsilom"]}, "axes[0]: got 'potential.epsilom', which is no value"),
        ({"axes": ["method.kT", "method.kT"]}, "axes[1]: got 'method.kT', which stands here tw"),
        ({"axes": ["potential"]}, "axes[0]: got 'potential', which is no value"),
        ({"zip": [["method.kT"]]}, "zip[0]: got ['method.kT']; expected"),
        ({"zip": [["method.kT", "method.dt"]]}, "zip[0]: none of these varies"),
        ({"settings": {"engin": "auto"}}, "settings.engin: unknown key"),
        ({"potentials": LJ}, "potentials: unknown key; did you mean potential?"),
    ],
)
def test_refused(expand: Any, changes: dict[str, Any], expected: str) -> None:
    with pytest.raises(CampaignError) as caught:
        expand(**changes)
    assert any(expected in problem for problem in caught.value.problems), caught.value


def test_all_problems_are_found_at_once(expand: Any) -> None:
    with pytest.raises(CampaignError) as caught:
        expand(
            replicas=-1,
            system={"dimensions": 5},
            potential=LJ | {"epsilon": ["a", 1, "b"], "sigma": -1},
            method=[FORWARD | {"dt": 0}, FORWARD | {"stepz": 1}],
        )
    text = str(caught.value)
    for key in (
        "replicas",
        "system.dimensions",
        "epsilon[0]",
        "epsilon[2]",
        "sigma",
        "method[0].dt",
        "method[1].stepz",
    ):
        assert f"{key}: " in text
    assert len(caught.value.problems) == 7

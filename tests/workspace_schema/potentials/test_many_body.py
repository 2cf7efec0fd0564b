"""Many-body potentials from files: what is read, how it is named, what is refused before a run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

import init
from workspace_schema.interactions import Interactions
from workspace_schema.methods.facts import MANY_BODY
from workspace_schema.potentials import FORMS
from workspace_schema.potentials.pod import Pod, PodBasis, PodData

BASIS = {"r_in": 0.5, "r_cut": 1.8, "two_body": 2, "three_body": 1, "three_body_degree": 1}
FIT = {
    "frames": 4,
    "blocks": 1,
    "particles": 8,
    "rms_force": 1.0,
    "rms_error": 0.1,
    "number_densities": [0.5, 0.5],
}


def content(**changes: Any) -> dict[str, Any]:
    return {
        "species": ["A"],
        "basis": BASIS,
        "coefficients": [0.0, 1.0, 2.0, 0.1, 0.2],
        "smallest_distances": {"A-A": 0.9},
        "fit": FIT,
    } | changes


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "a.pod").write_text(json.dumps(content()))
    return tmp_path / "a.pod"


def test_round_trip(file: Path) -> None:
    data = PodData.read(file)
    stored = Pod(file="a.pod").stored(file.parent, file.parent / "root")
    assert (stored.r_cut, stored.species) == (1.8, ("A",))
    assert stored.read(file.parent / "root") == data
    assert Interactions(base=stored).canonical(["A"]) == {
        "form": "pod",
        "sha256": data.sha256,
        "r_cut": 1.8,
        "species": ["A"],
    }
    file.write_text(json.dumps(content(), indent=7))  # another layout, the same content
    assert PodData.read(file).sha256 == data.sha256


def test_of_several_types_a_state_point_says_it_once() -> None:
    block = {"form": "snap", "sha256": "0" * 64, "r_cut": 1.8, "species": ["A", "B"]}
    canonical = Interactions.model_validate(block).canonical(["A", "B"])
    assert canonical.keys() == block.keys()
    assert Interactions.model_validate(canonical).canonical(["A", "B"]) == canonical


def test_the_hash_is_of_what_a_run_follows_from() -> None:
    """Written down here: it is in the ids of jobs, and no later version may change it."""
    known = PodData.model_validate(content())
    assert known.sha256 == "b747ac075da1829ae1faee907ede9b3eae15fdcbb5c5d342fd04f59eec98f793"
    another_fit = content(fit=FIT | {"rms_error": 0.2, "blocks": 2, "rms_error_left_out": 0.3})
    assert PodData.model_validate(another_fit).sha256 == known.sha256
    for change in (
        {"coefficients": [0.0, 1.0, 2.0, 0.1, 0.3]},
        {"basis": BASIS | {"r_in": 0.6}},
        {"species": ["B"], "smallest_distances": {"B-B": 0.9}},
        {"smallest_distances": {"A-A": 0.8}},
    ):
        assert PodData.model_validate(content(**change)).sha256 != known.sha256


def test_changed_content_is_noticed(file: Path) -> None:
    stored = Pod(file="a.pod").stored(file.parent, file.parent)
    changed = json.dumps(content(coefficients=[0, 1, 2, 3, 4]))
    (file.parent / "tables" / f"{stored.sha256}.pod").write_text(changed)
    with pytest.raises(ValueError, match="was changed"):
        stored.read(file.parent)


def test_number_of_coefficients() -> None:
    # LAMMPS 22Jul2025, `compute pod/global`, says so, too: tests/operations/training
    assert PodBasis(r_in=0.5, r_cut=1.8).size(1) == 1 + 10 + 7 * 8
    four = PodBasis(r_in=0.5, r_cut=1.8, four_body=4, four_body_degree=3)
    assert four.size(1) == 1 + 10 + 7 * 8 + 7 * 4
    assert four.size(2) == 2 * (1 + 20 + 3 * 7 * 8 + 4 * 7 * 4)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"coefficients": [1.0]}, "coefficients: 1; expected 5"),
        ({"coefficients": [0.0, 1.0, 2.0, 0.1, "x"]}, r"a\.pod: coefficients\[4\]: "),
        ({"species": ["A", "A"]}, "species: expected different types"),
        ({"species": ["A run 0"]}, r"species\[0\]: "),
        ({"smallest_distances": {}}, "smallest_distances: expected of A-A"),
        ({"basis": BASIS | {"r_in": 2.0}}, "r_in is 2; expected less than r_cut = 1.8"),
        ({"basis": BASIS | {"two_body": 30}}, "at most 20 radial functions"),
        ({"basis": BASIS | {"four_body": 2}}, "no more functions of four bodies than of three"),
        ({"more": 1}, "more: "),
        ({"smallest_distances": {"A-A": 1e9}}, "smallest_distances.A-A: 1e.09; expected less than"),
        ({"fit": FIT | {"number_densities": [0.5, 1e5]}}, "basis.r_cut: 1.8 at the density 100000"),
    ],
)
def test_bad_files_are_named(tmp_path: Path, changes: dict[str, Any], named: str) -> None:
    (tmp_path / "a.pod").write_text(json.dumps(content(**changes)))
    with pytest.raises(ValueError, match=named):
        PodData.read(tmp_path / "a.pod")


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe", b"[1", b"[" * 100_000, b"3"])
def test_what_is_no_such_file(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "a.pod").write_bytes(raw)
    with pytest.raises(ValueError, match=r"a\.pod"):
        PodData.read(tmp_path / "a.pod")
    with pytest.raises(ValueError, match="cannot be read"):
        PodData.read(tmp_path / "nothing")


@pytest.mark.parametrize("block", [{}, {"file": "a", "sha256": "0" * 64}, {"sha256": "0" * 64}])
def test_a_block_names_one_source(block: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="pod"):
        Pod(**block)


def test_potentials_of_many_bodies_are_known_as_such() -> None:
    assert {name for name, form in FORMS.items() if form.many_body} == MANY_BODY.keys()


FORWARD = "{name: forward, ensemble: nvt, number_density: 0.5, kT: 1, steps: 10}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("potential: {form: pod, file: b.pod}", "potential.file: pod "),
        ("potential: {form: pod, file: a.pod, r_cut: 2}", "potential.r_cut: is that of the file"),
        ("potential: {form: pod, file: a.pod, types: {A: {r_cut: 2}}}", "neither types nor pairs"),
        (
            "potential: {form: lennard_jones, pairs: {A-A: {form: pod, file: a.pod}}}",
            "neither types nor pairs",
        ),
        ("system: {dimensions: 2, particles: {A: 8}}", "form: pod is of points in three"),
        ("system: {dimensions: 3, particles: {B: 8}}", "is fitted to the types A; got B"),
        (
            "system: {dimensions: 3, particles: {A: 8}, building_blocks: {A: {form: sphere_union,"
            " centers: [[0, 0, 0], [1, 0, 0]]}}}",
            "form: pod is of points in three",
        ),
        (
            "method: {name: forward, ensemble: nvt, number_density: 100, kT: 1, steps: 10}",
            "got 100: more than 2000 neighbours within r_cut = 1.8",
        ),
        ("method: {name: genetic, pressure: 0}", "of many bodies, which method genetic cannot"),
        (
            "method: {name: basin_hopping, hops: 5, pressure: 0}",
            "method basin_hopping cannot treat; expected method forward",
        ),
        ("settings: {engine: hoomd}", "engine: got 'hoomd'; potential pod is run by LAMMPS"),
        ("settings: {device: gpu}", "device: got 'gpu'; potential pod is run by LAMMPS"),
    ],
)
def test_init_refuses_what_cannot_be(
    file: Path, text: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    blocks = {
        "name": "name: many",
        "system": "system: {dimensions: 3, particles: {A: 8}}",
        "potential": "potential: {form: pod, file: a.pod}",
        "method": f"method: {FORWARD}",
    }
    blocks[text.split(":")[0]] = text
    campaign = file.parent / "many.yaml"
    campaign.write_text("\n".join(blocks.values()) + "\n")
    root = file.parent / "root"
    assert init.main([str(campaign), "--root", str(root)]) != 0
    told = " ".join(capsys.readouterr().err.split())
    assert said in told
    assert not root.exists()


@pytest.mark.parametrize(
    ("density", "ensemble", "warned"),
    [
        ("0.5", "nvt", False),
        ("0.504", "nvt", False),
        ("0.9", "nvt", True),
        ("0.9", "npt, pressure: 1", False),
    ],
)
def test_init_warns_of_a_density_that_was_not_fitted(
    file: Path, density: str, ensemble: str, warned: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """At constant pressure the density at the start says nothing yet."""
    (file.parent / "many.yaml").write_text(
        "name: many\nsystem: {dimensions: 3, particles: {A: 8}}\n"
        "potential: {form: pod, file: a.pod}\nmethod: {name: forward, kT: 1, steps: 10,"
        f" number_density: {density}, ensemble: {ensemble}}}\n"
    )
    arguments = [str(file.parent / "many.yaml"), "--root", str(file.parent / "root")]
    assert init.main(arguments) == 0
    told = "method.number_density: got 0.9; the potential was fitted at 0.5: fit it to such frames"
    assert (told in " ".join(capsys.readouterr().err.split())) == warned

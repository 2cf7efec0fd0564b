"""Designs by label: evolution on what the judge sees of short runs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import yaml

import init
from operations.design.label import Label
from operations.engines import ExplodedError
from operations.jobs.driver import drive
from operations.methods.forward import Forward
from tests.operations.interruptions import (
    elsewhere,
    interrupted_at_every_checkpoint,
    result,
    without_time,
)
from workspace_schema.design_files import table_file
from workspace_schema.interactions import Interactions
from workspace_schema.potentials.designed import read_tables

SHORT = {"name": "design", "by": "label", "number_density": 0.9, "kT": 0.3, "steps": 200}


@pytest.fixture
def design(tasks):
    """Function that makes the task of a small design by label."""

    def make(potential, system=None, **method):
        (task,) = tasks(
            system=system or {"particles": {"A": 36}},
            potential={"epsilon": None, "r0": None} | potential,
            method=SHORT | {"population": 4, "runs": 1, "updates": 2} | method,
            settings={"engine": "lammps"},
        )
        return task

    return make


FREE = {"form": "morse", "alpha": {"free": [4.0, 8.0]}, "r_cut": 2.0}
SPLINES = {"form": "designed", "shape": "monotone", "coefficients": 6, "r_cut": 2.0}


def test_what_assembles_is_found(design):
    task = design(FREE, target="hexagonal", kT={"ramp": [0.6, 0.1]}, steps=6000)
    drive(task)
    found = result(task)["design"]
    assert found["verdict"] == "found"
    assert int(found["assembled"].split()[1]) >= 2
    alpha = found["parameters"]["alpha"]
    assert 4.0 <= alpha <= 8.0
    data = read_tables(table_file(task.root, task.id))["A-A"]
    potential = Interactions.model_validate(FREE).base.at({"alpha": alpha})
    from operations.interactions.pair_functions import PairFunction

    exact = PairFunction(potential).energy(np.array(data.r[:-1]))
    assert np.array(data.energy[:-1]) == pytest.approx(exact)
    assert found["replicas"][0]["label"] == "hexagonal"
    assert found["curves"]["A-A"]["u_start"] != found["curves"]["A-A"]["u"]


@pytest.mark.parametrize("potential", [FREE, SPLINES])
def test_continued_at_every_run(design, potential):
    task = design(potential, target="square")
    drive(task)
    whole = {k: v for k, v in without_time(result(task)).items() if k != "extent"}
    assert whole["design"]["verdict"] == "undecided"
    assert whole["design"]["reason"] == "assembled 0 of 3 replicas, and the updates are spent"
    assert whole["design"]["runs"] == 2 * 4 + 3
    assert not table_file(task.root, task.id).exists()
    _, continued = interrupted_at_every_checkpoint(task, Label)
    assert without_time(continued) == whole


def test_mixtures_have_a_potential_for_each_pair(design):
    system = {"dimensions": 3, "particles": {"A": 32, "B": 32}}
    task = design(SPLINES, system, target="CsCl", number_density=1.0, updates=1)
    drive(task)
    found = result(task)["design"]
    pairs = ["A-A", "A-B", "B-B"]
    assert sorted(found["potential"]) == sorted(found["curves"]) == pairs
    line = found["history"][0]["potential"]
    assert [len(line[pair]["coefficients"]) for pair in pairs] == [6, 6, 6]
    assert line["A-A"]["coefficients"] != line["A-B"]["coefficients"]
    assert [one["exploded"] for one in found["replicas"]] == [""] * 3
    _, continued = interrupted_at_every_checkpoint(task, Label)
    assert without_time(continued)["design"]["history"] == found["history"]


def test_the_judge_must_know_the_target_and_stay_the_same(design, monkeypatch):
    task = design(FREE, {"dimensions": 3, "particles": {"A": 64}}, target="sc", updates=1)
    learned = {"model": "learned", "head": "disorder"}
    with pytest.raises(ValueError, match=r"'learned' has no class sc; its classes are crystal"):
        Label(replace(task, settings=task.settings | {"labels": learned})).start()
    method = Label(task)
    file = task.folder / "checkpoint.npz"
    method.save(method.start(), file)
    assert method.load(file).judge.startswith("three_dimensional")
    monkeypatch.setattr("operations.design.judge.judge_of", lambda *_: "another")
    with pytest.raises(ValueError, match=r"judged by three_.*, but the campaign's labels"):
        Label(task).load(file)


def test_a_target_without_a_class_is_refused(tmp_path, capsys):
    train = {"fcc": "prototype", "hcp": "prototype"}
    content = {
        "name": "c",
        "system": {"dimensions": 3, "particles": {"A": 64}},
        "potential": FREE,
        "method": SHORT | {"target": "sc"},
        "labels": {"model": "learned", "train": train},
    }
    file = tmp_path / "c.yaml"
    file.write_text(yaml.safe_dump(content))
    for options in ([], ["--dry-run"]):
        assert init.main([str(file), "--root", str(tmp_path / "root"), *options]) == 1
        said = capsys.readouterr().err
        assert "method.target: got sc; labels.train, by which it is judged" in said
    file.write_text(yaml.safe_dump(content | {"method": SHORT | {"target": "fcc"}}))
    assert init.main([str(file), "--root", str(tmp_path / "root")]) == 0


def test_a_pool_changes_nothing(design):
    task = design(FREE, target="square", updates=1)
    drive(task)
    pooled = replace(elsewhere(task, "e" * 32), settings=task.settings | {"pool": 4})
    drive(pooled)
    assert without_time(result(pooled)) == without_time(result(task))


def test_a_run_that_explodes_is_a_bad_candidate(design, monkeypatch):
    def explode(*_):
        raise ExplodedError("boom")

    task = design(FREE, target="square", updates=1)
    monkeypatch.setattr(Forward, "step", explode)
    drive(task)
    found = result(task)["design"]
    assert found["verdict"] == "undecided"
    assert [one["exploded"] for one in found["replicas"]] == ["boom"] * 3
    assert found["history"][0]["mean"] == 0.0


def test_more_updates_go_on(design):
    task = design(FREE, target="square", updates=1)
    drive(task)
    (task.folder / "result.json").unlink()
    longer = replace(task, extent={"updates": 2})
    drive(longer)
    once = replace(elsewhere(task, "e" * 32), extent={"updates": 2})
    drive(once)
    both = [result(one)["design"]["history"] for one in (longer, once)]
    for history in both:
        for line in history:
            line.pop("replicas", None)
    assert both[0] == both[1]

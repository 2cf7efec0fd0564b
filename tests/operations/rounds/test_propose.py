"""The next round: what it follows from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

import init
from operations.rounds import ledger
from operations.rounds.candidates import Candidates
from operations.rounds.knowledge import Knowledge, shares
from operations.rounds.proceed import proceed
from operations.rounds.propose import propose
from tests.operations.rounds.laboratory import CAMPAIGN, SAMPLE, answer, ids, make, run


def test_a_ledger_can_be_replayed(tmp_path: Path) -> None:
    """Every round follows from the candidates and what the ledger says was seen."""
    root = make(tmp_path)
    run(root)
    rounds, candidates = ledger.read(root), Candidates.load(root)
    for k, one in enumerate(rounds):
        before = rounds[:k]
        labels = ledger.known([*before, one])
        again = propose(candidates, before, Knowledge(labels, one.others, one.pending), one.batch)
        assert again == one


def test_words_are_maps_of_their_own(tmp_path: Path) -> None:
    potential = {"form": "lennard_jones_gauss", "r0": {"linspace": [1.2, 1.8, 9]}}
    method = CAMPAIGN["method"] | {"start": ["hexagonal", "square"]}
    root = make(tmp_path, potential=potential, method=method, axes=None)
    starts = [
        json.loads(file.read_text())["method"]["start"]
        for file in (root / "workspace").glob("*/signac_statepoint.json")
    ]
    assert min(starts.count("hexagonal"), starts.count("square")) >= 4
    answer(root, lambda statepoint: statepoint["method"]["start"])
    proceed(root)
    assert set(ledger.read(root)[-1].lengths) == {"0", "1"}


def test_intervals_become_candidates(tmp_path: Path) -> None:
    potential = {
        "form": "lennard_jones_gauss",
        "r0": {"between": [1.2, 1.8]},
        "epsilon": {"between": [0.4, 2.4]},
    }
    root = make(tmp_path, potential=potential, sample=SAMPLE | {"sobol": 300})
    assert len(Candidates.load(root).points) == 300
    run(root)
    assert len(ids(root)) == 40
    make(tmp_path, potential=potential, sample={"sobol": 300})
    assert len(ids(root)) == 300


def test_a_doubtful_point_gets_a_replica(tmp_path: Path) -> None:
    def noisy(statepoint: dict[str, Any]) -> str:
        odd = round(statepoint["potential"]["r0"] * 100) % 10 == 5  # every second column
        wrong = odd and statepoint["replica"] == 0
        return "kagome" if wrong else "square"

    axes = {"r0": {"linspace": [1.2, 1.8, 13]}, "epsilon": [0.4, 0.9]}
    root = make(
        tmp_path,
        potential=CAMPAIGN["potential"] | axes,
        replicas=3,
        sample=SAMPLE | {"adaptive": 60, "repeat": 2},
    )
    run(root, noisy)
    whys = [why for one in ledger.read(root) for _, why in one.chosen]
    assert "repeat" in whys
    replicas = {
        json.loads(file.read_text())["replica"]
        for file in (root / "workspace").glob("*/signac_statepoint.json")
    }
    assert replicas == {0, 1}  # `repeat` of the three


@pytest.mark.parametrize(
    ("sample", "expected"),
    [
        ({"adaptive": 10, "repeat": 2}, "sample.repeat: got 2; expected at most replicas, 1"),
        ({"begin": 4, "sobol": 10}, "means nothing without adaptive"),
        ({"adaptive": 10, "sobol": 10}, "nothing to draw"),
        ({"adaptive": 10, "sobol": 10, "latin_hypercube": 10}, "at most one of"),
        ({"adaptive": 10, "until": 1.5}, "sample.until"),
    ],
)
def test_wrong_settings_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], sample: dict[str, Any], expected: str
) -> None:
    file = tmp_path / "campaign.yaml"
    file.write_text(yaml.safe_dump(CAMPAIGN | {"sample": sample}))
    assert init.main([str(file), "--root", str(tmp_path / "root")]) == 1
    assert expected in capsys.readouterr().err
    assert not (tmp_path / "root").exists()


def test_too_many_candidates_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    potential = CAMPAIGN["potential"] | {
        "r0": {"linspace": [1.2, 1.8, 200]},
        "epsilon": {"linspace": [0.4, 2.4, 101]},
    }
    file = tmp_path / "campaign.yaml"
    file.write_text(yaml.safe_dump(CAMPAIGN | {"potential": potential, "sample": SAMPLE}))
    assert init.main([str(file), "--root", str(tmp_path / "root")]) == 1
    assert "expected at most 20000 to choose from" in capsys.readouterr().err


def test_phases_that_coexist_count_by_their_shares(tmp_path: Path) -> None:
    phases = [
        {"phase": "square", "fraction": 0.6},
        {"phase": "fluid", "fraction": 0.3},
        {"phase": "kagome", "fraction": 0.1},
    ]
    (tmp_path / "result.json").write_text("{}")
    (tmp_path / "labels.json").write_text(json.dumps({"label": "square", "phases": phases}))
    assert shares(tmp_path) == {"fluid": 0.333, "square": 0.667}
    (tmp_path / "failed.json").write_text("{}")
    assert shares(tmp_path) == {"failed": 1.0}

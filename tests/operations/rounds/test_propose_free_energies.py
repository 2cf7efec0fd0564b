"""The line between two crystals whose Gibbs energies are given, with noise."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

import init
from analysis.phase_map.design import BEGIN
from operations.jobs.seal import sealed
from operations.rounds import ledger
from operations.rounds.knowledge import TOO_SHORT
from operations.rounds.phase_map import phase_map
from operations.rounds.proceed import in_words, proceed
from operations.rounds.propose import BUDGET
from operations.rounds.propose_free_energies import KNOWN
from operations.rounds.summary import summary

AXES = ["potential.r0", "method.pressure"]
ERROR = 0.01
#: Energy of the square crystal less that of the hexagonal one.
EXPANDED = 0.4
CAMPAIGN: dict[str, Any] = {
    "name": "line",
    "system": {"dimensions": 2, "particles": {"A": 100}},
    "potential": {
        "form": "lennard_jones_gauss",
        "sigma2": 0.02,
        "epsilon": 1.8,
        "r0": {"linspace": [1.2, 1.6, 13]},
    },
    "method": [
        {
            "name": "free_energy",
            "phase": {"lattice": name},
            "kT": 0.1,
            "pressure": {"linspace": [0.0, 4.0, 13]},
        }
        for name in ("square", "hexagonal")
    ],
    "axes": AXES,
    "sample": {
        "adaptive": 200, "begin": 10, "batch": 4, "phases": ["square", "hexagonal"], "width": 0.02,
    },
}  # fmt: skip


def difference(r0: Any, pressure: Any, kT: Any = 0.1) -> Any:
    """Gibbs energy of the square crystal less that of the hexagonal one, whose volume is less."""
    entropy = 10.0 * EXPANDED + 2.0 + 40.0 * (r0 - 1.25) ** 2
    return 0.2 * pressure + EXPANDED - kT * entropy


def answer(root: Path, says_energy: bool = True) -> int:
    """Finish the jobs that wait."""
    n = 0
    for folder in sorted((root / "workspace").iterdir()):
        if (folder / "labels.json").exists():
            continue
        n += 1
        text = (folder / "signac_statepoint.json").read_text()
        point = json.loads(text)
        seed = int(hashlib.sha256(text.encode()).hexdigest()[:8], 16)
        value = ERROR / 2**0.5 * np.random.default_rng(seed).normal()
        is_square = point["method"]["phase"]["lattice"] == "square"
        kT = point["method"]["kT"]
        energy = {"mean": EXPANDED if is_square else 0.0, "standard_error": 0.01}
        if is_square:
            value += difference(point["potential"]["r0"], point["method"]["pressure"], kT)
        gibbs = {"mean": value, "standard_error": ERROR / 2**0.5}
        pressure = {"mean": point["method"]["pressure"], "standard_error": 0.01}
        result = {
            "averages": {"gibbs_energy_per_particle": gibbs, "pressure": pressure}
            | ({"energy_per_particle": energy} if says_energy else {}),
            "free_energy": {"finite_size": -0.01, "compliance": 0.5},
            "number_density": 1.0 / (1.2 if is_square else 1.0),
        }
        (folder / "result.json").write_text(json.dumps(sealed(result, folder, ())))
        label = {"label": point["method"]["phase"]["lattice"], "confidence": 1.0}
        (folder / "labels.json").write_text(json.dumps(label))
    return n


def make(folder: Path, name: str, **changes: Any) -> Path:
    file = folder / f"{name}.yaml"
    file.write_text(yaml.safe_dump(CAMPAIGN | changes))
    assert init.main([str(file), "--root", str(folder / name)]) == 0
    return folder / name


def run(root: Path, says_energy: bool = True) -> None:
    answer(root, says_energy)
    while proceed(root):
        answer(root, says_energy)


def test_the_line_is_known_after_a_sixth_of_the_grid(tmp_path: Path) -> None:
    root = make(tmp_path, "one")
    run(root)
    rounds = ledger.read(root)
    n = len(ledger.chosen(rounds))
    assert rounds[-1].stop == KNOWN
    assert rounds[-1].width is not None
    assert rounds[-1].width <= 0.02
    assert n < 60 < 13 * 13 * 2 // 5
    assert "line known within 0.0" in in_words(rounds[-1])
    said, table = summary(root), phase_map(root, AXES)
    assert said is not None
    assert table is not None
    assert said.n_points == len(table) == 2 * 13 * 13
    exact = difference(table["potential.r0"].to_numpy(), table["method.pressure"].to_numpy())
    off = np.abs(exact) / 0.2 / 4.0  # in units of the range of the pressure
    right = table["label"] == np.where(exact < 0.0, "square", "hexagonal")
    assert right[off > 0.03].all()
    # the same results give the same bytes
    again = make(tmp_path, "again")
    run(again)
    assert (root / ledger.FILE).read_bytes() == (again / ledger.FILE).read_bytes()


def test_enthalpies_are_slopes_along_the_temperature(tmp_path: Path) -> None:
    method = [one | {"kT": {"linspace": [0.05, 0.15, 13]}} for one in CAMPAIGN["method"]]
    method = [one | {"pressure": 2.0} for one in method]
    axes = ["potential.r0", "method.kT"]
    runs = {}
    for name, says_energy in (("with", True), ("without", False)):
        root = make(tmp_path, name, method=method, axes=axes)
        run(root, says_energy)
        rounds = ledger.read(root)
        assert rounds[-1].stop == KNOWN
        runs[name] = len(ledger.chosen(rounds))
        table = phase_map(root, axes)
        assert table is not None
        r0, kT = (table[axis].to_numpy() for axis in axes)
        exact = difference(r0, 2.0, kT)
        slope = 10.0 * EXPANDED + 2.0 + 40.0 * (r0 - 1.25) ** 2
        right = table["label"] == np.where(exact < 0.0, "square", "hexagonal")
        assert right[np.abs(exact) / slope / 0.1 > 0.03].all()
    assert runs["with"] < runs["without"]


def test_pairs_that_do_not_hold_are_not_the_end(tmp_path: Path) -> None:
    root = make(tmp_path, "lost", sample=CAMPAIGN["sample"] | {"begin": 4, "adaptive": 9})
    lost = json.dumps({"operation": "free_energy", "reason": "melts", "retry": "no"})
    for folder in (root / "workspace").iterdir():
        (folder / "failed.json").write_text(lost)
    assert proceed(root)
    answer(root)
    while proceed(root):
        answer(root)
    rounds = ledger.read(root)
    assert [why for _, why in rounds[1].chosen] == [BEGIN] * 4
    # of an odd number of runs the last would be of no use
    assert (len(ledger.chosen(rounds)), rounds[-1].stop) == (8, BUDGET)


def test_runs_too_short_for_an_error_need_longer_ones_and_have_not_failed(tmp_path: Path) -> None:
    root = make(tmp_path, "short", sample=CAMPAIGN["sample"] | {"begin": 4, "adaptive": 4})
    answer(root)
    folder = sorted((root / "workspace").iterdir())[0]
    result = json.loads((folder / "result.json").read_text())
    whole = dict(result["averages"]["gibbs_energy_per_particle"])
    for error, known in ((None, {TOO_SHORT: 1.0}), (whole["standard_error"], None)):
        result["averages"]["gibbs_energy_per_particle"]["standard_error"] = error
        content = {key: value for key, value in result.items() if key != "seal"}
        (folder / "result.json").write_text(json.dumps(sealed(content, folder, ())))
        if known:
            proceed(root)
            assert ledger.known(ledger.read(root))[folder.name] == known
        now = summary(root)
        assert now is not None
        assert now.n_too_short == int(known is not None)
        words = "1 free energies are not used: their runs are too short for an error"
        assert any(words in line for line in now.lines()) == (known is not None)


def test_so_many_points_more(tmp_path: Path) -> None:
    root = make(tmp_path, "few", sample=CAMPAIGN["sample"] | {"begin": 4, "adaptive": 4})
    answer(root)
    file = tmp_path / "few.yaml"
    assert init.main([str(file), "--root", str(root), "--next", "3"]) == 0
    assert [len(one.chosen) for one in ledger.read(root)] == [4, 6]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"potential": CAMPAIGN["potential"] | {"r0": 1.3}}, None),
        ({"potential": {"form": ["lennard_jones", "morse"]}}, "axes of numbers, which all points"),
        ({"system": {"dimensions": 2, "particles": {"A": [64, 100]}}}, "square at one point"),
    ],
)
def test_points_that_make_no_line_are_refused(tmp_path, capsys, changes, said) -> None:
    file, root = tmp_path / "campaign.yaml", tmp_path / "root"
    axes = {"axes": ["method.pressure"]} if "potential" in changes else {}
    file.write_text(yaml.safe_dump(CAMPAIGN | changes | axes))
    assert (init.main([str(file), "--root", str(root)]) == 0) == (said is None)
    assert said is None or said in capsys.readouterr().err
    assert (root / "workspace").exists() == (said is None)


@pytest.mark.parametrize(
    ("sample", "said"),
    [
        ({"width": 0.1}, "width: means nothing without phases"),
        ({"phases": ["a", "a"]}, "phases: expected two different ones"),
        ({"phases": ["square", "hexagonal"], "until": 0.9}, "until: means nothing with phases"),
        ({"phases": ["square", "sc"]}, "at one point are jobs of hexagonal, square"),
    ],
)
def test_phases_that_cannot_be_are_refused(tmp_path, capsys, sample, said) -> None:
    file = tmp_path / "campaign.yaml"
    file.write_text(yaml.safe_dump(CAMPAIGN | {"sample": {"adaptive": 8, **sample}}))
    assert init.main([str(file), "--root", str(tmp_path / "root")]) != 0
    assert said in capsys.readouterr().err

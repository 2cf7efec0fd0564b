"""What is known of every candidate, as a table and under the points of the diagram."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from analysis.phase_diagram.regions import MAP_FILE, stages_of
from operations.results.aggregate import make_table, write_diagram
from operations.rounds import ledger
from operations.rounds import phase_map as phase_map_module
from operations.rounds.phase_map import last_map, phase_map, with_rounds, write_phase_map
from operations.rounds.proceed import proceed
from operations.rounds.summary import summary
from tests.operations.rounds.laboratory import CAMPAIGN, answer, make, run, three_phases

AXES = CAMPAIGN["axes"]


def statepoint(line: pd.Series) -> dict:
    return {"potential": {"r0": line[AXES[0]], "epsilon": line[AXES[1]]}}


def test_the_map_is_that_of_all_candidates(tmp_path: Path) -> None:
    root = make(tmp_path)
    assert phase_map(root, AXES) is None
    run(root)
    table = phase_map(root, AXES)
    assert len(table) == 13 * 11
    truth = [three_phases(statepoint(line)) for _, line in table.iterrows()]
    assert (table["label"] == truth).mean() > 0.93
    probabilities = table.filter(like="probability ")
    assert probabilities.sum(axis=1).to_numpy() == pytest.approx(1.0, abs=2e-4)
    write_phase_map(root, table)
    assert len(pd.read_parquet(root / MAP_FILE)) == len(table)
    make(tmp_path, sample=None)
    assert phase_map(root, AXES) is None
    write_phase_map(root, None)
    assert not (root / MAP_FILE).exists()


def test_the_map_remembers_what_was_known_after_each_round(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make(tmp_path)
    answer(root)
    assert [stage.round for stage in stages_of(phase_map(root, AXES))] == [0]
    early = phase_map(root, AXES)
    write_phase_map(root, early)
    run(root)
    table = phase_map(root, AXES)
    stages = stages_of(table)
    assert [(stage.round, stage.runs) for stage in stages] == [
        (0, 12),
        (1, 19),
        (2, 26),
        (3, 33),
        (4, 40),
    ]
    said = [one.agreement for one in ledger.read(root) if one.agreement is not None]
    assert [stage.agreement for stage in stages] == pytest.approx(said, abs=2e-4)
    # after round 0 as it was then
    assert table[stages[0].columns[0]].tolist() == early["label"].tolist()
    assert table[stages[0].columns[1]].tolist() == early["confidence"].tolist()
    # what is past is not worked out again, nor lost with the labels
    write_phase_map(root, table)
    for file in (root / "workspace").glob("*/labels.json"):
        file.write_text(json.dumps({"label": "kagome"}))
    counted = []
    whole = phase_map_module.map_of
    monkeypatch.setattr(phase_map_module, "map_of", lambda *a: counted.append(1) or whole(*a))
    again = phase_map(root, AXES)
    assert len(counted) == 1
    assert set(again["label"]) == {"kagome"}
    for stage in stages[:-1]:
        for name in stage.columns:
            assert again[name].tolist() == table[name].tolist()
    # without the table it is, from the ledger
    write_phase_map(root, None)
    assert phase_map(root, AXES)[stages[1].columns[0]].tolist() == (
        table[stages[1].columns[0]].tolist()
    )
    (root / MAP_FILE).write_bytes(b"PAR1")
    assert last_map(root) is None


def test_jobs_say_which_round_chose_them_and_why(tmp_path: Path) -> None:
    root = make(tmp_path)
    answer(root)
    proceed(root)
    answer(root)
    table = make_table(root, AXES)
    assert table["round"].value_counts().to_dict() == {0: 12, 1: 7}
    assert set(table.loc[table["round"] == 0, "why"]) == {"begin"}
    assert table["why"].value_counts()["explore"] == 1
    grid = pd.DataFrame({"job_id": ["0" * 32]})
    assert "round" not in with_rounds(tmp_path, grid)


def test_regions_are_drawn_under_the_points(tmp_path: Path) -> None:
    root = make(tmp_path)
    run(root)
    table, regions = make_table(root, AXES), phase_map(root, AXES)
    (root / "results").mkdir(exist_ok=True)
    file = root / "results" / "phase_diagram.png"
    write_diagram(root, table, AXES, "rounds", regions)
    with_map = file.stat().st_size
    write_diagram(root, table, AXES, "rounds")
    assert with_map != file.stat().st_size > 10_000


def test_a_summary_in_words(tmp_path: Path) -> None:
    root = make(tmp_path)
    assert summary(tmp_path) is None
    (line,) = summary(root).lines()
    assert line == "adaptive: 12 of 143 runs in 1 rounds; the next round waits for 12 jobs"
    run(root)
    (line,) = summary(root).lines()
    assert line.startswith("adaptive: 40 of 143 runs in 5 rounds, expected agreement 0.9")
    assert line.endswith("; over: all runs are spent")
    labels = sorted((root / "workspace").glob("*/labels.json"))[:3]
    for file in labels:
        file.write_text(json.dumps({"label": "kagome"}))
    assert summary(root).lines()[1].startswith("3 jobs have other labels")

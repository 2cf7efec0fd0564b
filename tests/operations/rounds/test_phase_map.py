"""What is known of every candidate, as a table and under the points of the diagram."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from operations.results.aggregate import make_table, write_diagram
from operations.rounds.phase_map import FILE, phase_map, with_rounds, write_phase_map
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
    assert len(pd.read_parquet(root / FILE)) == len(table)
    make(tmp_path, sample=None)
    assert phase_map(root, AXES) is None
    write_phase_map(root, None)
    assert not (root / FILE).exists()


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

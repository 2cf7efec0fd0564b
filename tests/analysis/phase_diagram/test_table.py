"""Reading the table of a campaign and the axes in it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.phase_diagram.table import (
    TABLE_FILE,
    Scale,
    campaign_axes,
    logarithmically_spaced,
    phase_list,
    read_table,
    second_phase,
    uniform,
)
from tests.analysis.phase_diagram.conftest import EPSILON, R0, MakeCampaign


def test_read_back(campaign: MakeCampaign, tmp_path: Path) -> None:
    table = campaign()
    (tmp_path / TABLE_FILE).parent.mkdir()
    table.to_parquet(tmp_path / TABLE_FILE)
    pd.testing.assert_frame_equal(read_table(tmp_path), table)
    assert campaign_axes(table) == [R0, EPSILON]


def test_not_aggregated_yet(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"phase_diagram\.parquet.*aggregate"):
        read_table(tmp_path)


def test_unknown_axis(campaign: MakeCampaign) -> None:
    with pytest.raises(KeyError, match=r"potential\.r1"):
        uniform(campaign(), ["potential.r1"])


def test_uniform_states() -> None:
    table = pd.DataFrame(
        {
            "status": ["finished", "finished", "failed", "unfinished", None],
            "label": ["square", None, "square", None, np.nan],
            "confidence": [1.2, 0.9, 0.9, np.nan, None],
        }
    )
    jobs = uniform(table, [])
    assert jobs["state"].tolist() == [
        "labelled",
        "not labelled",
        "failed",
        "unfinished",
        "unfinished",
    ]
    assert jobs["label"].tolist() == ["square", "", "", "", ""]
    assert jobs["confidence"].tolist() == [1.0, 0.9, 0.9, 0.5, 0.5]
    assert jobs["energy_per_particle"].isna().all()


def test_second_phase_only_above_the_threshold() -> None:
    phases = [
        {"phase": "square", "fraction": 0.6},
        {"phase": "fluid", "fraction": 0.16},
        {"phase": "hexagonal", "fraction": 0.24},
    ]
    assert second_phase("square", phases) == "hexagonal"
    assert second_phase("square", [{"phase": "fluid", "fraction": 0.15}]) == ""
    assert second_phase("square", [{"phase": "square", "fraction": 0.9}]) == ""
    assert second_phase("", phases) == ""


def test_phases_in_any_form() -> None:
    phases = [{"phase": "fluid", "fraction": 1.0}]
    for form in (phases, json.dumps(phases), np.array(phases, dtype=object), tuple(phases)):
        assert phase_list(form) == phases
    for nothing in ("", "null", "{broken", None, float("nan"), [1, {"no": "phase"}]):
        assert phase_list(nothing) == []


@pytest.mark.parametrize(
    ("values", "logarithmic"),
    [
        (np.logspace(-3, 0, 7), True),
        ([1, 2, 5, 10, 20, 50], True),
        (10 ** np.random.default_rng(0).uniform(-3, 1, 200), True),
        (np.linspace(0.1, 2.0, 9), False),
        (np.random.default_rng(0).uniform(0.01, 1, 200), False),
        ([1.0, 10.0], False),
        ([0.0, 1.0, 10.0, 100.0], False),
        ([np.nan], False),
    ],
)
def test_logarithmic_axes(values: list[float], logarithmic: bool) -> None:
    assert logarithmically_spaced(np.array(values, dtype=float)) is logarithmic


def test_axis_of_numbers() -> None:
    axis = Scale.of([1.0, None, 3.0, float("inf")], "a.b")
    assert axis.kind == "linear"
    np.testing.assert_array_equal(axis.coordinates, [1.0, np.nan, 3.0, np.nan])
    assert axis.margins() == (0.0, 4.0)
    np.testing.assert_allclose(Scale.of([0.1, 1.0, 10.0], "a.b").coordinates, [-1, 0, 1])


def test_axis_of_ramps_and_words() -> None:
    ramps = Scale.of([[1.0, 0.1], 0.5, [0.5, 0.1], None, 0.25], "method.kT")
    assert ramps.kind == "category"
    assert ramps.categories == ("0.25", "0.5", "0.5→0.1", "1→0.1")
    np.testing.assert_array_equal(ramps.coordinates, [3, 1, 2, np.nan, 0])
    as_text = Scale.of(["10→0.1", "2→0.1", "10", "9"], "method.kT")
    assert as_text.categories == ("9", "10", "2→0.1", "10→0.1")
    assert Scale.of(["nvt", "npt"], "method.ensemble").categories == ("npt", "nvt")
    assert Scale.of([True, False], "a.b").categories == ("no", "yes")


@pytest.mark.parametrize("values", [[], [None], [2.0], ["nvt"], [0.0]])
def test_margins_always_enclose(values: list[object]) -> None:
    low, high = Scale.of(values, "a.b").margins()
    assert low < high

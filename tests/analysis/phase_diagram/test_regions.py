"""What is probable at every point, under the points of the diagram."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.phase_diagram import draw
from analysis.phase_diagram.columns import HATCHED, columns
from analysis.phase_diagram.regions import (
    MAP_FILE,
    Stage,
    keep_stages,
    over,
    read_regions,
    regions_of,
    stages_of,
    with_regions,
)
from analysis.phase_diagram.table import FAILED, MAPPED, Scale, uniform

AXES = ["potential.r0", "potential.epsilon"]
GRID = [(x, y) for x in (1.0, 1.2, 1.4) for y in (0.5, 1.0)]
JOBS = pd.DataFrame(
    {
        "job_id": ["a" * 32, "b" * 32],
        AXES[0]: [1.0, 1.4],
        AXES[1]: [0.5, 1.0],
        "method": "forward",
        "status": "finished",
        "label": ["square", "fluid"],
    }
)


def make_map() -> pd.DataFrame:
    """Six points as they are known after one run, and after two."""
    first = Stage(0, 1, 0.7, "one run")
    table = pd.DataFrame(
        {
            "job_id": [f"{k:032x}" for k in range(6)],
            AXES[0]: [x for x, _ in GRID],
            AXES[1]: [y for _, y in GRID],
            "method": "forward",
            "label": ["square", "square", "fluid", "failed", "fluid", "fluid"],
            "confidence": [0.99, 0.9, 0.6, 0.7, 0.9, 0.95],
            first.columns[0]: "square",
            first.columns[1]: 0.7,
        }
    )
    keep_stages(table, [first, Stage(1, 2, 0.84)])
    return table


def test_points_of_a_map_are_no_jobs() -> None:
    both = with_regions(uniform(JOBS, AXES), AXES, make_map())
    assert (both["state"] == MAPPED).sum() == 6
    scales = [Scale.of(both[name].tolist(), name) for name in AXES]
    points = regions_of(both, scales, np.arange(2, 8), (100.0, 100.0))
    assert points is not None
    assert points.label.tolist() == ["square", "square", "fluid", "", "fluid", "fluid"]
    assert points.without[FAILED].tolist() == [False] * 3 + [True] + [False] * 2
    assert (points.strength > 0.5).tolist() == [True, True, False, False, True, True]
    assert len(with_regions(uniform(JOBS, AXES), AXES, None)) == 2


def test_a_map_is_drawn_over_all_axes_along_which_it_differs() -> None:
    table = make_map()
    assert over(table, AXES) is table
    assert over(table, AXES[:1]) is None
    assert over(table, [*AXES, "method.pressure"]) is None
    assert over(table.assign(**{"method.pressure": [0, 1] * 3}), AXES) is None
    assert over(table.assign(**{"method.pressure": 1}), AXES) is not None


def test_a_map_is_read_with_its_stages(tmp_path: Path) -> None:
    assert read_regions(tmp_path) is None
    (tmp_path / "results").mkdir()
    table = make_map()
    table.to_parquet(tmp_path / MAP_FILE, write_page_checksum=True)
    read = read_regions(tmp_path)
    assert read is not None
    assert [stage.in_words(len(read)) for stage in stages_of(read)] == [
        "1 of 6 runs, expected agreement 0.700",
        "2 of 6 runs, expected agreement 0.840",
    ]


@pytest.mark.parametrize(
    "change",
    [
        lambda table: table.drop(columns="confidence"),
        lambda table: table.drop(columns="label after round 0"),
        lambda table: table.assign(confidence="much"),
        lambda table: table.assign(confidence=2.0),
        lambda table: table.assign(label=1.0),
        lambda table: table.assign(method=None),
        lambda table: table.assign(**{AXES[0]: [[1.0]] * 6}),
        lambda table: keep_stages(table, []) or table,
        lambda table: keep_stages(table, [Stage(0, 1, 0.7, "one run")]) or table,
        lambda table: keep_stages(table, [Stage(1, 2, "all")]) or table,
        lambda table: table.attrs.clear() or table,
    ],
)
def test_a_map_that_is_damaged_is_not_read(tmp_path: Path, change: object) -> None:
    (tmp_path / "results").mkdir()
    change(make_map()).to_parquet(tmp_path / MAP_FILE)  # type: ignore[operator]
    with pytest.raises(ValueError, match=r"phase_map\.parquet cannot be read"):
        read_regions(tmp_path)
    (tmp_path / MAP_FILE).write_bytes(b"PAR1 garbage")
    with pytest.raises(ValueError, match=r"phase_map\.parquet cannot be read"):
        read_regions(tmp_path)


def test_the_page_has_the_map_on_the_same_scales() -> None:
    found = columns(JOBS, AXES, regions=make_map())
    assert found["map"]["axes"] == AXES
    assert found["map"]["values"] == [[x for x, _ in GRID], [y for _, y in GRID]]
    names = [one["name"] for one in found["names"]["label"]["names"]]
    before, now = found["map"]["stages"]
    said = [names[code] if code >= 0 else code for code in now["codes"]]
    assert said == ["square", "square", "fluid", HATCHED, "fluid", "fluid"]
    assert now["sure"] == [1, 1, 0, 0, 1, 1]
    assert (now["round"], now["text"]) == (1, "2 of 6 runs, expected agreement 0.840")
    assert (before["round"], before["sure"]) == (0, [0] * 6)
    assert {names[code] for code in before["codes"]} == {"square"}
    assert [len(axis["values"]) for axis in found["axes"]] == [2, 2]
    assert [tick["value"] for tick in found["axes"][0]["ticks"]] == [1.0, 1.2, 1.4]
    assert columns(JOBS, AXES)["map"] is None


def test_a_figure_with_regions_has_their_colours_where_no_job_is(tmp_path: Path) -> None:
    from PIL import Image

    draw(JOBS, AXES, tmp_path / "with.png", regions=make_map())
    draw(JOBS, AXES, tmp_path / "without.png")
    pictures = [np.asarray(Image.open(tmp_path / f"{name}.png")) for name in ("with", "without")]
    assert all(picture.std() > 1.0 for picture in pictures)
    white = [(picture[..., :3] == 255).all(axis=2).mean() for picture in pictures]
    assert white[0] != white[1]


def test_a_figure_says_how_much_of_the_map_is_expected_to_be_right(tmp_path: Path) -> None:
    draw(JOBS, AXES, tmp_path / "with.svg", regions=make_map())
    text = (tmp_path / "with.svg").read_text()
    assert "2 of 6 runs, expected agreement 0.840" in " ".join(text.split())
    assert "<pattern" in text  # where jobs fail

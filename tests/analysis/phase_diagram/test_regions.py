"""What is probable at every point, under the points of the diagram."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from analysis.phase_diagram import draw
from analysis.phase_diagram.columns import columns
from analysis.phase_diagram.regions import agreement_note, with_regions
from analysis.phase_diagram.table import MAPPED, uniform

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
MAP = pd.DataFrame(
    {
        "job_id": [f"{k:032x}" for k in range(6)],
        AXES[0]: [x for x, _ in GRID],
        AXES[1]: [y for _, y in GRID],
        "method": "forward",
        "label": ["square", "square", "fluid", "failed", "fluid", "fluid"],
        "confidence": [0.99, 0.9, 0.6, 0.7, 0.9, 0.95],
    }
)


def test_points_of_a_map_are_no_jobs() -> None:
    both = with_regions(uniform(JOBS, AXES), AXES, MAP)
    assert (both["state"] == MAPPED).sum() == 6
    assert both.loc[both["state"] == MAPPED, "label"].tolist()[3] == ""  # it would fail
    assert agreement_note(both) == ["2 of 6 runs, expected agreement 0.840"]
    assert agreement_note(uniform(JOBS, AXES)) == []
    assert len(with_regions(uniform(JOBS, AXES), AXES, None)) == 2


def test_the_page_has_the_map_on_the_same_scales() -> None:
    found = columns(JOBS, AXES, regions=MAP)
    assert found["map"]["axes"] == AXES
    assert found["map"]["values"] == [[x for x, _ in GRID], [y for _, y in GRID]]
    names = [one["name"] for one in found["names"]["label"]["names"]]
    codes = found["map"]["codes"]
    said = [names[code] if code >= 0 else "" for code in codes]
    assert said == ["square", "square", "fluid", "", "fluid", "fluid"]
    assert found["map"]["sure"] == [1, 1, 0, 0, 1, 1]
    assert [len(axis["values"]) for axis in found["axes"]] == [2, 2]
    assert [tick["value"] for tick in found["axes"][0]["ticks"]] == [1.0, 1.2, 1.4]
    assert columns(JOBS, AXES)["map"] is None


def test_a_figure_with_regions_has_their_colours_where_no_job_is(tmp_path: Path) -> None:
    from PIL import Image

    draw(JOBS, AXES, tmp_path / "with.png", regions=MAP)
    draw(JOBS, AXES, tmp_path / "without.png")
    pictures = [np.asarray(Image.open(tmp_path / f"{name}.png")) for name in ("with", "without")]
    assert all(picture.std() > 1.0 for picture in pictures)
    white = [(picture[..., :3] == 255).all(axis=2).mean() for picture in pictures]
    assert white[0] != white[1]

"""Level sets of a quantity, of a smooth function and of tables that say too little."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.contour import QuadContourSet

from analysis.phase_diagram.levels import draw_levels
from tests.analysis.phase_diagram.conftest import EPSILON, R0

AXES = [R0, EPSILON]


def cone(n: int = 40) -> pd.DataFrame:
    """Runs at random, whose density is the distance from the middle: level sets are circles."""
    x, y = np.random.default_rng(0).random((2, n))
    values = np.hypot(x - 0.5, 0.5 * (y - 0.5))
    return pd.DataFrame(
        {R0: 1.0 + x, EPSILON: 2.0 * y, "method": "forward", "number_density": values}
    )


def lines_of(table: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    """Corners of the line of the level 0.3, as Matplotlib has been told them."""
    figures = []
    module = import_module("analysis.phase_diagram.levels")
    whole = module.saved
    monkeypatch.setattr(module, "saved", lambda *a: figures.append(a[0]) or whole(*a))
    draw_levels(table, "number_density", tmp_path / "levels.png", AXES, levels=[0.3])
    assert (tmp_path / "levels.png").read_bytes().startswith(b"\x89PNG")
    panel = figures[0].axes[0]
    sets = [one for one in panel.collections if isinstance(one, QuadContourSet)]
    contour = next(one for one in sets if not one.filled)
    return np.concatenate([path.vertices for path in contour.get_paths()])


def test_level_sets_of_a_smooth_function(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    corners = lines_of(cone(), tmp_path, monkeypatch)
    x, y = corners[:, 0] - 1.0, corners[:, 1] / 2.0
    assert len(corners) > 50
    found = np.hypot(x - 0.5, 0.5 * (y - 0.5))
    assert np.median(np.abs(found - 0.3)) < 0.01
    assert np.abs(found - 0.3).max() < 0.05


@pytest.mark.parametrize(
    ("table", "options", "said"),
    [
        (cone(), {"axes": [R0]}, "over two axes"),
        (cone(), {"quantity": "pressure"}, "no column pressure; of numbers it has"),
        (cone(3), {}, "3 runs have a number"),
        (cone().assign(number_density=1.0), {}, "expected at least four that differ"),
        (cone().assign(method=["forward", "annealing"] * 20), {}, "2 values of method"),
        (cone().assign(**{"method.pressure": [0.1, 0.2] * 20}), {}, "-f method.pressure VALUE"),
        (cone().assign(**{R0: "soft"}), {}, "expected numbers, got soft"),
        (cone().assign(**{R0: 1.0}), {}, "two values of each axis"),
    ],
)
def test_what_is_missing_is_said(
    tmp_path: Path, table: pd.DataFrame, options: dict, said: str
) -> None:
    told = {"quantity": "number_density", "axes": AXES} | options
    with pytest.raises(ValueError, match=said):
        draw_levels(table, path=tmp_path / "levels.png", **told)
    assert not (tmp_path / "levels.png").exists()


def test_of_many_runs_some_are_learned_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analysis.phase_diagram.levels.MOST_JOBS", 60)
    table = cone(200).assign(**{"potential.sigma2": 0.02})
    table.loc[::7, "number_density"] = np.nan
    corners = lines_of(table, tmp_path, monkeypatch)
    assert len(corners) > 50

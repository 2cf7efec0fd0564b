"""Lines between phases whose energies are known on a grid."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.phase_diagram import draw
from analysis.phase_diagram.columns import columns
from analysis.phase_diagram.interactive import interactive
from analysis.phase_diagram.lines import keep, lines_of, trace, under_lines

AXES = ["potential.r0", "potential.epsilon"]
X, Y = np.linspace(1.0, 2.0, 6), np.linspace(0.5, 2.5, 5)


def grid(function, error=0.01):
    values = function(*np.meshgrid(X, Y))
    return values, np.full_like(values, error)


def slanted(error=0.01):
    """Two phases that meet where x = 1.2 + 0.2 y."""
    return {
        "square": grid(lambda x, y: 0.0 * x, error),
        "hexagonal": grid(lambda x, y: 3.0 * (x - 1.2 - 0.2 * y), error),
    }


def test_a_line_is_where_two_energies_are_the_same() -> None:
    (line,) = trace(AXES, X, Y, slanted())
    assert line.phases == ["hexagonal", "square"]
    (curve,) = line.curves
    x, y = np.array(curve).T
    assert x == pytest.approx(1.2 + 0.2 * y, abs=1e-4)
    assert (y.min(), y.max()) == (0.5, 2.5)


def test_a_band_is_as_wide_as_the_errors_of_both() -> None:
    (line,) = trace(AXES, X, Y, slanted(0.06))
    ((ring,),) = line.bands
    x, y = np.array(ring).T
    assert np.abs(x - 1.2 - 0.2 * y).max() == pytest.approx(0.06 * np.sqrt(2.0) / 3.0, rel=0.02)


def test_interpolation_adds_to_a_band() -> None:
    curved = {
        "a": grid(lambda x, y: 0.0 * x, 0.0),
        "b": grid(lambda x, y: (x - 1.1) ** 2 - 0.2, 0.0),
    }
    (line,) = trace(AXES, X, Y, curved)
    x = np.array(line.bands[0][0])[:, 0]
    assert 0.002 < x.max() - x.min() < 0.05
    assert x.min() - 0.01 < 1.1 + np.sqrt(0.2) < x.max() + 0.01


def test_a_line_ends_where_a_third_phase_is_lower_or_one_is_not_known() -> None:
    phases = slanted() | {"dense": grid(lambda x, y: 2.0 * (1.5 - y))}
    found = {tuple(line.phases): line for line in trace(AXES, X, Y, phases)}
    y = np.array(found["hexagonal", "square"].curves[0])[:, 1]
    assert y.max() == pytest.approx(1.5, abs=0.02)
    phases = slanted()
    phases["square"][0][Y > 1.6] = np.nan
    (line,) = trace(AXES, X, Y, phases)
    y = np.array(line.curves[0])[:, 1]
    assert 1.45 < y.max() <= 1.5


def table():
    rows = [
        {"job_id": f"{k:032x}", "method": method, "replica": 0, "status": "done", "label": label}
        | dict(zip(AXES, place, strict=True))
        | {"method.phase.lattice": phase}
        for k, (method, label, place, phase) in enumerate(
            [
                ("forward", "square", (1.2, 1.0), None),
                ("forward", "hexagonal", (1.8, 2.0), None),
                ("free_energy", "square", (1.4, 1.0), "square"),
                ("free_energy", "hexagonal", (1.4, 1.0), "hexagonal"),
            ]
        )
    ]
    made = pd.DataFrame(rows)
    made.attrs["diagram"] = {"axes": AXES, "panels": ["method.phase.lattice"]}
    return made


def test_jobs_under_their_own_lines_are_no_points(tmp_path) -> None:
    jobs = table()
    assert len(under_lines(jobs)) == 4
    keep(jobs, [], jobs["job_id"][2:])
    assert len(under_lines(jobs)) == 2
    keep(jobs, trace(AXES, X, Y, slanted(), "kT = 0.1"), jobs["job_id"][2:])
    jobs.to_parquet(tmp_path / "table.parquet")
    jobs = pd.read_parquet(tmp_path / "table.parquet")
    rest = under_lines(jobs)
    assert rest["method"].tolist() == ["forward"] * 2
    assert rest.attrs["diagram"]["panels"] == []
    assert len(under_lines(jobs[jobs["method"] == "free_energy"])) == 2
    assert [line.words for line in lines_of(rest, AXES)] == ["kT = 0.1"]
    assert lines_of(rest, AXES[::-1]) == []
    (line,) = columns(rest, AXES)["lines"]
    assert line["phases"] == ["hexagonal", "square"]
    interactive(jobs, AXES, {}, tmp_path / "page.html")
    assert '"curves":' in (tmp_path / "page.html").read_text()


def test_lines_are_drawn_over_the_points(tmp_path, monkeypatch) -> None:
    from matplotlib.axes import Axes

    drawn, plot = [], Axes.plot

    def noted(self, *points, **look):
        drawn.append(points)
        return plot(self, *points, **look)

    monkeypatch.setattr(Axes, "plot", noted)
    jobs = table()
    draw(jobs, AXES, tmp_path / "without.svg")
    assert not [points for points in drawn if len(points) == 2]
    keep(jobs, trace(AXES, X, Y, slanted(), "kT = 0.1"), jobs["job_id"][2:])
    draw(jobs, AXES, tmp_path / "with.svg")
    x, y = next(points for points in reversed(drawn) if len(points) == 2)
    assert x == pytest.approx(1.2 + 0.2 * y, abs=1e-4)

"""The printed phase diagram: what is on the page, and that all of it is."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image

from analysis.colours import phase_style
from analysis.phase_diagram import draw, points
from analysis.phase_diagram.look import Look
from analysis.phase_diagram.table import second_phase
from tests.analysis.phase_diagram.conftest import EPSILON, R0, MakeCampaign

AXES = [R0, EPSILON]


def picture(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB")).astype(int)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Draw, and give back the figure as it was laid out."""
    figures: list[Figure] = []
    save = Figure.savefig

    def keep(figure: Figure, *args: Any, **kwargs: Any) -> None:
        save(figure, *args, **kwargs)
        figures.append(figure)

    monkeypatch.setattr(Figure, "savefig", keep)

    def call(table: pd.DataFrame, axes: list[str] | None, title: str = "") -> Figure:
        path = tmp_path / "diagram.png"
        draw(table, axes, path, title=title)
        image = picture(path)
        for edge in (image[:8], image[-8:], image[:, :8], image[:, -8:]):
            assert (edge == 255).all(), "something reaches over the edge of the page"
        return figures[-1]

    return call


def panels(figure: Figure) -> list[Any]:
    """The panels of a figure, without those that hold legends."""
    return [panel for panel in figure.axes if panel.get_label() != "legend"]


def texts(figure: Figure) -> str:
    """All text of a figure."""
    from matplotlib.text import Text

    return "\n".join(str(text.get_text()) for text in figure.findobj(Text))


def assert_no_overlap(figure: Figure) -> None:
    """Legend, heading and panels with their labels keep clear of each other."""
    boxes = [panel.get_tightbbox() for panel in panels(figure)]
    legends = [panel.get_legend() for panel in figure.axes]
    others = [legend.get_window_extent() for legend in legends if legend is not None]
    if figure.get_supxlabel():
        others.append(figure._supxlabel.get_window_extent())  # type: ignore[attr-defined]
    if figure.get_suptitle():
        others.append(figure._suptitle.get_window_extent())  # type: ignore[attr-defined]
    for box in boxes:
        for other in others:
            across = min(box.x1, other.x1) - max(box.x0, other.x0)
            high = min(box.y1, other.y1) - max(box.y0, other.y0)
            assert across <= 1 or high <= 1


def test_map(campaign: MakeCampaign, drawn: Any) -> None:
    table = campaign()
    figure = drawn(table, AXES, r"$\sigma^2$ = 0.02, 576 particles")
    assert_no_overlap(figure)
    words = texts(figure)
    alone = table[~table["phases"].fillna("").str.contains("fluid.*0.2")]
    for label, count in alone["label"].value_counts().items():
        assert f"{label} ({count})" in words
    for status in ("failed", "unfinished"):
        assert f"{status} ({(table['status'] == status).sum()})" in words
    both = table["phases"].fillna("").str.contains("0.2") & (table["label"] == "hexagonal")
    assert f"hexagonal + fluid ({both.sum()})" in words
    panel = figure.axes[0]
    assert panel.get_xlabel() == "$r_{0}$"
    assert panel.get_ylabel() == r"$\varepsilon$"


def test_region_is_tinted_by_its_label(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {R0: [1.0, 2.0], EPSILON: [1.0, 1.0], "label": ["square", "hexagonal"], "confidence": 1.0}
    )
    draw(table, AXES, tmp_path / "a.png")
    image = picture(tmp_path / "a.png")
    upper = image[80:240]  # above the markers, right of the tick labels
    left, right = upper[:, 350], upper[:, -150]
    for strip, name in ((left, "square"), (right, "hexagonal")):
        white = 255 - np.median(strip, axis=0)
        expected = 255 * (1 - np.array(to_rgb(phase_style(name).colour)))
        assert np.corrcoef(white, expected)[0, 1] > 0.99


def test_doubt_is_pale(tmp_path: Path) -> None:
    depth = []
    for confidence in (1.0, 0.2):
        table = pd.DataFrame(
            {R0: [1.0], EPSILON: [1.0], "label": ["hexagonal"], "confidence": confidence}
        )
        draw(table, AXES, tmp_path / "a.png")
        depth.append(255 - np.median(picture(tmp_path / "a.png")[100:300, 500:], axis=(0, 1))[0])
    assert depth[0] > 2.5 * depth[1] > 0


def test_one_axis(campaign: MakeCampaign, drawn: Any) -> None:
    table = campaign()
    figure = drawn(table[table[EPSILON] > 1.9], [R0])
    assert len(panels(figure)) == 2
    assert "energy per particle" in texts(figure)
    assert_no_overlap(figure)
    figure = drawn(table.drop(columns="energy_per_particle"), [R0])
    assert len(panels(figure)) == 1


@pytest.mark.parametrize(
    ("axis", "name"), [("method.number_density", "pressure"), ("method.pressure", "number density")]
)
def test_an_equation_of_state(drawn: Any, axis: str, name: str) -> None:
    values = {"energy_per_particle": 0.0, "number_density": [0.1, 0.5, 1.1]}
    values |= {"pressure": [0.1, 1.6, 14.6], "pressure_error": [0.0, np.nan, 3.0]}
    table = pd.DataFrame({axis: [1.0, 2.0, 3.0], "label": ["fluid", "fluid", "fcc"]} | values)
    table["number_density_error"] = [0.0, np.nan, 0.3]
    figure = drawn(table, [axis])
    assert name in texts(figure)
    (bars,) = figure.axes[1].containers
    (segments,) = bars.lines[2]
    assert [len(segment) for segment in segments.get_segments()] == [2]  # the one known error
    assert np.ptp(segments.get_segments()[0][:, 1]) == pytest.approx(
        2 * table[f"{name.replace(' ', '_')}_error"].iloc[2]
    )


def test_no_axis(campaign: MakeCampaign, drawn: Any) -> None:
    table = campaign()
    figure = drawn(table, [])
    widths = sorted(patch.get_width() for patch in figure.axes[0].patches)
    counts = [*table["label"].value_counts(), *table["status"].value_counts().drop("finished")]
    assert widths == sorted(counts)


def test_a_panel_for_each_value_of_all_further_axes(campaign: MakeCampaign, drawn: Any) -> None:
    table = campaign(
        (3, 3), 1, more={"potential.sigma2": [0.01, 0.02, 0.05], "method.kT": [[1.0, 0.1], 0.2]}
    )
    figure = drawn(table, [*AXES, "potential.sigma2", "method.kT"])
    assert [panel.get_title() for panel in panels(figure)] == [
        rf"$\sigma^{{2}}$ = {value}, $k_{{\mathrm{{B}}}}T$ = {kT}"
        for value in (0.01, 0.02, 0.05)
        for kT in (0.2, "1→0.1")
    ]
    assert_no_overlap(figure)


def test_many_values_of_the_third_axis_become_intervals(campaign: MakeCampaign, drawn: Any) -> None:
    table = campaign((3, 3), 1, more={"potential.sigma2": np.linspace(0.01, 0.3, 24).tolist()})
    titles = [one.get_title() for one in panels(drawn(table, [*AXES, "potential.sigma2"]))]
    assert len(titles) == 6
    assert titles[0].endswith("= 0.01 to 0.04783")
    words = campaign((2, 2), 1, more={"method.kind": [f"kind {i:02}" for i in range(14)]})
    figure = drawn(words, [*AXES, "method.kind"])
    assert "2 more values of kind not shown" in texts(figure)


def test_a_column_of_panels_for_each_method(campaign: MakeCampaign, drawn: Any) -> None:
    table = campaign((3, 3), 1, methods=("forward", "basin_hopping"))
    for axes in (AXES, [R0], []):
        figure = drawn(table, axes)
        titles = [panel.get_title() for panel in figure.axes if panel.get_title()]
        assert titles == ["basin hopping", "forward"]


def test_logarithmic_and_categorical_axes(campaign: MakeCampaign, drawn: Any) -> None:
    table = campaign((2, 2), 1, more={"a.tau": [1e-3, 1e-2, 1e-1, 1.0], "a.kT": [[1.0, 0.1], 0.2]})
    figure = drawn(table, ["a.tau", "a.kT"])
    words = texts(figure)
    assert "$10^{-2}$" in words
    assert "1→0.1" in words


def test_scattered_points(campaign: MakeCampaign, drawn: Any) -> None:
    table = campaign((20, 10), 1)
    rng = np.random.default_rng(0)
    table[R0], table[EPSILON] = rng.uniform(1, 2, 200), rng.uniform(0, 1, 200)
    assert_no_overlap(drawn(table, AXES))


def test_jobs_off_the_axes_are_counted(campaign: MakeCampaign, drawn: Any) -> None:
    table = campaign()
    table.loc[:4, R0] = np.nan
    assert "5 of 84 jobs without a value" in texts(drawn(table, AXES))


def test_all_failed(campaign: MakeCampaign, drawn: Any) -> None:
    table = campaign().assign(status="failed", label=None, energy_per_particle=np.nan)
    for axes in (AXES, [R0], []):
        assert "failed" in texts(drawn(table, axes))


@pytest.mark.parametrize("axes", [AXES, [R0], []])
def test_one_row(campaign: MakeCampaign, drawn: Any, axes: list[str]) -> None:
    drawn(campaign((1, 1), 1), axes)


@pytest.mark.parametrize("axes", [AXES, [R0], []])
def test_no_row(campaign: MakeCampaign, drawn: Any, axes: list[str]) -> None:
    assert "No jobs" in texts(drawn(campaign()[:0], axes))


def test_nothing_known_about_an_axis(campaign: MakeCampaign, drawn: Any) -> None:
    table = campaign()
    table[R0] = None
    drawn(table, AXES)


def test_long_and_odd_labels(campaign: MakeCampaign, drawn: Any) -> None:
    table = campaign()
    odd = "_a long name with $ and $ signs, made up by somebody's own model, of "
    table["label"] = table["label"].map(lambda label: odd + label, na_action="ignore")
    figure = drawn(table, AXES, "a fixed parameter with its long value, " * 6)
    assert_no_overlap(figure)
    assert "hexagonal (" in texts(figure)


def test_title_that_is_no_mathtext(campaign: MakeCampaign, drawn: Any) -> None:
    figure = drawn(campaign((2, 2), 1), AXES, "from $5 to $6 per_{ hour")
    assert "per_{ hour" in texts(figure)


def test_methods_on_an_axis_have_no_panels_of_their_own(campaign: MakeCampaign, drawn: Any) -> None:
    table = campaign((3, 3), 1, methods=("forward", "annealing"))
    table["method.name"] = table["method"]
    figure = drawn(table, [R0, "method.name"])
    assert len(panels(figure)) == 1
    assert "annealing" in texts(figure)


def test_vector_formats(campaign: MakeCampaign, tmp_path: Path) -> None:
    draw(campaign(), AXES, tmp_path / "a.pdf")
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")
    draw(campaign(), AXES, tmp_path / ".temporary")
    assert (tmp_path / ".temporary").read_bytes().startswith(b"\x89PNG")


def test_ten_thousand_jobs(campaign: MakeCampaign, tmp_path: Path) -> None:
    table = campaign((100, 100), 1)
    start = time.process_time()
    draw(table, AXES, tmp_path / "a.png")
    assert time.process_time() - start < 8.0  # typically 2 s


def test_dense_points_are_shown_as_one_and_the_figure_says_so(
    campaign: MakeCampaign, drawn: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "points closer than they can be seen"
    table = campaign((12, 12), replicas=1)
    assert said not in texts(drawn(table, AXES))
    monkeypatch.setitem(points.MOST_POINTS, 2, 100)
    monkeypatch.setattr(points, "PITCH", 30.0)
    figure = drawn(table, AXES)
    assert said in texts(figure).replace("\n", " ")
    regions = max(figure.axes[0].findobj(PolyCollection), key=lambda one: len(one.get_paths()))
    assert 9 <= len(regions.get_paths()) <= 64


def test_a_crystal_beside_the_void_is_no_homogeneous_crystal(drawn: Any) -> None:
    """Nine tenths of the box are empty at the lowest density, nothing at the highest."""
    density = [0.1, 0.5, 0.9, 1.2]
    table = pd.DataFrame(
        {
            "method.number_density": density,
            "label": "hexagonal",
            "void_fraction": [0.88, 0.41, 0.02, 0.0],
            "phases": json.dumps([{"phase": "hexagonal", "fraction": 1.0}]),
        }
    )
    figure = drawn(table, ["method.number_density"])
    words = texts(figure)
    assert "hexagonal (2)" in words
    assert "hexagonal + void (2)" in words
    striped = [one for one in figure.axes[0].patches if one.get_hatch()]
    assert len(striped) == 2
    # a boundary between the coexistence and the crystal, at the middle of 0.5 and 0.9
    (line,) = figure.axes[0].lines
    assert line.get_xdata()[0] == pytest.approx(0.7)


def test_a_gas_is_not_void_beside_a_fluid() -> None:
    assert second_phase("fluid", [], 0.38) == ""  # points at random in the plane
    assert second_phase("fluid", [], 0.6) == "void"
    assert second_phase("hexagonal", [], 0.38) == "void"
    assert second_phase("hexagonal", [{"phase": "fluid", "fraction": 0.4}], 0.3) == "fluid"
    assert second_phase("", [], 0.9) == ""


def test_protocols_are_panels_of_their_own(campaign: MakeCampaign, drawn: Any) -> None:
    table = campaign((3, 3), 1, more={"method.steps": [40000, 80000]})
    table.attrs["diagram"] = {"axes": AXES, "panels": ["method.steps"]}
    figure = drawn(table, None)
    assert [one.get_title() for one in panels(figure)] == ["steps = 40000", "steps = 80000"]
    one_axis = table[table[EPSILON] == table[EPSILON].max()]
    one_axis.attrs["diagram"] = {"axes": [R0], "panels": ["method.steps"]}
    assert len(panels(drawn(one_axis, None))) == 4  # strips and energies


def test_methods_have_legends_and_counts_of_their_own(campaign: MakeCampaign, drawn: Any) -> None:
    table = campaign((3, 3), 1, methods=("forward", "annealing"))
    figure = drawn(table, AXES)
    legends = [one.get_legend() for one in figure.axes if one.get_legend() is not None]
    assert len(legends) == 2
    for legend, method in zip(legends, ("annealing", "forward"), strict=True):
        counted = sum(int(text.get_text().rpartition("(")[2][:-1]) for text in legend.get_texts())
        assert counted == (table["method"] == method).sum()


def test_look(campaign: MakeCampaign, tmp_path: Path) -> None:
    look = Look(width=5.0, height=4.0, order=("square",), colours={"hexagonal": "#117733"})
    files = [tmp_path / name for name in ("a.png", "a.pdf", "a.svg")]
    draw(campaign(), AXES, files, "A title", look)
    assert all(file.stat().st_size > 5000 for file in files)
    width, height = Image.open(files[0]).size
    assert width / 300 == pytest.approx(5.0, abs=0.25)
    assert height / 300 == pytest.approx(4.0, abs=0.25)
    text = files[2].read_text()
    assert "#117733" in text
    assert text.index("<!-- square (") < text.index("<!-- hexagonal (")

"""Bars of a known length."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from analysis.configuration import Configuration
from analysis.render import draw
from analysis.render.scale_bar import bar_length, scale_bar


@pytest.mark.parametrize(
    ("width", "metres", "length", "text"),
    [
        (22.4, 1e-6, 5.0, "5 µm"),
        (100.0, 1e-7, 20.0, "2 µm"),
        (1000.0, 1e-9, 200.0, "200 nm"),
        (5.0, 1e-6, 1.0, "1 µm"),
        (3.0, 1e-6, 0.5, "500 nm"),
        (4.0, 1e-3, 1.0, "1 mm"),
        (40.0, 1e-10, 10.0, "1 nm"),
        (9.0, 1.0, 2.0, "2 m"),
    ],
)
def test_lengths_are_round_and_fit(width: float, metres: float, length: float, text: str) -> None:
    assert bar_length(width, metres) == (pytest.approx(length), text)


def test_a_bar_is_as_long_as_it_says() -> None:
    axes = Figure().subplots()
    axes.set_xlim(3.0, 25.4)
    scale_bar(axes, 1e-6)
    assert np.ptp(axes.lines[0].get_xdata()) == pytest.approx(5.0)
    assert [text.get_text() for text in axes.texts] == ["5 µm"]
    assert axes.get_xlim() == (3.0, 25.4)


def test_pictures_have_one_where_the_unit_is_known(tmp_path) -> None:
    points = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    box = np.array([5.0, 5.0, 1.0, 0.0, 0.0, 0.0])
    known = Configuration(points, box, 2, np.zeros(3), periodic=False)
    draw(known, tmp_path / "without.svg")
    known.log["unit_in_metres"] = 1e-6
    draw(known, tmp_path / "with.svg")
    assert ">500 nm</text>" in (tmp_path / "with.svg").read_text()
    assert " nm</text>" not in (tmp_path / "without.svg").read_text()

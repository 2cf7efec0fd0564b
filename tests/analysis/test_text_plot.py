"""Curves in letters."""

import numpy as np

from analysis.text_plot import text_plot


def test_curves_lie_where_they_should() -> None:
    x = np.linspace(0.0, 4.0, 101)
    curves = {"line": (x, x - 2.0), "level": (x, np.full(101, -2.0))}
    lines = text_plot(curves, -2.0, 2.0, ("r", "u"), size=(5, 5))
    assert lines == [
        " u",
        " 2 │    a",
        "   │   a",
        " 0 │··a··",
        "   │ a",
        "-2 │abbbb",
        "   └─────",
        "    0 r 4",
        "  a  line",
        "  b  level",
    ]


def test_what_is_no_number_and_what_lies_outside_is_left_out() -> None:
    x = np.linspace(0.0, 4.0, 5)
    curve = np.array([np.inf, np.nan, 9.0, 0.5, 0.5])
    lines = text_plot({"steep": (x, curve)}, 0.0, 1.0, size=(5, 3))
    assert [line.partition("│")[2] for line in lines[1:4]] == ["", "   aa", ""]

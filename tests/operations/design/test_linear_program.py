"""The widest gap, of programs that can be solved by hand."""

from __future__ import annotations

import numpy as np
import pytest

from operations.design.linear_program import widest_gap

POSITIVE = (np.zeros(2), np.full(2, np.inf))


def test_two_competitors_meet():
    heights = np.array([[1.0, 0.0], [0.0, 3.0]])
    coefficients, gap = widest_gap(heights, np.ones(2), np.ones(2), *POSITIVE)
    assert coefficients == pytest.approx([0.75, 0.25])
    assert gap == pytest.approx(0.75)


def test_a_share_asks_for_less():
    heights = np.array([[1.0, 0.0], [0.0, 3.0]])
    _, gap = widest_gap(heights, np.array([1.0, 0.0]), np.ones(2), *POSITIVE)
    assert gap == pytest.approx(1.0)


def test_no_gap_is_an_answer():
    _, gap = widest_gap(np.array([[-1.0, -2.0]]), np.ones(1), np.ones(2), *POSITIVE)
    assert gap == pytest.approx(-1.0)


def test_signed_coefficients_are_bounded():
    coefficients, gap = widest_gap(
        np.array([[0.0, 1.0, -1.0]]), np.ones(1), np.array([1.0, 0.0, 0.0]), -np.ones(3), np.ones(3)
    )
    assert coefficients == pytest.approx([1.0, 1.0, -1.0])
    assert gap == pytest.approx(2.0)


def test_what_has_no_solution_is_said():
    with pytest.raises(ValueError, match="no solution"):
        widest_gap(np.ones((1, 2)), np.ones(1), np.zeros(2), *POSITIVE)

"""Values of axes as points among which distances mean something."""

from __future__ import annotations

import pytest

from analysis.phase_map.space import Space


def test_numbers_are_axes_and_texts_are_groups() -> None:
    values = [[0.1, "fcc", 5.0], [1.0, "bcc", 5.0], [10.0, "fcc", 5.0], [100.0, "bcc", 5.0]]
    space = Space.of(values, ["a", "start", "constant"])
    assert space.axes == ("a",)
    assert space.points[:, 0] == pytest.approx([0.0, 1 / 3, 2 / 3, 1.0])  # equal ratios
    assert space.groups.tolist() == [1, 0, 1, 0]
    assert space.n_groups == 2


def test_a_value_that_is_missing_is_a_group() -> None:
    space = Space.of([[1.0, None], [2.0, 3.0], [3.0, 4.0]], ["a", "b"])
    assert space.axes == ("a",)
    assert space.n_groups == 3


def test_nothing_varies() -> None:
    space = Space.of([[1.0], [1.0]], ["a"])
    assert space.points.shape == (2, 0)
    assert space.n_groups == 1

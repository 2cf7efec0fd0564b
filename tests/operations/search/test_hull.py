"""Convex hulls that can be drawn by hand."""

from __future__ import annotations

import numpy as np
import pytest

from operations.search.hull import above_hull


def test_binary():
    counts = np.array([[1, 0], [0, 1], [1, 1], [3, 1], [1, 1]])
    enthalpies = np.array([-1.0, -2.0, -2.5, -1.5, -2.0])
    # At three quarters A the hull is half way between -1 and -2.5.
    expected = [0.0, 0.0, 0.0, 0.25, 0.5]
    np.testing.assert_allclose(above_hull(counts, enthalpies), expected, atol=1e-9)


def test_size_of_the_cell_does_not_matter():
    counts = np.array([[2, 0], [0, 4], [3, 3]])
    np.testing.assert_allclose(above_hull(counts, [0.0, 0.0, 1.0]), [0.0, 0.0, 1.0], atol=1e-9)


def test_separated_particles_are_on_the_hull():
    """Without them a lone compound would be on the hull whatever its enthalpy."""
    counts, enthalpies = np.array([[1, 1], [1, 0]]), np.array([0.5, -1.0])
    np.testing.assert_allclose(above_hull(counts, enthalpies), [0.0, 0.0], atol=1e-9)
    np.testing.assert_allclose(above_hull(counts, enthalpies, 0.0), [1.0, 0.0], atol=1e-9)


def test_ternary():
    counts = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1], [2, 1, 1]])
    enthalpies = np.array([0.0, 0.0, 0.0, -1.0, -0.5])
    found = above_hull(counts, enthalpies)
    # (2, 1, 1)/4 is 3/4 of the compound and 1/4 of pure A.
    assert found[4] == pytest.approx(0.25)
    assert found[:4] == pytest.approx(0.0, abs=1e-9)

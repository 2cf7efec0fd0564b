"""Lines of zero difference that are known, found from few values."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.phase_map.difference import VALUE, Difference, Seen, _prior

GRID = np.stack(np.meshgrid(*[np.linspace(0.0, 1.0, 21)] * 2, indexing="ij"), -1).reshape(-1, 2)
ERROR = 0.01


def exact(points):
    """A difference whose line is curved: y = 0.2 + 0.5 x², 0.5 from edge to edge."""
    x, y = points.T
    return y - 0.2 - 0.5 * x**2


def seen(points, slopes=False, seed=0):
    points = np.asarray(points, dtype=float)
    noise = np.random.default_rng(seed)
    values = exact(points) + ERROR * noise.normal(size=len(points))
    kinds, errors = np.full(len(points), VALUE), np.full(len(points), ERROR)
    if slopes:  # along the second axis
        points, kinds = np.vstack([points, points]), np.append(kinds, np.ones_like(kinds))
        values = np.append(values, np.ones(len(values)) + ERROR * noise.normal(size=len(values)))
        errors = np.append(errors, errors)
    return Seen(points, kinds, values, errors)


def test_slopes_have_the_covariance_of_differences() -> None:
    random, step = np.random.default_rng(1), 1e-4
    a, b = random.random((4, 2)), random.random((3, 2))
    words = (0.4, 0.7), 0.8
    value_a, value_b = np.full(4, VALUE), np.full(3, VALUE)

    def values(p, q):
        return _prior(p, value_a, q, value_b, *words)

    for j in (0, 1):
        up = step * np.eye(2)[j]
        slope = (values(a + up, b) - values(a - up, b)) / (2.0 * step)
        kinds = np.full(4, j)
        assert _prior(a, kinds, b, value_b, *words) == pytest.approx(slope, abs=1e-5)
        for k in (0, 1):
            side, kinds_b = step * np.eye(2)[k], np.full(3, k)
            both = _prior(a, kinds, b + side, value_b, *words)
            both = (both - _prior(a, kinds, b - side, value_b, *words)) / (2.0 * step)
            assert _prior(a, kinds, b, kinds_b, *words) == pytest.approx(both, abs=1e-5)


def test_slopes_tell_what_values_do_not() -> None:
    """Along one edge alone values say nothing of how the difference goes on."""
    edge = [[x, 0.0] for x in (0.0, 0.5, 1.0)]
    far = np.array([[0.5, 0.4]])
    mean, deviation = Difference.fit(seen(edge, slopes=True)).predict(far)
    assert abs(mean[0] - exact(far)[0]) < 3.0 * deviation[0] < 0.3
    assert Difference.fit(seen(edge)).predict(far)[1] > 1.0


def test_a_line_is_found_with_a_tenth_of_the_grid() -> None:
    taken = [0, 20, 420, 440, 220]
    for _ in range(12):
        process = Difference.fit(seen(GRID[taken]))
        free = np.ones(len(GRID), dtype=bool)
        free[taken] = False
        taken += process.next(GRID, free, 2)
    process = Difference.fit(seen(GRID[taken]))
    x = np.linspace(0.0, 1.0, 50)
    line = np.column_stack([x, 0.2 + 0.5 * x**2])
    mean, deviation = process.predict(line)
    widths = process.widths(line)
    assert widths.max() < 0.02
    assert np.sqrt(np.mean((mean / deviation) ** 2)) < 2.0
    decided = (process.lower(GRID) > 0.5) == (exact(GRID) < 0.0)
    assert decided[np.abs(exact(GRID)) > 0.02].all()
    # most of what was chosen is about the line
    assert np.median(np.abs(exact(GRID[taken[5:]]))) < 0.15

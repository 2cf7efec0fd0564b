"""Diffusion maps follow the manifold."""

import numpy as np
import pytest

from analysis.descriptors.neighbourhood_graphs import NeighbourhoodGraphs
from analysis.learning.clusters import density_clusters
from analysis.learning.diffusion_map import diffusion_map
from analysis.prototypes import crystal
from analysis.prototypes.defects import with_noise


def spiral(n, rng):
    t = np.sort(rng.random(n)) ** 0.5
    angle = 3.0 * np.pi * t
    points = np.stack([t * np.cos(angle), t * np.sin(angle)], axis=1)
    return t, points + rng.normal(0.0, 0.005, (n, 2))


def test_a_spiral_is_a_line():
    rng = np.random.default_rng(0)
    t, points = spiral(800, rng)
    found = diffusion_map(points, 2)
    first = found.transform(points)[:, 0]
    ranks = first.argsort().argsort()
    assert abs(np.corrcoef(ranks, np.arange(800))[0, 1]) > 0.99
    # The distance in the plane does not tell: neighbouring arms are close.
    assert abs(np.corrcoef(np.linalg.norm(points, axis=1), t)[0, 1]) > 0.9
    assert 1.0 > found.values[0] > found.values[1] > 0.0


def test_rows_that_were_not_fitted():
    rng = np.random.default_rng(0)
    _, points = spiral(800, rng)
    _, others = spiral(200, rng)
    first = diffusion_map(points, 1).transform(others)[:, 0]
    assert abs(np.corrcoef(first.argsort().argsort(), np.arange(200))[0, 1]) > 0.99


def test_fitted_rows_come_out_as_eigenvectors():
    points = np.random.default_rng(0).normal(size=(60, 3))
    found = diffusion_map(points, 2)
    order = np.lexsort(np.round(points, 9).T[::-1])
    np.testing.assert_allclose(
        found.transform(points[order]), found.vectors * found.values, atol=1e-6
    )


def test_too_few_rows():
    with pytest.raises(ValueError, match="1 different rows, expected at least 5"):
        diffusion_map(np.ones((50, 4)))


def test_graphs_of_crystals_fall_apart():
    """The neighbourhood graphs of fcc, hcp and bcc are apart on the map, without labels."""
    rng = np.random.default_rng(0)
    parts = [
        NeighbourhoodGraphs().compute(with_noise(crystal(name, repeats, 1.0), 0.03, rng)).features
        for name, repeats in (("fcc", 4), ("hcp", (6, 3, 4)), ("bcc", 5))
    ]
    features, kinds = np.concatenate(parts), np.repeat(range(3), [len(part) for part in parts])
    found = density_clusters(diffusion_map(features, 3), features)
    assigned = found.probabilities(features).argmax(axis=1)
    pure = sum(np.bincount(kinds[assigned == k]).max() for k in np.unique(assigned))
    assert pure > 0.95 * len(kinds)

"""Graphs of neighbours: all small graphs, and those of known structures."""

from math import comb

import numpy as np
import pytest

from analysis.descriptors.neighbourhood_graphs import NeighbourhoodGraphs, graphs
from analysis.prototypes import crystal


@pytest.mark.parametrize(("size", "number"), [(3, 4), (4, 11), (5, 34)])
def test_as_many_graphs_as_there_are(size, number):
    """Graphs without names of the nodes: OEIS A000088."""
    kinds, masks = graphs(size)
    assert len(masks) == number
    assert set(kinds) == set(range(number))
    # Graphs of one number have the same number of edges.
    edges = np.array([int(mask).bit_count() for mask in range(len(kinds))])
    for number in range(len(masks)):
        assert len(set(edges[kinds == number])) == 1


def column(descriptor, name):
    return descriptor.features[:, descriptor.columns.index(name)]


@pytest.mark.parametrize(
    ("name", "k", "triangles"),
    [
        ("fcc", 12, 8),  # cuboctahedron
        ("hcp", 12, 8),  # its twisted twin
        ("bcc", 14, 24),  # two for each of the 12 edges of a cube
    ],
)
def test_triangles_of_the_shell(name, k, triangles):
    found = NeighbourhoodGraphs(k).compute(crystal(name, 4, 1.0))
    np.testing.assert_allclose(column(found, "g3_111"), triangles / comb(k, 3))


def test_shares_add_up():
    features = NeighbourhoodGraphs().compute(crystal("A15", 2, 1.0)).features
    for a, b in ((0, 4), (4, 15), (15, 49)):
        np.testing.assert_allclose(features[:, a:b].sum(axis=1), 1.0)


def test_fcc_and_hcp_differ():
    """Their shells have the same edges and triangles, but not the same graphs of five."""
    first, second = (
        NeighbourhoodGraphs().compute(crystal(name, 4, 1.0)).features[0] for name in ("fcc", "hcp")
    )
    np.testing.assert_allclose(first[:4], second[:4])
    assert np.abs(first - second).max() > 1e-3


def test_number_of_neighbours():
    with pytest.raises(ValueError, match="expected 12 or 14"):
        NeighbourhoodGraphs(13)

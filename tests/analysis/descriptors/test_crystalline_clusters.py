"""Crystalline particles are those of freud; neighbours are one cluster, however they are turned."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.configuration import Configuration
from analysis.descriptors.crystalline_clusters import crystalline_clusters


def frozen_in_part() -> Configuration:
    """Two crystals of three planes each, with molten planes between them."""
    random = np.random.default_rng(1)
    places = np.stack(np.meshgrid(*[np.arange(8.0)] * 3, indexing="ij"), -1).reshape(-1, 3)
    noise = np.where(places[:, :1] % 4 == 0, 0.2, 0.06)
    positions = places - 4.0 + noise * random.normal(size=places.shape)
    box = np.array([8.0, 8.0, 8.0, 0.0, 0.0, 0.0])
    return Configuration(positions, box, 3, np.zeros(512, dtype=int), ("A",))


def test_the_same_as_freud() -> None:
    import freud

    configuration = frozen_in_part()
    found, endless = crystalline_clusters(configuration, 1.3, 0.5, 4)
    order = freud.order.SolidLiquid(l=6, q_threshold=0.5, solid_threshold=4)
    neighbours = {"r_max": 1.3, "exclude_ii": True}
    system = (configuration.freud_box(), configuration.positions)
    crystalline = order.compute(system, neighbors=neighbours).num_connections >= 4
    clusters = freud.cluster.Cluster()
    clusters.compute((system[0], system[1][crystalline]), neighbors=neighbours)
    sizes = np.sort(np.bincount(clusters.cluster_idx))[::-1]
    assert found[1] > 20
    assert np.array_equal(found, sizes)
    assert endless[0]  # planes go on and on
    assert not endless[found < 8].any()


def test_two_grains_that_touch_are_one_cluster() -> None:
    """A block of a simple cubic crystal, and another one turned by 45° on top of it."""
    axis = np.arange(5.0) - 2.0
    block = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1).reshape(-1, 3)
    turn = np.sqrt(0.5) * np.array([[1.0, -1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, np.sqrt(2.0)]])
    positions = np.vstack([block - [0, 0, 2.6], block @ turn + [0, 0, 2.6]])
    box = np.array([16.0, 16.0, 16.0, 0.0, 0.0, 0.0])
    grains = Configuration(positions, box, 3, np.zeros(250, dtype=int), ("A",))
    sizes, endless = crystalline_clusters(grains, 1.3, 0.7, 3)
    assert sizes.tolist() == [250]
    assert not endless[0]
    # across the faces of a box that cuts them they do not end elsewhere
    moved = replace(grains, positions=grains.positions + 7.0)
    assert not crystalline_clusters(moved, 1.3, 0.7, 3)[1][0]


def test_a_rod_through_the_box_has_no_end() -> None:
    """Until one of its layers is missing."""
    places = np.stack(np.meshgrid(np.arange(12.0), *[np.arange(4.0)] * 2, indexing="ij"), -1)
    box = np.array([12.0, 16.0, 16.0, 0.0, 0.0, 0.0])
    for layers, endless in ((12, True), (11, False)):
        positions = places[:layers].reshape(-1, 3)
        rod = Configuration(positions, box, 3, np.zeros(len(positions), dtype=int), ("A",))
        sizes, found = crystalline_clusters(rod, 1.3, 0.7, 3)
        assert sizes[0] > 16 * (layers - 3)
        assert found[0] == endless


def test_a_narrow_box_is_refused() -> None:
    with pytest.raises(ValueError, match="expected at least 9, twice the distance"):
        crystalline_clusters(frozen_in_part(), 4.5, 0.7, 5)

"""Crystalline particles are those of freud; neighbours are one cluster, however they are turned."""

from __future__ import annotations

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
    found = crystalline_clusters(configuration, 1.3, 0.5, 4)
    order = freud.order.SolidLiquid(l=6, q_threshold=0.5, solid_threshold=4)
    neighbours = {"r_max": 1.3, "exclude_ii": True}
    system = (configuration.freud_box(), configuration.positions)
    crystalline = order.compute(system, neighbors=neighbours).num_connections >= 4
    clusters = freud.cluster.Cluster()
    clusters.compute((system[0], system[1][crystalline]), neighbors=neighbours)
    sizes = np.sort(np.bincount(clusters.cluster_idx))[::-1]
    assert found[1] > 20
    assert np.array_equal(found, sizes)


def test_two_grains_that_touch_are_one_cluster() -> None:
    """A block of a simple cubic crystal, and another one turned by 45° on top of it."""
    axis = np.arange(5.0) - 2.0
    block = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1).reshape(-1, 3)
    turn = np.sqrt(0.5) * np.array([[1.0, -1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, np.sqrt(2.0)]])
    positions = np.vstack([block - [0, 0, 2.6], block @ turn + [0, 0, 2.6]])
    box = np.array([16.0, 16.0, 16.0, 0.0, 0.0, 0.0])
    grains = Configuration(positions, box, 3, np.zeros(250, dtype=int), ("A",))
    assert crystalline_clusters(grains, 1.3, 0.7, 3).tolist() == [250]


def test_a_narrow_box_is_refused() -> None:
    with pytest.raises(ValueError, match="expected at least 9, twice the distance"):
        crystalline_clusters(frozen_in_part(), 4.5, 0.7, 5)

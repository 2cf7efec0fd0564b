"""Soft crystals for training: simulated, reproducible, crystalline, not what is tested with."""

import numpy as np
import pytest

from analysis.neighbourhoods import nearest
from operations.training.reference_crystals import TRAINING, Crystal, simulate

CRYSTAL = Crystal("bcc", "inverse_power", 1.0, 0.12, (("n", 7.0), ("r_cut", 3.0)))


def test_a_crystal():
    first, second = simulate(CRYSTAL, 128, 200, 3, frames=2)
    assert first.number_density == pytest.approx(1.0)
    moved = second.positions - first.positions
    moved -= first.box[:3] * np.round(moved / first.box[:3])
    spacing = nearest(first, 8).distances.mean()
    assert 0.01 < np.sqrt(np.mean((moved - moved.mean(axis=0)) ** 2)) / spacing < 0.2
    # A liquid has a particle at all distances between the first two shells.
    distances = nearest(first, 15).distances.mean(axis=0)
    assert distances[14] - distances[13] > 2 * (distances[13] - distances[12])
    (again,) = simulate(CRYSTAL, 128, 200, 3)
    np.testing.assert_array_equal(again.positions, first.positions)


def test_the_exponent_of_the_tests_is_not_trained_on():
    assert not [each for each in TRAINING if ("n", 6.0) in each.parameters]
    assert {each.structure for each in TRAINING} == {"bcc"}

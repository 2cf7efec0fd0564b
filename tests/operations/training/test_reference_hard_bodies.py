"""Hard bodies for training: simulated, reproducible, crystalline, not what is tested with."""

import numpy as np
import pytest

from analysis.descriptors.orientational_order import orientational_order
from operations.training.reference_hard_bodies import TRAINING, HardBodies, simulate


@pytest.mark.hoomd
def test_a_crystal():
    crystal = HardBodies("sc", 0.15, 12.0)
    first, second = simulate(crystal, 200, 3, frames=2)
    assert first.n_particles == 216
    moved = second.positions - first.positions
    assert np.abs(moved).max() > 0.01
    assert orientational_order(second).overall > 0.7
    (again,) = simulate(crystal, 200, 3)
    np.testing.assert_array_equal(again.positions, first.positions)


@pytest.mark.hoomd
def test_a_fluid():
    (fluid,) = simulate(HardBodies("fluid", 0.15, 4.0), 1000, 3)
    assert orientational_order(fluid).overall < 0.4


def test_the_truncations_of_the_campaign_are_not_trained_on():
    assert not {each.truncation for each in TRAINING} & {0.0, 0.25, 0.5, 0.75, 1.0}
    assert {each.structure for each in TRAINING} == {"sc", "fcc", "bcc", "fluid"}

"""Fluids for training: simulated, reproducible, fluid."""

import numpy as np
import pytest

from analysis.descriptors.radial_distribution import radial_distribution
from analysis.neighbourhoods import nearest
from operations.training import train_labels
from operations.training.reference_fluids import (
    DILUTE,
    MIXTURES,
    TESTING,
    TRAINING,
    Fluid,
    simulate,
)


def test_a_liquid():
    fluid = Fluid("lennard_jones", 0.8, 1.0)
    first, second = simulate(fluid, 256, 400, 7, frames=2)
    assert first.number_density == pytest.approx(0.8)
    assert np.abs(first.positions - second.positions).max() > 0.05
    r, g = radial_distribution(second, 3.0, 60)
    assert g[r < 0.85].max() < 0.2
    assert 2.0 < g.max() < 3.5
    assert 0.8 < g[r > 2.6].mean() < 1.2
    (again,) = simulate(fluid, 256, 400, 7)
    np.testing.assert_array_equal(again.positions, first.positions)


def test_a_mixture_is_of_both_sizes():
    """Spheres of 1 and 0.5, as many of each: two small ones touch at 0.5."""
    mixture = MIXTURES[4]
    (fluid,) = simulate(mixture, 200, 400, 5)
    assert mixture.diameters == (1.0, 0.5)
    assert np.bincount(fluid.types).tolist() == [100, 100]
    assert np.pi / 12 * fluid.number_density * (1 + 0.5**3) == pytest.approx(0.54, abs=0.001)
    for kind, diameter in enumerate(mixture.diameters):
        shortest = nearest(fluid.subset(fluid.types == kind), 1).distances.min()
        assert 0.8 * diameter < shortest < 1.1 * diameter


def test_what_is_tested_on_was_not_trained_on():
    assert not {*TRAINING, *DILUTE} & set(TESTING)
    assert len(TRAINING) > 20


def test_one_configuration_of_every_fluid_a_frame(monkeypatch):
    monkeypatch.setattr(train_labels, "TRAINING", TRAINING[:2])
    monkeypatch.setattr(train_labels, "PARTICLES", 64)
    monkeypatch.setattr(train_labels, "STEPS", 40)
    frames = train_labels.fluids(None, 3)
    assert [len(frame) for frame in frames] == [2, 2, 2]
    assert frames[0][0].number_density != pytest.approx(frames[0][1].number_density)

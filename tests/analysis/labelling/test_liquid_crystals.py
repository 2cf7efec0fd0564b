"""Names of fluids of rods and discs, made and simulated."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.descriptors.liquid_crystals import LiquidCrystalOrder
from analysis.labelling import label_configuration
from analysis.labelling.liquid_crystals import FEWEST, label_liquid_crystal, name_of
from operations.interactions.start import random_orientations
from tests.analysis.descriptors.test_liquid_crystals import DISC, ROD, bodies, tilted


@pytest.mark.parametrize(
    ("nematic", "layers", "columns", "others", "expected"),
    [
        (0.1, 0.1, 0.1, 0.2, "fluid"),
        (0.1, 0.1, 0.1, 0.6, "unknown"),  # a crystal of bodies that turn
        (0.7, 0.1, 0.1, 0.2, "nematic"),
        (0.9, 0.6, 0.1, 0.6, "smectic"),
        (0.9, 0.1, 0.6, 0.6, "columnar"),
        (0.9, 0.6, 0.6, 0.9, "unknown"),  # a crystal
    ],
)
def test_phases_by_their_order(nematic, layers, columns, others, expected):
    order = LiquidCrystalOrder(nematic, (0.0, 0.0, 1.0), layers, columns, 1.0, others)
    assert name_of(order, 1000)[0] == expected


@pytest.mark.parametrize("block", [ROD, DISC])
def test_made_fluids_have_their_labels(block):
    random, n = np.random.default_rng(1), 600
    positions = random.uniform(0, 13, (n, 3))
    for turns, name in (
        (random_orientations(n, 3, random), "fluid"),
        (tilted(n, random, 0.3, [1.0, 1.0, 0.0]), "nematic"),
    ):
        labels = label_configuration(bodies(block, positions, turns, [13.0] * 3))
        assert (labels.label, labels.phase_names) == (name, (name,))
        assert labels.confidence > 0.9
        assert {"overall", "nematic", "director"} <= labels.orientational_order.keys()


def test_a_hundred_rods_are_not_ordered_by_chance():
    for seed in range(20):
        random = np.random.default_rng(seed)
        positions, turns = random.uniform(0, 8, (FEWEST, 3)), random_orientations(FEWEST, 3, random)
        labels = label_configuration(bodies(ROD, positions, turns, [8.0] * 3))
        assert labels.label == "fluid"


def test_the_cell_of_a_crystal_is_no_fluid():
    turns = np.tile([1.0, 0.0, 0.0, 0.0], (4, 1))
    sites = np.array([[0, 0, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]])
    dumbbell = {"form": "sphere_union", "centers": [[0, 0, 0], [0, 0, 1]]}
    cell = bodies(dumbbell, sites * 2.0, turns, [2.0] * 3)
    assert label_liquid_crystal(cell) is None
    assert label_configuration(cell).label == "fcc"


def test_a_crystal_of_rods_is_no_nematic():
    """Hexagonal layers: their centres have few neighbours at one distance, as in a fluid."""
    random = np.random.default_rng(2)
    column, row, layer = np.argwhere(np.ones((8, 8, 4))).T
    steps = np.array([1.2, 1.2 * np.sqrt(0.75), 6.4])
    positions = np.column_stack([column + row % 2 / 2, row, layer]) * steps
    positions += random.normal(0.0, [0.1, 0.1, 0.6], positions.shape)
    rods = bodies(ROD, positions, tilted(256, random, 0.05), steps * [8, 8, 4])
    assert label_liquid_crystal(rods).reason
    assert label_configuration(rods).label == "unknown"

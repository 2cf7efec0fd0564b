"""Crystals get their names, others none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.prototypes import PROTOTYPES
from analysis.prototypes.defects import with_noise
from operations.search.prototypes import prototype_name
from operations.search.symmetry import find_symmetry


def name_of(structure):
    return prototype_name(structure, find_symmetry(structure))


@pytest.mark.parametrize("name", ["fcc", "hcp", "bcc", "A15", "honeycomb", "NaCl", "CsCl", "AlB2"])
def test_names(name):
    assert name_of(PROTOTYPES[name].cell().replicate((1, 2, 1))) == name


def test_types_may_be_called_otherwise():
    structure = PROTOTYPES["AlB2"].cell()
    other = replace(structure, types=2 - structure.types, type_names=("x", "y", "z"))
    assert name_of(other) == "AlB2"


@pytest.mark.parametrize(("name", "factor"), [("hcp", 1.02), ("AlB2", 0.87), ("AlB2", 1.2)])
def test_axial_ratio_may_differ(name, factor):
    structure = PROTOTYPES[name].cell()
    box = structure.box.copy()
    box[2] *= factor
    scale = np.array([1.0, 1.0, factor])
    assert name_of(replace(structure, positions=structure.positions * scale, box=box)) == name


def test_others_have_none():
    noisy = with_noise(PROTOTYPES["A15"].cell(), 0.05, np.random.default_rng(1))
    assert name_of(noisy) is None

"""Names of targets: those of the prototypes."""

from __future__ import annotations

import re

import numpy as np
import pytest

from analysis.labelling.phases import production_phases
from analysis.prototypes import crystal, names, prototype
from workspace_schema.methods.targets import (
    IN_A_CELL,
    MIXED,
    PLASTIC,
    QUASICRYSTALS,
    TARGETS,
    box_of,
    check_target,
    placed,
)


@pytest.mark.parametrize("dimensions", [2, 3])
def test_targets_are_the_prototypes_of_one_type(dimensions):
    assert TARGETS[dimensions] == names(dimensions, 1)


def test_mixtures_are_the_prototypes_of_two_types():
    assert tuple(MIXED) == names(3, 2)
    for name, (first, second) in MIXED.items():
        counts = np.bincount(prototype(name).cell().types)
        assert counts[0] * second == counts[1] * first


def test_cells_have_so_many_particles():
    every = [name for names in TARGETS.values() for name in names]
    assert {name: crystal(name, 1, 1.0).n_particles for name in every} == IN_A_CELL


@pytest.mark.parametrize("name", IN_A_CELL)
def test_boxes_are_those_of_prototypes(name):
    counts, edges = box_of(name, 12 * IN_A_CELL[name], 0.7)
    assert np.prod(counts) == 12
    box = crystal(name, counts, 0.7).box
    assert edges == pytest.approx(box[: len(edges)], rel=1e-9)


def test_the_widest_box_is_taken():
    assert box_of("square", 102, 1.0) == ((6, 17), (6.0, 17.0))
    assert box_of("hexagonal", 48, 2.0 / np.sqrt(3.0))[0] == (6, 4)
    with pytest.raises(ValueError, match="kagome has 6 particles"):
        box_of("kagome", 100, 1.0)


@pytest.mark.parametrize("dimensions", [2, 3])
def test_the_judge_knows_every_label(dimensions):
    known = production_phases(dimensions)
    names = (*TARGETS[dimensions], *QUASICRYSTALS[dimensions])
    assert set(names) <= set(known)
    assert dimensions == 2 or set(MIXED) <= set(known)
    assert {PLASTIC + name for name in names} <= set(known)


def test_a_name_is_mended():
    with pytest.raises(ValueError, match="did you mean honeycomb"):
        check_target("honycomb", 2)


@pytest.mark.parametrize(
    ("target", "particles", "words"),
    [
        ("CsCl", {"A": 16, "B": 8}, "target: CsCl has 1 : 1 particles; system.particles are A: 16"),
        ("CsCl", {"A": 16}, "target: CsCl is a crystal of two types"),
        ("bcc", {"A": 8, "B": 8}, "target: bcc is a crystal of one type"),
        ("NaCI", {"A": 8, "B": 8}, "target: got 'NaCI'; did you mean NaCl"),
    ],
)
def test_mixtures_that_cannot_form_it_are_refused(target, particles, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        placed(target, particles, 3)
    assert placed("MgZn2", {"A": 20, "B": 10}, 3) == ("B", "A")
